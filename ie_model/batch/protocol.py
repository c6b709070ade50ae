"""What a batch asks of an extractor, and the guard around it.

The extractor sees some articles at a time. When it fails on a chunk, or gives back what cannot belong
to it, each article of the chunk is tried alone, so that a bug costs the one article that shows it and
is reported with that article's name. Errors of the package's own family are no bugs of one article (a
missing or damaged model): they end the run.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import Protocol

from ie_model.articles import Located, RefusedError, Reject, RejectCode
from ie_model.errors import ArticleError, IeModelError
from ie_model.schema import Article, Extraction, ModelInfo, text_sha256


class ArticleExtractor(Protocol):
    """Whatever turns articles into extractions; :class:`ie_model.extractor.Extractor` does."""

    @property
    def info(self) -> ModelInfo:
        """Which release extracts."""
        ...

    def extract_many(self, articles: Sequence[Article], /) -> Iterable[Extraction]:
        """Return one extraction per article, in order."""
        ...


class _UnfitError(Exception):
    """An extraction that does not belong to its article."""


def extract_guarded(extractor: ArticleExtractor, chunk: Sequence[Located]) -> list[Extraction | Reject]:
    """Return an extraction, or the reject that says why not, for every article of ``chunk``.

    Raises:
        IeModelError: The extractor itself cannot work.
    """
    if not chunk:
        return []
    try:
        return list(_extract(extractor, [located.article for located in chunk]))
    except Exception as error:
        _raise_if_ours(error)
        if len(chunk) == 1:
            return [reject_bug(chunk[0], error)]
    return [result for located in chunk for result in extract_guarded(extractor, [located])]


def reject_bug(located: Located, error: Exception) -> Reject:
    """Return the reject of an article on which ``error`` was raised."""
    if isinstance(error, ArticleError):
        refusal = RefusedError(
            RejectCode.INTERNAL, error.what, found=error.found, expected=error.expected, mend=error.mend
        )
    else:
        refusal = RefusedError(
            RejectCode.INTERNAL,
            "the extractor failed on this article",
            found=_describe(error),
            mend="This is a bug: please report it with the article.",
        )
    return located.place.reject(refusal, id=located.article.id)


def _extract(extractor: ArticleExtractor, articles: Sequence[Article]) -> list[Extraction]:
    extractions = list(extractor.extract_many(articles))
    if len(extractions) != len(articles):
        raise _UnfitError(f"{len(extractions)} extractions of {len(articles)} articles")
    for article, extraction in zip(articles, extractions, strict=True):
        _check_fit(article, extraction)
    return extractions


def _check_fit(article: Article, extraction: Extraction) -> None:
    if extraction.id != article.id or extraction.text_sha256 != text_sha256(article.text):
        raise _UnfitError(f"an extraction of another article ({extraction.id!r})")
    for mention in extraction.mentions:
        if article.text[mention.start : mention.end] != mention.text:
            raise _UnfitError(f"mention {mention.id}: [{mention.start}, {mention.end}) is not its text")
    known = {mention.id for mention in extraction.mentions}
    for record in extraction.records:
        if not known.issuperset(record.quantities + record.institutions):
            raise _UnfitError(f"record {record.id} names a mention that is not there")


def _raise_if_ours(error: Exception) -> None:
    if isinstance(error, IeModelError) and not isinstance(error, ArticleError):
        raise error


def _describe(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({PurePath(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    message = " ".join(str(error).encode("utf-8", "backslashreplace").decode("utf-8").split())
    return f"{type(error).__name__}: {message}{place}"
