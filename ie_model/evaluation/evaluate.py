"""Measure an extractor on annotated articles.

End to end by default. With ``given_mentions`` the extractor gets the gold mentions (label and span, no
value) and reads values and links records only: so the linker can be judged apart from the tagger.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, Protocol, cast, runtime_checkable

from ie_model.corpus.model import AnnotatedArticle
from ie_model.corpus.store import fingerprint
from ie_model.errors import CorpusError, ModelError
from ie_model.evaluation.intervals import RESAMPLES, SEED
from ie_model.evaluation.reliability import confidence_of
from ie_model.evaluation.report import EvaluationReport, build_report
from ie_model.evaluation.scores import require_distinct_ids, score_articles
from ie_model.evaluation.slices import KnownNames, slice_scores
from ie_model.schema import LABELS, Article, Extraction, Mention, ModelInfo, text_sha256

_CHUNK: Final = 32
"""Articles handed to the extractor at once, so that progress shows; its batches are inside."""


class MeasuredExtractor(Protocol):
    """What is measured; :class:`ie_model.extractor.Extractor` is one.

    It may have an attribute ``training_fingerprints``: the SHA-256 (:func:`ie_model.schema.text_sha256`) of
    the texts it was trained on.
    """

    @property
    def info(self) -> ModelInfo:
        """Which release it is."""
        ...

    def extract_many(self, articles: Sequence[Article], /) -> Iterable[Extraction]:
        """Return one extraction for each article, in order."""
        ...


@runtime_checkable
class FinishesMentions(Protocol):
    """An extractor that also works from mentions found otherwise."""

    def finish(self, article: Article, mentions: Sequence[Mention], /) -> Extraction:
        """Read the values of exactly these mentions of ``article``, link them and build the records."""
        ...


def evaluate(
    extractor: MeasuredExtractor,
    articles: Sequence[AnnotatedArticle],
    *,
    given_mentions: bool = False,
    labels: Sequence[str] = LABELS,
    known_institutions: KnownNames | None = None,
    resamples: int = RESAMPLES,
    seed: int = SEED,
    progress: Callable[[int], None] | None = None,
) -> EvaluationReport:
    """Return how good ``extractor`` is on ``articles``.

    Args:
        extractor: What is measured.
        articles: Gold, each id once.
        given_mentions: Give it the gold mentions.
        labels: Labels that get a row even where they do not occur.
        known_institutions: See :func:`ie_model.evaluation.slices.slice_scores`.
        resamples: Bootstrap resamples.
        seed: Seed of the resamples.
        progress: Called with the number of articles that were done since its last call.

    Raises:
        CorpusError: No article, or an id that occurs twice.
        ModelError: The extractor cannot work from given mentions, or gives extractions that do not fit.
    """
    predicted = predict_articles(extractor, articles, given_mentions=given_mentions, progress=progress)
    return report_on(
        articles,
        predicted,
        model=extractor.info,
        given_mentions=given_mentions,
        trained_on=trained_on(extractor),
        labels=labels,
        known_institutions=known_institutions,
        resamples=resamples,
        seed=seed,
    )


def predict_articles(
    extractor: MeasuredExtractor,
    articles: Sequence[AnnotatedArticle],
    *,
    given_mentions: bool = False,
    progress: Callable[[int], None] | None = None,
) -> dict[str, Extraction]:
    """Return the extraction of every article by id.

    Args:
        extractor: What is measured.
        articles: Gold, each id once.
        given_mentions: Give it the gold mentions.
        progress: See :func:`evaluate`.

    Raises:
        CorpusError: An id occurs twice.
        ModelError: See :func:`evaluate`.
    """
    require_distinct_ids(articles)
    if given_mentions and not isinstance(extractor, FinishesMentions):
        raise ModelError(
            "this extractor cannot work from given mentions",
            found=type(extractor).__name__,
            expected="one with the method finish",
        )
    predicted: dict[str, Extraction] = {}
    for first in range(0, len(articles), _CHUNK):
        chunk = articles[first : first + _CHUNK]
        plain = [Article(id=article.id, text=article.text, meta=article.meta) for article in chunk]
        if given_mentions:
            linker = cast("FinishesMentions", extractor)
            pairs = zip(plain, chunk, strict=True)
            extractions = [linker.finish(article, mentions_of(gold)) for article, gold in pairs]
        else:
            extractions = list(extractor.extract_many(plain))
        if [extraction.id for extraction in extractions] != [article.id for article in plain]:
            raise ModelError(
                "the extractor did not return one extraction for each article, in order",
                found=f"{len(extractions)} extractions for {len(plain)} articles",
            )
        predicted.update((extraction.id, extraction) for extraction in extractions)
        if progress is not None:
            progress(len(chunk))
    return predicted


def report_on(
    articles: Sequence[AnnotatedArticle],
    predicted: Mapping[str, Extraction],
    *,
    model: ModelInfo | None = None,
    given_mentions: bool = False,
    trained_on: Iterable[str] = (),
    labels: Sequence[str] = LABELS,
    known_institutions: KnownNames | None = None,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> EvaluationReport:
    """Return the report of extractions already made.

    Args:
        articles: Gold, each id once.
        predicted: Extractions by article id; an article without one has everything missed.
        model: Which release made them.
        given_mentions: Whether it was given the gold mentions.
        trained_on: SHA-256 of the texts the model was trained on.
        labels: Labels that get a row even where they do not occur.
        known_institutions: See :func:`ie_model.evaluation.slices.slice_scores`.
        resamples: Bootstrap resamples.
        seed: Seed of the resamples.

    Raises:
        CorpusError: No article, an id that occurs twice, or an extraction of another text.
        ModelError: An extraction contradicts itself.
    """
    if not articles:
        raise CorpusError(
            "there is no article to evaluate on", mend="Name a corpus, or a fold, that has some."
        )
    known = frozenset(trained_on)
    ids = {article.id for article in articles}
    report = build_report(
        score_articles(articles, predicted),
        labels=labels,
        model=model,
        corpus_fingerprint=fingerprint(articles),
        given_mentions=given_mentions,
        missing=[article.id for article in articles if article.id not in predicted],
        unscored=sorted(predicted.keys() - ids),
        seen_in_training=[article.id for article in articles if text_sha256(article.text) in known],
        confidence=None if given_mentions else confidence_of(articles, predicted),
        resamples=resamples,
        seed=seed,
    )
    if given_mentions:
        return report
    slices = slice_scores(
        articles, predicted, known_institutions=known_institutions, resamples=resamples, seed=seed
    )
    return report.model_copy(update={"slices": slices})


def trained_on(extractor: MeasuredExtractor) -> frozenset[str]:
    """Return the SHA-256 of the texts ``extractor`` was trained on; none where it does not say."""
    return frozenset(getattr(extractor, "training_fingerprints", None) or ())


def mentions_of(article: AnnotatedArticle) -> tuple[Mention, ...]:
    """Return the gold mentions as an extractor is given them: label and span, without a value."""
    return tuple(
        Mention(id=mention.id, label=mention.label, start=mention.start, end=mention.end, text=mention.text)
        for mention in article.mentions
    )
