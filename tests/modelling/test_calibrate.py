"""What confidence means: fitted on whether mentions and records are exactly right."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, cast

import pytest

from ie_model.corpus.model import AnnotatedArticle, GoldMention, Relation
from ie_model.model_folder import CalibrationWeights
from ie_model.modelling.calibrate import Unseen, calibrate
from ie_model.schema import AMOUNT, INSTITUTION, Article, Extraction, Mention, ModelInfo, Record, text_sha256
from ie_model.tagging.calibration import Calibration
from ie_model.tagging.confidence import SpanCalibration
from ie_model.tagging.decoding import TaggedSpan
from ie_model.tagging.grammar import WeighedSpan

if TYPE_CHECKING:
    from ie_model.extractor import Extractor

TEXT = "بانک ملی ۲۰ نفر و ۳۰ طرح"
BANK, PEOPLE, PLANS = (0, 8), (9, 15), (18, 24)
GOLD = AnnotatedArticle(
    id="a",
    text=TEXT,
    mentions=(
        GoldMention("i", INSTITUTION, *BANK, TEXT[slice(*BANK)]),
        GoldMention("q", AMOUNT, *PEOPLE, TEXT[slice(*PEOPLE)]),
    ),
    relations=(Relation("by", "q", "i"),),
)


class FakeTagger:
    """Says what it is told to, with confidences; remembers the calibration it is given."""

    def __init__(self, spans: list[WeighedSpan]) -> None:
        self.found = spans
        self.calibration: SpanCalibration | None = None

    def spans(self, texts: Sequence[str]) -> list[list[WeighedSpan]]:
        return [self.found for _ in texts]

    def set_calibration(self, calibration: SpanCalibration) -> None:
        self.calibration = calibration


class FakeExtractor:
    """One record an amount, with every institution, as sure as its amount."""

    info = ModelInfo(name="fake", version="1")

    def __init__(self, spans: list[WeighedSpan]) -> None:
        self.tagger = FakeTagger(spans)

    def extract_many(self, articles: Iterable[Article]) -> list[Extraction]:
        return [self._extract(article) for article in articles]

    def _extract(self, article: Article) -> Extraction:
        assert self.tagger.calibration is not None, "records are calibrated after mentions"
        sure = self.tagger.calibration
        mentions = [
            Mention(
                id=f"m{n}",
                label=one.span.label,
                start=one.span.start,
                end=one.span.end,
                text=TEXT[one.span.start : one.span.end],
                confidence=sure(one),
            )
            for n, one in enumerate(self.tagger.found)
        ]
        banks = tuple(mention.id for mention in mentions if mention.label == INSTITUTION)
        records = [
            Record(id=f"r{n}", start=0, end=9, amounts=(m.id,), institutions=banks, confidence=m.confidence)
            for n, m in enumerate(mentions)
            if m.label == AMOUNT
        ]
        return Extraction(
            id=article.id,
            text_sha256=text_sha256(article.text),
            model=self.info,
            mentions=tuple(mentions),
            records=tuple(records),
        )


def part(extractor: FakeExtractor, articles: Sequence[AnnotatedArticle]) -> Unseen:
    return Unseen(cast("Callable[[], Extractor]", lambda: extractor), articles)


def spans(right: float, wrong: float) -> list[WeighedSpan]:
    return [
        WeighedSpan(TaggedSpan(*BANK, INSTITUTION, right), None, 1),
        WeighedSpan(TaggedSpan(*PEOPLE, AMOUNT, right), "same", 1),
        WeighedSpan(TaggedSpan(*PLANS, AMOUNT, wrong), "same", 1),
    ]


def test_a_model_that_knows_when_it_errs_stays_sure() -> None:
    mentions, records, _ = calibrate([part(FakeExtractor(spans(0.9, 0.2)), [GOLD] * 20)])
    sure = SpanCalibration(mentions)
    bank, people, plans = spans(0.9, 0.2)
    assert sure(bank) > 0.9
    assert sure(people) > 0.9
    assert sure(plans) < 0.1
    assert Calibration(records.slope, records.offset)(sure(people)) > 0.9


def test_a_model_that_is_always_sure_learns_its_true_rate() -> None:
    mentions, *_ = calibrate([part(FakeExtractor(spans(0.99, 0.99)), [GOLD] * 20)])
    bank, people, _ = spans(0.99, 0.99)
    assert SpanCalibration(mentions)(people) == pytest.approx(1 / 2, abs=0.05)
    assert SpanCalibration(mentions)(bank) > 0.6


@pytest.mark.parametrize("articles", [0, 1], ids=["no article", "too few mistakes"])
def test_too_little_to_fit_leaves_confidences_alone(articles: int) -> None:
    weights = calibrate([part(FakeExtractor(spans(0.9, 0.2)), [GOLD] * articles)])
    assert weights[:2] == ({}, CalibrationWeights())


def test_a_record_with_another_institution_is_wrong() -> None:
    nameless = AnnotatedArticle(id="a", text=TEXT, mentions=GOLD.mentions)
    extractor = FakeExtractor(spans(0.9, 0.9))
    _, records, _ = calibrate([part(extractor, [GOLD, nameless] * 10)])
    assert extractor.tagger.calibration is not None
    raw = extractor.tagger.calibration(spans(0.9, 0.9)[1])
    # 40 records, of which 10 name exactly the gold's institutions.
    assert Calibration(records.slope, records.offset)(raw) == pytest.approx(0.25, abs=0.05)


def test_confidence_is_judged_by_fits_on_other_articles() -> None:
    # Every fifth article has no gold: a fit on the others, where confidence is right, is too sure of it.
    nothing = AnnotatedArticle(id="a", text=TEXT)
    articles = [nothing if place % 5 == 0 else GOLD for place in range(20)]
    judged = calibrate([part(FakeExtractor(spans(0.9, 0.2)), articles)]).confidence
    assert judged.mentions is not None
    assert judged.records is not None
    assert (judged.mentions.answers, judged.records.answers) == (60, 40)
    wrong = [one for one in judged.mentions.bins if one.confidence > 0.9 and one.right < 0.1]
    assert sum(one.answers for one in wrong) == 8


def test_the_parts_of_a_cross_validation_are_fitted_together() -> None:
    nothing = AnnotatedArticle(id="a", text=TEXT)
    right, wrong = (
        part(FakeExtractor(spans(0.9, 0.9)), [GOLD] * 10),
        part(FakeExtractor(spans(0.9, 0.9)), [nothing] * 10),
    )
    mentions, _, confidence = calibrate([right, wrong])
    assert SpanCalibration(mentions)(spans(0.9, 0.9)[0]) == pytest.approx(1 / 2, abs=0.05)
    assert confidence.mentions is not None
    assert confidence.mentions.answers == 60
