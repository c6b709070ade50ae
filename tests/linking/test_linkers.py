"""What every linker promises, and what the learned one adds."""

import copy
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ie_model.config import LinkerConfig
from ie_model.errors import CorpusError, MissingExtraError, ModelError, OutputError
from ie_model.linking import Linker, PairLinker, RuleLinker, load_linker, training
from ie_model.linking.layout import begin_among, lay_out
from ie_model.linking.training import gold_mentions, train_linker
from ie_model.schema import QUANTITY_LABELS, Mention, Quantity
from tests.linking.making import article, mention

pytest.importorskip("sklearn")


@pytest.fixture(scope="module", autouse=True)
def few_trees() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "BOOSTING", {**training.BOOSTING, "max_iter": 12})
        patch.setattr(training, "INNER_FOLDS", 2)
        yield


@pytest.fixture(scope="module")
def learned(few_trees: None) -> PairLinker:
    return train_linker([article(number) for number in range(25)], LinkerConfig())


@pytest.fixture(params=["rules", "learned"])
def linker(request: pytest.FixtureRequest, learned: PairLinker) -> Linker:
    return RuleLinker() if request.param == "rules" else learned


def unread(found: tuple[Mention, ...]) -> tuple[Mention, ...]:
    return tuple(one.model_copy(update={"quantity": None}) for one in found)


@given(number=st.integers(1000, 9999), drop=st.sets(st.integers(0, 15)), shuffle=st.randoms())
@settings(max_examples=40)
def test_every_quantity_in_one_record_and_by_only_to_institutions(learned, number, drop, shuffle):
    source = article(number, sentences=5)
    mentions = [one for place, one in enumerate(gold_mentions(source)) if place not in drop]
    given_order = list(mentions)
    shuffle.shuffle(given_order)
    label = {one.id: one.label for one in mentions}
    start = {one.id: one.start for one in mentions}
    for each in (learned, RuleLinker()):
        records = each.link(source.text, given_order)
        members = [name for record in records for name in record.quantities]
        assert sorted(members) == sorted(name for name in label if label[name] in QUANTITY_LABELS)
        assert all(label[name] == "INSTITUTION" for record in records for name in record.institutions)
        assert all(record.quantities and 0 <= record.confidence <= 1 for record in records)
        firsts = [start[record.quantities[0]] for record in records]
        assert firsts == sorted(firsts)
        assert records == each.link(source.text, mentions)


@given(text=st.text(alphabet="ابپ ۱۲3٪.،\n\u200c", min_size=1, max_size=80), data=st.data())
@settings(max_examples=60)
def test_any_spans_over_any_text_are_linked(learned, text, data):
    cuts = data.draw(st.lists(st.integers(0, len(text)), unique=True, max_size=9).map(sorted))
    labels = data.draw(
        st.lists(st.sampled_from(["AMOUNT", "TARGET", "PERCENTAGE", "INSTITUTION"]), min_size=9)
    )
    mentions = [
        Mention(id=str(place), label=labels[place], start=start, end=end, text=text[start:end])
        for place, (start, end) in enumerate(pairwise(cuts))
    ]
    for each in (learned, RuleLinker()):
        records = each.link(text, mentions)
        expected = [one.id for one in mentions if one.label in QUANTITY_LABELS]
        assert sorted(name for record in records for name in record.quantities) == sorted(expected)


@pytest.mark.parametrize("text", ["", "   \n", "امروز هوا خوب است."])
def test_an_article_without_mentions_has_no_records(linker, text):
    assert linker.link(text, []) == ()


def test_institutions_alone_make_no_record(linker):
    text = "بانک ملی و بهزیستی همکاری می‌کنند."
    names = [mention(text, "بانک ملی", "INSTITUTION", "i1"), mention(text, "بهزیستی", "INSTITUTION", "i2")]
    assert linker.link(text, names) == ()


def test_unread_quantities_are_linked_too(linker):
    source = article(7)
    records = linker.link(source.text, unread(gold_mentions(source)))
    assert sum(len(record.quantities) for record in records) == sum(
        one.is_quantity for one in source.mentions
    )


@pytest.mark.parametrize("linker", ["learned"], indirect=True)
def test_the_learned_linker_learns_its_training_facts(linker):
    right = total = 0
    for number in range(200, 220):
        source = article(number)
        found = {(r.quantities, r.institutions) for r in linker.link(source.text, gold_mentions(source))}
        gold = {(r.quantities, r.institutions) for r in source.records}
        right += len(found & gold)
        total += len(gold)
    assert right / total > 0.95


def test_training_again_gives_the_same_linker(tmp_path, learned):
    learned.save(tmp_path / "one.json")
    train_linker([article(number) for number in range(25)], LinkerConfig()).save(tmp_path / "two.json")
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()


def test_a_saved_linker_gives_identical_links(tmp_path, linker):
    linker.save(tmp_path / "linker.json")
    read = load_linker(tmp_path / "linker.json")
    assert type(read) is type(linker)
    assert [path.name for path in tmp_path.iterdir()] == ["linker.json"]
    for number in range(300, 310):
        source = article(number)
        mentions = gold_mentions(source)
        assert read.link(source.text, mentions) == linker.link(source.text, mentions)


def test_emphasised_folders_count_many_times_and_stay_in_one_inner_fold(monkeypatch):
    articles = [replace(article(n), source=f"/x/{'seeds' if n < 2 else 'other'}/{n}.json") for n in range(6)]
    counted = []
    monkeypatch.setattr(training, "fit", lambda prepared, seed: counted.extend(one.id for one in prepared))
    train_linker(articles, LinkerConfig(emphasis={"seeds": 3}))
    assert counted == ["a0"] * 3 + ["a1"] * 3 + ["a2", "a3", "a4", "a5"]
    folds = dict(zip(counted, training.inner_folds(counted, 1), strict=True))
    assert training.inner_folds(counted, 1) == [folds[name] for name in counted]
    assert len(set(folds.values())) > 1


def test_a_layout_answers_what_stands_between():
    text = "بهزیستی گفت: ۵ طرح، ۱۰ نفر. سپس ۳ درصد رشد کرد."
    mentions = [
        mention(text, "بهزیستی", "INSTITUTION", "i"),
        mention(text, "۵ طرح", "AMOUNT", "a", Quantity(kind="count", value=5, unit="طرح", item="طرح")),
        mention(text, "۱۰ نفر", "AMOUNT", "b"),
        mention(text, "۳ درصد", "PERCENTAGE", "p"),
    ]
    layout = lay_out(text, mentions)
    first, second, third = layout.quantities
    assert layout.tokens[first.first : first.stop] == ["۵", "طرح"]
    assert layout.count("comma", first.stop, second.first) == 1
    assert layout.count("speech", 0, first.first) == 1
    between = np.array([first.stop]), np.array([third.first])
    assert begin_among(layout.quantity_spots, *between).tolist() == [1]
    assert layout.counts("comma", *between).tolist() == [1]
    assert (first.sentence, second.sentence, third.sentence) == (0, 0, 1)
    assert (first.value, first.item) == (5.0, "طرح")
    assert np.isnan(second.value)


def nodes_of(tree: dict) -> int:
    return len(tree["second"]["trees"]["left"])


def damage(tree: dict, *keys: str, value: object) -> str:
    part = tree
    for key in keys[:-1]:
        part = part[key]
    part[keys[-1]] = value
    return json.dumps(tree)


DAMAGES = {
    "no json": (lambda tree: "{", "cannot be read as JSON"),
    "a list": (lambda tree: "[]", "no linker"),
    "another format": (lambda tree: damage(tree, "format", value="tagger"), "no linker"),
    "a later version": (lambda tree: damage(tree, "version", value=99), "format version"),
    "an unknown method": (lambda tree: damage(tree, "method", value="oracle"), "unknown method"),
    "no thresholds": (lambda tree: damage(tree, "thresholds", value={}), "cannot be read"),
    "thresholds that are no number": (
        lambda tree: damage(tree, "thresholds", "by", value=[]),
        "cannot be read",
    ),
    "a model that is null": (lambda tree: damage(tree, "with", value=None), "cannot be read"),
    "other features": (lambda tree: damage(tree, "with", "trees", "names", value=["x"]), "other features"),
    "a slot that is no pair": (
        lambda tree: damage(tree, "by", "trees", "slots", value=[["a"]]),
        "cannot be read",
    ),
    "a slot of another version": (
        lambda tree: damage(tree, "by", "trees", "slots", value=[["somewhere", "از"]]),
        "no slots",
    ),
    "a ragged tree": (
        lambda tree: damage(tree, "by", "trees", "trees", "left", value=[0]),
        "differ in length",
    ),
    "a root outside": (
        lambda tree: damage(tree, "by", "trees", "trees", "roots", value=[10**6]),
        "point outside",
    ),
    "trees that go round": (
        lambda tree: damage(tree, "second", "trees", "left", value=[0] * nodes_of(tree)),
        "are no trees",
    ),
    "a leaf with two parents": (
        lambda tree: damage(
            tree, "second", "trees", "right", value=copy.copy(tree["second"]["trees"]["left"])
        ),
        "are no trees",
    ),
    "a value that is text": (
        lambda tree: damage(tree, "second", "trees", "value", value=["x"]),
        "cannot be read",
    ),
}


@pytest.mark.parametrize("case", DAMAGES, ids=str)
def test_a_damaged_linker_is_refused_by_name(tmp_path: Path, learned: PairLinker, case: str):
    path = tmp_path / "linker.json"
    learned.save(path)
    change, message = DAMAGES[case]
    path.write_text(change(json.loads(path.read_text(encoding="utf-8"))), encoding="utf-8")
    with pytest.raises(ModelError, match=message) as caught:
        load_linker(path)
    assert str(path) in str(caught.value)


def test_a_missing_linker_is_named(tmp_path):
    with pytest.raises(ModelError, match="no such linker file"):
        load_linker(tmp_path / "linker.json")


def test_a_linker_that_cannot_be_written_says_so(tmp_path: Path, linker: Linker) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="cannot write"):
        linker.save(tmp_path / "file" / "linker.json")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("articles", [[], [article(1, sentences=0)]], ids=["none", "empty"])
def test_training_needs_linked_pairs(articles):
    with pytest.raises(CorpusError, match="cannot be trained"):
        train_linker(articles, LinkerConfig())


def test_training_without_scikit_learn_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.ensemble", None)
    with pytest.raises(MissingExtraError, match=r"ie-model\[train\]"):
        train_linker([article(number) for number in range(8)], LinkerConfig())
