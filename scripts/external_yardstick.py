"""What a release finds of another corpus's entities, without any training on it: PEYMA's ORG, MON and PCT.

    python scripts/external_yardstick.py external/peyma/test.txt

INSTITUTION is set against ORG, AMOUNT and TARGET that are money against MON, PERCENTAGE against PCT. A
mention overlaps when the two spans share a character, one to one. The guidelines differ in what is marked
and how far a span reaches: overlap recall says most, and differences of a few points say nothing.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from ie_model.cli import show_error
from ie_model.corpus.model import AnnotatedArticle
from ie_model.corpus.store import load_corpus
from ie_model.errors import IeModelError
from ie_model.evaluation.intervals import interval, precision_recall_f1, resample
from ie_model.evaluation.scores import match_overlaps
from ie_model.extractor import Extractor
from ie_model.schema import AMOUNT, INSTITUTION, PERCENTAGE, TARGET, Article, Extraction, Mention

OURS = {"ORG": "INSTITUTION", "MON": "money", "PCT": "PERCENTAGE"}
"""What of ours stands against each label of theirs."""
_AT_ONCE = 64


def main() -> None:
    """Print overlap precision and recall with intervals over sentences."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpus", type=Path, help="tagged sentences: token|B_ORG")
    parser.add_argument("--model", type=Path, help="a release; the shipped one if not given")
    options = parser.parse_args()
    try:
        gold = load_corpus([options.corpus])
        extractor = Extractor.load(options.model)
    except IeModelError as error:
        show_error(error)
        sys.exit(error.exit_code)
    found = extract(extractor, gold)
    console = Console(width=120)
    console.print(f"{extractor.info.name} {extractor.info.version}, {len(gold)} sentences")
    console.print(table(gold, found))


def extract(extractor: Extractor, gold: Sequence[AnnotatedArticle]) -> list[Extraction]:
    """Return the extraction of every sentence."""
    plain = [Article(id=article.id, text=article.text) for article in gold]
    return [
        extraction
        for first in range(0, len(plain), _AT_ONCE)
        for extraction in extractor.extract_many(plain[first : first + _AT_ONCE])
    ]


def table(gold: Sequence[AnnotatedArticle], found: Sequence[Extraction]) -> Table:
    """Return the scores of each label, overlapping and exact."""
    shown = Table("theirs", "ours", "span", "precision", "recall", "F1", "support", "found")
    for theirs, ours in OURS.items():
        sides = [
            (
                [(m.start, m.end) for m in article.mentions if m.label == theirs],
                [(m.start, m.end) for m in extraction.mentions if kind_of(m) == ours],
            )
            for article, extraction in zip(gold, found, strict=True)
        ]
        for span in ("overlap", "exact"):
            counts = np.array([counted(*side, exact=span == "exact") for side in sides])
            scores = precision_recall_f1(counts.sum(axis=0))
            draws = precision_recall_f1(resample(counts))
            cells = [_shown(score, draws[:, place]) for place, score in enumerate(scores)]
            support, predicted = (sum(len(side[place]) for side in sides) for place in (0, 1))
            shown.add_row(theirs, ours, span, *cells, str(support), str(predicted))
    return shown


def kind_of(mention: Mention) -> str | None:
    """Return what of ``OURS`` a mention is; None for counts and measures."""
    if mention.label in {INSTITUTION, PERCENTAGE}:
        return mention.label
    is_money = mention.quantity is not None and mention.quantity.kind == "money"
    return "money" if mention.label in {AMOUNT, TARGET} and is_money else None


def counted(
    expected: list[tuple[int, int]], predicted: list[tuple[int, int]], *, exact: bool
) -> tuple[int, int, int]:
    """Return true positives, false positives and false negatives of one sentence."""
    right = len(set(expected) & set(predicted)) if exact else len(match_overlaps(expected, predicted))
    return right, len(predicted) - right, len(expected) - right


def _shown(score: float, draws: np.ndarray) -> str:
    ends = interval(draws)
    return f"{score:.3f}" if ends is None else f"{score:.3f} ({ends[0]:.3f}-{ends[1]:.3f})"


if __name__ == "__main__":
    main()
