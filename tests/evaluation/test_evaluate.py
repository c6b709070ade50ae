"""Measuring an extractor: what it is given, what it has to give back, and what the report tells of it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ie_model.corpus.model import AnnotatedArticle
from ie_model.corpus.store import fingerprint
from ie_model.errors import CorpusError, ModelError
from ie_model.evaluation.evaluate import evaluate, predict_articles, report_on
from ie_model.schema import Article, Extraction, Mention, text_sha256
from tests.evaluation.making import EVERYTHING, INFO, JOINED, MONEY, TEXT, as_predicted, gold, predicted

CORPUS = [gold(EVERYTHING, JOINED, article=f"a{number:02d}") for number in range(40)]


class Knowing:
    """Says what the annotators say, but misses all in the articles named."""

    info = INFO

    def __init__(self, blind: Sequence[str] = ()) -> None:
        self.gold = {article.id: article for article in CORPUS}
        self.blind = blind
        self.asked: list[Article] = []

    def extract_many(self, articles: Sequence[Article], /) -> list[Extraction]:
        self.asked += articles
        return [
            predicted(article=a.id, text=a.text) if a.id in self.blind else as_predicted(self.gold[a.id])
            for a in articles
        ]


class Finishing(Knowing):
    """Reads and links given mentions."""

    training_fingerprints = frozenset({text_sha256(TEXT)})

    def finish(self, article: Article, mentions: Sequence[Mention], /) -> Extraction:
        self.given = mentions
        return Extraction(
            id=article.id, text_sha256=text_sha256(article.text), model=INFO, mentions=tuple(mentions)
        )


def test_what_is_known_is_scored_perfect() -> None:
    extractor = Knowing()
    report = evaluate(extractor, CORPUS)
    assert (report.articles, report.model, report.corpus_fingerprint) == (40, INFO, fingerprint(CORPUS))
    assert report.mentions.strict.micro.f1 == report.records.f1 == report.values.all.accuracy == 1
    assert [article.id for article in extractor.asked] == [article.id for article in CORPUS]
    assert (report.missing, report.unscored, report.seen_in_training) == ((), (), ())


def test_what_is_missed_in_one_article_of_four_costs_a_quarter_of_recall() -> None:
    report = evaluate(Knowing(blind=[article.id for article in CORPUS[::4]]), CORPUS)
    assert report.mentions.strict.micro.recall == pytest.approx(0.75)
    assert report.mentions.strict.micro.precision == 1
    assert report.values.all.accuracy == 1
    low, high = report.mentions.strict.micro.recall_interval
    assert 0.55 < low < 0.75 < high < 0.95


def test_gold_never_reaches_the_extractor() -> None:
    article = AnnotatedArticle("a00", TEXT, CORPUS[0].mentions, meta={"date": "1402-11-20"})
    extractor = Knowing()
    predict_articles(extractor, [article])
    assert extractor.asked == [Article(id="a00", text=TEXT, meta={"date": "1402-11-20"})]


def test_given_mentions_come_without_values_and_are_not_tagged() -> None:
    extractor = Finishing()
    report = evaluate(extractor, CORPUS[:2], given_mentions=True)
    assert extractor.asked == []
    assert {mention.quantity for mention in extractor.given} == {None}
    assert [(m.id, m.label, m.start, m.end, m.text) for m in extractor.given] == [
        (m.id, m.label, m.start, m.end, m.text) for m in CORPUS[1].mentions
    ]
    assert report.given_mentions
    assert report.mentions.strict.micro.f1 == 1
    assert report.values.all.accuracy == 0
    assert report.records.recall == 0


def test_given_mentions_need_an_extractor_that_takes_them() -> None:
    with pytest.raises(ModelError, match="cannot work from given mentions"):
        evaluate(Knowing(), CORPUS, given_mentions=True)


def test_articles_of_the_training_set_are_named() -> None:
    other = gold(article="a01", text="متن دیگر")
    report = report_on([CORPUS[0], other], {}, trained_on=[text_sha256(TEXT)])
    assert report.seen_in_training == ("a00",)
    assert evaluate(Finishing(), CORPUS[:3]).seen_in_training == ("a00", "a01", "a02")


def test_missing_and_unscored_articles_are_named() -> None:
    report = report_on(CORPUS[:2], {"a01": as_predicted(CORPUS[1]), "b": predicted([MONEY], article="b")})
    assert report.missing == ("a00",)
    assert report.unscored == ("b",)
    assert report.mentions.strict.micro.recall == pytest.approx(0.5)
    assert report.mentions.strict.micro.precision == 1


def test_progress_adds_up_to_the_articles() -> None:
    done: list[int] = []
    evaluate(Knowing(), CORPUS, progress=done.append)
    assert sum(done) == len(CORPUS)
    assert len(done) > 1


def test_nothing_to_measure_on_is_an_error() -> None:
    with pytest.raises(CorpusError, match="no article"):
        evaluate(Knowing(), [])


def test_article_id_twice_is_an_error() -> None:
    with pytest.raises(CorpusError, match="occurs twice"):
        evaluate(Knowing(), CORPUS[:1] * 2)


class Short(Knowing):
    """Drops an article."""

    def extract_many(self, articles: Sequence[Article], /) -> list[Extraction]:
        return super().extract_many(articles)[1:]


class Shuffled(Knowing):
    """Loses the order."""

    def extract_many(self, articles: Sequence[Article], /) -> list[Extraction]:
        return super().extract_many(articles)[::-1]


@pytest.mark.parametrize("extractor", [Short(), Shuffled()], ids=["too few", "out of order"])
def test_an_extractor_that_loses_articles_is_an_error(extractor: Knowing) -> None:
    with pytest.raises(ModelError, match="one extraction for each article"):
        evaluate(extractor, CORPUS)
