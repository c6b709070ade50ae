"""The registry of what is read: the forms of files, and the ways in which they may be packed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Literal

from ie_model.articles.packing import PACKINGS, Packing

Form = Literal["text", "jsonl", "csv", "parquet"]

#: Forms by extension. Parquet packs its own pages, the others may be packed as a whole.
_FORMS: dict[str, Form] = {".txt": "text", ".jsonl": "jsonl", ".csv": "csv", ".parquet": "parquet"}
_UNPACKABLE = ".parquet"


@dataclass(frozen=True, slots=True)
class Format:
    """What an extension stands for."""

    form: Form
    packing: Packing | None = None


#: Formats by extension, in small letters: ``.jsonl``, ``.jsonl.gz``, ...
FORMATS: dict[str, Format] = {
    suffix + (packing.suffix if packing else ""): Format(form, packing)
    for suffix, form in _FORMS.items()
    for packing in (None, *(() if suffix == _UNPACKABLE else PACKINGS))
}
#: The same for people.
SHOWN_FORMATS = (
    ", ".join(suffix for suffix in _FORMS if suffix != _UNPACKABLE)
    + f" (also {', '.join(packing.suffix for packing in PACKINGS)}), {_UNPACKABLE}"
)


def extension(path: str) -> str:
    """Return the extension in small letters, with its dot; empty if there is none.

    It is the last one, but for the two of a packed format that is read: ``.jsonl.gz``.
    """
    rest, last = os.path.splitext(path)  # noqa: PTH122 (bytes in odd names survive as str)
    both = (os.path.splitext(rest)[1] + last).lower()  # noqa: PTH122
    return both if both in FORMATS else last.lower()


def stem(path: str) -> str:
    """Return the file's name without its extension."""
    name = os.path.basename(path)  # noqa: PTH119
    return name[: len(name) - len(extension(name))]
