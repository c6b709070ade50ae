"""From files to the queue's tasks, with the shipped release."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ie_model.corpus.store import load_corpus
from ie_model.extractor import Extractor
from ie_model.labelstudio.candidates import candidates, known_of
from ie_model.labelstudio.queue_tasks import queue_tasks
from ie_model.model_folder import MANIFEST, SHIPPED
from ie_model.persian.folding import name_key
from ie_model.schema import LABELS, Article
from ie_model.tagging.doubts import near_misses
from tests.conftest import ROOT, SEEDS

pytestmark = pytest.mark.skipif(not (SHIPPED / MANIFEST).is_file(), reason="no release is shipped here")

SURE = "بانک ملی ۵۰ میلیارد تومان پرداخت کرد."
OTHER = "کمیته امداد ۲۰ طرح دارد."


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    return Extractor.load(threads=1)


def articles(folder: Path, **texts: str) -> Path:
    path = folder / "news.jsonl"
    lines = [json.dumps({"id": name, "text": text}, ensure_ascii=False) for name, text in texts.items()]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def test_the_benefit_is_what_the_model_says_of_its_own_doubts(extractor: Extractor) -> None:
    ((one, extraction),) = candidates(extractor, [Article(id="a", text=SURE)])
    assert extraction == extractor.extract(SURE, id="a")
    (look,) = extractor.tagger.look([SURE])
    found = sum(1 - (mention.confidence or 0) for mention in extraction.mentions)
    missed = sum(near.probability for near in near_misses(look, extractor.tagger.labels))
    assert one.mentions == pytest.approx(found + missed)
    assert one.links == pytest.approx(sum(1 - (record.confidence or 0) for record in extraction.records))
    assert one.names == {name_key("بانک ملی")}
    assert one.words == len(SURE.split())
    assert one.doubts[0].partition(" ")[0] in LABELS


def test_tasks_carry_priority_reason_and_pre_annotations(tmp_path: Path, extractor: Extractor) -> None:
    found = queue_tasks(extractor, [articles(tmp_path, a=SURE, b=OTHER)], [], budget=1)
    (task,) = found.tasks
    assert task["data"]["id"] == found.choices[0].candidate.id
    assert task["data"]["priority"] == found.choices[0].priority > 0
    assert "mentions in doubt" in task["data"]["reason"]
    assert task["predictions"][0]["model_version"].startswith(extractor.info.name)
    assert task["annotations"] == []


def test_annotated_articles_are_passed_over_and_broken_ones_named(
    tmp_path: Path, extractor: Extractor
) -> None:
    seeds = load_corpus([SEEDS])
    path = articles(tmp_path, a=SURE, seed=seeds[0].text)
    path.write_text(path.read_text(encoding="utf-8") + "{\n", encoding="utf-8")
    found = queue_tasks(extractor, [path, SEEDS], seeds[:1])
    assert [task["data"]["id"] for task in found.tasks] == ["a"]
    assert found.annotated == 1 + len(seeds)
    assert len(found.rejects) == 1


def test_what_is_known_are_names_and_vectors_of_the_annotated(extractor: Extractor) -> None:
    seeds = load_corpus([SEEDS])[:2]
    known = known_of(extractor, seeds)
    assert known.vectors is not None
    assert known.vectors.shape[0] == len(seeds)
    assert known.names
    assert known_of(extractor, []).vectors is None


def test_the_same_files_give_the_same_queue(extractor: Extractor) -> None:
    first, second = (queue_tasks(extractor, [ROOT / "seeds"], []) for _ in range(2))
    assert first.tasks == second.tasks
    assert len(first.tasks) == 5
