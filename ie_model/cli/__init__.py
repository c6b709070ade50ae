"""The command line: one command, one file; each parses, calls one function and prints.

Exit status: 0 all went, 1 a check failed, 2 a wrong call or config, 3 some input was rejected.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

# Modules, not their functions: a function of the same name here would hide its module.
from ie_model.cli import (
    benchmark,
    crossval,
    data,
    encoder,
    evaluate,
    labelstudio,
    predict,
    release,
    schema,
    serve,
    train,
)
from ie_model.errors import IeModelError

EXIT_INTERRUPTED = 130
"""Exit status of a process that the user stopped, by the habit of shells."""

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Records out of Persian economic news: amounts, targets, percentages, institutions.",
    epilog="Exit status: 0 all went, 1 a check failed, 2 a wrong call or config, 3 some input was rejected.",
)
app.command()(predict.predict)
app.command()(serve.serve)
app.command()(schema.schema)
app.add_typer(data.app, name="data")
app.add_typer(encoder.app, name="encoder")
app.add_typer(labelstudio.app, name="labelstudio")
app.command()(train.train)
app.command()(evaluate.evaluate)
app.command()(crossval.crossval)
app.command()(release.release)
app.command()(benchmark.benchmark)


def _version(asked: bool) -> None:
    if asked:
        from ie_model import __version__

        typer.echo(f"ie-model {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and stop.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line; errors of the package become one clear line, not a traceback."""
    try:
        app(prog_name="ie-model")  # however it was started
    except IeModelError as error:
        show_error(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)


def show_error(error: IeModelError) -> None:
    """Print an error: what failed, where, what was found and expected, and how to mend it."""
    console = Console(stderr=True, soft_wrap=True)
    title = Text("error: ", style="bold red") + Text(error.what, style="bold")
    console.print(title)
    parts = {"where": error.where, "found": error.found, "expected": error.expected, "mend": error.mend}
    for name, value in parts.items():
        if value is not None:
            console.print(Text(f"  {name:>8}: ", style="dim") + Text(value))
