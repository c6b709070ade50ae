"""How a command ends when something goes wrong: one clear line, an exit status, a traceback where asked for.

Three kinds are told apart: an error of the package, which says itself what to mend; a stop from outside
(Ctrl-C, a reader that went away), of which nothing is to be said; and everything else, which is a bug or the
operating system's refusal, and is named with its place in the package.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from ie_model.cli.statuses import EXIT_BUG, EXIT_INTERRUPTED, EXIT_READER_GONE
from ie_model.errors import EXIT_OK, IeModelError

DEBUG = "--debug"
EXAMPLE = "ie-model predict seeds --output out"
"""The first command that anybody needs."""

PACKAGE = Path(__file__).absolute().parents[1]


def without_debug(arguments: Sequence[str]) -> tuple[list[str], bool]:
    """Return ``arguments`` without ``--debug``, and whether it was there.

    People add it to the end of the call that failed, where it would be an option of the command; so it is
    taken out before anything is parsed. What stands behind ``--`` is left alone.
    """
    end = arguments.index("--") if "--" in arguments else len(arguments)
    options = list(arguments[:end])
    return [word for word in options if word != DEBUG] + list(arguments[end:]), DEBUG in options


def call(run: Callable[[], object], *, debug: bool = False) -> int:
    """Run a command and return its exit status; what went wrong is told on the error output.

    Args:
        run: The command; it may end by :class:`SystemExit`.
        debug: Show the traceback, too.
    """
    try:
        run()
    except IeModelError as error:
        _show_traceback(error, debug)
        show_error(error)
        return error.exit_code
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except SystemExit as stop:
        # The command line's own library ends with status 1 where the reader of the output went away.
        if isinstance(stop.__context__, BrokenPipeError):
            return _reader_gone()
        return _status(stop)
    except BrokenPipeError:
        return _reader_gone()
    except Exception as error:
        _show_traceback(error, debug)
        show_error(describe_bug(error))
        return EXIT_BUG
    return EXIT_OK


def _status(stop: SystemExit) -> int:
    if stop.code is None:
        return EXIT_OK
    return stop.code if isinstance(stop.code, int) else EXIT_BUG


def _reader_gone() -> int:
    # What is still in the buffer would fail once more when the interpreter ends.
    sys.stdout = None
    return EXIT_READER_GONE


def _show_traceback(error: BaseException, debug: bool) -> None:
    if debug:
        traceback.print_exception(error)


def describe_bug(error: Exception) -> IeModelError:
    """Return an error of the house for one that nobody foresaw: its kind, message and place."""
    message = " ".join(str(error).split())
    what = f"{type(error).__name__}: {message}" if message else type(error).__name__
    if isinstance(error, OSError):
        return IeModelError(what, where=_place(error), mend=f"Add {DEBUG} to see where it happened.")
    mend = f"This is a bug. Add {DEBUG} and report what it shows."
    return IeModelError(f"unforeseen {what}", where=_place(error), mend=mend)


def _place(error: Exception) -> str | None:
    """Return file, line and function of the last step within the package."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_ours(frame.filename)]
    if not frames:
        return None
    last = frames[-1]
    return (
        f"{Path(last.filename).absolute().relative_to(PACKAGE.parent).as_posix()}:{last.lineno}, {last.name}"
    )


def _is_ours(file: str) -> bool:
    path = Path(file).absolute()
    return path.is_relative_to(PACKAGE) and path != Path(__file__).absolute()


def show_error(error: IeModelError) -> None:
    """Print an error: what failed, where, what was found and expected, and how to mend it."""
    console = Console(stderr=True, soft_wrap=True)
    title = Text("error: ", style="bold red") + Text(error.what, style="bold")
    console.print(title)
    parts = {"where": error.where, "found": error.found, "expected": error.expected, "mend": error.mend}
    for name, value in parts.items():
        if value is not None:
            console.print(Text(f"  {name:>8}: ", style="dim") + Text(value))
