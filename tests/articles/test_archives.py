"""JSON Lines compressed by gzip or xz: the same articles, and a reject where an archive is damaged."""

from __future__ import annotations

import gzip
import json
import lzma
import random
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ie_model.articles import Reject, RejectCode, read_articles
from ie_model.schema import Article
from tests.articles.test_reader import HARD, articles
from tests.articles.test_rejects import GOOD, GOOD_LINE, MAX_CHARS, read, rejects_of

Packing = Callable[[bytes], bytes]
PACKINGS = [(".gz", gzip.compress), (".xz", lzma.compress)]


@pytest.mark.parametrize(
    ("name", "pack"), [("PART.JSONL.GZ", gzip.compress), ("part.jsonl.xz", lzma.compress)]
)
def test_compressed_json_lines_are_the_plain_ones(
    tmp_path: Path, name: str, pack: Callable[[bytes], bytes]
) -> None:
    lines = [
        json.dumps({"text": text}, ensure_ascii=False).encode() + b"\n" for text in (HARD, "ب" * 100_000)
    ]
    plain = tmp_path / name[: -len(".gz")]
    plain.write_bytes(b"".join(lines))
    # Two archives in one file, as `cat a.gz b.gz` makes them, are one file of both.
    (tmp_path / name).write_bytes(pack(lines[0]) + pack(lines[1]))
    expected = articles(plain)
    plain.unlink()
    assert articles(tmp_path / name) == articles(tmp_path) == expected
    assert [article.id for article in expected] == [f"{plain.stem}:1", f"{plain.stem}:2"]


def flipped(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :]


DAMAGED: dict[str, tuple[str, Packing, Packing]] = {
    "gzip, cut short": (".gz", gzip.compress, lambda packed: packed[:-40_000]),
    "gzip, another checksum": (".gz", gzip.compress, lambda packed: flipped(packed, len(packed) - 6)),
    "gzip, followed by something else": (".gz", gzip.compress, lambda packed: packed + b"no archive"),
    "xz, cut short": (".xz", lzma.compress, lambda packed: packed[:-40_000]),
    "xz, another byte within": (".xz", lzma.compress, lambda packed: flipped(packed, len(packed) * 3 // 4)),
    "xz, another checksum": (".xz", lzma.compress, lambda packed: flipped(packed, len(packed) - 6)),
}


@pytest.mark.parametrize(("suffix", "pack", "damage"), DAMAGED.values(), ids=DAMAGED.keys())
def test_a_damaged_archive_gives_its_articles_up_to_there(
    tmp_path: Path, suffix: str, pack: Packing, damage: Packing
) -> None:
    # Noise does not compress: what is cut off or changed are articles.
    noise = random.Random(5)
    texts = ["".join(noise.choices("ابپتثجچحخدذرز", k=MAX_CHARS)) for _ in range(4_000)]
    lines = [json.dumps({"text": text}, ensure_ascii=False).encode() + b"\n" for text in texts]
    path = tmp_path / f"a.jsonl{suffix}"
    path.write_bytes(damage(pack(b"".join(lines))))
    (tmp_path / "b.txt").write_text(GOOD, encoding="utf-8")
    *found, refused, good = read(tmp_path)
    assert [entry.text for entry in found if isinstance(entry, Article)] == texts[: len(found)]
    assert len(found) > 1_000
    assert isinstance(refused, Reject)
    assert (refused.code, refused.file) == (RejectCode.BROKEN_ARCHIVE, str(path))
    assert refused.reason == f"broken archive after line {len(found)}; the rest was not read"
    assert isinstance(good, Article)
    assert good.id == "b"


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.jsonl.xz"])
def test_an_archive_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(GOOD_LINE)
    (refused,) = rejects_of(read(tmp_path / name))
    assert (refused.code, refused.reason) == (RejectCode.BROKEN_ARCHIVE, "broken archive")


@pytest.mark.parametrize(("suffix", "pack"), PACKINGS)
def test_an_archive_of_nothing_has_no_articles(tmp_path: Path, suffix: str, pack: Packing) -> None:
    (tmp_path / f"a.jsonl{suffix}").write_bytes(pack(b""))
    (refused,) = rejects_of(read(tmp_path))
    assert refused.code is RejectCode.NO_ARTICLES


@pytest.mark.parametrize(("suffix", "pack"), PACKINGS)
def test_a_line_that_unpacks_to_far_more_costs_no_memory(tmp_path: Path, suffix: str, pack: Packing) -> None:
    path = tmp_path / f"a.jsonl{suffix}"
    path.write_bytes(pack(b'{"text": "' + b"y" * 40_000_000 + b'"}\n' + GOOD_LINE))
    tracemalloc.start()
    refused, good = read(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert isinstance(refused, Reject)
    assert refused.code is RejectCode.LINE_TOO_LONG
    assert isinstance(good, Article)
    assert peak < 16_000_000  # the window of xz itself takes 8 MiB


@given(
    data=st.binary(max_size=200),
    cut=st.integers(0, 400),
    packing=st.sampled_from(PACKINGS),
)
def test_no_bytes_of_an_archive_raise(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, cut: int, packing: Any
) -> None:
    suffix, pack = packing
    path = tmp_path_factory.mktemp("fuzz") / f"a.jsonl{suffix}"
    packed = pack(b'{"text": "a"}\n')
    for damaged in (data, packed + data, packed[: cut % len(packed)], pack(data)):
        path.write_bytes(damaged)
        assert list(read_articles([path]))
