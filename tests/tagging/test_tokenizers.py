"""Folding lies in the tokenizer: whatever the text, ``text[start:end]`` of a token is its own surface."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from tokenizers import Tokenizer, normalizers

from ie_model.errors import EncoderError
from ie_model.persian.folding import ZWNJ, fold
from ie_model.tagging.encoders import special_ids
from ie_model.tagging.encoding import own_surfaces
from ie_model.tagging.tokenizers import add_folding, load_tokenizer, save_tokenizer

from .making import TEXTS, no_spaces, unigram, wordpiece

POLICIES = ("space", "drop", "keep")
_ASCII = str.maketrans({chr(0x06F0 + n): str(n) for n in range(10)})
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f\x8f\x9f]")

Spelling = Callable[[str], str]


def spelled(surface: str, *, zwnj: str, digits: str) -> str:
    """What a piece must spell for ``surface``: :func:`fold` without spaces, the policies applied."""
    parts = [no_spaces(fold(_CONTROLS.sub("", part))) for part in surface.split(ZWNJ)]
    joined = (ZWNJ if zwnj == "keep" else "").join(parts)
    return joined.translate(_ASCII) if digits == "ascii" else joined


def surface_groups(tokenizer: Tokenizer, text: str) -> Iterator[tuple[list[str], str, bool]]:
    """Pieces that stand for the same characters, their common surface, and whether one is unknown.

    A group is nearly always one token; only a character that folds to several letters («ﷲ», «½») may be
    cut into several pieces, each then over the whole character.
    """
    encoding = tokenizer.encode(text, add_special_tokens=False)
    unknown = {tokenizer.token_to_id(name) for name in ("<unk>", "[UNK]")}
    spans = encoding.offsets
    place = 0
    while place < len(spans):
        after, end = place + 1, spans[place][1]
        while after < len(spans) and spans[after][0] < end:
            end = max(end, spans[after][1])
            after += 1
        # «آ» written as a letter and a mark is composed before it is looked up; its offsets are the letter's.
        while end < len(text) and len(unicodedata.normalize("NFC", text[end - 1 : end + 1])) == 1:
            end += 1
        pieces = [piece.removeprefix("##").removeprefix("▁") for piece in encoding.tokens[place:after]]
        yield pieces, text[spans[place][0] : end], bool(unknown & set(encoding.ids[place:after]))
        place = after


def assert_own_surfaces(tokenizer: Tokenizer, text: str, spelling: Spelling) -> None:
    for pieces, surface, unknown in surface_groups(tokenizer, text):
        assert surface.strip(), f"no surface for {pieces}"
        if not unknown:
            assert "".join(pieces) == spelling(surface)


def assert_ordered(tokenizer: Tokenizer, text: str) -> None:
    spans = own_surfaces(tokenizer.encode(text, add_special_tokens=False).offsets)
    assert all(0 <= start <= end <= len(text) for start, end in spans)
    assert spans == sorted(spans)


@cache
def unigram_of(zwnj: str, digits: str) -> Tokenizer:
    return unigram(zwnj=zwnj, digits=digits)


@cache
def wordpiece_of(zwnj: str, digits: str, lowercase: bool) -> Tokenizer:
    return add_folding(wordpiece(lowercase=lowercase), zwnj=zwnj, digits=digits)


@pytest.mark.parametrize("digits", ["ascii", "keep"])
@pytest.mark.parametrize("zwnj", POLICIES)
@settings(max_examples=150)
@given(text=TEXTS)
@example(text="ا\u0653")
def test_a_unigram_token_has_its_own_surface(text: str, zwnj: str, digits: str) -> None:
    tokenizer = unigram_of(zwnj, digits)
    assert_own_surfaces(tokenizer, text, lambda surface: spelled(surface, zwnj=zwnj, digits=digits))
    assert_ordered(tokenizer, text)


@pytest.mark.parametrize("lowercase", [True, False])
@pytest.mark.parametrize("zwnj", POLICIES)
@settings(max_examples=150)
@given(text=TEXTS)
def test_a_wordpiece_token_has_its_own_surface(text: str, zwnj: str, lowercase: bool) -> None:
    tokenizer = wordpiece_of(zwnj, "keep", lowercase)
    own = normalizers.BertNormalizer(lowercase=lowercase, strip_accents=None if lowercase else False)

    def spelling(surface: str) -> str:
        return no_spaces(own.normalize_str(spelled(surface, zwnj=zwnj, digits="keep")))

    assert_own_surfaces(tokenizer, text, spelling)
    assert_ordered(tokenizer, text)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        pytest.param("كتاب هاي", ["▁کتاب", "▁های"], id="Arabic letters"),
        pytest.param("می‌شود", ["▁می", "▁شود"], id="ZWNJ is a space"),
        pytest.param("۵۰میلیارد", ["▁50", "▁میلیارد"], id="digits and letters part"),
        pytest.param("میلیارد۵۰", ["▁میلیارد", "▁50"], id="letters and digits part"),
        pytest.param("٥٠ ۵۰ 50", ["▁50", "▁50", "▁50"], id="three digit scripts"),
        pytest.param("مـــیـلیارد", ["▁میلیارد"], id="tatweel"),
        pytest.param("تُومان", ["▁تومان"], id="vowel marks"),
        pytest.param("ﻣﻰ", ["▁می"], id="presentation forms"),
        pytest.param("تومان.", ["▁تومان", "."], id="a full stop is a piece of its own"),
        pytest.param("\u200fبانک\u200e", ["▁بانک"], id="direction marks"),
    ],
)
def test_pieces_of_the_offline_kind(text: str, pieces: list[str]) -> None:
    tokenizer = unigram(["کتاب", "های", "می", "شود", "میلیارد", "تومان", "بانک"])
    assert tokenizer.encode(text, add_special_tokens=False).tokens == pieces


@pytest.mark.parametrize(("zwnj", "pieces"), [("space", ["▁می", "▁شود"]), ("drop", ["▁میشود"])])
def test_the_zwnj_policy_decides_whether_a_half_space_parts(zwnj: str, pieces: list[str]) -> None:
    tokenizer = unigram(["می", "شود", "میشود"], zwnj=zwnj)
    encoding = tokenizer.encode("می‌شود", add_special_tokens=False)
    assert encoding.tokens == pieces
    assert encoding.offsets[-1][1] == 6


@pytest.mark.parametrize("name", ["[CLS]", "[SEP]", "[PAD]", "[UNK]", "[MASK]"])
def test_a_special_token_written_in_an_article_is_only_text(name: str) -> None:
    tokenizer = add_folding(wordpiece(), zwnj="drop", digits="keep")
    ids = tokenizer.encode(f"بانک {name}", add_special_tokens=False).ids
    assert tokenizer.token_to_id(name) not in ids
    assert len(ids) > 2


def test_a_loaded_tokenizer_does_what_the_saved_one_did(tmp_path: Path) -> None:
    tokenizer = add_folding(wordpiece(), zwnj="drop", digits="keep")
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    text = "كتاب [SEP] ۵۰ میلیارد"
    assert load_tokenizer(tmp_path).encode(text).ids == tokenizer.encode(text).ids


def test_folding_is_added_to_a_copy_without_padding_and_truncation() -> None:
    own = wordpiece()
    own.enable_truncation(4)
    own.enable_padding(length=4)
    folded = add_folding(own, zwnj="drop", digits="keep")
    assert len(folded.encode("بانک سپه طرح تومان", add_special_tokens=False)) == 4
    assert len(folded.encode("بانک " * 9)) == 11
    assert own.truncation is not None


@pytest.mark.parametrize(
    ("tokenizer", "before", "after", "pad"), [(unigram(), 0, 2, 1), (wordpiece(), 2, 4, 0)]
)
def test_special_ids_are_read_off_the_post_processor(
    tokenizer: Tokenizer, before: int, after: int, pad: int
) -> None:
    special = special_ids(tokenizer)
    assert (special.before, special.after, special.pad) == ((before,), (after,), pad)


def test_transformers_opens_a_saved_tokenizer(tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    tokenizer = unigram()
    save_tokenizer(tokenizer, tmp_path, max_length=77)
    opened = AutoTokenizer.from_pretrained(tmp_path)
    text = "بانك ۵۰میلیارد"
    assert opened(text)["input_ids"] == tokenizer.encode(text).ids
    assert (opened.pad_token_id, opened.model_max_length) == (1, 77)


@pytest.mark.parametrize(
    ("content", "what"), [(None, "no tokenizer"), ("{}", "damaged"), ("\x00", "damaged")]
)
def test_a_tokenizer_that_cannot_be_read_is_an_encoder_error(
    tmp_path: Path, content: str | None, what: str
) -> None:
    if content is not None:
        (tmp_path / "tokenizer.json").write_text(content, encoding="utf-8")
    with pytest.raises(EncoderError, match=what) as caught:
        load_tokenizer(tmp_path)
    assert caught.value.where == str(tmp_path / "tokenizer.json")


def test_a_tokenizer_without_padding_is_refused() -> None:
    from tokenizers import models

    with pytest.raises(EncoderError, match="no padding token") as caught:
        special_ids(Tokenizer(models.WordLevel({"a": 0})))
    assert "[PAD]" in str(caught.value.expected)
