"""The command line: one command, one file; each parses, calls one function and prints.

Exit statuses: :mod:`ie_model.cli.statuses`. Errors of the package, and bugs, become one clear line;
:mod:`ie_model.cli.failing` says how.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

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
    report,
    schema,
    serve,
    train,
)
from ie_model.cli.failing import DEBUG, EXAMPLE, call, without_debug
from ie_model.cli.failing import show_error as show_error  # for scripts
from ie_model.cli.statuses import epilogue

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help=f"""Records out of Persian economic news: amounts, targets, percentages, institutions.

Example: {EXAMPLE}

Each command has a --help with an example of its own.""",
    epilog=epilogue(),
)
app.command()(predict.predict)
app.command()(report.report)
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

        typer.echo(f"ie-model {__version__}\nmodel {_model_version()}")
        raise typer.Exit


def _model_version() -> str:
    from ie_model.errors import ModelError
    from ie_model.loading import ModelSource

    try:
        info = ModelSource().info()
    except ModelError:
        return "none is shipped"
    return f"{info.name} {info.version}"


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_version,
            is_eager=True,
            help="Show the versions of the package and of its model, and stop.",
        ),
    ] = False,
    debug: Annotated[
        bool,
        typer.Option(DEBUG, help="Show the traceback of an error, too; may stand behind a command as well."),
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line; an error becomes one clear line, with a traceback only where asked for."""
    arguments, debug = without_debug(sys.argv[1:])
    # The name in the help, however it was started.
    sys.exit(call(lambda: app(args=arguments, prog_name="ie-model"), debug=debug))
