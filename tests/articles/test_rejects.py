"""Every reason for which input is refused, as a named case; what stands beside it still goes through."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import pytest

from ie_model.articles import Reject, RejectCode, read_articles
from ie_model.errors import ArticleError, MissingExtraError
from ie_model.schema import Article

GOOD = "بانک ملی ۲۰ میلیارد تومان پرداخت کرد."
GOOD_LINE = json.dumps({"id": "good", "text": GOOD}, ensure_ascii=False).encode()
MAX_CHARS = 60


def read(*paths: Path | str, **options: object) -> list[Article | Reject]:
    return list(read_articles(paths, max_chars=MAX_CHARS, **options))  # type: ignore[arg-type]


def rejects_of(found: list[Article | Reject]) -> list[Reject]:
    return [entry for entry in found if isinstance(entry, Reject)]


JSON_LINES = {
    "not UTF-8": (b'{"text": "\xc7\xe1"}', RejectCode.NOT_UTF8, None),
    "empty text": (b'{"id": "x", "text": ""}', RejectCode.EMPTY, "x"),
    "white space only": (b'{"id": "x", "text": " \\n\\t\\u00a0"}', RejectCode.EMPTY, "x"),
    "invisible characters only": (b'{"id": "x", "text": "\\u200c\\u200f\\ufeff"}', RejectCode.EMPTY, "x"),
    "no text": (b'{"id": "x", "body": "y"}', RejectCode.NO_TEXT, "x"),
    "text is null": (b'{"id": "x", "text": null}', RejectCode.TEXT_NOT_STRING, "x"),
    "text is a number": (b'{"id": "x", "text": 5}', RejectCode.TEXT_NOT_STRING, "x"),
    "text is a list": (b'{"id": "x", "text": ["y"]}', RejectCode.TEXT_NOT_STRING, "x"),
    "text is NaN": (b'{"id": "x", "text": NaN}', RejectCode.TEXT_NOT_STRING, "x"),
    "too long": (b'{"id": "x", "text": "' + b"y" * (MAX_CHARS + 1) + b'"}', RejectCode.TOO_LONG, "x"),
    "NUL": (b'{"id": "x", "text": "a\\u0000b"}', RejectCode.NUL, "x"),
    "lone surrogate in the text": (b'{"id": "x", "text": "a\\ud83d b"}', RejectCode.LONE_SURROGATE, "x"),
    "lone surrogate in meta": (b'{"text": "a", "by": "\\udc00"}', RejectCode.LONE_SURROGATE, "part:2"),
    "lone surrogate in a key": (b'{"text": "a", "\\udc00": 1}', RejectCode.LONE_SURROGATE, "part:2"),
    "duplicate id": (b'{"id": "good", "text": "a"}', RejectCode.DUPLICATE_ID, "good"),
    "broken JSON": (b'{"id": "x", "text": "a"', RejectCode.BROKEN_JSON, None),
    "key twice": (b'{"id": "x", "text": "a", "text": "b"}', RejectCode.BROKEN_JSON, None),
    "nested beyond reading": (b'{"text": "a", "m": ' + b"[" * 100_000, RejectCode.BROKEN_JSON, None),
    "integer beyond reading": (b'{"text": "a", "n": ' + b"9" * 5_000 + b"}", RejectCode.BROKEN_JSON, None),
    "JSON but no object": (b'["id", "text"]', RejectCode.NOT_AN_OBJECT, None),
    "id is an object": (b'{"id": {"n": 1}, "text": "a"}', RejectCode.BAD_ID, None),
    "id is a list": (b'{"id": [1], "text": "a"}', RejectCode.BAD_ID, None),
    "id is true": (b'{"id": true, "text": "a"}', RejectCode.BAD_ID, None),
    "id is Infinity": (b'{"id": Infinity, "text": "a"}', RejectCode.BAD_ID, None),
    "id holds NUL": (b'{"id": "a\\u0000", "text": "a"}', RejectCode.BAD_ID, None),
    "id holds a lone surrogate": (b'{"id": "\\ud800", "text": "a"}', RejectCode.BAD_ID, None),
    "NaN in meta": (b'{"text": "a", "m": {"n": [NaN]}}', RejectCode.BAD_META, "part:2"),
    "Infinity in meta": (b'{"text": "a", "n": -Infinity}', RejectCode.BAD_META, "part:2"),
    "number beyond all floats in meta": (b'{"text": "a", "n": 1e999}', RejectCode.BAD_META, "part:2"),
    "meta too deep": (b'{"text": "a", "m": ' + b"[" * 99 + b"]" * 99 + b"}", RejectCode.BAD_META, "part:2"),
    "huge line": (b'{"text": "' + b"y" * 1_100_000 + b'"}', RejectCode.LINE_TOO_LONG, None),
}


@pytest.mark.parametrize(("line", "code", "article_id"), JSON_LINES.values(), ids=JSON_LINES.keys())
def test_a_bad_json_line_is_refused_and_the_next_is_read(
    tmp_path: Path, line: bytes, code: RejectCode, article_id: str | None
) -> None:
    path = tmp_path / "part.jsonl"
    path.write_bytes(GOOD_LINE + b"\n" + line + b"\n" + b'{"id": "after", "text": "z"}\n')
    first, refused, last = read(path)
    assert isinstance(first, Article)
    assert isinstance(last, Article)
    assert (first.text, last.id) == (GOOD, "after")
    assert isinstance(refused, Reject)
    assert (refused.file, refused.line, refused.code, refused.id) == (str(path), 2, code, article_id)
    assert refused.reason
    json.loads(refused.model_dump_json())  # Storable as a line of UTF-8, whatever was found.


TEXT_FILES = {
    "not UTF-8": (b"\xc8\xc7\xe4\xdf", RejectCode.NOT_UTF8, "byte 0xc8 at byte 0"),
    "UTF-16": ("بانک".encode("utf-16"), RejectCode.NOT_UTF8, "the byte order mark of UTF-16"),
    "no byte": (b"", RejectCode.EMPTY, "0 invisible characters"),
    "byte order mark only": (b"\xef\xbb\xbf", RejectCode.EMPTY, "0 invisible characters"),
    "white space only": (b" \r\n\t", RejectCode.EMPTY, "4 invisible characters"),
    "NUL": (b"ab\0c", RejectCode.NUL, "U+0000 at character 2"),
    "one character too many": (b"a" * (MAX_CHARS + 1), RejectCode.TOO_LONG, f"{MAX_CHARS + 1} characters"),
    "far too long": (b"a" * 100_000, RejectCode.TOO_LONG, f"over {4 * MAX_CHARS + 3} bytes"),
}


@pytest.mark.parametrize(("data", "code", "found"), TEXT_FILES.values(), ids=TEXT_FILES.keys())
def test_a_bad_text_file_is_refused_and_the_next_is_read(
    tmp_path: Path, data: bytes, code: RejectCode, found: str
) -> None:
    (tmp_path / "a.txt").write_bytes(data)
    (tmp_path / "b.txt").write_text(GOOD, encoding="utf-8")
    refused, good = read(tmp_path)
    assert isinstance(refused, Reject)
    assert (refused.file, refused.line, refused.code, refused.found) == (
        str(tmp_path / "a.txt"),
        None,
        code,
        found,
    )
    assert isinstance(good, Article)
    assert good.text == GOOD


CSV_ROWS = {
    "too many cells": (b"x,a,b", RejectCode.BROKEN_CSV),
    "too few cells": (b"x", RejectCode.BROKEN_CSV),
    "text after a closed quote": (b'x,"a"b', RejectCode.BROKEN_CSV),
    "not UTF-8": (b"x,\xc7\xe1", RejectCode.NOT_UTF8),
    "empty": (b'x,""', RejectCode.EMPTY),
    "NUL": (b"x,a\0b", RejectCode.NUL),
    "too long": (b"x," + b"a" * (MAX_CHARS + 1), RejectCode.TOO_LONG),
    "one huge line": (b"x," + b"a" * 2_500_000, RejectCode.LINE_TOO_LONG),
    "huge over many quoted lines": (b'x,"' + b"a,a\n" * 500_000 + b'"', RejectCode.LINE_TOO_LONG),
    "duplicate id": (b"good,a", RejectCode.DUPLICATE_ID),
}


@pytest.mark.parametrize(("row", "code"), CSV_ROWS.values(), ids=CSV_ROWS.keys())
def test_a_bad_csv_row_is_refused_and_the_next_is_read(tmp_path: Path, row: bytes, code: RejectCode) -> None:
    path = tmp_path / "part.csv"
    path.write_bytes(b'id,text\ngood,"two\nlines"\n' + row + b"\nafter,z\n")
    first, refused, last = read(path)
    assert isinstance(first, Article)
    assert first.text == "two\nlines"
    assert isinstance(refused, Reject)
    assert (refused.line, refused.code) == (4, code)
    assert isinstance(last, Article)
    assert last.id == "after"


def test_an_open_quote_at_the_end_of_a_csv_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "part.csv"
    path.write_bytes(b'id,text\ngood,a\nx,"never closed\nb,c\n')
    good, refused = read(path)
    assert isinstance(good, Article)
    assert isinstance(refused, Reject)
    assert (refused.line, refused.code) == (3, RejectCode.BROKEN_CSV)


HEADERS = {
    "no text column": (b"id,body\n1,a\n", RejectCode.NO_TEXT),
    "column twice": (b"id,text,text\n1,a,b\n", RejectCode.BROKEN_CSV),
    "UTF-16": ("id,text\n1,a\n".encode("utf-16"), RejectCode.NOT_UTF8),
    "huge": (b"a" * 2_500_000, RejectCode.LINE_TOO_LONG),
}


@pytest.mark.parametrize(("data", "code"), HEADERS.values(), ids=HEADERS.keys())
def test_a_bad_csv_header_refuses_the_file_once(tmp_path: Path, data: bytes, code: RejectCode) -> None:
    path = tmp_path / "part.csv"
    path.write_bytes(data)
    (refused,) = rejects_of(read(path))
    assert (refused.code, refused.file) == (code, str(path))


def test_utf16_json_lines_are_refused_once_not_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "part.jsonl"
    path.write_bytes('{"text": "a"}\n{"text": "b"}\n'.encode("utf-16"))
    (refused,) = rejects_of(read(path))
    assert refused.code is RejectCode.NOT_UTF8


@pytest.mark.parametrize(
    ("name", "data"),
    [("empty.jsonl", b""), ("blank.jsonl", b"\n \n"), ("empty.csv", b""), ("header.csv", b"id,text\n")],
)
def test_a_file_without_articles_is_refused(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    (refused,) = rejects_of(read(tmp_path / name))
    assert refused.code is RejectCode.NO_ARTICLES


def test_a_folder_without_articles_is_refused(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "note.md").write_text("nothing to read")
    (refused,) = rejects_of(read(tmp_path))
    assert (refused.code, refused.file) == (RejectCode.NO_ARTICLES, str(tmp_path))


def test_a_named_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(b"%PDF")
    (refused,) = rejects_of(read(path))
    assert (refused.code, refused.found) == (RejectCode.UNSUPPORTED, ".pdf")


def test_an_unreadable_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(GOOD, encoding="utf-8")
    opened = Path.open

    def deny(path: Path, *args: object, **options: object) -> object:
        if path.name == "a.txt":
            raise PermissionError(13, "Permission denied")
        return opened(path, *args, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", deny)
    refused, good = read(tmp_path)
    assert isinstance(refused, Reject)
    assert (refused.code, refused.found) == (RejectCode.UNREADABLE, "Permission denied")
    assert isinstance(good, Article)


def test_a_file_that_vanishes_is_refused(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(GOOD, encoding="utf-8")
    stream = read_articles([tmp_path])
    next(stream)
    (tmp_path / "b.txt").unlink()
    (refused,) = stream
    assert isinstance(refused, Reject)
    assert refused.code is RejectCode.UNREADABLE


def test_symlink_loops_are_refused_and_the_rest_is_read(tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text(GOOD, encoding="utf-8")
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "up").symlink_to(tmp_path, target_is_directory=True)
    (inner / "self.txt").symlink_to(inner / "self.txt")
    (inner / "dangling.txt").symlink_to(inner / "gone.txt")
    found = read(tmp_path)
    assert [entry.id for entry in found if isinstance(entry, Article)] == ["good"]
    assert [(os.path.basename(r.file), r.code) for r in rejects_of(found)] == [  # noqa: PTH119
        ("dangling.txt", RejectCode.UNREADABLE),
        ("self.txt", RejectCode.SYMLINK_LOOP),
        ("up", RejectCode.SYMLINK_LOOP),
    ]
    (refused,) = rejects_of(read(inner / "self.txt"))
    assert refused.code is RejectCode.SYMLINK_LOOP


def test_the_second_of_two_files_with_one_name_is_refused(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "same.txt").write_text(GOOD, encoding="utf-8")
    first, second = read(tmp_path)
    assert isinstance(first, Article)
    assert isinstance(second, Reject)
    assert (second.code, second.file) == (RejectCode.DUPLICATE_ID, str(tmp_path / "b" / "same.txt"))


def test_an_id_is_taken_only_by_an_article_that_went_through(tmp_path: Path) -> None:
    path = tmp_path / "part.jsonl"
    path.write_bytes(b'{"id": "x", "text": ""}\n{"id": "x", "text": "a"}\n')
    refused, article = read(path)
    assert isinstance(refused, Reject)
    assert isinstance(article, Article)


def test_a_file_name_that_is_no_utf8_is_named_with_escapes(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/\xff.txt"
    try:
        with open(name, "wb") as stream:  # noqa: PTH123 (a name of bytes)
            stream.write(b"")
    except OSError:
        pytest.skip("this file system takes only UTF-8 names")
    (refused,) = rejects_of(read(tmp_path))
    assert refused.file.endswith("/\\udcff.txt")
    assert refused.id == "\\udcff"


WRONG_CALLS = {
    "no path": ((), {}, "no path is given"),
    "a path that does not exist": (("nowhere/at-all.txt",), {}, "no such file or folder"),
    "standard input twice": (("-", "-"), {}, "only once"),
    "max_chars of zero": (("-",), {"max_chars": 0}, "max_chars"),
}


@pytest.mark.parametrize(("paths", "options", "reason"), WRONG_CALLS.values(), ids=WRONG_CALLS.keys())
def test_a_wrong_call_raises_before_anything_is_read(
    paths: tuple[str, ...], options: dict[str, int], reason: str
) -> None:
    with pytest.raises(ArticleError, match=reason) as caught:
        read_articles(paths, **options)  # type: ignore[arg-type]
    assert caught.value.exit_code == 2


def test_parquet_without_pyarrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(b"PAR1")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"ie-model\[parquet\]"):
        read_articles([path])
    (refused,) = rejects_of(read(tmp_path))
    assert refused.code is RejectCode.MISSING_EXTRA
    assert refused.mend is not None
    assert "pip install" in refused.mend


@pytest.mark.parametrize("data", [b"", b"\n\n", b" "])
def test_empty_standard_input_is_refused(data: bytes) -> None:
    (refused,) = rejects_of(read("-", stdin=io.BytesIO(data)))
    assert (refused.file, refused.code) == ("stdin", RejectCode.EMPTY)
