"""A result for people: rich tables."""

from __future__ import annotations

from typing import Any, Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

_NONE: Final = "–"


def result_tables(result: dict[str, Any]) -> Group:
    """Return ``result`` (:func:`ie_model.benchmark.run.run_benchmark`) as tables."""
    parts: list[RenderableType] = [_heading(result), _throughput(result["throughput"])]
    if result["pipeline"]:
        parts += [_pipeline(result), _tried(result["pipeline"]["tried"])]
    if result["scaling"]:
        parts.append(_scaling(result["scaling"]))
    if result["matrix_peak"]:
        parts.append(_peak(result["matrix_peak"]))
    return Group(*parts)


def _heading(result: dict[str, Any]) -> Text:
    machine = dict(result["machine"])
    versions = ("python", "numpy", "onnxruntime", "tokenizers", "torch", "transformers", "openvino")
    release = result["release"]
    lines = [
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory_mb'] or _NONE} MB, "
        f"load {machine['load']}",
        " ".join(machine["flags"]) or "no flags told",
        ", ".join(f"{name} {machine[name]}" for name in versions if machine[name]),
        f"{result['date']}, commit {result['commit'] or _NONE}, "
        f"release {release['name']} {release['version']}",
        f"{result['articles']} articles ({result['articles_from']}), {result['characters']} characters, "
        f"{result['tokens']} tokens; warm-up {result['warm_up']}, {result['repeat']} repetitions",
    ]
    if result["rejects"]:
        lines.append(f"rejected: {len(result['rejects'])} ({result['rejects'][0]})")
    if result["seen_in_training"]:
        lines.append(f"F1 is too good: {result['seen_in_training']} of the articles were trained on")
    return Text("\n".join(lines))


def _throughput(rows: list[dict[str, Any]]) -> Table:
    names = (
        "runtime",
        "workers",
        "articles/s",
        "tokens/s",
        "start to first record, s",
        "peak memory, MB",
        "F1",
    )
    table = _table("Speed, one core for each worker", *names)
    for row in rows:
        table.add_row(
            row["runtime"],
            str(row["workers"]),
            *(
                _estimate(row[name])
                for name in ("articles_per_second", "tokens_per_second", "startup_seconds")
            ),
            *(_cell(row["peak_memory_mb"]), _cell(row["f1"])),
        )
    return table


def _pipeline(result: dict[str, Any]) -> Table:
    compared = result["pipeline"]
    names = ("", "articles/s", "tokens/s", "ours is so many times as fast", "peak memory, MB", "F1")
    table = _table("Against the transformers pipeline, one core against one core, by turns", *names)
    for name, row in {"ours": compared["ours"], **compared["compared"]}.items():
        ratio = _estimate(row["ratio"]) if "ratio" in row else ""
        chosen = " (best)" if row.get("setting") == result["pipeline_setting"] else ""
        table.add_row(
            name + chosen,
            _estimate(row["articles_per_second"]),
            _estimate(row["tokens_per_second"]),
            ratio,
            *(_cell(row["peak_memory_mb"]), _cell(row["f1"])),
        )
    if not compared["same_training"]:
        table.caption = "The release was not made from this checkpoint: they learnt from other articles."
    return table


def _tried(tried: list[dict[str, Any]]) -> Table:
    table = _table("Settings tried", *tried[0])
    for row in tried:
        table.add_row(*(_cell(value) for value in row.values()))
    return table


def _scaling(scaling: dict[str, Any]) -> Table:
    rows = scaling["sizes"]
    table = _table(f"Cost by number of articles, {scaling['workers']} workers", *rows[0])
    for row in rows:
        table.add_row(*(_cell(value) for value in row.values()))
    if scaling["linear"] is not None:
        linear = "linear" if scaling["linear"] else "not linear"
        table.caption = f"{linear}: an article costs up to {scaling['most_to_least']:.2f} times the least"
    return table


def _peak(peak: dict[str, Any]) -> Table:
    table = _table("Matrix products of one core, thousand million operations a second", "", "fp32", "int8")
    table.add_row("peak", _cell(peak["peak_fp32_gigaops"]), _cell(peak["peak_int8_gigaops"]))
    shares = (f"{peak[f'share_of_{kind}_peak']:.0%}" for kind in ("fp32", "int8"))
    table.add_row(f"the encoder's {peak['encoder_gigaops']:g} are of it", *shares)
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    for place, name in enumerate(columns):
        table.add_column(name.replace("_", " "), justify="left" if place == 0 else "right")
    return table


def _estimate(one: dict[str, Any]) -> str:
    ends = one["interval"]
    return _cell(one["median"]) + ("" if ends is None else f" ({_cell(ends[0])} to {_cell(ends[1])})")


def _cell(value: Any) -> str:
    if value is None:
        return _NONE
    if isinstance(value, float):
        return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return str(value)
