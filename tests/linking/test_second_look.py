"""The second look: what the first one says of rivals, neighbours and linked quantities."""

import tracemalloc

import numpy as np
import pytest

from ie_model.linking import by_features
from ie_model.linking.layout import lay_out
from ie_model.linking.second_look import COLUMNS, second_rows
from ie_model.schema import Mention
from tests.linking.making import mention

TEXT = "بانک ملی ۵ طرح و ۶ نفر و بهزیستی ۷ شغل داشت. بانک ملی ۸ وام داد."
MENTIONS = [
    mention(TEXT, "بانک ملی", "INSTITUTION", "i1"),
    mention(TEXT, "۵ طرح", "AMOUNT", "a1"),
    mention(TEXT, "۶ نفر", "AMOUNT", "a2"),
    mention(TEXT, "بهزیستی", "INSTITUTION", "i2"),
    mention(TEXT, "۷ شغل", "AMOUNT", "a3"),
]
PAIRS = [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 1)]
FIRST = np.array([0.9, 0.1, 0.6, 0.2, 0.3, 0.8])


def rows(links: dict[tuple[int, int], float]) -> dict[tuple[int, int], dict[str, float]]:
    found = second_rows(lay_out(TEXT, MENTIONS), links, PAIRS, FIRST)
    return {
        pair: dict(zip(COLUMNS, row, strict=True)) for pair, row in zip(PAIRS, found.tolist(), strict=True)
    }


@pytest.mark.parametrize(
    ("pair", "column", "expected"),
    [
        ((1, 0), "first", 0.6),
        ((1, 0), "best_other", 0.2),
        ((1, 0), "lead", 0.4),
        ((1, 0), "previous", 0.9),
        ((1, 0), "next", 0.3),
        ((1, 0), "best_of_next", 0.8),
        ((0, 0), "previous", -1.0),
        ((2, 1), "next", -1.0),
        ((1, 1), "rank", 1.0),
        ((1, 0), "rank", 0.0),
        ((1, 0), "total", 0.8),
        ((1, 0), "support", 1.8),
        ((1, 0), "most", 0.9),
        ((1, 0), "later", 0.3),
        ((1, 0), "earlier", 0.9),
        ((1, 0), "sentence", 0.9),
        ((1, 0), "bodies", 2.0),
        ((1, 0), "linked", 0.9),
        ((1, 0), "nearest_link", 0.8),
        ((1, 0), "pooled", (0.6 + 0.8 * 0.9) / 1.8),
        ((2, 0), "linked", 0.0),
        ((2, 0), "pooled", 0.3),
    ],
)
def test_columns(pair: tuple[int, int], column: str, expected: float) -> None:
    assert rows({(0, 1): 0.8})[pair][column] == pytest.approx(expected)


def test_another_mention_of_the_body_is_seen() -> None:
    again = MENTIONS[0].model_copy(
        update={"id": "i3", "start": TEXT.rindex("بانک"), "end": TEXT.rindex("بانک") + 8}
    )
    layout = lay_out(TEXT, [*MENTIONS, again])
    found = second_rows(layout, {}, [(0, 0), (0, 2)], np.array([0.9, 0.4]))
    assert found[:, COLUMNS.index("other_mention")].tolist() == [0.4, 0.9]
    assert found[:, COLUMNS.index("body")].tolist() == [0.9, 0.9]


def test_no_pairs_no_rows() -> None:
    assert second_rows(lay_out("", []), {}, [], np.zeros(0)).shape == (0, len(COLUMNS))
    assert np.isfinite(second_rows(lay_out(TEXT, MENTIONS), {}, PAIRS, FIRST)).all()


def peak_of(times: int) -> int:
    text = "بانک ملی ۵ طرح و بانک رفاه ۶ نفر. " * times
    names = [text.index("بانک ملی"), text.index("بانک رفاه")]
    size = len(text) // times
    mentions = []
    for piece in range(times):
        for start, end, label in ((0, 8, "INSTITUTION"), (9, 14, "AMOUNT"), (17, 26, "INSTITUTION")):
            place = piece * size + start
            surface = text[place : piece * size + end]
            mentions.append(
                Mention(id=f"m{place}", label=label, start=place, end=place + len(surface), text=surface)
            )
    layout = lay_out(text, mentions)
    assert names == [layout.institutions[0].mention.start, layout.institutions[1].mention.start]
    pairs = list(by_features.candidate_pairs(layout))
    links = {(place, place + 1): 0.5 for place in range(times - 1)}
    tracemalloc.start()
    found = second_rows(layout, links, pairs, np.full(len(pairs), 0.5))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(found) == len(pairs)
    return peak


def test_memory_grows_with_the_article_not_with_its_square() -> None:
    """Tables of all quantities by all bodies and by one another: some 100 GB for a million characters."""
    assert peak_of(900) < 4 * peak_of(300)
