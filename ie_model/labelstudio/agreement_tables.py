"""The agreement report for people (rich tables) and for programs (one JSON object)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ie_model.labelstudio.acceptance import ADDED, DELETED, KEPT, OUTCOMES, Acceptance
from ie_model.labelstudio.agreement import MICRO, OVERLAP, STRICT, Agreement, AgreementReport, Figure
from ie_model.labelstudio.disagreements import Disagreement
from ie_model.labelstudio.timing import Timing

NONE = "–"

Link = Callable[[str], str | None]
"""Address of an article's task by the article's id; None where it is not known."""


def agreement_json(report: AgreementReport, differing: Sequence[Disagreement], link: Link) -> dict[str, Any]:
    """Return everything as one JSON object; F1 and kappa are null where they are not defined."""
    return {
        "articles": report.articles,
        "readings": dict(report.readings),
        "cancelled": report.cancelled,
        "annotators": None if report.annotators is None else asdict(report.annotators),
        "pairs": [asdict(pair) for pair in report.pairs],
        "models": [asdict(model) for model in report.models],
        "acceptance": {name: _acceptance_json(one) for name, one in report.acceptance.items()},
        "times": {name: asdict(one) for name, one in report.times.items()},
        "disagreements": [asdict(one) | {"link": link(one.article)} for one in differing],
    }


def agreement_tables(report: AgreementReport) -> Group:
    """Return the report as tables under a line that says what was read."""
    readings = ", ".join(f"{name} {count}" for name, count in report.readings.items())
    skipped = f"; {report.cancelled} skipped" if report.cancelled else ""
    parts: list[RenderableType] = [
        Text(f"{report.articles} articles; annotations: {readings or NONE}{skipped}")
    ]
    if report.annotators is None:
        parts.append(Text("no article was read by two annotators"))
    else:
        parts += [_agreement_table(report.annotators), _pairs_table(report.pairs)]
    parts += [_agreement_table(model) for model in report.models]
    parts += [_acceptance_table(name, one) for name, one in report.acceptance.items()]
    if report.times:
        parts.append(_time_table(report.times))
    return Group(*parts)


def disagreement_table(differing: Sequence[Disagreement], link: Link) -> Table:
    """Return the disagreements, each with its task."""
    table = Table(
        "article", "what", "place", "who says what", title="Disagreements", title_justify="left", box=None
    )
    for one in differing:
        address = link(one.article)
        name = Text(one.article, style=f"link {address}" if address else "")
        if address:
            name += Text(f"\n{address}", style="dim")
        said = "\n".join(f"{who}: {what}" for who, what in one.readings.items())
        table.add_row(name, one.kind, f"{one.start}:{one.end}", Text(said))
    return table


def _agreement_table(found: Agreement) -> Table:
    kappa = f"; kappa over {found.tokens} tokens {_shown(found.kappa)}"
    many = f" in {found.pairs} pairs of readings" if found.pairs != found.articles else ""
    table = _table(f"Agreement of {found.name}, {found.articles} articles{many}{kappa}", "F1 of")
    for column in ("strict", "interval", "overlap", "interval", "both", "one", "other"):
        table.add_column(column, justify="right")
    for label, strict in found.mentions[STRICT].items():
        overlap = found.mentions[OVERLAP][label]
        table.add_row(label, *_f1(strict), *_f1(overlap), *_counts(strict))
    table.add_section()
    for kind, figure in found.links.items():
        table.add_row(kind, *_f1(figure), NONE, NONE, *_counts(figure))
    return table


def _pairs_table(pairs: Sequence[Agreement]) -> Table:
    table = _table("Pairs of annotators", "")
    for column in ("articles", "strict F1", "overlap F1", "records F1", "kappa"):
        table.add_column(column, justify="right")
    for pair in pairs:
        figures = [pair.mentions[way][MICRO].f1 for way in (STRICT, OVERLAP)]
        shown = map(_shown, (*figures, pair.links["records"].f1, pair.kappa))
        table.add_row(Text(pair.name), str(pair.articles), *shown)
    return table


def _acceptance_table(version: str, found: Acceptance) -> Table:
    rate = f"{found.rate:.0%} kept" if found.rate is not None else "nothing predicted"
    title = (
        f"Pre-annotations of {version}: {rate}; "
        f"{found.untouched} of {found.annotations} annotations submitted as they came"
    )
    table = _table(title, "")
    for outcome in OUTCOMES:
        table.add_column(outcome, justify="right")
    for label, counts in found.mentions.items():
        table.add_row(label, *(str(counts[outcome]) for outcome in OUTCOMES))
    table.add_row("all labels", *(str(found.total[outcome]) for outcome in OUTCOMES))
    table.add_section()
    for kind, counts in found.links.items():
        shown = {outcome: str(counts[outcome]) for outcome in (KEPT, DELETED, ADDED)}
        table.add_row(kind, *(shown.get(outcome, NONE) for outcome in OUTCOMES))
    return table


def _time_table(times: Mapping[str, Timing]) -> Table:
    table = _table("Seconds an article", "")
    for column in ("median", "interval", "a hundred words", "articles", "without a time"):
        table.add_column(column, justify="right")
    for name, one in times.items():
        interval = NONE if one.low is None else f"{one.low:.0f}–{one.high:.0f}"
        pace = NONE if one.per_100_words is None else f"{one.per_100_words:.0f}"
        table.add_row(Text(name), f"{one.median:.0f}", interval, pace, str(one.annotations), str(one.missing))
    return table


def _acceptance_json(found: Acceptance) -> dict[str, Any]:
    def plain(counts: Mapping[str, int], outcomes: Iterable[str]) -> dict[str, int]:
        return {outcome: counts[outcome] for outcome in outcomes}

    return {
        "annotations": found.annotations,
        "untouched": found.untouched,
        "kept": found.rate,
        "mentions": {label: plain(counts, OUTCOMES) for label, counts in found.mentions.items()},
        "total": plain(found.total, OUTCOMES),
        "links": {kind: plain(counts, (KEPT, DELETED, ADDED)) for kind, counts in found.links.items()},
    }


def _table(title: str, first: str) -> Table:
    return Table(first, title=title, title_justify="left", box=None)


def _f1(figure: Figure) -> tuple[str, str]:
    ends = NONE if figure.low is None else f"{_shown(figure.low)}–{_shown(figure.high)}"
    return _shown(figure.f1), ends


def _counts(figure: Figure) -> tuple[str, str, str]:
    return str(figure.both), str(figure.first), str(figure.second)


def _shown(value: float | None) -> str:
    return NONE if value is None else f"{value:.3f}"
