"""Web and mail addresses are found, and nothing beside them."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ie_model.persian.addresses import Addresses, address_spans


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("به گزارش http://www.example.ir/news/99%D8%A7 و", ["http://www.example.ir/news/99%D8%A7"]),
        ("[متن](https://example.ir/%D8%A7%D9%85) ۲۰ نفر", ["https://example.ir/%D8%A7%D9%85)"]),
        ("نشانی WWW.Example.ir است", ["WWW.Example.ir"]),
        ("«www.example.ir» و info@example.ir.", ["www.example.ir", "info@example.ir."]),
        ("۲۰ نفر @ ۳۰ نفر // ۵۰ درصد", []),
        ("نرخ ۵/۲ درصد", []),
    ],
)
def test_addresses(text: str, found: list[str]) -> None:
    assert [text[start:end] for start, end in address_spans(text)] == found


@given(st.text(alphabet="a.@/:w%D8 ۲", max_size=60))
def test_spans_are_in_order_and_touch_tells_what_they_cover(text: str) -> None:
    spans, addresses = address_spans(text), Addresses(text)
    assert all(one[1] <= other[0] for one, other in itertools.pairwise(spans))
    covered = {place for start, end in spans for place in range(start, end)}
    for start in range(len(text)):
        for end in range(start + 1, min(start + 4, len(text)) + 1):
            assert addresses.touch(start, end) == bool(covered & set(range(start, end)))
