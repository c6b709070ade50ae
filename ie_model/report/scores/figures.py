"""The plots of the score page, drawn by matplotlib as PNG.

Persian words in a plot are joined and run right to left: matplotlib does so itself from 3.11 on, by libraqm,
in DejaVu Sans, which it brings along. So nothing is reshaped here, and nothing may be: what arabic-reshaper
and python-bidi make of a text comes out in the wrong order then.

The same figures give the same bytes, as far as matplotlib's version is the same.
"""

from __future__ import annotations

import io
import unicodedata
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from ie_model.errors import MissingExtraError
from ie_model.evaluation.confusion import NONE, Confusion
from ie_model.evaluation.learning import CurvePoint
from ie_model.evaluation.reliability import Confidence
from ie_model.evaluation.report import Accuracy, Score
from ie_model.extras import require
from ie_model.report.scores.surfaces import Surface

SHAPES_FROM: Final = (3, 11)
"""The first version of matplotlib that joins Persian letters."""
EXTRA: Final = "plots"
DOTS: Final = 144
"""Per inch: sharp on a screen of twice the usual density, at some 40 kilobytes a plot."""
BLUE, ORANGE, GREY, INK = "#0b5cad", "#b34700", "#6b7280", "#111827"
SERIES: Final = (BLUE, ORANGE, "#067a55", "#7a3e9d", "#8a6d00")
"""Colours that differ in lightness and hue; each at least 4.5 to 1 against white."""
MARKERS: Final = "osD^v"
"""So that series differ without colour."""
LONGEST_NAME: Final = 36
_LOOK: Final[dict[Any, Any]] = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "text.color": INK,
    "axes.edgecolor": GREY,
    "text.parse_math": False,  # a dollar in an article begins no formula
}
_JOINERS: Final = "\u200c\u200d"
_NOT_IN_FONT: Final = ("\u06c0", "\u0647\u0654")
"""The one letter of Persian that DejaVu Sans lacks («ۀ»), and the two that look the same."""
_LTR: Final = "\u200e"
"""The left-to-right mark: the number behind a name that ends in Persian stays behind it."""


def require_plots() -> None:
    """Check that plots can be drawn.

    Raises:
        MissingExtraError: matplotlib is missing, or too old to write Persian.
    """
    require(EXTRA, "matplotlib")
    import matplotlib as mpl

    if mpl.__version_info__[:2] < SHAPES_FROM:
        raise MissingExtraError(f"matplotlib from {'.'.join(map(str, SHAPES_FROM))} on", EXTRA)


def score_figure(scores: Mapping[str, Score | Accuracy], title: str) -> bytes:
    """Return scores with their intervals, one below the other; those without a value are left out."""
    values = {name: _value(score) for name, score in scores.items()}
    drawn = [name for name, value in values.items() if value is not None]

    def draw(axes: Any) -> None:
        for place, name in enumerate(reversed(drawn)):
            score, value = scores[name], values[name]
            if score.low is not None and score.high is not None:
                axes.plot([score.low, score.high], [place, place], color=BLUE, linewidth=5, alpha=0.35)
            axes.plot([value], [place], marker="o", color=BLUE, clip_on=False)
            axes.annotate(f"{value:.3f}", (1.02, place), va="center", annotation_clip=False)
        names = [f"{_short(name)}{_LTR} ({scores[name].support})" for name in reversed(drawn)]
        axes.set_yticks(range(len(names)), labels=names)
        axes.set(xlim=(0, 1), ylim=(-0.6, len(drawn) - 0.4), xlabel="F1 with 95 % interval (support)")
        axes.set_title(title, loc="left")
        axes.grid(axis="x", color="#e5e7eb")

    return _png(draw, (7, 0.9 + 0.3 * max(1, len(drawn))))


def confusion_figure(confusion: Confusion) -> bytes:
    """Return the confusion matrix; a cell is the darker the larger its share of its row."""
    heads, counts = confusion.heads, confusion.counts

    def draw(axes: Any) -> None:
        shares = [[count / max(1, sum(row)) for count in row] for row in counts]
        axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
        for down, row in enumerate(counts):
            for across, count in enumerate(row):
                if heads[down] == heads[across] == NONE:
                    continue
                ink = "white" if shares[down][across] > 0.55 else INK
                axes.text(across, down, f"{count}", ha="center", va="center", color=ink)
        names = [_short(head) for head in heads]
        axes.set_xticks(range(len(heads)), labels=names, rotation=20, ha="right")
        axes.set_yticks(range(len(heads)), labels=names)
        axes.set(xlabel="predicted", ylabel="gold")
        axes.set_title("Which label is taken for which", loc="left")

    side = 1.6 + 0.75 * len(heads)
    return _png(draw, (side + 0.8, side * 0.75))


def reliability_figure(confidence: Confidence) -> bytes:
    """Return confidence against truth, and below it how many answers there are at each confidence."""
    measured = {"mentions": confidence.mentions, "records": confidence.records}

    def draw(axes: Any) -> None:
        counts = axes.inset_axes((0, -0.42, 1, 0.22))
        axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle="--", label="perfect")
        for place, (kind, one) in enumerate(measured.items()):
            if one is None:
                continue
            means, shares = ([getattr(bin_, name) for bin_ in one.bins] for name in ("confidence", "right"))
            look = {"color": SERIES[place], "marker": MARKERS[place]}
            axes.plot(means, shares, label=f"{kind}: ECE {one.error:.3f}", **look)
            middles = [(bin_.low + bin_.high) / 2 + (place - 0.5) * 0.03 for bin_ in one.bins]
            counts.bar(middles, [bin_.answers for bin_ in one.bins], width=0.03, color=SERIES[place])
        axes.set(ylabel="share exactly right", xlim=(0, 1), ylim=(0, 1.02))
        axes.legend(loc="upper left", frameon=False)
        axes.set_title("Confidence against truth", loc="left")
        axes.grid(color="#e5e7eb")
        counts.set(xlabel="confidence", ylabel="answers", xlim=(0, 1))
        _bare(counts)

    return _png(draw, (5.6, 5.6))


def curve_figure(curve: Mapping[str, Sequence[CurvePoint]]) -> bytes:
    """Return the learning curve, with intervals where they are known."""

    def draw(axes: Any) -> None:
        for place, (name, points) in enumerate(curve.items()):
            colour, marker = SERIES[place % len(SERIES)], MARKERS[place % len(MARKERS)]
            articles = [point.articles for point in points]
            axes.plot(articles, [point.score for point in points], color=colour, marker=marker, label=name)
            for point in points:
                if point.low is not None and point.high is not None:
                    ends = [point.low, point.high]
                    axes.plot([point.articles] * 2, ends, color=colour, linewidth=4, alpha=0.25)
        axes.set(xlabel="articles trained on", ylabel="F1 (values: share right)", ylim=(0, 1.02))
        axes.set_title("Learning curve", loc="left")
        axes.legend(loc="lower right", frameon=False)
        axes.grid(color="#e5e7eb")

    return _png(draw, (7, 4))


def surface_figure(surfaces: Sequence[Surface]) -> bytes:
    """Return the words that are got wrong most often, by kind of mistake."""
    kinds = list(dict.fromkeys(kind for one in surfaces for kind in one.kinds))

    def draw(axes: Any) -> None:
        rows = list(reversed(surfaces))
        left = [0] * len(rows)
        for place, kind in enumerate(kinds):
            counts = [one.kinds.get(kind, 0) for one in rows]
            hatch = ("", "//", "..", "xx", "\\\\")[place % 5]
            colour = SERIES[place % len(SERIES)]
            look = {"color": colour, "hatch": hatch, "edgecolor": "white"}
            axes.barh(range(len(rows)), counts, left=left, label=kind, **look)
            left = [before + count for before, count in zip(left, counts, strict=True)]
        axes.set_yticks(range(len(rows)), labels=[_short(one.text) for one in rows])
        axes.set(xlabel="mistakes")
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.set_title("Words got wrong most often", loc="left")
        axes.legend(loc="lower right", frameon=False)

    return _png(draw, (7, 1 + 0.3 * max(1, len(surfaces))))


def _png(draw: Callable[[Any], None], size: tuple[float, float]) -> bytes:
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(_LOOK), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")  # an odd letter is a box
        figure = Figure(figsize=size, layout="constrained")
        axes = figure.add_subplot()
        draw(axes)
        _bare(axes)
        drawn = io.BytesIO()
        # Neither date nor version: the same figures give the same bytes.
        figure.savefig(drawn, format="png", dpi=DOTS, metadata={"Software": None})
    return drawn.getvalue()


def _bare(axes: Any) -> None:
    axes.spines[["top", "right"]].set_visible(False)


def _value(score: Score | Accuracy) -> float | None:
    return score.accuracy if isinstance(score, Accuracy) else score.f1


def _short(name: str) -> str:
    """Return ``name`` for a place beside an axis: short, and without what would steer the line."""
    plain = "".join(
        " " if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp") and char not in _JOINERS else char
        for char in name[: LONGEST_NAME + 1].replace(*_NOT_IN_FONT)
    )
    return " ".join((plain if len(plain) <= LONGEST_NAME else plain[: LONGEST_NAME - 1] + "…").split())
