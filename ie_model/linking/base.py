"""What every linker takes and gives, and the file it is kept in (JSON; no pickle)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol, runtime_checkable

from ie_model.errors import ModelError
from ie_model.files import write_whole
from ie_model.schema import Mention
from ie_model.token_states import TokenStates

FORMAT: Final = "ie-model linker"
FORMAT_VERSION: Final = 2
"""Raised whenever a file of the older version would be read wrongly."""


@dataclass(frozen=True)
class LinkedRecord:
    """Mention ids that state one fact, in text order; ``confidence`` in [0, 1] is of the links alone.

    ``confidence`` is the least certain of the decisions that make the record what it is: members that
    belong together, outsiders left out, institutions taken or not.
    """

    quantities: tuple[str, ...]
    institutions: tuple[str, ...]
    confidence: float


@runtime_checkable
class Linker(Protocol):
    """Decides which mentions state one fact."""

    @property
    def wants_states(self) -> bool:
        """Whether :meth:`link` needs the encoder's states."""
        ...

    def link(
        self, text: str, mentions: Sequence[Mention], states: TokenStates | None = None
    ) -> tuple[LinkedRecord, ...]:
        """Group the quantities of an article and name the institutions of each group.

        Every quantity is in exactly one record, an institution in any number of them. Records come in the
        order of their first quantity, whatever the order of ``mentions``.

        Args:
            text: The article as given.
            mentions: Its mentions with distinct ids; offsets are half-open code points into ``text``.
            states: The encoder's states of its tokens, for a linker that wants them.

        Raises:
            ModelError: It wants states, and none are given.
        """
        ...

    def save(self, path: Path) -> None:
        """Write the linker as one JSON file."""
        ...


def write_json(path: Path, method: str, parts: Mapping[str, Any]) -> None:
    """Write a linker file so that it appears whole or not at all.

    Args:
        path: The file; ``load_linker`` reads it.
        method: ``learned`` or ``rules``.
        parts: What the method needs, as JSON.

    Raises:
        OutputError: The file cannot be written.
    """
    tree = {"format": FORMAT, "version": FORMAT_VERSION, "method": method, **parts}
    write_whole(path, json.dumps(tree, ensure_ascii=False, allow_nan=False) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """Read a linker file and check its format.

    Raises:
        ModelError: The file is missing, no JSON object, no linker, or of another format version.
    """
    where = str(path)
    try:
        tree = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelError("no such linker file", where=where) from error
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError("the linker cannot be read as JSON", where=where, found=str(error)) from error
    if not isinstance(tree, dict) or tree.get("format") != FORMAT:
        found = repr(tree.get("format")) if isinstance(tree, dict) else type(tree).__name__
        raise ModelError("this is no linker", where=where, found=found, expected=f"a file of {FORMAT!r}")
    if tree.get("version") != FORMAT_VERSION:
        raise ModelError(
            "the linker is of another format version",
            where=where,
            found=repr(tree.get("version")),
            expected=str(FORMAT_VERSION),
            mend="Train the linker again with this version of ie-model.",
        )
    return tree
