"""The rule baseline: a drop-in for the extractor, from grammar alone."""

from ie_model.corpus.store import load_corpus
from ie_model.evaluation.evaluate import evaluate
from ie_model.rules import RuleExtractor, find_mentions
from ie_model.schema import AMOUNT, PERCENTAGE, Article
from tests.test_extractor import SEEDS

TEXT = "تعهد ۱۰ هزار نفر بود که با ایجاد ۱۰ هزار و ۶۰۰ شغل، ۱۰۶ درصد آن در سال ۱۴۰۳ محقق شد"

#: What grammar alone finds of the seeds' quantities, strictly; AMOUNT and TARGET are one label.
MIN_SEED_F1 = 0.85


def test_quantities_become_mentions_with_values() -> None:
    (extraction,) = RuleExtractor().extract_many([Article(id="a", text=TEXT)])
    assert [(mention.id, mention.label, mention.text) for mention in extraction.mentions] == [
        ("m1", AMOUNT, "۱۰ هزار نفر"),
        ("m2", AMOUNT, "۱۰ هزار و ۶۰۰ شغل"),
        ("m3", PERCENTAGE, "۱۰۶ درصد"),
    ]
    values = [mention.quantity.value for mention in extraction.mentions if mention.quantity]
    assert values == [10000, 10600, 106]
    assert extraction.model.name == "rules"


def test_every_quantity_is_in_one_record() -> None:
    (extraction,) = RuleExtractor().extract_many([Article(id="a", text=TEXT)])
    linked = [name for record in extraction.records for name in record.quantities]
    assert sorted(linked) == [mention.id for mention in extraction.mentions]


def test_a_label_shared_from_a_list_is_a_percentage() -> None:
    assert [mention.label for mention in find_mentions("از ۵ به ۷ درصد رسید")] == [PERCENTAGE, PERCENTAGE]


def test_an_article_without_quantities_has_no_records() -> None:
    (extraction,) = RuleExtractor().extract_many([Article(id="a", text="نشست برگزار شد")])
    assert (extraction.mentions, extraction.records) == ((), ())


def test_it_is_measured_like_a_model() -> None:
    report = evaluate(RuleExtractor(), load_corpus([SEEDS]), resamples=10)
    either = report.mentions.amount_or_target
    assert either is not None
    assert either.strict.f1 is not None
    assert either.strict.f1 >= MIN_SEED_F1
    assert report.values.all.accuracy == 1
