"""What ``predict`` wrote, read back, and each article's own text beside it.

An extraction names its text by SHA-256, so no page shows a text that is not the one that was extracted. The
articles are read again where the summary says they lay, or where the caller names them; keeping a second copy
of every text in the output was the other choice, and would double it for those who want no page.

Memory is 16 bytes an article, and the texts between an extraction and its turn: none where both are in one
order, as one machine writes them; of a cluster's parts those that came before theirs.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final

from pydantic import ValidationError

from ie_model.articles import DEFAULT_MAX_CHARS, ArticleReader, Located, StdinFormat
from ie_model.articles.packing import MAGIC_BYTES, packing_of
from ie_model.articles.reader import STDIN
from ie_model.batch import EXTRACTIONS, SUMMARY, OutputFormat, Summary
from ie_model.batch.formats import EXTRACTIONS_PARQUET, KNOWN_FILES, PART_FOLDERS
from ie_model.batch.output import parts_in
from ie_model.errors import ArticleError
from ie_model.extras import require
from ie_model.schema import Extraction, text_sha256

PARTS: Final = PART_FOLDERS[0]


def read_summary(folder: Path) -> Summary:
    """Return the summary of the run whose output ``folder`` is.

    Raises:
        ArticleError: There is none, or it is damaged.
    """
    try:
        return Summary.model_validate_json((folder / SUMMARY).read_bytes())
    except OSError as error:
        raise ArticleError(
            "no output of predict lies here",
            where=str(folder),
            found=f"no {SUMMARY} that can be read",
            mend="First: ie-model predict ARTICLES --output " + str(folder),
        ) from error
    except ValidationError as error:
        raise ArticleError("the summary is damaged", where=str(folder / SUMMARY)) from error


def read_extractions(folder: Path) -> Iterator[Extraction]:
    """Yield the extractions of a run, in the order of its files.

    Args:
        folder: Output of ``predict``, of any of its formats, from one machine or a cluster.

    Raises:
        ArticleError: There are none, a line is damaged, or was written with ``--fields``.
        MissingExtraError: What reads them is not installed.
    """
    for path in _files(folder):
        rows: Iterator[bytes | dict[str, Any]]
        rows = _parquet_rows(path) if path.suffix == ".parquet" else _lines(path)
        for number, row in enumerate(rows, start=1):
            try:
                yield _extraction(row)
            except ValidationError as error:
                first = error.errors()[0]
                raise ArticleError(
                    "this is no whole extraction",
                    where=f"{path}, line {number}",
                    found=f"{'.'.join(map(str, first['loc']))}: {first['msg']}",
                    mend="Predict again, without --fields.",
                ) from error


def _files(folder: Path) -> list[Path]:
    whole = [folder / (EXTRACTIONS + form.packing.value) for form in OutputFormat]
    found = [path for path in dict.fromkeys([*whole, folder / EXTRACTIONS_PARQUET]) if path.is_file()]
    found = found or sorted(parts_in(folder / PARTS))
    if not found:
        raise ArticleError("there are no extractions", where=str(folder), expected=EXTRACTIONS)
    return found


def _lines(path: Path) -> Iterator[bytes | dict[str, Any]]:
    with path.open("rb") as file:
        packing = packing_of(file.read(MAGIC_BYTES))
        file.seek(0)
        yield from packing.unpack(file) if packing else file


def _parquet_rows(path: Path) -> Iterator[bytes | dict[str, Any]]:
    require("parquet", "pyarrow")
    from pyarrow import parquet

    for batch in parquet.ParquetFile(path).iter_batches(batch_size=64):
        for row in batch.to_pylist():
            yield {**row, "meta": json.loads(row.get("meta") or "{}")}


def _extraction(row: bytes | dict[str, Any]) -> Extraction:
    return Extraction.model_validate_json(row) if isinstance(row, bytes) else Extraction.model_validate(row)


class Texts:
    """The texts of extractions, from the articles that were read.

    Args:
        folder: Output of ``predict``.
        summary: Its summary, which says how articles were read.
        paths: Where the articles lie now; none for where they lay.
        stdin: Read in place of the process's own standard input.

    Raises:
        ArticleError: A path does not exist, or they were standard input and are gone.
    """

    def __init__(
        self,
        folder: Path,
        summary: Summary,
        paths: Iterable[str | os.PathLike[str]] = (),
        *,
        stdin: BinaryIO | None = None,
    ) -> None:
        options = summary.options
        named = tuple(paths)
        noted = options.get("paths")
        again = named or tuple(str(path) for path in noted if path) if isinstance(noted, list) else named
        if not named and (not again or STDIN in again):
            raise ArticleError(
                "the articles came from standard input, which is gone",
                where=str(folder),
                mend=f"Name them: ie-model report {folder} ARTICLES. Next time: predict --report.",
            )
        self._wanted: set[bytes] = set()
        self._kept: dict[bytes, str] = {}
        stdin_format: Any = options.get("stdin_format", "auto")
        form: StdinFormat = stdin_format
        try:
            reader = ArticleReader(
                again,
                max_chars=int(str(options.get("max_chars", DEFAULT_MAX_CHARS))),
                stdin_format=form,
                stdin=stdin,
                exclude=[folder / name for name in (*KNOWN_FILES, *PART_FOLDERS)],
                encoding=str(options.get("encoding", "utf-8")),
            )
        except ArticleError as error:
            if named:
                raise
            mend = f"Say where the articles lie now: ie-model report {folder} ARTICLES"
            raise ArticleError(error.what, where=error.where, mend=mend) from error
        self._articles = iter(reader)

    def want(self, extraction: Extraction) -> None:
        """Note that the text of ``extraction`` will be asked for."""
        self._wanted.add(_key(extraction.id, extraction.text_sha256))

    def of(self, extraction: Extraction) -> str | None:
        """Return the text that ``extraction`` was made of; None where the articles do not have it."""
        key = _key(extraction.id, extraction.text_sha256)
        while key not in self._kept:
            found = next(self._articles, None) if self._wanted else None
            if found is None:
                return None
            if isinstance(found, Located):
                article = found.article
                self._keep(_key(article.id, text_sha256(article.text)), article.text)
        return self._kept.pop(key)

    def _keep(self, key: bytes, text: str) -> None:
        if key in self._wanted:
            self._wanted.remove(key)
            self._kept[key] = text


def _key(id: str, sha256: str) -> bytes:
    return hashlib.blake2b(f"{id}\0{sha256}".encode("utf-8", "surrogatepass"), digest_size=16).digest()
