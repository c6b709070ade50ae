"""Folding lies in the tokenizer: whatever the text, ``text[start:end]`` of a token is its own surface."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
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
@settings(max_examples=150, deadline=None)
@given(text=TEXTS)
def test_a_unigram_token_has_its_own_surface(text: str, zwnj: str, digits: str) -> None:
    tokenizer = unigram_of(zwnj, digits)
    assert_own_surfaces(tokenizer, text, lambda surface: spelled(surface, zwnj=zwnj, digits=digits))
    assert_ordered(tokenizer, text)


@pytest.mark.parametrize("lowercase", [True, False])
@pytest.mark.parametrize("zwnj", POLICIES)
@settings(max_examples=150, deadline=None)
@given(text=TEXTS)
def test_a_wordpiece_token_has_its_own_surface(text: str, zwnj: str, lowercase: bool) -> None:
    tokenizer = wordpiece_of(zwnj, "keep", lowercase)
    own = normalizers.BertNormalizer(lowercase=lowercase, strip_accents=None if lowercase else False)

    def spelling(surface: str) -> str:
        return no_spaces(own.normalize_str(spelled(surface, zwnj=zwnj, digits="keep")))

    assert_own_surfaces(tokenizer, text, spelling)
    assert_ordered(tokenizer, text)
