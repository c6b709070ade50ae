"""The extractor: article in, extraction out; odd texts, long ones, threads, and damaged folders."""

from __future__ import annotations

import doctest
import json
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import ie_model
from ie_model import extractor as module
from ie_model.corpus.store import load_corpus
from ie_model.errors import IeModelError, ModelError
from ie_model.evaluation.evaluate import evaluate
from ie_model.extractor import Extractor, read_values
from ie_model.model_folder import LINKER, MANIFEST, SHIPPED, read_manifest
from ie_model.schema import (
    AMOUNT,
    INSTITUTION,
    PERCENTAGE,
    QUANTITY_LABELS,
    Article,
    Extraction,
    Mention,
    text_sha256,
)
from ie_model.tagging.backends import ONNX_FILE
from ie_model.tagging.runtimes import Runtime

ROOT = Path(__file__).parents[1]
SEEDS = ROOT / "annotations/seeds"
FA = "بانک ملی ۵۰ میلیارد تومان پرداخت کرد.\nکمیته امداد ۱۲ هزار شغل ایجاد کرد که ۱۰۶ درصد تعهد است."
MIN_SEED_F1 = 0.97
MIN_SEED_RECORDS = 0.95

needs_shipped = pytest.mark.skipif(
    not (SHIPPED / MANIFEST).is_file(), reason="no release is shipped in this checkout"
)


@pytest.fixture(scope="module")
def extractor(tiny_release: Path) -> Extractor:
    return Extractor.load(tiny_release, threads=2)


def require_sound(found: Extraction, text: str) -> None:
    """What holds of every extraction, whatever the model."""
    mentions = {mention.id: mention for mention in found.mentions}
    assert len(mentions) == len(found.mentions)
    assert found.text_sha256 == text_sha256(text)
    previous = 0
    for mention in found.mentions:
        assert previous <= mention.start < mention.end <= len(text)
        assert mention.text == text[mention.start : mention.end]
        assert mention.text == mention.text.strip()
        assert mention.confidence is not None
        assert (mention.quantity is not None) is (mention.label in QUANTITY_LABELS)
        previous = mention.end
    linked = [name for record in found.records for name in record.quantities]
    assert sorted(linked) == sorted(m.id for m in found.mentions if m.label in QUANTITY_LABELS)
    for record in found.records:
        assert record.quantities
        assert all(mentions[name].label == INSTITUTION for name in record.institutions)
        assert record.confidence is not None
    assert Extraction.model_validate_json(found.model_dump_json()) == found


# --- the shipped release -------------------------------------------------------------------------------


@needs_shipped
def test_the_shipped_release_finds_what_the_seeds_annotations_say() -> None:
    report = evaluate(Extractor.load(), load_corpus([SEEDS]))
    assert report.articles == 5
    assert (report.mentions.strict.micro.f1 or 0) >= MIN_SEED_F1
    assert (report.records.f1 or 0) >= MIN_SEED_RECORDS


@needs_shipped
def test_the_shipped_release_checks_the_seeds_percentages() -> None:
    seeds = load_corpus([SEEDS])
    found = Extractor.load().extract_many([Article(id=seed.id, text=seed.text) for seed in seeds])
    checks = {
        (check.kind, str(check.stated), str(round(check.computed, 1)), check.agrees)
        for extraction in found
        for record in extraction.records
        for check in record.checks
        if check.kind == "progress"
    }
    # 48 583 of 45 794; 10 thousand of 18 thousand, of which the article says «about 60 percent».
    assert {("progress", "106", "106.1", True), ("progress", "60", "55.6", False)} <= checks


@needs_shipped
def test_the_shipped_release_is_sound_on_the_seeds() -> None:
    shipped = Extractor.load()
    for path in sorted((ROOT / "seeds").iterdir()):
        text = path.read_bytes().decode("utf-8")
        require_sound(shipped.extract(text, id=path.stem), text)


@needs_shipped
def test_the_module_s_example_is_true() -> None:
    assert doctest.testmod(module).failed == 0


# --- texts ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\n\n\t",
        "\u200c",
        "\ufeff",
        "\u064b",
        ".",
        "😀",
        "a",
        "\u2028",
        "\r\n",
        "<s></s>",
        "۰",
        "ـ" * 50,
    ],
    ids=ascii,
)
def test_texts_with_next_to_nothing(extractor: Extractor, text: str) -> None:
    require_sound(extractor.extract(text), text)


@pytest.mark.parametrize("text", ["", " ", "\n\n\t", "\u200c"], ids=ascii)
def test_texts_with_nothing_give_nothing(extractor: Extractor, text: str) -> None:
    found = extractor.extract(text)
    assert (found.mentions, found.records, found.warnings) == ((), (), ())


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(FA.replace("ی", "ي").replace("ک", "ك"), id="Arabic letters"),
        pytest.param(FA.replace("\n", "\r\n"), id="carriage returns"),
        pytest.param("\ufeff" + FA, id="byte order mark"),
        pytest.param(FA.replace(" ", "\u00a0"), id="no-break spaces"),
        pytest.param("\u202b" + FA + "\u202c", id="bidi marks"),
        pytest.param("بَانْکِ مِلّی ۵۰ میلیـــارد تومان", id="vowel marks and tatweel"),
        pytest.param("ﺑﺎﻧﮏ ﻣﻠﯽ ۵۰ ﻣﯿﻠﯿﺎﺭﺩ ﺗﻮﻣﺎﻥ", id="presentation forms"),
        pytest.param("x" * 3000, id="one word longer than a window"),
        pytest.param("۱۲" * 2000, id="one number longer than a window"),
    ],
)
def test_offsets_point_into_the_text_as_given(extractor: Extractor, text: str) -> None:
    require_sound(extractor.extract(text), text)


def test_an_article_of_sixty_thousand_characters(extractor: Extractor) -> None:
    seeds = "\n\n".join(article.text for article in load_corpus([SEEDS]))
    text = "\n\n".join([seeds] * (60_000 // len(seeds) + 1))[:60_000]
    found = extractor.extract(text)
    require_sound(found, text)
    assert max((mention.end for mention in found.mentions), default=0) > 50_000


def test_id_and_meta_are_handed_on(extractor: Extractor) -> None:
    found = extractor.extract(FA, id="a1", meta={"date": "1402-11-20", "tags": ["x", None]})
    assert found.id == "a1"
    assert found.meta == {"date": "1402-11-20", "tags": ["x", None]}
    assert found.model == extractor.info


def test_many_articles_come_in_order_and_none_is_fine(extractor: Extractor) -> None:
    articles = [Article(id=str(n), text=FA[n:]) for n in range(7)]
    found = extractor.extract_many(iter(articles))
    assert [one.id for one in found] == [article.id for article in articles]
    assert found[3] == extractor.extract(FA[3:], id="3")
    assert extractor.extract_many([]) == []


def test_threads_may_share_an_extractor(extractor: Extractor) -> None:
    texts = [article.text[:2000] for article in load_corpus([SEEDS])] * 3
    alone = [extractor.extract(text) for text in texts]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(extractor.extract, texts)) == alone


def test_given_mentions_are_read_and_linked() -> None:
    text = "۵۰ میلیارد تومان و ۳۰ درصد"
    mentions = [
        Mention(id="a", label=AMOUNT, start=0, end=16, text=text[:16]),
        Mention(id="b", label=PERCENTAGE, start=19, end=26, text=text[19:]),
    ]
    read, warnings = read_values(text, mentions)
    assert [mention.quantity.value for mention in read if mention.quantity] == [50_000_000_000, 30]
    assert warnings == ()


def test_a_value_that_cannot_be_read_is_a_warning_that_names_the_mention() -> None:
    read, warnings = read_values("تومان", [Mention(id="m9", label=AMOUNT, start=0, end=5, text="تومان")])
    assert read[0].quantity is not None
    assert read[0].quantity.value is None
    assert len(warnings) == 1
    assert warnings[0].startswith("m9: ")


def test_the_package_names_the_extractor_and_nothing_it_has_not() -> None:
    assert ie_model.Extractor is Extractor
    with pytest.raises(AttributeError, match="no attribute 'Extraktor'"):
        ie_model.Extraktor  # noqa: B018


# --- folders -------------------------------------------------------------------------------------------

Damage = Callable[[Path], Any]


def edit(name: str, change: Callable[[dict[str, Any]], None]) -> Damage:
    def damage(folder: Path) -> None:
        tree = json.loads((folder / name).read_text(encoding="utf-8"))
        change(tree)
        (folder / name).write_text(json.dumps(tree), encoding="utf-8")

    return damage


def overwrite(name: str, content: bytes) -> Damage:
    return lambda folder: (folder / name).write_bytes(content)


def flip_a_byte(name: str) -> Damage:
    def damage(folder: Path) -> None:
        content = bytearray((folder / name).read_bytes())
        content[len(content) // 2] ^= 1
        (folder / name).write_bytes(content)

    return damage


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        pytest.param(shutil.rmtree, "no model here", id="no folder"),
        pytest.param(lambda folder: (folder / MANIFEST).unlink(), "no model here", id="no manifest"),
        pytest.param(overwrite(MANIFEST, b"{"), "the manifest is damaged", id="manifest cut short"),
        pytest.param(overwrite(MANIFEST, b"\xff\xfe"), "the manifest is damaged", id="manifest of no text"),
        pytest.param(edit(MANIFEST, lambda tree: tree.pop("labels")), "labels", id="manifest lacks a key"),
        pytest.param(
            edit(MANIFEST, lambda tree: tree.update(extra=1)), "extra", id="manifest of unknown key"
        ),
        pytest.param(
            edit(MANIFEST, lambda tree: tree.update(format=99)), "another format", id="other format"
        ),
        pytest.param(lambda folder: (folder / ONNX_FILE).unlink(), "missing", id="no weights"),
        pytest.param(flip_a_byte(ONNX_FILE), "is damaged", id="one bit of the weights"),
        pytest.param(flip_a_byte("tokenizer.json"), "is damaged", id="one bit of the tokenizer"),
        pytest.param(overwrite(LINKER, b"{}"), "is damaged", id="another linker"),
        pytest.param(
            edit(MANIFEST, lambda tree: tree.update(form="checkpoint")),
            "no trained model",
            id="a release says checkpoint",
        ),
    ],
)
def test_a_damaged_release_is_told(tiny_release: Path, tmp_path: Path, damage: Damage, told: str) -> None:
    folder = Path(shutil.copytree(tiny_release, tmp_path / "release"))
    damage(folder)
    with pytest.raises(IeModelError, match=told) as caught:
        Extractor.load(folder)
    assert str(folder) in str(caught.value)


def test_only_sure_mentions_are_given_out_when_asked(tiny_release: Path, extractor: Extractor) -> None:
    everything = extractor.extract(FA)
    sure_of = sorted(mention.confidence or 0 for mention in everything.mentions)
    least = sure_of[len(sure_of) // 2]
    sure = Extractor.load(tiny_release, threads=2, min_confidence=least).extract(FA)
    expected = [m.text for m in everything.mentions if (m.confidence or 0) >= least]
    assert [mention.text for mention in sure.mentions] == expected
    assert 0 < len(expected) < len(everything.mentions)
    require_sound(sure, FA)


def test_a_file_is_no_model_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(IeModelError, match="no model here"):
        Extractor.load(tmp_path / "file")


def test_without_a_shipped_release_the_error_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SHIPPED", tmp_path / "shipped")
    with pytest.raises(IeModelError, match="ie-model train"):
        Extractor.load()


def test_a_checkpoint_and_its_release_name_the_same_model(tiny_checkpoint: Path, tiny_release: Path) -> None:
    full, small = Extractor.load(tiny_checkpoint), Extractor.load(tiny_release)
    assert full.info == small.info
    assert full.training_fingerprints == small.training_fingerprints
    assert full.training_fingerprints == frozenset(read_manifest(tiny_release).training_articles)


def test_openvino_does_not_run_a_checkpoint(tiny_checkpoint: Path) -> None:
    with pytest.raises(ModelError, match="openvino runs releases alone"):
        Extractor.load(tiny_checkpoint, runtime=Runtime.OPENVINO)
