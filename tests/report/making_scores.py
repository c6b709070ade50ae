"""A score page of a few articles whose mistakes are known, one of them hostile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ie_model.corpus.model import AnnotatedArticle
from ie_model.evaluation.evaluate import report_on
from ie_model.evaluation.mistakes import Mistake, find_mistakes
from ie_model.evaluation.report import EvaluationReport
from ie_model.report.scores.write import write_scores
from ie_model.schema import AMOUNT, INSTITUTION, TARGET, Extraction
from tests.evaluation.making import (
    BANK,
    EVERYTHING,
    FUND,
    JOINED,
    MONEY,
    PEOPLE,
    PLANS,
    TEXT,
    Said,
    as_predicted,
    gold,
    predicted,
)

HOSTILE_ID = "\"><script>alert('id')</script>"
HOSTILE = "بانک <script>alert(1)</script> ملی \u202eوارونه ۵ نفر <img src=x onerror=alert(2)> داد."
EVIL_NAME = Said(INSTITUTION, "<script>alert(1)</script>")


@dataclass(frozen=True)
class Measured:
    """What a page is made of."""

    articles: list[AnnotatedArticle]
    predicted: Mapping[str, Extraction]
    report: EvaluationReport
    mistakes: list[Mistake]

    def write(self, path: Path) -> Path:
        return write_scores(path, self.report, self.articles, self.predicted, self.mistakes)


def measured() -> Measured:
    """Ten right articles, one with a mistake of each kind, and a hostile one of which all is missed."""
    right = [gold(EVERYTHING, JOINED, article=f"right{n}", text=f"{TEXT} {n}") for n in range(10)]
    wrong = gold(EVERYTHING, JOINED, article="wrong")
    hostile = gold([EVIL_NAME, Said(AMOUNT, "۵ نفر", 5)], article=HOSTILE_ID, text=HOSTILE)
    found = {article.id: as_predicted(article) for article in right}
    found["wrong"] = predicted(
        [
            Said(INSTITUTION, "بانک"),  # wrong span
            replace(MONEY, value=50),  # wrong value
            replace(PLANS, label=TARGET),  # wrong label
            PEOPLE,
            Said(INSTITUTION, "طرح داد"),  # spurious
            FUND,
        ],
        [[replace(PLANS, label=TARGET)], [replace(MONEY, value=50)], [PEOPLE, FUND]],
        article="wrong",
    )
    articles = [*right, wrong, hostile]
    report = report_on(articles, found, resamples=50)
    return Measured(articles, found, report, list(find_mistakes(articles, found)))


__all__ = ["BANK", "HOSTILE", "HOSTILE_ID", "Measured", "measured"]
