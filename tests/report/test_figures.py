"""Plots: PNG, the same every time, Persian joined and right to left."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from ie_model.evaluation.confusion import Confusion
from ie_model.evaluation.learning import CurvePoint
from ie_model.evaluation.reliability import Confidence, Outcome, reliability
from ie_model.evaluation.report import Accuracy, Score
from ie_model.report.scores import figures
from ie_model.report.scores.surfaces import Surface

mpl = pytest.importorskip("matplotlib")

SCORE = Score(precision=0.5, recall=0.5, f1=0.5, low=0.4, high=0.6, support=8, predicted=8, correct=4)
NOTHING = Score(precision=None, recall=None, f1=None, support=0, predicted=0, correct=0)
SURE = reliability([Outcome(0.95, True), Outcome(0.95, False), Outcome(0.2, False)])
DRAWN: dict[str, Callable[[], bytes]] = {
    "scores": lambda: figures.score_figure(
        {"a": SCORE, "values": Accuracy(accuracy=1, support=1, correct=1)}, "t"
    ),
    "no score": lambda: figures.score_figure({"a": NOTHING}, "t"),
    "confusion": lambda: figures.confusion_figure(Confusion(("A", "هدف"), ((3, 0, 1), (0, 0, 2), (0, 1, 0)))),
    "reliability": lambda: figures.reliability_figure(Confidence(mentions=SURE, records=None)),
    "curve": lambda: figures.curve_figure(
        {"s": [CurvePoint(series="s", articles=5, score=0.5, low=0, high=1)]}
    ),
    "surfaces": lambda: figures.surface_figure(
        [Surface("بانک $x_1$ \u202e\x07", {"missed": 2, "spurious": 1})]
    ),
}


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)
def test_the_same_figures_give_the_same_png(draw: Callable[[], bytes]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        first = draw()
    assert first.startswith(b"\x89PNG")
    assert draw() == first
    assert len(first) < 150_000


def ink(text: str) -> npt.NDArray[np.bool_]:
    """Where matplotlib puts ink for ``text``, in the look of the plots: rows by columns."""
    from matplotlib.figure import Figure

    with mpl.rc_context(figures._LOOK):
        figure = Figure(figsize=(4, 1), dpi=100)
        figure.text(0.1, 0.4, text, fontsize=24)
        drawn = io.BytesIO()
        figure.savefig(drawn, format="rgba")
    pixels = np.frombuffer(drawn.getvalue(), dtype=np.uint8).reshape(100, 400, 4)
    dark: npt.NDArray[np.bool_] = pixels[:, :, 0] < 128
    columns = np.flatnonzero(dark.any(axis=0))
    return dark[:, columns[0] : columns[-1] + 1]


def test_persian_letters_are_joined() -> None:
    joined, apart = ink("بببب"), ink("ب\u200cب\u200cب\u200cب")
    assert joined.shape[1] < 0.7 * apart.shape[1]
    assert joined.any(axis=0).all()  # no gap from the first letter to the last


def test_persian_runs_right_to_left() -> None:
    word = ink("اببببب")  # the upright alef comes first: it stands at the right end
    third = word.shape[1] // 3
    heights = [np.flatnonzero(part.any(axis=1))[0] for part in (word[:, :third], word[:, -third:])]
    assert heights[1] < heights[0] - 5  # rows count from the top


def test_every_letter_of_persian_has_a_glyph() -> None:
    from matplotlib import font_manager, ft2font

    font = ft2font.FT2Font(font_manager.findfont("DejaVu Sans"))
    shown = figures._short  # «ۀ» is drawn as «ه» and a hamza
    letters = "ابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهیءآأؤئۀيكى۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩،؛؟«»٪٫٬"
    assert [one for letter in letters for one in shown(letter) if not font.get_char_index(ord(one))] == []


def test_colours_can_be_read_on_white() -> None:
    def light(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))

    assert all(
        1.05 / (light(colour) + 0.05) >= 4.5 for colour in (*figures.SERIES, figures.INK, figures.GREY)
    )
