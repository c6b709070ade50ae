"""The reliability plot of a model card: confidence against truth, as an SVG drawn by matplotlib.

The same figures give the same bytes: no date, and ids made from a fixed salt.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from ie_model.extras import require
from ie_model.files import write_whole

RELIABILITY: Final = "confidence.svg"
_COLOURS: Final = {"mentions": "#1b6ca8", "records": "#c2571a"}


def reliability_plot(confidence: Mapping[str, Any] | None, folder: Path) -> bool:
    """Draw what ``metrics.json`` holds as ``confidence`` into ``folder``; return whether there was any.

    Args:
        confidence: Reliability of mentions and of records, as JSON; either may be None.
        folder: Where :data:`RELIABILITY` is written.

    Raises:
        MissingExtraError: The extra ``train`` is not installed.
    """
    measured = {kind: one for kind, one in (confidence or {}).items() if one is not None}
    if not measured:
        return False
    require("train", "matplotlib")
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({"svg.hashsalt": "ie_model", "svg.fonttype": "none"}):
        figure = Figure(figsize=(5, 4), layout="constrained")
        axes = figure.add_subplot()
        axes.plot([0, 1], [0, 1], color="#999999", linewidth=1, linestyle="--")
        for kind, reliability in measured.items():
            axes.plot(
                [one["confidence"] for one in reliability["bins"]],
                [one["right"] for one in reliability["bins"]],
                marker="o",
                color=_COLOURS.get(kind),
                label=f"{kind}, error {reliability['error']:.3f}",
            )
        axes.set(xlabel="confidence", ylabel="share exactly right", xlim=(0, 1), ylim=(0, 1))
        axes.legend(loc="upper left")
        drawn = io.StringIO()
        figure.savefig(drawn, format="svg", metadata={"Date": None})
    write_whole(folder / RELIABILITY, drawn.getvalue())
    return True
