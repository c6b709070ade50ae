"""Packed files: the articles of the plain ones, a reject where one is damaged, and no memory for bombs."""

from __future__ import annotations

import gzip
import io
import itertools
import json
import lzma
import random
import struct
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ie_model.articles import Reject, RejectCode, packing, read_articles, streams
from ie_model.articles.formats import FORMATS, extension, stem
from ie_model.errors import MissingExtraError
from ie_model.schema import Article
from tests.articles.test_reader import HARD, articles
from tests.articles.test_rejects import GOOD, GOOD_LINE, MAX_CHARS, read, rejects_of

zstandard = pytest.importorskip("zstandard")

Packing = Callable[[bytes], bytes]


def pack_zstd(data: bytes) -> bytes:
    packed: bytes = zstandard.ZstdCompressor(write_checksum=True).compress(data)
    return packed


PACKINGS: list[tuple[str, Packing]] = [
    (".gz", gzip.compress),
    (".xz", lzma.compress),
    (".zst", pack_zstd),
]
TEXTS = (HARD, "ب" * 100_000)
FORMS: dict[str, tuple[bytes, ...]] = {
    ".jsonl": tuple(
        json.dumps({"text": text}, ensure_ascii=False).encode() + b"\n" for text in ("الف", "ب" * 90_000)
    ),
    ".csv": (b"text\n", "«الف،\n ب»\n".encode(), "ب".encode() * 90_000 + b"\n"),
    ".txt": ("الف\r\n".encode(), "ب".encode() * 90_000),
}


@pytest.mark.parametrize(("suffix", "pack"), PACKINGS)
@pytest.mark.parametrize(("form", "parts"), FORMS.items(), ids=FORMS.keys())
def test_packed_articles_are_the_plain_ones(
    tmp_path: Path, form: str, parts: tuple[bytes, ...], suffix: str, pack: Packing
) -> None:
    plain = tmp_path / f"part{form}"
    plain.write_bytes(b"".join(parts))
    expected = articles(plain)
    plain.unlink()
    # One archive behind another in one file, as `cat a.gz b.gz` makes them, are one file of both.
    path = tmp_path / f"PART{form}{suffix}".swapcase()
    path.write_bytes(b"".join(map(pack, parts)))
    assert articles(path) == articles(tmp_path) == expected
    assert len(expected) >= 1


def test_every_form_but_parquet_has_every_packing() -> None:
    packed = {name for name, format_ in FORMATS.items() if format_.packing}
    assert packed == {form + suffix for form in FORMS for suffix, _ in PACKINGS}
    assert {(extension(f"x/a.b{name}"), stem(f"x/a.b{name}")) for name in packed} == {
        (name, "a.b") for name in packed
    }
    assert extension("a.parquet.gz") == ".gz"


@pytest.mark.parametrize(("suffix", "pack"), PACKINGS)
def test_standard_input_is_unpacked_by_its_first_bytes(suffix: str, pack: Packing) -> None:
    del suffix
    data = pack(b'\n{"id": "1", "text": "a"}\n') + pack(b'{"id": "2", "text": "b"}\n')
    assert [found.id for found in articles("-", stdin=io.BytesIO(data))] == ["1", "2"]
    (text,) = articles("-", stdin=io.BytesIO(pack(HARD.encode())))
    assert text.text == HARD.removeprefix("\ufeff")
    (refused,) = read("-", stdin=io.BytesIO(data[:-9]), limit=1, stdin_format="text")
    assert isinstance(refused, Reject)
    assert (refused.file, refused.code) == ("stdin", RejectCode.BROKEN_ARCHIVE)


def test_what_pads_an_archive_is_no_damage(tmp_path: Path) -> None:
    for name, data in {
        "gzip.jsonl.gz": gzip.compress(b'{"text": "a"}\n') + bytes(512),
        "xz.jsonl.xz": lzma.compress(b'{"text": "a"}\n') + bytes(8) + lzma.compress(b'{"text": "b"}\n'),
        # A frame to be skipped, as pzstd writes them; then one that names no size of its content.
        "zstd.jsonl.zst": b"\x5e\x2a\x4d\x18" + struct.pack("<I", 5) + b"12345" + streamed(b'{"text": "a"}'),
    }.items():
        (tmp_path / name).write_bytes(data)
    assert [found.id for found in articles(tmp_path)] == ["gzip:1", "xz:1", "xz:2", "zstd:1"]


def streamed(data: bytes) -> bytes:
    """Packed without knowing the size before."""
    packer = zstandard.ZstdCompressor().compressobj()
    packed: bytes = packer.compress(data) + packer.flush()
    return packed


@given(
    parts=st.lists(st.binary(max_size=4_000) | st.integers(0, 400_000).map(bytes), min_size=1, max_size=5),
    sizes=st.lists(st.integers(1, 200_000), min_size=1, max_size=5),
    which=st.sampled_from(packing.PACKINGS),
)
def test_unpacking_undoes_packing_in_whatever_portions(
    parts: list[bytes], sizes: list[int], which: packing.Packing
) -> None:
    """Blocks of every kind (raw, one byte repeated, packed), members of every size, reads of every size."""
    pack = dict(PACKINGS)[which.suffix]
    stream = which.unpack(io.BytesIO(b"".join(map(pack, parts))))
    unpacked = [stream.read(size) for size in sizes] + [stream.read()]
    assert b"".join(unpacked) == b"".join(parts)


def flipped(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :]


DAMAGED: dict[str, tuple[str, Packing, Packing]] = {
    "gzip, cut short": (".gz", gzip.compress, lambda packed: packed[:-40_000]),
    "gzip, another checksum": (".gz", gzip.compress, lambda packed: flipped(packed, len(packed) - 6)),
    "gzip, followed by something else": (".gz", gzip.compress, lambda packed: packed + b"no archive"),
    "xz, cut short": (".xz", lzma.compress, lambda packed: packed[:-40_000]),
    "xz, another byte within": (".xz", lzma.compress, lambda packed: flipped(packed, len(packed) * 3 // 4)),
    "xz, another checksum": (".xz", lzma.compress, lambda packed: flipped(packed, len(packed) - 6)),
    "xz, followed by something else": (".xz", lzma.compress, lambda packed: packed + b"no archive"),
    "zstd, cut short": (".zst", pack_zstd, lambda packed: packed[:-40_000]),
    "zstd, cut before its checksum": (".zst", pack_zstd, lambda packed: packed[:-4]),
    "zstd, another checksum": (".zst", pack_zstd, lambda packed: flipped(packed, len(packed) - 1)),
    "zstd, followed by something else": (".zst", pack_zstd, lambda packed: packed + b"no archive"),
}


@pytest.mark.parametrize(("suffix", "pack", "damage"), DAMAGED.values(), ids=DAMAGED.keys())
def test_a_damaged_archive_gives_its_articles_up_to_there(
    tmp_path: Path, suffix: str, pack: Packing, damage: Packing
) -> None:
    # Noise does not compress: what is cut off or changed are articles.
    noise = random.Random(5)
    texts = ["".join(noise.choices("ابپتثجچحخدذرز", k=MAX_CHARS)) for _ in range(2_500)]
    lines = [json.dumps({"text": text}, ensure_ascii=False).encode() + b"\n" for text in texts]
    path = tmp_path / f"a.jsonl{suffix}"
    path.write_bytes(damage(pack(b"".join(lines))))
    (tmp_path / "b.txt").write_text(GOOD, encoding="utf-8")
    *found, refused, good = read(tmp_path)
    assert [entry.text for entry in found if isinstance(entry, Article)] == texts[: len(found)]
    assert len(found) > 500
    assert isinstance(refused, Reject)
    assert (refused.code, refused.file) == (RejectCode.BROKEN_ARCHIVE, str(path))
    assert refused.reason == f"broken archive after line {len(found)}; the rest was not read"
    assert isinstance(good, Article)
    assert good.id == "b"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("suffix", "pack"), PACKINGS)
@pytest.mark.parametrize("data", [GOOD_LINE, b""])
def test_an_archive_that_is_none_is_refused(
    tmp_path: Path, form: str, suffix: str, pack: Packing, data: bytes
) -> None:
    del pack
    (tmp_path / f"a{form}{suffix}").write_bytes(data)
    (refused,) = rejects_of(read(tmp_path))
    assert (refused.code, refused.reason) == (RejectCode.BROKEN_ARCHIVE, "broken archive")


@pytest.mark.parametrize(("suffix", "pack"), PACKINGS)
def test_an_archive_of_nothing_has_no_articles(tmp_path: Path, suffix: str, pack: Packing) -> None:
    (tmp_path / f"a.jsonl{suffix}").write_bytes(pack(b""))
    (refused,) = rejects_of(read(tmp_path))
    assert refused.code is RejectCode.NO_ARTICLES


@pytest.mark.parametrize("form", [".jsonl", ".csv", ".txt"])
@pytest.mark.parametrize(("suffix", "pack"), PACKINGS)
def test_a_packed_file_under_an_unpacked_name_is_named(
    tmp_path: Path, form: str, suffix: str, pack: Packing
) -> None:
    (tmp_path / f"a{form}").write_bytes(pack(b'{"text": "a"}\n'))
    (refused,) = rejects_of(read(tmp_path))
    assert refused.code is RejectCode.NOT_UTF8
    assert refused.found is not None
    assert refused.found.startswith("data packed by")
    assert refused.mend == f"Let its name end with {suffix}."


# --- bombs ---------------------------------------------------------------------------------------------


def peak_of(path: Path) -> tuple[int, list[Article | Reject]]:
    tracemalloc.start()
    try:
        found = read(path)
        return tracemalloc.get_traced_memory()[1], found
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(("suffix", "pack"), PACKINGS)
def test_a_line_that_unpacks_to_far_more_costs_no_memory(tmp_path: Path, suffix: str, pack: Packing) -> None:
    path = tmp_path / f"a.jsonl{suffix}"
    path.write_bytes(pack(b'{"text": "' + b"y" * 40_000_000 + b'"}\n' + GOOD_LINE))
    peak, (refused, good) = peak_of(path)
    assert isinstance(refused, Reject)
    assert refused.code is RejectCode.LINE_TOO_LONG
    assert isinstance(good, Article)
    assert peak < 16_000_000  # the window of xz itself takes 8 MiB


@pytest.mark.parametrize(
    ("form", "code"), [(".txt", RejectCode.TOO_LONG), (".csv", RejectCode.LINE_TOO_LONG)]
)
@pytest.mark.parametrize(("suffix", "pack"), PACKINGS)
def test_nor_does_a_text_or_a_table(
    tmp_path: Path, form: str, code: RejectCode, suffix: str, pack: Packing
) -> None:
    path = tmp_path / f"a{form}{suffix}"
    path.write_bytes(pack(b"text\n" + bytes(40_000_000)))
    peak, (refused,) = peak_of(path)
    assert isinstance(refused, Reject)
    assert refused.code is code
    assert peak < 24_000_000  # a row of CSV may have a million characters beside its text


def test_a_terabyte_in_one_line_is_given_up_after_a_gigabyte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # 2 600 frames of 400 MB: each a header and blocks that say "128 KiB of zeros" in four bytes.
    frame = pack_zstd(bytes(400_000_000))
    path = tmp_path / "a.jsonl.zst"
    path.write_bytes(frame * 2_600)
    assert path.stat().st_size < 100_000_000
    (tmp_path / "b.txt").write_text(GOOD, encoding="utf-8")
    unpacked = 0
    unpack = packing.unpack_zstd

    def counted(*arguments: Any) -> Iterator[bytes]:
        nonlocal unpacked
        for piece in unpack(*arguments):
            unpacked += len(piece)
            yield piece

    monkeypatch.setattr(packing, "unpack_zstd", counted)
    refused, good = read(tmp_path)
    assert isinstance(refused, Reject)
    assert (refused.line, refused.code) == (1, RejectCode.LINE_TOO_LONG)
    assert "the rest of the file was not read" in refused.reason
    assert isinstance(good, Article)
    assert streams.MAX_PASSED_OVER < unpacked < streams.MAX_PASSED_OVER + 10_000_000


def test_a_line_without_end_ends_its_stream() -> None:
    class Endless:
        def readline(self, size: int = -1, /) -> bytes:
            return b"y" * size

    # The first line may have 10 characters: some 1 MB with its meta; it is passed over up to 5 MB.
    ((number, refusal),) = streams.bounded_lines(Endless(), 10, max_passed_over=5_000_000)
    assert number == 1
    assert "does not end" in str(refusal)


def test_a_row_without_end_ends_its_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ie_model.articles.tables.MAX_PASSED_OVER", 3_000_000)
    path = tmp_path / "a.csv"
    path.write_bytes(b'id,text\n1,a\n2,"' + b"never closed\n" * 400_000)
    good, refused = read(path)
    assert isinstance(good, Article)
    assert isinstance(refused, Reject)
    assert (refused.line, refused.code) == (3, RejectCode.LINE_TOO_LONG)
    assert "the rest of the file was not read" in refused.reason


def test_an_archive_that_asks_for_a_huge_window_is_refused(tmp_path: Path) -> None:
    # A frame header alone: a window of 2 GiB, then a block of one byte repeated.
    zstd = b"\x28\xb5\x2f\xfd" + b"\x00" + bytes([21 << 3]) + b"\x03\x00\x00a"
    xz = lzma.compress(b'{"text": "a"}', filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 28}])
    (tmp_path / "a.jsonl.zst").write_bytes(zstd)
    (tmp_path / "b.jsonl.xz").write_bytes(xz)
    found = rejects_of(read(tmp_path))
    assert [refused.code for refused in found] == [RejectCode.BROKEN_ARCHIVE] * 2
    assert "memory" in str(found[0].found)
    assert "Memory" in str(found[1].found)


def test_the_archives_of_the_strongest_settings_are_read(tmp_path: Path) -> None:
    long = zstandard.ZstdCompressionParameters(window_log=27)
    packer = zstandard.ZstdCompressor(compression_params=long).compressobj()
    (tmp_path / "a.jsonl.zst").write_bytes(packer.compress(b'{"text": "a"}') + packer.flush())
    (tmp_path / "b.jsonl.xz").write_bytes(lzma.compress(b'{"text": "a"}', preset=9 | lzma.PRESET_EXTREME))
    assert [found.id for found in articles(tmp_path)] == ["a:1", "b:1"]


# --- the optional package, any bytes -------------------------------------------------------------------


def test_zstd_without_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.csv.zst"
    path.write_bytes(pack_zstd(b"text\na\n"))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"ie-model\[zstd\]"):
        read_articles([path])
    for found in (read(tmp_path), read("-", stdin=io.BytesIO(path.read_bytes()))):
        (refused,) = rejects_of(found)
        assert refused.code is RejectCode.MISSING_EXTRA
        assert refused.mend == 'Install it with: pip install "ie-model[zstd]"'


@settings(max_examples=25)
@given(data=st.binary(max_size=200), cut=st.integers(0, 400), at=st.integers(0, 400))
def test_no_bytes_of_an_archive_raise(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, cut: int, at: int
) -> None:
    folder = tmp_path_factory.mktemp("fuzz")
    for (suffix, pack), form in itertools.product(PACKINGS, (".jsonl", ".csv")):
        path = folder / f"a{form}{suffix}"
        packed = pack(b'{"text": "a"}\n')
        changed = flipped(packed, at % len(packed))
        for damaged in (data, packed + data, packed[: cut % len(packed)], pack(data), changed):
            path.write_bytes(damaged)
            assert list(read_articles([path]))
