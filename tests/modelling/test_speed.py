"""The speed of a release."""

from __future__ import annotations

from pathlib import Path

import pytest

from ie_model.corpus.store import load_corpus
from ie_model.extractor import Extractor
from ie_model.modelling import speed as module
from ie_model.modelling.speed import measure_speed, processor_name
from tests.tagging.making import ROOT


def test_speed_is_of_the_articles_that_were_read(tiny_release: Path) -> None:
    articles = load_corpus([ROOT / "annotations/seeds"])
    speed = measure_speed(Extractor.load(tiny_release, threads=1), articles)
    assert speed["articles"] == len(articles)
    assert speed["characters"] == sum(len(article.text) for article in articles)
    ratio = speed["characters_per_second"] / speed["articles_per_second"]
    assert ratio == pytest.approx(speed["characters"] / speed["articles"], rel=0.01)


def test_the_processor_has_a_name_wherever_it_is_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert processor_name()
    (tmp_path / "cpuinfo").write_text("processor : 0\nmodel name\t: Some CPU @ 2 GHz\n", encoding="utf-8")
    monkeypatch.setattr(module, "_CPUINFO", tmp_path / "cpuinfo")
    assert processor_name() == "Some CPU @ 2 GHz"
    monkeypatch.setattr(module, "_CPUINFO", tmp_path / "none")
    assert processor_name()
