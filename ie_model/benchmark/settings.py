"""The pipeline's best setting: the fastest whose F1 is no worse than that of full precision.

One thing is changed at a time, and the best so far goes on: precision, batch size, order, what windows
share, length of windows. All that was tried stays in the result.

Trade-off: some fifteen settings are tried in place of nearly two hundred combinations; one that is fast only
as a whole would be missed, and of two that are equally fast chance decides. Each runs twice and its faster
run counts, because a busy machine makes a run slower, never faster.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, get_args

from ie_model.benchmark.figures import shortened
from ie_model.benchmark.files import ArticleFile, FreshFiles
from ie_model.benchmark.pipeline import Precision, Setting, read_entities
from ie_model.benchmark.processes import SideProcess
from ie_model.benchmark.quality import strict_f1

MAX_F1_LOSS: Final = 0.003
"""F1 that a setting may lose against full precision; about the parity that a release must keep."""
BATCHES: Final = (1, 4, 8, 16, 32)
FIXED_BATCH: Final = 16
"""Batch of the second fixed setting, and of those that choose the precision."""
STRIDES: Final = (16, 0)
"""Tokens that windows share, tried beside those of training: fewer is faster and splits more mentions."""
_WARM_UP: Final = 2
_RUNS: Final = 2


@dataclass(frozen=True)
class Tried:
    """A setting as it was tried; ``f1`` is None without gold.

    ``peak_memory_mb`` is the peak of the process so far, so it is the setting's own for the first ones only.
    """

    setting: Setting
    articles_per_second: float
    f1: float | None
    peak_memory_mb: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the setting and its figures."""
        figures = {"articles_per_second": shortened(self.articles_per_second), "f1": self.f1}
        return {**self.setting.to_json(), **figures}


class SettingSearch:
    """Tries settings, each over all articles after a warm-up on two.

    Args:
        side: A pipeline in a process of its own.
        files: The articles; scored as they are.
        say: Called with each setting as it is tried.
    """

    def __init__(self, side: SideProcess, files: FreshFiles, say: Callable[[str], None]) -> None:
        self._side = side
        self._files = files
        self._say = say
        facts = side.facts
        self.reference = Setting(window=facts["window"], stride=facts["stride"])
        self._longest = int(facts["longest"])
        self.tried: dict[Setting, Tried] = {}

    def fixed(self) -> list[Setting]:
        """Return the two settings that are always compared: full precision, batch 1 and 16."""
        return [self.reference, replace(self.reference, batch=FIXED_BATCH)]

    def best(self, batches: Sequence[int] = BATCHES) -> Tried:
        """Try what may be fast and return the fastest that is good enough."""
        for setting in self.fixed():
            self._try(setting)
        sorted_batch = replace(self.reference, batch=FIXED_BATCH, by_length=True)
        for precision in get_args(Precision):
            self._try(replace(sorted_batch, precision=precision))
        for batch in batches:
            self._try(replace(self._fastest().setting, batch=batch))
        self._try(replace(self._fastest().setting, by_length=not self._fastest().setting.by_length))
        for stride in STRIDES:
            if stride < self.reference.stride:
                self._try(replace(self._fastest().setting, stride=stride))
        if self._longest > self.reference.window:
            self._try(replace(self._fastest().setting, window=self._longest))
        return self._fastest()

    def _fastest(self) -> Tried:
        return max(filter(self.good_enough, self.tried.values()), key=lambda one: one.articles_per_second)

    def good_enough(self, tried: Tried) -> bool:
        """Whether ``tried`` loses no more F1 than is allowed."""
        least = self.tried[self.reference].f1
        return tried.f1 is None or least is None or tried.f1 >= least - MAX_F1_LOSS

    def _try(self, setting: Setting) -> None:
        if setting in self.tried:
            return
        self._say(f"pipeline: {describe(setting)}")
        self._run(setting, self._files.variant(1, _WARM_UP))
        file = self._files.variant(0)
        runs = [self._run(setting, file) for _ in range(_RUNS)]
        f1 = strict_f1(self._files.chosen.gold, read_entities(runs[0][1]))["f1"]
        rate = file.articles / min(seconds for seconds, _ in runs)
        self.tried[setting] = Tried(setting, rate, f1, self._side.peak_memory_mb)

    def _run(self, setting: Setting, file: ArticleFile) -> tuple[float, Path]:
        """Return the seconds over ``file`` and the folder of what was found."""
        output = self._files.new_output()
        request = {"articles": str(file.path), "output": str(output), "setting": setting.to_json()}
        return self._side.ask(request)["seconds"], output


def describe(setting: Setting) -> str:
    """Return ``setting`` in words."""
    order = "by length" if setting.by_length else "in order"
    return f"batch {setting.batch}, {setting.precision}, {order}, window {setting.window}/{setting.stride}"
