"""From bytes to articles: what a body may be, and what is said of the others."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ie_model.articles import Located, Reject, RejectCode
from ie_model.serve import Limits
from ie_model.serve.errors import BadShapeError, BrokenBodyError, ServeError, TooLargeError, error_parts
from ie_model.serve.requests import Asked, read_asked

LIMITS = Limits(max_chars=50, max_articles=3)
TEXT = "بانک ملی ۵۰ میلیارد تومان پرداخت کرد."


def asked(value: object) -> Asked:
    return read_asked(json.dumps(value).encode(), LIMITS)


def only(entries: tuple[Located | Reject, ...]) -> Located | Reject:
    (entry,) = entries
    return entry


def test_one_article() -> None:
    found = asked({"id": "7", "text": TEXT, "meta": {"date": "1403/05/01"}})
    entry = only(found.entries)
    assert isinstance(entry, Located)
    assert (entry.article.id, entry.article.text) == ("7", TEXT)
    assert entry.article.meta == {"date": "1403/05/01"}
    assert not found.is_many


def test_other_keys_are_kept_as_meta_as_predict_keeps_them() -> None:
    entry = only(asked({"text": TEXT, "date": "1403/05/01", "n": 2}).entries)
    assert isinstance(entry, Located)
    assert entry.article.meta == {"date": "1403/05/01", "n": 2}


def test_articles_without_id_are_called_by_their_place() -> None:
    found = asked({"articles": [{"text": TEXT}, {"text": TEXT}]})
    assert [one.article.id for one in found.located] == ["article:1", "article:2"]
    entry = only(asked({"text": TEXT}).entries)
    assert isinstance(entry, Located)
    assert entry.article.id == "article"


def test_many_keep_their_order_and_a_bad_one_is_rejected_in_its_place() -> None:
    found = asked({"articles": [{"id": 1, "text": TEXT}, {"id": "1", "text": TEXT}, "text"]})
    first, second, third = found.entries
    assert isinstance(first, Located)
    assert isinstance(second, Reject)
    assert isinstance(third, Reject)
    assert (second.code, second.line, second.id) == (RejectCode.DUPLICATE_ID, 2, "1")
    assert (third.code, third.line) == (RejectCode.NOT_AN_OBJECT, 3)


def test_no_articles_are_a_request_like_any_other() -> None:
    assert asked({"articles": []}) == Asked((), is_many=True)


@pytest.mark.parametrize(
    ("article", "code"),
    [
        ('{"text": ""}', RejectCode.EMPTY),
        ('{"text": "\\u200c \\n"}', RejectCode.EMPTY),
        ('{"id": "1"}', RejectCode.NO_TEXT),
        ('{"text": null}', RejectCode.TEXT_NOT_STRING),
        ('{"text": NaN}', RejectCode.TEXT_NOT_STRING),
        ('{"text": "%s"}' % ("م" * 51), RejectCode.TOO_LONG),
        ('{"text": "a\\u0000"}', RejectCode.NUL),
        ('{"text": "a\\ud800"}', RejectCode.LONE_SURROGATE),
        ('{"text": "a", "meta": {"\\udfff": 1}}', RejectCode.LONE_SURROGATE),
        ('{"text": "a", "id": {}}', RejectCode.BAD_ID),
        ('{"text": "a", "id": 1e999}', RejectCode.BAD_ID),
        ('{"text": "a", "meta": {"x": Infinity}}', RejectCode.BAD_META),
        ('{"text": "a", "meta": {"x": -1e999}}', RejectCode.BAD_META),
        ('{"text": "a", "meta": ' + '{"m": ' * 99 + "1" + "}" * 100, RejectCode.BAD_META),
    ],
)
def test_what_is_no_article_is_rejected_with_its_code(article: str, code: RejectCode) -> None:
    alone = only(read_asked(article.encode(), LIMITS).entries)
    among = only(read_asked(f'{{"articles": [{article}]}}'.encode(), LIMITS).entries)
    assert isinstance(alone, Reject)
    assert isinstance(among, Reject)
    assert (alone.code, alone.line) == (code, None)
    assert (among.code, among.line) == (code, 1)


@pytest.mark.parametrize(
    ("body", "error", "what"),
    [
        (b"", BrokenBodyError, "broken JSON: Expecting value at character 0 of the body"),
        (b"\xff\xfe{", BrokenBodyError, "not UTF-8"),
        (b'{"text": "\xc3"}', BrokenBodyError, "not UTF-8"),
        (b'{"text": "a", "text": "b"}', BrokenBodyError, "a key stands twice in one object"),
        (b'{"n": ' + b"9" * 5000 + b"}", BrokenBodyError, "a number that cannot be read"),
        (b'{"a": ' + b"[" * 9000, BrokenBodyError, "nested too deep to be read"),
        (b'{"a": ' + b"[" * 20_000, TooLargeError, "too many JSON values"),
        (b'{"text": "a", "m": [' + b"1," * 10_001 + b"1]}", TooLargeError, "too many JSON values"),
        (b"[]", BadShapeError, "the body is no JSON object"),
        (b"NaN", BadShapeError, "the body is no JSON object"),
        (b'"text"', BadShapeError, "the body is no JSON object"),
        (b'{"articles": {"text": "a"}}', BadShapeError, "no list of articles"),
        (b'{"articles": [], "min_confidence": 1}', BadShapeError, "keys beside the articles"),
        (b'{"articles": [1, 2, 3, 4]}', BadShapeError, "too many articles"),
    ],
)
def test_what_asks_for_nothing_is_refused_as_a_whole(body: bytes, error: type[ServeError], what: str) -> None:
    with pytest.raises(error) as refusal:
        read_asked(body, LIMITS)
    assert refusal.value.what == what


def test_a_key_named_twice_behind_many_others_is_found_at_once() -> None:
    keys = ", ".join(f'"{number}": 0' for number in range(200_000))
    started = time.process_time()
    with pytest.raises(BrokenBodyError, match="a key stands twice"):
        read_asked(f'{{{keys}, "199999": 0}}'.encode(), Limits())
    assert time.process_time() - started < 10  # comparing each with each takes an hour


@given(st.binary(max_size=60))
def test_no_bytes_raise_anything_but_a_refusal(body: bytes) -> None:
    try:
        found = read_asked(body, LIMITS)
    except ServeError as error:
        json.dumps(error_parts(error), ensure_ascii=False).encode("utf-8")
    else:
        assert found.entries or found.is_many


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(st.sampled_from(["id", "text", "meta", "articles", "x"]), JSON)
    | st.fixed_dictionaries({"articles": st.lists(JSON, max_size=3)})
)
def test_no_json_raises_anything_but_a_refusal(value: object) -> None:
    body = json.dumps(value).encode()
    try:
        found = read_asked(body, LIMITS)
    except ServeError as error:
        json.dumps(error_parts(error), ensure_ascii=False).encode("utf-8")
    else:
        for entry in found.entries:
            (entry.article if isinstance(entry, Located) else entry).model_dump_json()


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=40))
def test_the_text_of_an_article_is_what_was_sent(text: str) -> None:
    entry = only(asked({"text": f"م{text}"}).entries)
    assert isinstance(entry, Located)
    assert entry.article.text == f"م{text}"
