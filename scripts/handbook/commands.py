"""The reference of the command line, from the commands themselves."""

from __future__ import annotations

import re

from typer.cli import app as typer_app
from typer.testing import CliRunner

from ie_model.cli.statuses import STATUSES, epilogue

HEAD = """# Command line

What `ie-model COMMAND --help` shows, made from the commands.

Options that several commands have mean the same in each: `--quiet` shows no progress, `--json` prints one
JSON object on the standard output in place of text (progress and warnings go to the error output), `--debug`
adds the traceback of an error. Colours are for terminals only, and `NO_COLOR=1` turns them off there too.
`ie-model --install-completion` lets the shell complete commands and options.

## Exit status

| status | means |
| ---: | --- |
"""


def command_page() -> str:
    """Return the page in Markdown.

    Typer's own ``typer ... utils docs`` writes it; its headings go one level down under ours, examples become
    blocks.
    """
    result = CliRunner().invoke(typer_app, ["ie_model.cli", "utils", "docs", "--name", "ie-model"])
    if result.exit_code:
        raise RuntimeError(f"typer could not describe the commands: {result.output}")
    rows = "".join(f"| {int(status)} | {meaning} |\n" for status, meaning in STATUSES.items())
    body = result.stdout.replace(epilogue(), "")
    body = re.sub(r"^Example: (.+)$", r"```bash\n\1\n```", body, flags=re.MULTILINE)
    body = body.replace("```console\n$ ", "```text\n")
    body = body.split("\n", 1)[1]  # the title is ours
    return f"{HEAD}{rows}\n## All commands\n{body}"
