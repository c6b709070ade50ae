"""Hard input: huge, odd and damaged files, and folders that hold what is no file: no raising, no waiting."""

from __future__ import annotations

import csv
import io
import itertools
import json
import os
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from ie_model.articles import ArticleReader, Located, Reject, RejectCode, read_articles
from ie_model.schema import Article
from tests.articles.test_reader import articles
from tests.articles.test_rejects import GOOD, read, rejects_of

SENTENCE = "بانک ملی ۲۰ میلیارد تومان پرداخت کرد. "
HUGE: dict[str, str] = {
    "ten megabytes": SENTENCE * (10_000_000 // len(SENTENCE.encode())),
    "a hundred thousand lines": "خبر\n" * 100_000,
    "one word of a million letters": "ب" * 1_000_000,
    "a million vowel marks on one letter": "ب" + "\u064e" * 999_999,
    "control characters": "".join(map(chr, range(1, 32))) + "ب\x7f\x80\x9f",
    "bidi marks": "\u202e\u2067ب\u2069\u202c\u200f۱۲\u200e",
    "line ends of every kind": "الف\r\n\nب\r\x0b\x0c\x1c\x85\u2028\u2029پ",
    "characters beyond 16 bits": "😀\U0001f468\u200d\U0001f469\U0010ffff ب",
    "noncharacters and private ones": "\ufffe\uffff\ue000\U0001ffff ب",
}


@pytest.mark.parametrize("text", HUGE.values(), ids=HUGE.keys())
def test_a_hard_text_comes_out_as_it_went_in(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.txt").write_bytes(text.encode())
    (tmp_path / "b.jsonl").write_text(json.dumps({"text": text}), encoding="utf-8")
    with (tmp_path / "c.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([["text"], [text]])
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    parquet.write_table(pyarrow.table({"text": [text]}), tmp_path / "d.parquet")
    found = articles(tmp_path, max_chars=10_000_000)
    assert [article.id for article in found] == ["a", "b:1", "c:2", "d:1"]
    assert all(article.text == text for article in found)


def test_ten_megabytes_are_too_long_unless_more_is_allowed(tmp_path: Path) -> None:
    text = HUGE["ten megabytes"]
    assert len(text) > 5_000_000
    (tmp_path / "a.txt").write_bytes(text.encode())
    (tmp_path / "b.jsonl").write_text(json.dumps({"text": text}), encoding="utf-8")
    codes = [found.code for found in rejects_of(list(read_articles([tmp_path])))]
    assert codes == [RejectCode.TOO_LONG, RejectCode.LINE_TOO_LONG]


def test_a_hundred_thousand_lines_are_as_many_articles(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"text": "a"}\n\n' * 100_000)
    tracemalloc.start()
    count = sum(1 for _ in zip(read_articles([path], limit=5_000), range(5_000), strict=True))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 5_000
    assert peak < 5_000 * 200 + 3_000_000  # a digest for each id, and a buffer
    assert sum(1 for _ in read_articles([path])) == 100_000


# --- work that must not grow with the square of the input ------------------------------------------------


def test_a_key_given_twice_among_very_many(tmp_path: Path) -> None:
    """A search of the whole object for each of its keys would take minutes."""
    keys = ", ".join(f'"k{place}": 0' for place in range(300_000))
    (tmp_path / "a.jsonl").write_text('{"text": "a", ' + keys + ', "k299999": 1}', encoding="utf-8")
    (refused,) = rejects_of(list(read_articles([tmp_path])))
    assert (refused.code, refused.found) == (RejectCode.BROKEN_JSON, "'k299999'")


def test_a_long_key_over_many_values(tmp_path: Path) -> None:
    """The way to each value is not spelt out: 200 GB would be copied here."""
    inner = dict.fromkeys(map(str, range(200_000)), 0)
    line = json.dumps({"text": "a", "k" * 1_000_000: inner})
    (tmp_path / "a.jsonl").write_text(line + "\n" + line[:-2] + ', "n": NaN}}', encoding="utf-8")
    good, refused = read_articles([tmp_path])
    assert isinstance(good, Article)
    assert isinstance(refused, Reject)
    assert refused.code is RejectCode.BAD_META
    assert len(refused.reason) < 200


# --- JSON, CSV, Parquet --------------------------------------------------------------------------------


def test_surrogate_escapes_of_json() -> None:
    lines = rb"""{"text": "\ud83d\ude00 \u062e"}
{"text": "\ude00\ud83d"}
{"text": "a\ud83d"}
{"text": "\ud83d\ud83d\ude00"}
{"text": "\\ud83d"}"""
    found = list(read_articles(["-"], stdin=io.BytesIO(lines)))
    assert [entry.text if isinstance(entry, Article) else entry.found for entry in found] == [
        "😀 خ",
        "U+DE00 at character 0",
        "U+D83D at character 1",
        "U+D83D at character 0",
        "\\ud83d",
    ]


CSV_FILES: dict[str, tuple[bytes, list[str]]] = {
    "quotes in quotes": (b'text\n"a ""b"" c"\n', ['a "b" c']),
    "line ends in quotes": (b'text\n"a\r\nb\n\rc"\r\n', ["a\r\nb\n\rc"]),
    "old line ends": (b"text,n\ra,1\rb,2\r", ["a", "b"]),
    "no line end at the end": (b"text\na", ["a"]),
    "blank lines": (b"text\n\n\na\n\n", ["a"]),
    "blank lines before the header": (b"\n \r\n\ntext\na\n", ["a"]),
    "a byte order mark and quoted names": (b'\xef\xbb\xbf"text","id"\na,1\n', ["a"]),
    "spaces around names": (b" id ; text \n1;a\n", ["a"]),
    "NUL": (b"text\na\0b\nc\n", ["nul", "c"]),
    "NUL in the header": (b"te\0xt\na\n", ["no_text"]),
    "ragged rows": (b"id,text\n1,a\n2\n3,b,c\n4,d\n", ["a", "broken_csv", "broken_csv", "d"]),
    "a quote within": (b'text\na"b\n"c"d\ne\n', ['a"b', "broken_csv", "e"]),
    "quotes only": (b'text\n""""\n"a"\n', ['"', "a"]),
    "an empty name": (b",text\n1,a\n", ["a"]),
    "separators only": (b",,,\n,,,\n", ["no_text"]),
    "a quote left open in the header": (b'"text\na\n', ["broken_csv"]),
    "a quoted name before another separator": (b'"id";"text"\n1;"a"\n', ["a"]),
}


@pytest.mark.parametrize(("data", "expected"), CSV_FILES.values(), ids=CSV_FILES.keys())
def test_odd_tables(tmp_path: Path, data: bytes, expected: list[str]) -> None:
    (tmp_path / "a.csv").write_bytes(data)
    found = read_articles([tmp_path])
    assert [entry.text if isinstance(entry, Article) else entry.code.value for entry in found] == expected


def test_parquet_with_nulls_and_wrong_types(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    def write(name: str, **columns: Any) -> None:
        parquet.write_table(pyarrow.table(columns), tmp_path / f"{name}.parquet")

    write("a", text=pyarrow.array([1, 2]))
    write("b", text=pyarrow.array([None], pyarrow.null()))
    write("c", text=pyarrow.array([b"\xff", b"a"], pyarrow.binary()))
    write("d", text=pyarrow.array([["a"]]))
    write("e", text=["a"], id=pyarrow.array([b"1"]))
    write("f", text=["a"], n=pyarrow.array([float("nan")]))
    write("g", text=pyarrow.array(["a", "a", None]).dictionary_encode())
    write("h", text=["a"], nested=pyarrow.array([{"a": {"b": [1, None]}}]))
    write("i", text=pyarrow.array([], pyarrow.string()))
    found = [entry.text if isinstance(entry, Article) else entry.code.value for entry in read(tmp_path)]
    assert found == [
        *["text_not_string"] * 6,
        *["bad_id", "bad_meta", "a", "a", "text_not_string", "a", "no_articles"],
    ]


TIMES = {
    "beyond the year 9999": (2**61, "us", None),
    "of an unknown zone": (0, "s", "Asia/Nowhere"),
}


@pytest.mark.parametrize(("value", "unit", "zone"), TIMES.values(), ids=TIMES.keys())
def test_times_of_parquet_that_python_has_not(tmp_path: Path, value: int, unit: str, zone: str) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    times = pyarrow.array([0, value], pyarrow.int64()).cast(pyarrow.timestamp(unit, zone))
    parquet.write_table(pyarrow.table({"text": ["a", "b"], "at": times}), tmp_path / "a.parquet")
    *_, refused = read_articles([tmp_path])
    assert isinstance(refused, Reject)
    assert (refused.line, refused.code) == (2, RejectCode.BROKEN_PARQUET)


def test_a_column_name_of_parquet_that_is_not_utf8(tmp_path: Path) -> None:
    """Found by fuzzing: pyarrow decodes the names when it opens the file."""
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    path = tmp_path / "a.parquet"
    parquet.write_table(pyarrow.table({"text": ["a"], "abcdef": [1]}), path, store_schema=False)
    path.write_bytes(path.read_bytes().replace(b"abcdef", b"ab\x92def"))
    (refused,) = rejects_of(list(read_articles([path])))
    assert refused.code is RejectCode.BROKEN_PARQUET


# --- folders -------------------------------------------------------------------------------------------


def test_what_is_no_file_is_passed_over_and_never_waited_for(tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text(GOOD, encoding="utf-8")
    (tmp_path / "folder.txt").mkdir()
    os.mkfifo(tmp_path / "pipe.jsonl")
    (tmp_path / "zeros.jsonl").symlink_to("/dev/zero")
    (tmp_path / "null.csv").symlink_to("/dev/null")
    reader = ArticleReader([tmp_path])
    (found,) = reader
    assert isinstance(found, Located)
    assert found.article.id == "good"
    assert reader.skipped == {"special file": 3}


def test_a_device_that_is_named_is_read_within_bounds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.txt", "b.csv"):
        (tmp_path / name).symlink_to("/dev/zero")
    monkeypatch.setattr("ie_model.articles.tables.MAX_PASSED_OVER", 3_000_000)
    found = rejects_of(read(tmp_path / "a.txt", tmp_path / "b.csv"))
    assert [refused.code for refused in found] == [RejectCode.TOO_LONG, RejectCode.LINE_TOO_LONG]


def test_links_that_multiply_are_followed_once(tmp_path: Path) -> None:
    """Forty folders, two links to the next in each: 2^40 ways to one file."""
    folders = [tmp_path / f"folder{place:02}" for place in range(40)]
    for folder in folders:
        folder.mkdir()
    for folder, after in itertools.pairwise(folders):
        (folder / "x").symlink_to(after, target_is_directory=True)
        (folder / "y").symlink_to(after, target_is_directory=True)
    (folders[-1] / "good.txt").write_text(GOOD, encoding="utf-8")
    found = read(folders[0])
    assert [entry.id for entry in found if isinstance(entry, Article)] == ["good"]
    refused = rejects_of(found)
    assert len(refused) == 39
    assert {entry.code for entry in refused} == {RejectCode.SYMLINK_LOOP}
    assert "read already" in refused[0].reason


def test_a_folder_deeper_than_a_path_may_be_long(tmp_path: Path) -> None:
    name = "d" * 200
    (tmp_path / "good.txt").write_text(GOOD, encoding="utf-8")
    before = os.open(tmp_path, os.O_RDONLY)
    try:
        inner = before
        for _ in range(25):
            os.mkdir(name, dir_fd=inner)
            inner, outer = os.open(name, os.O_RDONLY, dir_fd=inner), inner
            if outer != before:
                os.close(outer)
        os.close(inner)
    finally:
        os.close(before)
    found = read(tmp_path)
    (refused,) = rejects_of(found)
    assert refused.code is RejectCode.UNREADABLE
    assert refused.found == "File name too long"
    assert [entry.id for entry in found if isinstance(entry, Article)] == ["good"]


@pytest.mark.skipif(os.geteuid() == 0, reason="no folder is closed to root")
def test_a_folder_without_permission_is_refused(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir()
    (tmp_path / "good.txt").write_text(GOOD, encoding="utf-8")
    closed.chmod(0)
    try:
        refused, good = read(tmp_path)
    finally:
        closed.chmod(0o700)
    assert isinstance(refused, Reject)
    assert (refused.code, refused.found) == (RejectCode.UNREADABLE, "Permission denied")
    assert isinstance(good, Article)


def test_a_folder_that_the_system_does_not_list_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What root sees of the case above: the listing itself is denied."""
    (tmp_path / "closed").mkdir()
    (tmp_path / "good.txt").write_text(GOOD, encoding="utf-8")
    listed = os.scandir

    def deny(path: str) -> Any:
        if path.endswith("closed"):
            raise PermissionError(13, "Permission denied", path)
        return listed(path)

    monkeypatch.setattr(os, "scandir", deny)
    refused, good = read(tmp_path)
    assert isinstance(refused, Reject)
    assert (refused.file, refused.code) == (str(tmp_path / "closed"), RejectCode.UNREADABLE)
    assert isinstance(good, Article)


def test_a_folder_that_vanishes_and_a_file_that_becomes_a_folder(tmp_path: Path) -> None:
    for name in ("a.txt", "c.txt", "d/x.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(GOOD, encoding="utf-8")
    (tmp_path / "b").mkdir()
    stream = read_articles([tmp_path])
    next(stream)
    (tmp_path / "b").rmdir()
    (tmp_path / "c.txt").unlink()
    (tmp_path / "c.txt").mkdir()
    (tmp_path / "c.txt/y.txt").write_text(GOOD, encoding="utf-8")
    vanished, within, last = stream
    assert isinstance(vanished, Reject)
    assert vanished.code is RejectCode.UNREADABLE
    assert [entry.id for entry in (within, last) if isinstance(entry, Article)] == ["y", "x"]


def test_names_with_odd_bytes(tmp_path: Path) -> None:
    names = [
        b"\xff\xfe.txt",
        b"line\nend.txt",
        b"\x1b[31m.txt",
        "۱۲\u202e.jsonl".encode(),
        b"-.txt",
        b" .csv",
    ]
    try:
        for name in names:
            with open(os.fsencode(tmp_path) + b"/" + name, "wb") as stream:  # noqa: PTH123 (a name of bytes)
                stream.write(b'{"text": "text"}' if name.endswith(b"l") else b"text\na")
    except OSError:
        pytest.skip("this file system takes only UTF-8 names")
    found = articles(tmp_path)
    assert sorted(article.id for article in found) == sorted(
        ["\\udcff\\udcfe", "line\nend", "\x1b[31m", "۱۲\u202e:1", "-", " :2"]
    )
    assert all(article.model_dump_json() for article in found)
