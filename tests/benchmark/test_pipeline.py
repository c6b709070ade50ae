"""The pipeline's side: its entities as they are, its settings, and the search for the best."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ie_model.benchmark.files import FreshFiles
from ie_model.benchmark.pipeline import PipelineSide, Setting, as_extraction, read_entities
from ie_model.benchmark.quality import strict_f1
from ie_model.benchmark.settings import MAX_F1_LOSS, SettingSearch, Tried, describe
from ie_model.benchmark.side import _timed
from ie_model.errors import ModelError
from ie_model.evaluation.evaluate import report_on
from ie_model.schema import Article


@pytest.fixture(scope="module")
def side(tiny_checkpoint: Path) -> PipelineSide:
    return PipelineSide(str(tiny_checkpoint), threads=None)


class InThisProcess:
    """A real pipeline that is asked as one in another process is."""

    def __init__(self, side: PipelineSide) -> None:
        self.facts = side.facts
        self.peak_memory_mb = None
        self._side = side

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        return _timed(self._side, request)


def run(side: PipelineSide, files: FreshFiles, setting: Setting) -> Any:
    output = files.new_output()
    request = {"articles": str(files.variant(0).path), "output": str(output), "setting": setting.to_json()}
    reply = side.run(request)
    assert reply["articles"] == 5
    assert reply["seconds"] > 0
    return read_entities(output)


def test_window_and_stride_are_those_of_training(side: PipelineSide) -> None:
    assert (side.facts["window"], side.facts["stride"]) == (128, 16)
    assert side.facts["longest"] >= 128


def test_batches_and_order_change_speed_alone(side: PipelineSide, files: FreshFiles) -> None:
    setting = Setting(window=128, stride=16)
    alone = run(side, files, setting)
    together = run(side, files, replace(setting, batch=4, by_length=True))
    assert list(together) == [article.id for article in files.chosen.articles]
    spans = [[(m.label, m.start, m.end) for m in one.mentions] for one in alone.values()]
    assert [[(m.label, m.start, m.end) for m in one.mentions] for one in together.values()] == spans
    assert any(spans)


@pytest.mark.parametrize("precision", ["bf16", "autocast"])
def test_half_precision_runs(side: PipelineSide, files: FreshFiles, precision: Any) -> None:
    found = run(side, files, Setting(batch=2, precision=precision, window=128, stride=16))
    assert any(one.mentions for one in found.values())


def test_f1_is_that_of_the_evaluation(side: PipelineSide, files: FreshFiles) -> None:
    found = run(side, files, Setting(window=128, stride=16))
    gold = files.chosen.gold
    measured = strict_f1(gold, found)
    assert measured["f1"] == pytest.approx(report_on(gold, found).mentions.strict.micro.f1, abs=1e-4)
    low, high = measured["interval"]
    assert low <= measured["f1"] <= high


def test_without_gold_there_is_no_f1() -> None:
    assert strict_f1((), {}) == {"f1": None, "interval": None}


def test_entities_are_taken_as_given_but_for_white_space() -> None:
    article = Article(id="a", text="در  بانک ملی ۲۰ نفر")
    entities = [
        {"entity_group": "INSTITUTION", "start": 2, "end": 13},
        {"entity_group": "AMOUNT", "start": 2, "end": 4},  # nothing but white space
    ]
    (mention,) = as_extraction(article, entities).mentions
    assert (mention.start, mention.end, mention.text) == (4, 12, "بانک ملی")


def test_a_folder_that_is_no_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(ModelError):
        PipelineSide(str(tmp_path), threads=None)


def test_a_checkpoint_without_weights(tiny_checkpoint: Path, tmp_path: Path) -> None:
    for name in ("model.json", "config.json", "tokenizer.json"):
        shutil.copy(tiny_checkpoint / name, tmp_path / name)
    with pytest.raises(ModelError, match="no trained model"):
        PipelineSide(str(tmp_path), threads=None)


def test_the_search_keeps_what_it_tried_and_chooses_the_fastest_that_is_good(
    side: PipelineSide, files: FreshFiles
) -> None:
    told: list[str] = []
    search = SettingSearch(InThisProcess(side), files, told.append)  # type: ignore[arg-type]
    best = search.best((2,))
    assert [setting.batch for setting in search.fixed()] == [1, 16]
    assert set(search.fixed()) <= search.tried.keys()
    assert {setting.precision for setting in search.tried} == {"fp32", "bf16", "autocast"}
    assert {0, 16} <= {setting.stride for setting in search.tried}
    good = [one for one in search.tried.values() if search.good_enough(one)]
    assert best in good
    assert best.articles_per_second == max(one.articles_per_second for one in good)
    assert told == [f"pipeline: {describe(setting)}" for setting in search.tried]


@pytest.mark.parametrize(
    ("f1", "good"), [(0.8, True), (0.8 - MAX_F1_LOSS / 2, True), (0.8 - 2 * MAX_F1_LOSS, False), (None, True)]
)
def test_a_setting_may_lose_little(
    side: PipelineSide, files: FreshFiles, f1: float | None, good: bool
) -> None:
    search = SettingSearch(InThisProcess(side), files, lambda _: None)  # type: ignore[arg-type]
    search.tried[search.reference] = Tried(search.reference, 1.0, 0.8)
    assert search.good_enough(Tried(replace(search.reference, batch=2), 9.0, f1)) is good
