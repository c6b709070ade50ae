"""Where opinions on annotated articles come from: models that have not seen them, or written predictions.

Of a cross-validation's folder, and of several models, each article is read by the first model that did
not train on it (the manifest names the texts that one did). An article that all of them have seen gets no
opinion: what a model learned by heart says nothing about the annotation.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

from ie_model.corpus.model import AnnotatedArticle
from ie_model.errors import ModelError
from ie_model.evaluation.label_errors import Believed, Opinion
from ie_model.extractor import Extractor
from ie_model.model_folder import MANIFEST, SHIPPED, read_manifest
from ie_model.modelling.predicted import read_predicted
from ie_model.schema import Extraction, text_sha256
from ie_model.tagging.doubts import span_shares, touched

AT_ONCE: Final = 16
"""Articles given to the tagger together: their windows keep all cores busy."""
SURE: Final = 1.0
"""Confidence of a prediction that was written without one."""


def opinions_of_models(
    folders: Sequence[Path | None],
    articles: Sequence[AnnotatedArticle],
    *,
    say: Callable[[int, int], None] = lambda _done, _all: None,
) -> dict[str, Opinion]:
    """Return what held-out models say of the articles, by article id.

    Args:
        folders: Of models or cross-validations; None for the shipped release.
        articles: Annotated; see the module's docstring for those that get no opinion.
        say: Called with the articles read and all there are.

    Raises:
        ModelError: A folder is no model.
        MissingExtraError: A checkpoint needs the extra ``train``.
    """
    opinions: dict[str, Opinion] = {}
    left = list(articles)
    for folder in model_folders(folders):
        known = frozenset(read_manifest(folder).training_articles)
        unseen = [article for article in left if text_sha256(article.text) not in known]
        if not unseen:
            continue
        extractor = Extractor.load(folder)
        for first in range(0, len(unseen), AT_ONCE):
            batch = unseen[first : first + AT_ONCE]
            opinions.update(_read(extractor, batch))
            say(len(opinions), len(articles))
        left = [article for article in left if article.id not in opinions]
    return opinions


def model_folders(folders: Iterable[Path | None]) -> list[Path]:
    """Return the folders of models, those of a cross-validation by its folds."""
    found: list[Path] = []
    for folder in folders:
        path = SHIPPED if folder is None else folder
        if read_manifest(path).form == "crossval":
            found += sorted(one.parent for one in path.glob(f"fold-*/{MANIFEST}"))
        else:
            found.append(path)
    return found


def opinions_of_file(path: Path, articles: Sequence[AnnotatedArticle]) -> dict[str, Opinion]:
    """Return opinions from predictions that were written, by article id; the text tells which is whose.

    Nothing is known of who trained on what: that the predictions are held out is the caller's care.

    Args:
        path: ``extractions.jsonl`` of ``ie-model predict``, or ``predicted.json`` of a cross-validation,
            whose mentions have no confidence and count as certain.
        articles: Annotated.

    Raises:
        ModelError: The file cannot be read.
    """
    texts = {text_sha256(article.text): article for article in articles}
    if path.suffix == ".json":
        rows = {
            sha: [(*span, SURE) for span in spans]
            for sha, spans in read_predicted(path).items()
            if sha in texts
        }
    else:
        rows = {
            one.text_sha256: [
                (m.label, m.start, m.end, SURE if m.confidence is None else m.confidence)
                for m in one.mentions
            ]
            for one in _extractions(path)
            if one.text_sha256 in texts
        }
    return {
        texts[sha].id: Opinion(
            tuple(
                Believed(f"p{place}", label, start, end, texts[sha].text[start:end], confidence)
                for place, (label, start, end, confidence) in enumerate(found, start=1)
            )
        )
        for sha, found in rows.items()
    }


def _read(extractor: Extractor, articles: Sequence[AnnotatedArticle]) -> dict[str, Opinion]:
    opinions = {}
    looks = extractor.tagger.look([article.text for article in articles])
    for article, look in zip(articles, looks, strict=True):
        spans = sorted({(mention.start, mention.end) for mention in article.mentions})
        shares = span_shares(look, extractor.tagger.labels, spans)
        believed = tuple(
            Believed(
                one.id,
                one.label,
                one.start,
                one.end,
                one.text,
                SURE if one.confidence is None else one.confidence,
            )
            for one in look.mentions
        )
        there = touched(look, spans)
        opinions[article.id] = Opinion(
            believed, dict(zip(spans, shares, strict=True)), dict(zip(spans, there, strict=True))
        )
    return opinions


def _extractions(path: Path) -> Iterable[Extraction]:
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError("predictions cannot be read", where=str(path), found=str(error)) from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                yield Extraction.model_validate(json.loads(line))
            except ValueError as error:
                raise ModelError(
                    "a line is no extraction",
                    where=f"{path}:{number}",
                    mend="Write it with ie-model predict.",
                ) from error
