"""The reliability plot: the same figures, the same bytes."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from ie_model.modelling.plots import RELIABILITY, reliability_plot

BINS = [{"confidence": 0.55, "right": 0.5}, {"confidence": 0.95, "right": 0.97}]
MENTIONS = {"error": 0.021, "bins": BINS}


def test_the_plot_says_what_was_measured_and_does_not_change(tmp_path: Path) -> None:
    assert reliability_plot({"mentions": MENTIONS, "records": None}, tmp_path)
    drawn = (tmp_path / RELIABILITY).read_text(encoding="utf-8")
    assert ET.fromstring(drawn).tag.endswith("svg")  # noqa: S314 - our own file
    assert "mentions, error 0.021" in drawn
    assert "records" not in drawn
    (tmp_path / "again").mkdir()
    assert reliability_plot({"mentions": MENTIONS, "records": None}, tmp_path / "again")
    assert (tmp_path / "again" / RELIABILITY).read_text(encoding="utf-8") == drawn


@pytest.mark.parametrize("confidence", [None, {}, {"mentions": None, "records": None}])
def test_nothing_measured_is_not_drawn(tmp_path: Path, confidence: dict[str, None] | None) -> None:
    assert not reliability_plot(confidence, tmp_path)
    assert not list(tmp_path.iterdir())
