"""Other encodings than UTF-8: the same articles, and bad bytes named with their place; and the limit."""

from __future__ import annotations

import csv
import encodings.aliases
import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ie_model.articles import ArticleReader, Reject, RejectCode, read_articles
from ie_model.articles.encoding import check_encoding
from ie_model.errors import ArticleError
from ie_model.schema import Article
from tests.articles.test_reader import HARD, article_texts, articles
from tests.articles.test_rejects import GOOD

ARABIC = "بانک ملي ۲۰ پرداخت".replace("ی", "ي").replace("۲۰", "20")
UNICODE = [
    "utf-8",
    "utf-8-sig",
    "UTF-16",
    "utf-16-le",
    "utf-16-be",
    "utf-32",
    "utf-32-be",
    "utf-7",
    "gb18030",
]


def table(rows: list[tuple[str, str]], encoding: str) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([("id", "text"), *rows])
    return text.getvalue().encode(encoding)


@pytest.mark.parametrize("encoding", UNICODE)
@settings(max_examples=30)
@given(texts=st.lists(article_texts, min_size=1, max_size=4))
@example(texts=[HARD, "ਊ\u0a0d਀\u010a\u0d0aċ", "a\rb", "ਊ" * 40_000])
def test_text_out_is_text_in(
    tmp_path_factory: pytest.TempPathFactory, encoding: str, texts: list[str]
) -> None:
    """Line ends are two or four bytes wide, and other characters hold the byte of one."""
    folder = tmp_path_factory.mktemp("encoded")
    lines = "".join(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in texts)
    rows = [(str(place), text) for place, text in enumerate(texts)]
    (folder / "a.jsonl").write_bytes(lines.encode(encoding))
    (folder / "b.csv").write_bytes(table(rows, encoding))
    (folder / "c.txt").write_bytes(("ب" + texts[0]).encode(encoding))
    (folder / "d.jsonl.gz").write_bytes(gzip.compress(lines.encode(encoding)))
    found = [article.text for article in articles(folder, encoding=encoding)]
    assert found == [*texts, *texts, "ب" + texts[0], *texts]
    for data, form, expected in (
        (lines, "auto", texts),
        ("ب" + texts[0], "text", ["ب" + texts[0]]),
    ):
        stdin = io.BytesIO(data.encode(encoding))
        found = [a.text for a in articles("-", stdin=stdin, stdin_format=form, encoding=encoding)]
        assert found == expected


@pytest.mark.parametrize("encoding", ["windows-1256", "cp1256", "iso-8859-6", "mac-arabic", "cp720"])
def test_encodings_of_one_byte(tmp_path: Path, encoding: str) -> None:
    text = ARABIC if encoding.endswith("1256") else "ملي 20"
    (tmp_path / "a.txt").write_bytes(text.encode(encoding))
    (tmp_path / "b.csv").write_bytes(table([("1", text)], encoding))
    (tmp_path / "c.jsonl").write_bytes(json.dumps({"text": text}, ensure_ascii=False).encode(encoding))
    assert [article.text for article in articles(tmp_path, encoding=encoding)] == [text] * 3


def test_lines_of_mainframes_end_too() -> None:
    """EBCDIC: no byte of a line end is that of ASCII."""
    data = '{"text": "a"}\n\n{"text": "b"}\n'.encode("cp500")
    assert [a.id for a in articles("-", stdin=io.BytesIO(data), encoding="cp500")] == ["stdin:1", "stdin:3"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_without_a_mark_the_small_byte_comes_first(encoding: str) -> None:
    data = GOOD.encode(f"{encoding}-le")
    assert [a.text for a in articles("-", stdin=io.BytesIO(data), encoding=encoding)] == [GOOD]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le"])
def test_a_mark_at_the_start_is_no_text_whatever_the_name(encoding: str) -> None:
    data = ("\ufeff" + GOOD).encode(encoding)
    assert [a.text for a in articles("-", stdin=io.BytesIO(data), encoding=encoding)] == [GOOD]


# --- what does not fit ---------------------------------------------------------------------------------


def only(tmp_path: Path, name: str, data: bytes, encoding: str = "utf-8") -> Reject:
    path = tmp_path / name
    path.write_bytes(data)
    (found,) = read_articles([path], encoding=encoding)
    assert isinstance(found, Reject)
    return found


@pytest.mark.parametrize("name", ["a.txt", "a.jsonl", "a.csv"])
@pytest.mark.parametrize(
    ("written", "asked", "found"),
    [
        ("utf-16", "utf-8", "UTF-16"),
        ("utf-32", "utf-8", "UTF-32"),
        ("utf-16", "windows-1256", "UTF-16"),
        ("utf-8-sig", "windows-1256", "UTF-8"),
        ("utf-8-sig", "utf-16", "UTF-8"),
        ("utf-16", "utf-16-be", "UTF-16"),
    ],
)
def test_a_byte_order_mark_of_another_encoding_refuses_the_file_once(
    tmp_path: Path, name: str, written: str, asked: str, found: str
) -> None:
    data = 'text\n{"text": "a"}\n'.encode(written)
    refused = only(tmp_path, name, data, asked)
    assert refused.code is (RejectCode.NOT_UTF8 if asked == "utf-8" else RejectCode.NOT_IN_ENCODING)
    assert refused.found == f"the byte order mark of {found}"
    assert refused.mend is not None
    assert f"--encoding {found.lower()}" in refused.mend


def test_windows_1256_read_as_utf8_is_guessed_at(tmp_path: Path) -> None:
    refused = only(tmp_path, "a.txt", "ab ملي".encode("windows-1256"))
    assert (refused.code, refused.found) == (RejectCode.NOT_UTF8, "byte 0xe3 at byte 3")
    assert refused.mend is not None
    assert "--encoding windows-1256" in refused.mend


WIDE = {name: "ab".encode(name) for name in ("utf-16-le", "utf-16-be", "utf-32-le")}
BAD: dict[str, tuple[str, bytes, str]] = {
    "a byte that the code page leaves free": ("iso-8859-6", b"ab \xff", "byte 0xff at character 3"),
    "half a pair": ("utf-16-le", WIDE["utf-16-le"] + b"\x01\xd8c\0", "byte 0x01 at character 2"),
    "an odd byte at the end": ("utf-16-be", WIDE["utf-16-be"] + b"\0", "byte 0x00 at character 2"),
    "beyond Unicode": ("utf-32-le", WIDE["utf-32-le"] + b"\0\0\x11\0", "byte 0x00 at character 2"),
    "half of two bytes": ("gb18030", b"ab\x81", "byte 0x81 at character 2"),
    "half a pair that a codec lets through": (
        "utf-7",
        b"ab+2AA-",
        "half a surrogate pair, U+D800 at character 2",
    ),
}


@pytest.mark.parametrize(("encoding", "data", "found"), BAD.values(), ids=BAD.keys())
def test_bad_bytes_are_named_with_their_place(tmp_path: Path, encoding: str, data: bytes, found: str) -> None:
    refused = only(tmp_path, "a.txt", data, encoding)
    assert (refused.code, refused.found) == (RejectCode.NOT_IN_ENCODING, found)
    assert refused.reason == f"not {check_encoding(encoding)}"


def test_a_bad_byte_refuses_its_own_line_and_row(tmp_path: Path) -> None:
    wide = "utf-16-be"
    bad = b"\xdc\x00"
    (tmp_path / "a.jsonl").write_bytes(
        '{"text": "a"}\n{"text": "b'.encode(wide) + bad + '"}\n{"text": "c"}\n'.encode(wide)
    )
    (tmp_path / "b.csv").write_bytes("text\na\nxb".encode(wide) + bad + "\nc\n".encode(wide))
    first, refused, third, row, row_refused, last = read_articles([tmp_path], encoding=wide)
    assert [entry.text for entry in (first, third, row, last) if isinstance(entry, Article)] == [*"acac"]
    assert isinstance(refused, Reject)
    assert isinstance(row_refused, Reject)
    assert (refused.line, refused.found) == (2, "byte 0xdc at character 11")
    assert (row_refused.line, row_refused.found) == (3, "byte 0xdc at character 2 of column 'text'")


def test_bad_bytes_at_the_edge_of_every_chunk(tmp_path: Path) -> None:
    """However the input is cut into portions, every bad byte is in its own row."""
    rows = [b"text"]
    for width in range(200):
        rows += [b"x" * (width * 41), b"y" * width + b"\xff"]
    (tmp_path / "a.csv").write_bytes(b"\n".join(rows))
    found = list(read_articles([tmp_path], encoding="iso-8859-6"))
    refused = [entry.found for entry in found if isinstance(entry, Reject)]
    assert refused == [f"byte 0xff at character {width} of column 'text'" for width in range(200)]


def test_files_of_mixed_encodings_go_each_its_way(tmp_path: Path) -> None:
    """UTF-8 asked: the one in UTF-8 is read, the others are rejects that say how to read them."""
    for name, encoding in {"a": "utf-8", "b": "utf-16", "c": "windows-1256", "d": "utf-8-sig"}.items():
        (tmp_path / f"{name}.txt").write_bytes(ARABIC.encode(encoding, "replace"))
    found = list(read_articles([tmp_path]))
    assert [isinstance(entry, Article) for entry in found] == [True, False, False, True]


def test_a_slow_pipe_gives_its_articles_as_they_come() -> None:
    class Slow(io.RawIOBase):
        taken = 0

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            self.taken += 1
            data = f'{{"text": "{self.taken}"}}\n'.encode("utf-16-le")
            buffer[: len(data)] = data
            return len(data)

    slow = Slow()
    stream = read_articles(["-"], stdin=io.BufferedReader(slow, 64), encoding="utf-16-le")
    assert [next(stream), next(stream)]
    assert slow.taken <= 6


# --- names ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("windows-1265", "windows-1256"),
        ("utf-61", "utf-16"),
        ("", "windows-1256"),
        ("hex", "utf-8"),
        ("rot13", "a name like"),
        ("idna", "utf-8"),
        ("undefined", "utf-8"),
        ("a\0b", "a name like"),
        ("\udcff", "a name like"),
    ],
)
def test_a_name_of_no_text_encoding_is_a_wrong_call(name: str, expected: str) -> None:
    with pytest.raises(ArticleError) as caught:
        read_articles(["-"], encoding=name)
    assert caught.value.exit_code == 2
    assert caught.value.expected is not None
    if name in {"windows-1265", "utf-61", ""}:
        assert expected in caught.value.expected
    str(caught.value).encode("utf-8")


def test_names_of_one_encoding_are_one() -> None:
    assert {check_encoding(name) for name in ("utf-8", "UTF8", "U8", "utf-8-sig", "utf_8")} == {"utf-8"}
    assert check_encoding("windows-1256") == check_encoding("CP1256") == "cp1256"


@pytest.mark.parametrize(
    "name", sorted({*encodings.aliases.aliases.values(), "utf_8_sig", "idna", "punycode"})
)
def test_every_codec_of_python_reads_any_bytes_or_is_refused(name: str) -> None:
    """No codec raises anything else, whatever it is fed."""
    try:
        check_encoding(name)
    except ArticleError:
        return
    for data in (bytes(range(256)), bytes(range(255, -1, -1)), b"+2AA-~{\x1b$B\xff\n\\u\\N{x}\x0e\x81"):
        for form in ("jsonl", "text"):
            found = list(read_articles(["-"], stdin=io.BytesIO(data), stdin_format=form, encoding=name))
            assert found
            assert all(entry.model_dump_json() for entry in found)


# --- limit ---------------------------------------------------------------------------------------------


def test_a_limit_counts_articles_and_rejects_in_order_of_reading(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b'{"text": "a"}\n\nbroken\n{"text": "b"}\n')
    (tmp_path / "b.txt").write_text(GOOD, encoding="utf-8")
    everything = list(read_articles([tmp_path]))
    assert len(everything) == 4
    for limit in (1, 2, 3, 4, 9):
        assert list(read_articles([tmp_path], limit=limit)) == everything[:limit]


def test_what_is_behind_a_limit_is_not_read_and_its_file_is_closed() -> None:
    class Endless(io.RawIOBase):
        taken = 0

        def readline(self, size: int | None = -1, /) -> bytes:  # type: ignore[override]
            self.taken += 1
            return b'{"text": "a"}\n'

    endless = Endless()
    assert len(list(read_articles(["-"], stdin=endless, limit=3))) == 3  # type: ignore[arg-type]
    assert endless.taken <= 4


def test_a_limited_reader_gives_the_same_again(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b'{"text": "a"}\n' * 5)
    reader = ArticleReader([tmp_path], limit=2)
    assert list(reader) == list(reader)


def test_a_limit_of_zero_is_a_wrong_call() -> None:
    with pytest.raises(ArticleError, match="limit is too small; found 0; expected at least 1"):
        read_articles(["-"], limit=0)
