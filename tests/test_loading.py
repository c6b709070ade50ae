"""What a user names becomes an extractor."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from ie_model.errors import ModelError
from ie_model.loading import ModelSource
from ie_model.schema import Article
from ie_model.tagging.runtimes import Runtime

SEEDS = Path(__file__).parents[1] / "seeds"
RULES = ModelSource(Path("rules"))


def test_rules_name_the_baseline() -> None:
    assert RULES.load().info.name == RULES.info().name == "rules"


def test_rules_cannot_leave_out_the_unsure() -> None:
    with pytest.raises(ModelError, match="no confidence"):
        ModelSource(Path("rules"), min_confidence=0.5).load()


def test_nothing_named_is_the_shipped_release() -> None:
    assert ModelSource().load().info == ModelSource().info()


def test_a_folder_without_a_model_is_told(tmp_path: Path) -> None:
    for act in (ModelSource(tmp_path).info, ModelSource(tmp_path).load):
        with pytest.raises(ModelError, match="no model here"):
            act()


def test_a_source_travels_to_another_process() -> None:
    assert pickle.loads(pickle.dumps(RULES)) == RULES  # noqa: S301 (made one line above)


def test_rules_have_no_encoder_to_compute() -> None:
    with pytest.raises(ModelError, match="no encoder"):
        ModelSource(Path("rules"), runtime=Runtime.OPENVINO).load()


def test_both_runtimes_read_an_article_alike() -> None:
    pytest.importorskip("openvino")
    text = next(SEEDS.glob("001*.txt")).read_text(encoding="utf-8")
    found = [
        ModelSource(runtime=runtime).load(threads=1).extract_many([Article(id="001", text=text)])[0]
        for runtime in Runtime
    ]
    assert found[0].mentions
    spans = [{(one.start, one.end, one.label) for one in extraction.mentions} for extraction in found]
    # Their scores differ a little, and what is near a border may fall to either side.
    assert len(spans[0] & spans[1]) >= 0.9 * len(spans[0] | spans[1])
