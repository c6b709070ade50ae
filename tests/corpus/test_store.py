"""Folders of tasks, exports and gold files: found, refused, written whole, fingerprinted."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ie_model.corpus.gold_jsonl import line_from_article
from ie_model.corpus.json_text import stable_json
from ie_model.corpus.labelstudio_json import task_from_article
from ie_model.corpus.model import AnnotatedArticle, GoldValue, Relation
from ie_model.corpus.store import (
    Reject,
    fingerprint,
    load_corpus,
    read_corpus,
    safe_name,
    save_corpus,
)
from ie_model.errors import CorpusError

from .making import articles, bank_article

TWO = [bank_article("a1"), bank_article("b2", text=bank_article().text + " پایان.")]


def test_a_saved_corpus_loads_equal(tmp_path: Path) -> None:
    files = save_corpus(TWO, tmp_path / "corpus")
    assert [file.name for file in files] == ["a1.json", "b2.json"]
    loaded = load_corpus([tmp_path / "corpus"])
    assert loaded == TWO
    assert loaded[0].source == str(files[0])
    assert [file.name for file in (tmp_path / "corpus").iterdir() if file not in files] == []


def test_saving_again_changes_no_byte(tmp_path: Path) -> None:
    first = [file.read_bytes() for file in save_corpus(TWO, tmp_path)]
    second = [file.read_bytes() for file in save_corpus(load_corpus([tmp_path]), tmp_path)]
    assert first == second
    assert first[0].endswith(b"}\n")


def test_every_form_of_a_corpus_is_read(tmp_path: Path) -> None:
    export = tmp_path / "export.json"
    export.write_text(stable_json([task_from_article(article) for article in TWO]), "utf-8")
    single = tmp_path / "single.json"
    single.write_text("\ufeff" + stable_json(task_from_article(TWO[0])), "utf-8")
    gold = tmp_path / "gold.jsonl"
    gold.write_text("\n".join(map(line_from_article, TWO)) + "\n\n", "utf-8")
    assert load_corpus([export]) == TWO
    assert load_corpus([single]) == TWO[:1]
    assert load_corpus([str(gold)]) == TWO
    assert load_corpus([gold])[1].source == f"{gold}:2"
    assert load_corpus([export])[1].source == f"{export}[1]"


def test_a_folder_is_read_through_and_in_order_but_for_what_is_no_task(tmp_path: Path) -> None:
    save_corpus(TWO[1:], tmp_path / "a")
    save_corpus(TWO[:1], tmp_path / "b" / "deep")
    for name in ("folds.json", ".hidden.json", "GUIDELINES.md", "more.jsonl"):
        (tmp_path / name).write_text("no task")
    (tmp_path / "linked").symlink_to(tmp_path / "b" / "deep")
    assert [article.id for article in load_corpus([tmp_path / "a", tmp_path / "b"])] == ["b2", "a1"]
    with pytest.raises(CorpusError, match="'a1' occurs twice"):
        load_corpus([tmp_path])


@pytest.mark.parametrize("name", ["missing", "missing.json", "missing.jsonl", "missing.txt"])
def test_a_missing_path_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(CorpusError, match=rf"{name}: no such file or folder"):
        load_corpus([tmp_path / name])


def test_other_paths_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="the folder holds no task"):
        load_corpus([tmp_path])
    (tmp_path / "x.xml").write_text("")
    with pytest.raises(CorpusError, match="not a corpus"):
        load_corpus([tmp_path / "x.xml"])


@pytest.mark.parametrize("name", ["bad.json", "bad.jsonl"])
def test_a_file_that_is_not_utf8_is_named_with_the_byte(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b'{"id": "x"}' + "سلام".encode("windows-1256"))
    with pytest.raises(CorpusError, match=rf"{name}: not UTF-8; found byte 0xd3 at byte 11"):
        load_corpus([tmp_path / name])


@pytest.mark.parametrize(
    ("link", "target"), [("loop", "."), ("round.json", "round.json"), ("gone.json", "nowhere")]
)
def test_a_link_that_leads_round_or_nowhere_is_named(tmp_path: Path, link: str, target: str) -> None:
    save_corpus(TWO[:1], tmp_path)
    (tmp_path / link).symlink_to(target)
    items = list(read_corpus([tmp_path]))
    assert sum(isinstance(item, AnnotatedArticle) for item in items) == 1
    with pytest.raises(CorpusError, match=rf"{link}: the link leads"):
        load_corpus([tmp_path])


def test_a_looping_link_given_by_name_is_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "round.json").symlink_to("round.json")
    with pytest.raises(CorpusError, match=r"round\.json: cannot read"):
        load_corpus([tmp_path / "round.json"])


def test_reading_goes_on_past_what_it_rejects(tmp_path: Path) -> None:
    gold = tmp_path / "gold.jsonl"
    gold.write_text(f'{line_from_article(TWO[0])}\n{{"id": "x1"}}\n{{\n{line_from_article(TWO[1])}', "utf-8")
    items = list(read_corpus([gold]))
    rejects = [item for item in items if isinstance(item, Reject)]
    assert [item.id for item in items if isinstance(item, AnnotatedArticle)] == ["a1", "b2"]
    assert [(reject.source, reject.article_id) for reject in rejects] == [
        (f"{gold}:2", "x1"),
        (f"{gold}:3", None),
    ]


def test_loading_refuses_what_reading_only_notes(tmp_path: Path) -> None:
    gold = tmp_path / "gold.jsonl"
    line = line_from_article(replace(TWO[0], relations=())).replace('"relations": [], ', "")
    gold.write_text(line.replace('["q3"]', '["q3", "q1"]'), "utf-8")
    with pytest.raises(CorpusError, match=r"gold\.jsonl:1, mention q1 .*stands in 2 records"):
        load_corpus([gold])


def test_two_articles_of_one_id_are_not_saved_over_each_other(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="two articles have the id 'a1'"):
        save_corpus([TWO[0], TWO[0]], tmp_path)


@pytest.mark.parametrize(
    ("article_id", "name"),
    [("w012", "w012"), ("000_773b89.x-1", "000_773b89.x-1"), ("خبر۱", "خبر۱")],
)
def test_a_safe_id_names_its_file(article_id: str, name: str) -> None:
    assert safe_name(article_id) == name


@pytest.mark.parametrize(
    "article_id", ["../up", "a/b", "a b", ".hidden", "-rf", "x" * 300, "a\x00b", "folds", "/", ""]
)
def test_other_ids_get_a_safe_name_of_their_own(article_id: str) -> None:
    name = safe_name(article_id)
    assert name != article_id
    assert not name.startswith((".", "-"))
    assert not set(name) & set("/\\\x00 ")
    assert len(name) < 80


@given(st.lists(st.text(max_size=5), unique=True, max_size=8))
@settings(max_examples=50)
def test_different_ids_have_different_names(ids: list[str]) -> None:
    assert len({safe_name(article_id) for article_id in ids}) == len(ids)


def test_the_fingerprint_ignores_order_format_ids_and_drawing(tmp_path: Path) -> None:
    save_corpus(TWO, tmp_path / "tasks")
    gold = tmp_path / "gold.jsonl"
    gold.write_text("\n".join(map(line_from_article, reversed(TWO))), "utf-8")
    redrawn = replace(
        TWO[0], relations=(Relation("with", "q2", "q1"), Relation("by", "q1", "i1")), meta={"x": 1}
    )
    renamed = replace(
        TWO[0],
        mentions=tuple(replace(mention, id=f"m{mention.id}") for mention in TWO[0].mentions),
        relations=(Relation("with", "mq1", "mq2"), Relation("by", "mq1", "mi1")),
    )
    prints = {
        fingerprint(corpus)
        for corpus in (
            TWO,
            load_corpus([tmp_path / "tasks"]),
            load_corpus([gold]),
            [redrawn, TWO[1]],
            [TWO[1], renamed],
        )
    }
    assert len(prints) == 1
    assert len(prints.pop()) == 64


@pytest.mark.parametrize(
    "changed",
    [
        replace(TWO[0], id="a2"),
        replace(TWO[0], text=TWO[0].text + " "),
        replace(TWO[0], relations=TWO[0].relations[:1]),
        replace(TWO[0], mentions=TWO[0].mentions[:3]),
        replace(
            TWO[0],
            mentions=(*TWO[0].mentions[:3], replace(TWO[0].mentions[3], value=GoldValue(Decimal("35.1")))),
        ),
        replace(TWO[0], mentions=(replace(TWO[0].mentions[0], label="TARGET"), *TWO[0].mentions[1:])),
    ],
    ids=["id", "text", "relation", "mention", "value", "label"],
)
def test_the_fingerprint_sees_what_matters(changed: AnnotatedArticle) -> None:
    assert fingerprint([changed]) != fingerprint(TWO[:1])


@given(st.lists(articles(), max_size=4), st.randoms(use_true_random=False))
@settings(max_examples=30)
def test_the_fingerprint_never_depends_on_order(
    corpus: list[AnnotatedArticle], chance: random.Random
) -> None:
    shuffled = list(corpus)
    chance.shuffle(shuffled)
    assert fingerprint(shuffled) == fingerprint(corpus)
