"""A prediction that is accepted as it is makes an article with the extraction's values and records."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ie_model.corpus.check import check_corpus
from ie_model.corpus.labelstudio_json import article_from_task
from ie_model.corpus.model import GoldValue
from ie_model.extractor import Extractor
from ie_model.labelstudio.predictions import model_version, overall_score, prediction_from_extraction
from ie_model.model_folder import MANIFEST, SHIPPED
from ie_model.rules import RuleExtractor
from ie_model.schema import INSTITUTION, Article, Extraction, Mention, ModelInfo, Quantity, Record
from tests.conftest import ROOT

INFO = ModelInfo(name="default", version="0.1.0")
SENTENCE = "کمیته امداد برای ۲۰ طرح ۵ تا ۱۰ میلیارد تومان داد؛ معادل ۶۰ درصد."


def accepted(extraction: Extraction, text: str):
    """What the corpus makes of a prediction that became an annotation unchanged."""
    prediction = prediction_from_extraction(extraction)
    task = {"data": {"id": extraction.id, "text": text}, "annotations": [{"result": prediction["result"]}]}
    return article_from_task(task, "test")


def mention(id: str, label: str, text: str, **more) -> Mention:
    start = SENTENCE.index(text)
    return Mention(id=id, label=label, start=start, end=start + len(text), text=text, **more)


@pytest.fixture
def extraction() -> Extraction:
    count = Quantity(kind="count", value=Decimal(20), unit="طرح", item="طرح")
    money = Quantity(
        kind="money",
        low=Decimal(5 * 10**9),
        high=Decimal(10**10),
        modifier="range",
        unit="تومان",
        currency="IRT",
    )
    share = Quantity(kind="percent", value=Decimal(60), unit="درصد")
    return Extraction(
        id="a",
        text_sha256="0" * 64,
        model=INFO,
        mentions=(
            mention("m1", INSTITUTION, "کمیته امداد", confidence=0.9),
            mention("m2", "AMOUNT", "۲۰ طرح", confidence=0.8, quantity=count),
            mention("m3", "AMOUNT", "۵ تا ۱۰ میلیارد تومان", confidence=0.6, quantity=money),
            mention("m4", "PERCENTAGE", "۶۰ درصد", confidence=0.7, quantity=share),
        ),
        records=(
            Record(
                id="r1",
                start=0,
                end=len(SENTENCE),
                amounts=("m2", "m3"),
                percentages=("m4",),
                institutions=("m1",),
            ),
        ),
    )


def test_regions_carry_offsets_text_label_and_confidence(extraction: Extraction) -> None:
    first = prediction_from_extraction(extraction)["result"][0]
    assert first == {
        "id": "m1",
        "type": "labels",
        "from_name": "label",
        "to_name": "text",
        "value": {"start": 0, "end": 11, "text": "کمیته امداد", "labels": ["INSTITUTION"]},
        "score": 0.9,
    }


def test_values_are_kept_as_the_corpus_keeps_them(extraction: Extraction) -> None:
    article = accepted(extraction, SENTENCE)
    assert [found.value for found in article.mentions] == [
        None,
        GoldValue(value=Decimal(20), unit="طرح"),
        GoldValue(low=Decimal(5 * 10**9), high=Decimal(10**10), unit="تومان"),
        GoldValue(value=Decimal(60), unit="درصد"),
    ]


def test_a_record_is_a_chain_and_its_institutions_hang_on_the_first_quantity(extraction: Extraction) -> None:
    lines = [
        (result["labels"], result["from_id"], result["to_id"])
        for result in prediction_from_extraction(extraction)["result"]
        if result["type"] == "relation"
    ]
    assert lines == [(["with"], "m2", "m3"), (["with"], "m3", "m4"), (["by"], "m2", "m1")]


def test_it_names_the_release_and_the_mean_confidence(extraction: Extraction) -> None:
    prediction = prediction_from_extraction(extraction)
    assert (prediction["model_version"], prediction["score"]) == ("default 0.1.0", 0.75)
    assert prediction_from_extraction(extraction, "other")["model_version"] == "other"
    assert model_version(INFO) != model_version(ModelInfo(name="default", version="0.1.1"))


def test_no_mention_is_a_prediction_of_nothing_without_a_score(extraction: Extraction) -> None:
    empty = extraction.model_copy(update={"mentions": (), "records": ()})
    assert prediction_from_extraction(empty) == {"model_version": "default 0.1.0", "result": []}


def test_a_model_without_confidence_gives_no_scores() -> None:
    found = RuleExtractor().extract_many([Article(id="a", text=SENTENCE)])[0]
    prediction = prediction_from_extraction(found)
    assert prediction["result"]
    assert not any("score" in item for item in [prediction, *prediction["result"]])


def test_a_quantity_that_could_not_be_read_has_no_value(extraction: Extraction) -> None:
    unread = mention("m2", "AMOUNT", "۲۰ طرح", quantity=Quantity(kind="count", unit="طرح"))
    alone = extraction.model_copy(
        update={"mentions": (unread,), "records": (Record(id="r1", start=0, end=9, amounts=("m2",)),)}
    )
    assert accepted(alone, SENTENCE).mentions[0].value is None


@pytest.mark.skipif(not (SHIPPED / MANIFEST).is_file(), reason="no release is shipped in this checkout")
def test_accepted_predictions_of_the_seeds_are_sound_and_say_the_same() -> None:
    texts = {path.stem: path.read_bytes().decode("utf-8") for path in (ROOT / "seeds").glob("*.txt")}
    found = Extractor.load().extract_many(Article(id=name, text=text) for name, text in texts.items())
    articles = [accepted(extraction, texts[extraction.id]) for extraction in found]
    assert check_corpus(articles).of("error") == ()
    assert all(map(same_records, found, articles))


def same_records(extraction: Extraction, article) -> bool:
    mine = {(frozenset(r.quantities), frozenset(r.institutions)) for r in extraction.records}
    return mine == {(frozenset(r.quantities), frozenset(r.institutions)) for r in article.records}


@st.composite
def extractions(draw) -> Extraction:
    """Any grouping of some quantities into records, with any of some institutions each."""
    count = draw(st.integers(1, 8))
    groups: dict[int, list[str]] = {}
    for number in range(count):
        groups.setdefault(draw(st.integers(0, count - 1)), []).append(f"q{number}")
    names = [f"i{number}" for number in range(draw(st.integers(0, 4)))]
    records = []
    for number, ids in enumerate(groups.values()):
        chosen = tuple(draw(st.lists(st.sampled_from(names), unique=True))) if names else ()
        shuffled = tuple(draw(st.permutations(ids)))
        records.append(Record(id=f"r{number}", start=0, end=1, amounts=shuffled, institutions=chosen))
    everything = [("AMOUNT", f"q{n}") for n in range(count)] + [(INSTITUTION, name) for name in names]
    order = draw(st.permutations(everything))
    mentions = tuple(
        Mention(id=name, label=label, start=2 * place, end=2 * place + 1, text="x")
        for place, (label, name) in enumerate(order)
    )
    return Extraction(id="a", text_sha256="", model=INFO, mentions=mentions, records=tuple(records))


@given(extractions())
def test_whatever_the_records_they_are_drawn_so_that_they_are_read_again(extraction: Extraction) -> None:
    assert same_records(extraction, accepted(extraction, "x " * 20))


def test_the_score_is_the_mean_of_what_is_known() -> None:
    some = [
        Mention(id="a", label="X", start=0, end=1, text="x", confidence=0.5),
        Mention(id="b", label="X", start=1, end=2, text="x"),
    ]
    assert overall_score(some) == 0.5
    assert overall_score(some[1:]) is None
