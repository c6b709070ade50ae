"""Long work shows progress: a bar on a terminal, lines elsewhere, nothing where nobody looks."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from ie_model.articles import RejectCode
from ie_model.batch import Outcome
from ie_model.cli.progress import Pace, time_left
from ie_model.cli.train import TrainingView
from ie_model.tagging.trainer import TrainingProgress

ARTICLE = "بانک ملی ۵۰ میلیارد تومان پرداخت کرد."


def predict_on_a_terminal(release: Path, tmp_path: Path, *options: str) -> str:
    """Run ``predict`` with its error output on a pseudo-terminal and return what was drawn there."""
    (tmp_path / "a.txt").write_text(ARTICLE, encoding="utf-8")
    parent, child = pty.openpty()
    command = ["predict", str(tmp_path / "a.txt"), "-o", str(tmp_path / "out"), "-m", str(release), *options]
    code = f"import sys; from ie_model.cli import main; sys.argv = ['ie-model', *{command!r}]; main()"
    environment = {**os.environ, "TERM": "xterm-256color"}
    done = subprocess.run(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=child, env=environment, check=False
    )
    os.close(child)
    drawn = b""
    try:
        while chunk := os.read(parent, 4096):
            drawn += chunk
    except OSError:  # how a pseudo-terminal without a writer says that it is at its end
        pass
    finally:
        os.close(parent)
    assert done.returncode == 0, drawn
    return drawn.decode("utf-8")


def test_predict_counts_articles_on_a_terminal(tiny_release: Path, tmp_path: Path) -> None:
    assert "1 articles" in predict_on_a_terminal(tiny_release, tmp_path)


def test_predict_draws_nothing_when_asked_to_be_quiet(tiny_release: Path, tmp_path: Path) -> None:
    assert "articles" not in predict_on_a_terminal(tiny_release, tmp_path, "--quiet")


DONE = Outcome("a", "{}")
REFUSED = Outcome(None, "{}", code=RejectCode.EMPTY)


def test_the_pace_of_a_run_that_was_resumed_half_way() -> None:
    now = 0.0
    pace = Pace(lambda: now)
    assert pace.left(None) is None
    pace.add(DONE, 0.5)
    assert pace.left(0.5) is None  # one point makes no pace
    now = 10.0
    pace.add(REFUSED, 0.6)
    pace.add(DONE, 0.6)
    assert (pace.articles, pace.rejected, pace.rate()) == (2, 1, 0.2)
    assert pace.left(0.6) == pytest.approx(40.0)
    assert pace.left(1.0) == 0.0


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, ""),
        (0.2, "0:00 left"),
        (83, "1:23 left"),
        (3723.4, "1:02:03 left"),
        (360_000, "100:00:00 left"),
    ],
)
def test_time_left(seconds: float | None, shown: str) -> None:
    assert time_left(seconds) == shown


@pytest.mark.parametrize("terminal", [True, False], ids=["terminal", "log file"])
def test_training_says_its_stage_step_and_scores(terminal: bool) -> None:
    drawn = io.StringIO()
    with TrainingView(Console(file=drawn, force_terminal=terminal, width=120)) as view:
        view.stage("train the tagger")
        view.step(TrainingProgress(step=3, steps=12, epoch=0.5, values={"loss": 0.25, "grad_norm": 9.0}))
    assert "train the tagger" in drawn.getvalue()
    assert "step 3/12 epoch 0.50 loss=0.2500" in drawn.getvalue()
    assert "grad_norm" not in drawn.getvalue()
