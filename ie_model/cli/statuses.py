"""The exit statuses of ``ie-model``: one table, for the help, the documentation and the code.

A status says what a script must know: whether to go on (0), to look at what was left out (3), to mend the
call (2), or that the answer is no (1). A bug is 1 too, as in every Python program.
"""

from __future__ import annotations

import signal
from typing import Final

from ie_model.errors import EXIT_FAILED_CHECK, EXIT_OK, EXIT_SOME_REJECTED, EXIT_WRONG_CALL

EXIT_BUG: Final = 1
"""Exit status after an error that nobody foresaw; Python's own for an exception that is not caught."""
EXIT_INTERRUPTED: Final = 128 + signal.SIGINT
"""Exit status of a process that the user stopped, by the habit of shells: 128 and the signal's number."""
EXIT_READER_GONE: Final = 141
"""Exit status where nobody reads the output any more (``| head``): 128 and the number of SIGPIPE, which
Windows has no name for."""
EXIT_TERMINATED: Final = 128 + signal.SIGTERM
"""Exit status of a process that SIGTERM ends."""

STATUSES: Final = {
    EXIT_OK: "all went",
    EXIT_FAILED_CHECK: "a check failed, or a bug (see --debug)",
    EXIT_WRONG_CALL: "a wrong call or config",
    EXIT_SOME_REJECTED: "some input was rejected, the rest went through",
    EXIT_INTERRUPTED: "stopped by Ctrl-C",
    EXIT_READER_GONE: "nobody reads the output any more",
    EXIT_TERMINATED: "stopped by SIGTERM",
}
"""Every status that a command may end with, and what it means."""


def epilogue() -> str:
    """Return the table as a list in Markdown, for the end of the help."""
    rows = [f"- {int(status)}: {meaning}" for status, meaning in STATUSES.items()]
    return "\n".join(["Exit status:", "", *rows])
