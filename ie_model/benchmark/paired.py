"""Ours against the pipeline, one core against one core, by turns.

Each pair of runs has the same fresh articles and the same core, one run right behind the other, so that what
slows the machine for a while hits both; who begins alternates. The ratio is taken within each pair.

Trade-off: a pair shares its core but not its second: a disturbance shorter than a run still hits one side
alone, and shows as a wide interval. More repetitions narrow it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
    with SideProcess(theirs, cores=ONE_CORE) as side:
        search = SettingSearch(side, files, say)
        best = search.best(batches)
    settings = list(dict.fromkeys([*search.fixed(), best.setting]))
    with ExitStack() as started:
        our_side = started.enter_context(SideProcess(ours, cores=ONE_CORE))
        sides = {one: started.enter_context(SideProcess(theirs, cores=ONE_CORE)) for one in settings}
        pairs: dict[Setting, _Pairs] = {one: _Pairs() for one in settings}
        our_f1 = _our_f1(our_side, files)
        for turn in range(warm_up + repeat):
            say(f"pair {turn + 1} of {warm_up + repeat}")
            for place, setting in enumerate(settings):
                file = files.variant(1 + turn * len(settings) + place)
                took = _run_pair(files, file, (our_side, sides[setting]), setting, ours_first=turn % 2 == 0)
                if turn >= warm_up:
                    pairs[setting].files.append(file)
                    pairs[setting].ours.append(took[0])
                    pairs[setting].theirs.append(took[1])
        compared = {
            setting: {
                "setting": setting.to_json(),
                "ratio": one.ratio().to_json(),
                **one.rates(one.theirs),
                "f1": search.tried[setting].f1,
                "peak_memory_mb": sides[setting].peak_memory_mb,
            }
            for setting, one in pairs.items()
        }
        ours_measured = {**pairs[best.setting].rates(pairs[best.setting].ours), **our_f1}
        ours_measured["peak_memory_mb"] = our_side.peak_memory_mb
    return {
        "ours": ours_measured,
        "best": compared[best.setting],
        "compared": {describe(setting): one for setting, one in compared.items()},
        "tried": [one.to_json() for one in search.tried.values()],
        "cores": ONE_CORE,
    }


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
