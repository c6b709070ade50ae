"""How far a batch is, on a terminal: articles, rate, time left."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from ie_model.batch import Observer, Outcome
from ie_model.batch.summary import Counts


class Pace:
    """Counts a run while it goes, and tells how long it will take.

    Args:
        clock: Seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began = clock()
        self._first_share: float | None = None
        self.articles = 0
        self.rejected = 0

    def add(self, outcome: Outcome, share: float | None) -> None:
        """Count one outcome; ``share`` of the input is read by then."""
        if outcome.rejected:
            self.rejected += 1
        else:
            self.articles += 1
        if self._first_share is None:
            # What a resumed run passes over takes no time worth counting.
            self._first_share = share

    def rate(self) -> float:
        """Return the articles a second so far."""
        return self.articles / max(self._clock() - self._began, 1e-9)

    def left(self, share: float | None) -> float | None:
        """Return the seconds left, by the bytes that are read; None as long as they tell nothing."""
        if share is None or self._first_share is None or share <= self._first_share:
            return None
        return (self._clock() - self._began) * (1 - share) / (share - self._first_share)


@contextmanager
def batch_progress(quiet: bool, *, name_rejects: bool = False) -> Iterator[Observer]:
    """Show a line on the error output while it is a terminal; what is yielded wants every outcome.

    Args:
        quiet: Without the line.
        name_rejects: Print each reject, its place and its reason, whether or not there is a line.
    """
    console = Console(stderr=True)
    with _line(quiet, console) as update:
        pace = Pace()

        def advance(outcome: Outcome, share: float | None) -> None:
            pace.add(outcome, share)
            if name_rejects and outcome.rejected:
                console.print(_named(outcome), soft_wrap=True)
            update(pace, share)

        yield advance


def _named(outcome: Outcome) -> Text:
    reject = json.loads(outcome.line)
    place = ":".join(str(reject[key]) for key in ("file", "line") if reject[key] is not None)
    return Text(f"rejected: {place}: {reject['reason']}")


@contextmanager
def counts_progress(quiet: bool) -> Iterator[Callable[[Counts], None]]:
    """Show the same line; what is yielded wants the counts so far, the time left is not known."""
    with _line(quiet, Console(stderr=True)) as update:
        pace = Pace()

        def advance(counts: Counts) -> None:
            pace.articles, pace.rejected = counts.articles, sum(counts.rejected.values())
            update(pace, None)

        yield advance


@contextmanager
def _line(quiet: bool, console: Console) -> Iterator[Callable[[Pace, float | None], None]]:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.completed:.0f} articles"),
        TextColumn("{task.fields[rejected]} rejected"),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}"),
    )
    with Progress(*columns, console=console, transient=True, disable=quiet or not console.is_terminal) as bar:
        task = bar.add_task("predict", total=None, rejected=0, rate="", left="")

        def update(pace: Pace, share: float | None) -> None:
            bar.update(
                task,
                completed=pace.articles,
                rejected=pace.rejected,
                rate=f"{pace.rate():.1f} articles/s",
                left=time_left(pace.left(share)),
            )

        yield update


def time_left(seconds: float | None) -> str:
    """Return ``1:02:03 left`` or ``2:03 left``; nothing if it is not known."""
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02} left" if hours else f"{minutes}:{rest:02} left"


@contextmanager
def page_progress(quiet: bool) -> Iterator[Callable[[int], None]]:
    """Show how many articles are on evidence pages; what is yielded wants their number."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.completed:.0f} articles on pages"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=quiet or not console.is_terminal) as bar:
        task = bar.add_task("report", total=None)
        yield lambda articles: bar.update(task, completed=articles)
