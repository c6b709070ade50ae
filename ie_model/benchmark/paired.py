"""Ours against the pipeline, one core against one core, by turns.

Each pair of runs has the same fresh articles and the same core, one run right behind the other, so that what
slows the machine for a while hits both; who begins alternates. The ratio is taken within each pair.

Ours has a process of its own, and so has the pipeline's best setting. The two fixed settings run in the
process that searched for the best; their memory is what it had taken when they were the first it tried.

The best in the end is whichever of the compared settings did best against ours: the search may have been
misled by a busy moment, and then the error should not be in our favour.

Trade-off: a pair shares its core but not its second: a disturbance shorter than a run still hits one side
alone, and shows as a wide interval. More repetitions narrow it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Final

from ie_model.benchmark.figures import Estimate, estimate
from ie_model.benchmark.files import ArticleFile, FreshFiles
from ie_model.benchmark.pipeline import Setting
from ie_model.benchmark.predicting import read_extractions
from ie_model.benchmark.processes import SideProcess
from ie_model.benchmark.quality import strict_f1
from ie_model.benchmark.settings import SettingSearch, describe

ONE_CORE: Final = 1


@dataclass
class _Pairs:
    """Seconds of both sides on each pair's articles."""

    files: list[ArticleFile] = field(default_factory=list)
    ours: list[float] = field(default_factory=list)
    theirs: list[float] = field(default_factory=list)

    def add(self, file: ArticleFile, ours: float, theirs: float) -> None:
        """Count one pair."""
        self.files.append(file)
        self.ours.append(ours)
        self.theirs.append(theirs)

    def ratio(self) -> Estimate:
        """How many times as fast ours is."""
        return estimate([b / a for a, b in zip(self.ours, self.theirs, strict=True)])

    def rates(self, seconds: Sequence[float]) -> dict[str, Any]:
        """Articles and tokens a second."""
        per_second = zip(self.files, seconds, strict=True)
        both = [(file.articles / took, file.tokens / took) for file, took in per_second]
        articles, tokens = (estimate(rates) for rates in zip(*both, strict=True))
        return {"articles_per_second": articles.to_json(), "tokens_per_second": tokens.to_json()}


def compare_with_pipeline(
    files: FreshFiles,
    ours: dict[str, Any],
    checkpoint: str,
    *,
    repeat: int,
    warm_up: int,
    batches: Sequence[int],
    say: Callable[[str], None],
) -> dict[str, Any]:
    """Return ratio, speed, F1 and memory of our side against each setting of the pipeline.

    Args:
        files: The articles.
        ours: What our side loads; its workers should be 1.
        checkpoint: What the pipeline loads.
        repeat: Pairs that count, at least 1.
        warm_up: Pairs before them.
        batches: Batch sizes to try.
        say: Called with what begins.

    Raises:
        IeModelError: A side failed.
    """
    theirs = {"side": "pipeline", "checkpoint": checkpoint}
    with ExitStack() as started:
        searching = started.enter_context(SideProcess(theirs, cores=ONE_CORE))
        search = SettingSearch(searching, files, say)
        found = search.best(batches).setting
        our_side = started.enter_context(SideProcess(ours, cores=ONE_CORE))
        sides = dict.fromkeys(search.fixed(), searching)
        if found not in sides:
            sides[found] = started.enter_context(SideProcess(theirs, cores=ONE_CORE))
        our_f1 = _our_f1(our_side, files)
        pairs = _run_pairs(files, our_side, sides, repeat=repeat, warm_up=warm_up, say=say)
        memory = {one: search.tried[one].peak_memory_mb for one in sides}
        if sides[found] is not searching:
            memory[found] = sides[found].peak_memory_mb
        our_memory = our_side.peak_memory_mb
    good = [one for one in pairs if search.good_enough(search.tried[one])]
    best = min(good, key=lambda one: pairs[one].ratio().median)
    compared = {
        one: {
            "setting": one.to_json(),
            "ratio": pair.ratio().to_json(),
            **pair.rates(pair.theirs),
            "f1": search.tried[one].f1,
            "peak_memory_mb": memory[one],
        }
        for one, pair in pairs.items()
    }
    return {
        "ours": {**pairs[best].rates(pairs[best].ours), **our_f1, "peak_memory_mb": our_memory},
        "best": compared[best],
        "compared": {describe(one): row for one, row in compared.items()},
        "tried": [one.to_json() for one in search.tried.values()],
        "cores": ONE_CORE,
    }


def _run_pairs(
    files: FreshFiles,
    our_side: SideProcess,
    sides: Mapping[Setting, SideProcess],
    *,
    repeat: int,
    warm_up: int,
    say: Callable[[str], None],
) -> dict[Setting, _Pairs]:
    pairs = {setting: _Pairs() for setting in sides}
    for turn in range(warm_up + repeat):
        say(f"pair {turn + 1} of {warm_up + repeat}")
        for place, (setting, side) in enumerate(sides.items()):
            # A variant for each pair: on the second pair with the same text our caches would answer.
            file = files.variant(1 + turn * len(sides) + place)
            took = _run_pair(files, file, (our_side, side), setting, ours_first=turn % 2 == 0)
            if turn >= warm_up:
                pairs[setting].add(file, *took)
    return pairs


def _our_f1(side: SideProcess, files: FreshFiles) -> dict[str, Any]:
    output = files.new_output()
    side.ask({"articles": str(files.variant(0).path), "output": str(output)})
    found = strict_f1(files.chosen.gold, read_extractions(output))
    return {"f1": found["f1"], "f1_interval": found["interval"]}


def _run_pair(
    files: FreshFiles,
    file: ArticleFile,
    sides: tuple[SideProcess, SideProcess],
    setting: Setting,
    *,
    ours_first: bool,
) -> tuple[float, float]:
    """Return the seconds of our side and of theirs over ``file``."""
    took = [0.0, 0.0]
    for which in (0, 1) if ours_first else (1, 0):
        request: dict[str, Any] = {"articles": str(file.path), "output": str(files.new_output())}
        if which == 1:
            request["setting"] = setting.to_json()
        took[which] = sides[which].ask(request)["seconds"]
    return took[0], took[1]
