"""Suspects become tasks: the annotation and the model's say side by side, the reason in words."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from ie_model.corpus.labelstudio_json import article_from_task
from ie_model.corpus.model import AnnotatedArticle
from ie_model.corpus.store import load_corpus
from ie_model.errors import ModelError
from ie_model.evaluation.facts import LabelledSpan
from ie_model.evaluation.label_errors import Opinion, Suspect, find_label_errors
from ie_model.labelstudio.checking import prediction_problems
from ie_model.labelstudio.doctor import ANNOTATED, SUGGESTED, doctor_tasks, reason
from ie_model.linking.predicted import PredictedSpan
from ie_model.model_folder import MANIFEST, SHIPPED, read_manifest
from ie_model.modelling.opinions import opinions_of_file, opinions_of_models
from ie_model.modelling.predicted import write_predicted
from ie_model.schema import AMOUNT, INSTITUTION, LABELS, TARGET, Extraction, Mention, ModelInfo, text_sha256
from tests.corpus.making import TEXT, bank_article

ANNOTATIONS = Path(__file__).parents[2] / "annotations"
needs_release = pytest.mark.skipif(not (SHIPPED / MANIFEST).is_file(), reason="no release is shipped here")


def suspect(kind: str, gold: LabelledSpan | None, said: LabelledSpan | None) -> Suspect:
    spans = [one.span for one in (gold, said) if one is not None]
    start, end = min(spans)[0], max(span[1] for span in spans)
    return Suspect("a1", kind, 0.8, start, end, TEXT[start:end], gold, said, 0.1, 0.9)  # type: ignore[arg-type]


def place(surface: str, label: str) -> LabelledSpan:
    start = TEXT.index(surface)
    return LabelledSpan(label, start, start + len(surface))


MONEY, PLANS, BANK = (
    place("۵۰ میلیارد تومان", AMOUNT),
    place("۱۲ طرح", AMOUNT),
    place("بانک سپه", INSTITUTION),
)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (
            suspect("label", MONEY, MONEY._replace(label=TARGET)),
            "AMOUNT «۵۰ میلیارد تومان» is annotated, which the model believes with 0.10; "
            "it reads TARGET «۵۰ میلیارد تومان» with 0.90",
        ),
        (
            suspect("missing", None, place("تعهد", TARGET)),
            "TARGET «تعهد» is not annotated; the model is sure of it with 0.90",
        ),
        (
            suspect("nothing there", BANK, None),
            "INSTITUTION «بانک سپه» is annotated; the model sees no mention there with 0.90",
        ),
    ],
)
def test_the_reason_is_in_words(found: Suspect, words: str) -> None:
    assert reason(found, TEXT) == words


def test_a_task_shows_both_readings_with_the_reasons_at_their_place() -> None:
    article = bank_article()
    found = [
        suspect("label", MONEY, MONEY._replace(label=TARGET)),
        suspect("nothing there", PLANS, None),
        suspect("missing", None, place("تعهد", TARGET)),
    ]
    (task,) = doctor_tasks([article], found)
    assert task["data"]["priority"] == 0.8
    assert [line.split(" ")[0] for line in task["data"]["reason"].split("\n")] == ["1.", "2.", "3."]
    annotated, suggested = task["predictions"]
    assert prediction_problems(annotated, TEXT, LABELS) == prediction_problems(suggested, TEXT, LABELS) == []
    assert (annotated["model_version"], suggested["model_version"]) == (ANNOTATED, SUGGESTED)
    noted = {
        region["value"]["text"]: region["score"]
        for region in annotated["result"]
        if "text" in region.get("meta", {})
    }
    assert noted == {"۵۰ میلیارد تومان": 0.1, "۱۲ طرح": 0.1}
    assert read(task, 0) == article
    said = read(task, 1)
    assert [(one.label, one.text) for one in said.mentions] == [
        (INSTITUTION, "بانک سپه"),
        (TARGET, "۵۰ میلیارد تومان"),
        ("PERCENTAGE", "۳۵٪"),
        (TARGET, "تعهد"),
    ]
    assert said.relations == ()


def read(task: dict[str, object], number: int) -> AnnotatedArticle:
    results = task["predictions"][number]["result"]  # type: ignore[index]
    data = {key: value for key, value in task["data"].items() if key in {"id", "text"}}  # type: ignore[attr-defined]
    return article_from_task({"data": data, "annotations": [{"result": results}]}, "task")


def test_tasks_come_likeliest_error_first_one_an_article() -> None:
    articles = [bank_article("a1"), bank_article("a2")]
    found = [
        replace(suspect("nothing there", MONEY, None), article="a2"),
        suspect("nothing there", BANK, None),
        replace(suspect("nothing there", PLANS, None), article="a2"),
    ]
    tasks = doctor_tasks(articles, found)
    assert [task["data"]["id"] for task in tasks] == ["a2", "a1"]
    assert tasks[0]["data"]["reason"].count("\n") == 1


# --- where opinions come from --------------------------------------------------------------------------


def test_written_predictions_find_their_article_by_its_text(tmp_path: Path) -> None:
    article = bank_article()
    mention = Mention(
        id="m1", label=AMOUNT, start=MONEY.start, end=MONEY.end, text="۵۰ میلیارد تومان", confidence=0.7
    )
    extraction = Extraction(
        id="another id",
        text_sha256=text_sha256(TEXT),
        model=ModelInfo(name="m", version="1"),
        mentions=(mention,),
    )
    lines, kept = tmp_path / "extractions.jsonl", tmp_path / "predicted.json"
    lines.write_text(extraction.model_dump_json() + "\n", encoding="utf-8")
    write_predicted(kept, {text_sha256(TEXT): (PredictedSpan(*MONEY),), "0" * 64: ()})
    for path, confidence in ((lines, 0.7), (kept, 1.0)):
        opinions = opinions_of_file(path, [article])
        assert list(opinions) == ["a1"]
        assert [(one.label, one.text, one.confidence) for one in opinions["a1"].mentions] == [
            (AMOUNT, "۵۰ میلیارد تومان", confidence)
        ]


def test_a_line_that_is_no_extraction_is_named(tmp_path: Path) -> None:
    path = tmp_path / "extractions.jsonl"
    path.write_text('{"id": 1}\n', encoding="utf-8")
    with pytest.raises(ModelError, match=r"extractions\.jsonl:1: a line is no extraction"):
        opinions_of_file(path, [bank_article()])


def unseen(count: int) -> list[AnnotatedArticle]:
    known = frozenset(read_manifest(SHIPPED).training_articles)
    newest = sorted((ANNOTATIONS / "written").glob("*.json"), key=lambda path: int(path.stem[1:]))[
        -2 * count :
    ]
    found = load_corpus(newest)
    fresh = [one for one in found if text_sha256(one.text) not in known and one.mentions]
    return (fresh if len(fresh) >= count else found)[:count]


@needs_release
def test_a_model_gives_no_opinion_on_what_it_has_trained_on() -> None:
    known = frozenset(read_manifest(SHIPPED).training_articles)
    seeds = load_corpus([ANNOTATIONS / "seeds"])
    learned = [one for one in seeds if text_sha256(one.text) in known]
    assert learned, "the release trains on the seeds"
    assert opinions_of_models([None], learned) == {}


@needs_release
def test_label_swaps_planted_into_the_repository_s_annotations_rank_at_the_top(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The shipped release on 24 articles, a swap in every sixth: most are among the first eight suspects."""
    articles, rng = unseen(24), random.Random(3)
    planted = set()
    for number in range(0, 24, 6):
        article = articles[number]
        # An institution and an amount are told apart by their words; so the model can know.
        place, chosen = rng.choice([(i, m) for i, m in enumerate(article.mentions) if m.label != TARGET])
        label = INSTITUTION if chosen.label != INSTITUTION else AMOUNT
        mentions = list(article.mentions)
        mentions[place] = replace(chosen, label=label, value=None)
        articles[number] = replace(article, mentions=tuple(mentions), relations=())
        planted.add((article.id, chosen.start, chosen.end))
    opinions = opinions_as_if_unseen(articles, monkeypatch)
    found = find_label_errors(articles, opinions)
    first = {(one.article, one.start, one.end) for one in found[:8]}
    assert len(first & planted) >= 3
    assert {one.kind for one in found} <= {
        "label",
        "borders",
        "label and borders",
        "nothing there",
        "missing",
    }
    assert set(LABELS) >= {one.gold.label for one in found if one.gold is not None}


def opinions_as_if_unseen(
    articles: Sequence[AnnotatedArticle], monkeypatch: pytest.MonkeyPatch
) -> dict[str, Opinion]:
    """A release that has trained on all annotations reads these too: the planted ones it never saw."""
    manifest = read_manifest(SHIPPED).model_copy(update={"training_articles": ()})
    monkeypatch.setattr("ie_model.modelling.opinions.read_manifest", lambda _: manifest)
    return opinions_of_models([None], articles)
