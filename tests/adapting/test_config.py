"""The config of adaptation: the shipped one loads, and every mistake is one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from ie_model.adapting.config import AdaptConfig
from ie_model.adapting.trainer import steps_of
from ie_model.config import dump_config, load_section
from ie_model.errors import ConfigError
from tests.tagging.making import ROOT

SHIPPED = ROOT / "configs/adapt.yaml"


def test_the_shipped_config_adapts_the_offline_encoder_in_about_an_hour() -> None:
    config = load_section(AdaptConfig, SHIPPED)
    assert (config.name, config.encoder.source) == ("news", "offline")
    assert config.block * config.batch_size == 2048  # the step that its comment tells the cost of
    assert 60 < steps_of(config) * 1.2 / 60 < 80


def test_a_dumped_config_loads_as_the_same(tmp_path: Path) -> None:
    config = load_section(AdaptConfig, SHIPPED, ["text.articles=[a.jsonl.gz, b]", "tokens=2e6"])
    assert (config.text.articles, config.tokens) == (("a.jsonl.gz", "b"), 2_000_000)
    (tmp_path / "copy.yaml").write_text(dump_config(config), encoding="utf-8")
    assert load_section(AdaptConfig, tmp_path / "copy.yaml") == config


@pytest.mark.parametrize(
    ("overrides", "parts"),
    [
        pytest.param(
            ["text.article=[a]"], ["unknown key 'text.article'", "'text.articles'"], id="unknown key"
        ),
        pytest.param(
            ["training.epochs=3"], ["unknown key 'training'", "Did you mean"], id="a key of training"
        ),
        pytest.param(["text.articles=[]"], ["text.articles", "at least 1"], id="no articles"),
        pytest.param(["text.densest=0"], ["text.densest", "greater than 0"], id="nothing kept"),
        pytest.param(["block=1024"], ["block", "less than or equal to 512", "1024"], id="too long a block"),
        pytest.param(["decay=0"], ["decay", "greater than 0"], id="no decay"),
        pytest.param(["masked=1"], ["masked", "less than 1"], id="everything masked"),
        pytest.param(["encoder.source=local"], ["encoder.source=local needs encoder.name"], id="no encoder"),
    ],
)
def test_a_wrong_config_is_one_line_with_key_and_value(overrides: list[str], parts: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        load_section(AdaptConfig, SHIPPED, overrides)
    line = str(caught.value)
    assert "\n" not in line
    assert [part for part in parts if part not in line] == [], line


def test_articles_must_be_named(tmp_path: Path) -> None:
    (tmp_path / "empty.yaml").write_text("name: x\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="text: Field required"):
        load_section(AdaptConfig, tmp_path / "empty.yaml")
