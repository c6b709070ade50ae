"""What becomes of one entry of the input: the line, the table rows and the counts that go into the files.

Made where the article is extracted, which may be another process, so that the process that writes has
nothing left to compute; of an extraction only text and counts travel.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ie_model.articles import Located, Reject, RejectCode
from ie_model.batch.fields import Fields
from ie_model.batch.protocol import ArticleExtractor, extract_guarded, reject_bug
from ie_model.batch.table import table_rows
from ie_model.schema import Extraction

#: Entries of the input in the order of reading: what is handed on at a time.
Chunk = Sequence[Located | Reject]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One entry as it goes into the files."""

    id: str | None
    """The article's id; None for what was refused before it had one."""
    line: str
    """JSON without line end, of the extraction or the reject."""
    rows: tuple[list[str], ...] = ()
    """Rows of the flat table."""
    records: int = 0
    warnings: int = 0
    mentions: Mapping[str, int] = field(default_factory=dict)
    """Mentions by label."""
    code: RejectCode | None = None
    """Why the entry was refused; None for an extraction."""

    @property
    def rejected(self) -> bool:
        """Whether this goes to the rejects."""
        return self.code is not None


def of_reject(reject: Reject) -> Outcome:
    """Return the outcome of an entry that was refused."""
    return Outcome(reject.id, reject.model_dump_json(), code=reject.code)


def extract_outcomes(
    extractor: ArticleExtractor, articles: Sequence[Located], fields: Fields | None = None
) -> list[Outcome]:
    """Extract ``articles`` and return the outcome of each, in order.

    Args:
        extractor: A bug of it costs the article that shows it.
        articles: Some articles.
        fields: What an extraction's line holds; None for all.

    Raises:
        IeModelError: The extractor itself cannot work.
    """
    results = extract_guarded(extractor, articles)
    return [
        of_reject(result) if isinstance(result, Reject) else _of_extraction(located, result, fields)
        for located, result in zip(articles, results, strict=True)
    ]


def _of_extraction(located: Located, extraction: Extraction, fields: Fields | None) -> Outcome:
    try:
        return Outcome(
            extraction.id,
            extraction.model_dump_json(include=fields),
            tuple(table_rows(extraction, located.article.text)),
            len(extraction.records),
            len(extraction.warnings),
            dict(Counter(mention.label for mention in extraction.mentions)),
        )
    except Exception as error:
        return of_reject(reject_bug(located, error))


def articles_of(chunk: Chunk) -> list[Located]:
    """Return the articles of ``chunk``, without the entries that were refused."""
    return [entry for entry in chunk if isinstance(entry, Located)]


def in_order(chunk: Chunk, extracted: Sequence[Outcome]) -> Iterator[Outcome]:
    """Yield the outcome of every entry: of refused ones their own, of articles those of ``extracted``."""
    outcomes = iter(extracted)
    for entry in chunk:
        yield of_reject(entry) if isinstance(entry, Reject) else next(outcomes)
