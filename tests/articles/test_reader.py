"""What is read from each kind of source: ids, meta, order, and the text exactly as it stands there."""

from __future__ import annotations

import csv
import datetime
import gzip
import io
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ie_model.articles import ArticleReader, Reject, RejectCode, check_text, read_articles
from ie_model.errors import ArticleError
from ie_model.schema import Article

#: Text that an article may hold: any character but NUL and surrogates, at least one that shows.
article_texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")).map("ب".__add__)
HARD = '\ufeffبانک\u200cها ي ك ٪\r\n«۱,۲۵۰»\r\r\n"؛،" \u2028😀\x85\x1c پایان'


def articles(*paths: Path | str, **options: Any) -> list[Article]:
    found = list(read_articles(paths, **options))
    assert not [entry for entry in found if isinstance(entry, Reject)]
    return [entry for entry in found if isinstance(entry, Article)]


@given(text=article_texts)
@example(text=HARD)
def test_text_out_is_text_in(text: str) -> None:
    """The property behind every offset, for each format that can be fed from memory."""
    plain = text.removeprefix("\ufeff")  # Of a file's first character only: it is the byte order mark.
    line = json.dumps({"id": "1", "text": text}).encode()
    assert [a.text for a in articles("-", stdin=io.BytesIO(line), stdin_format="jsonl")] == [text]
    raw = json.dumps({"id": "1", "text": text}, ensure_ascii=False).encode()
    assert [a.text for a in articles("-", stdin=io.BytesIO(raw), stdin_format="jsonl")] == [text]
    data = text.encode()
    assert [a.text for a in articles("-", stdin=io.BytesIO(data), stdin_format="text")] == [plain]


@given(texts=st.lists(article_texts, min_size=1, max_size=4))
@example(texts=[HARD, "،;\t\"'", "a\rb", "a\r\nb"])
def test_csv_text_out_is_text_in(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(["id", "text"])
        rows.writerows(enumerate(texts))
    assert [a.text for a in articles(path)] == texts


def write_text(path: Path) -> Path:
    path = path / "a.txt"
    path.write_bytes(HARD.encode())
    return path


def write_text_with_mark(path: Path) -> Path:
    path = path / "a.txt"
    path.write_bytes(b"\xef\xbb\xbf" + HARD.encode())
    return path


def write_parquet(path: Path) -> Path:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    path = path / "a.parquet"
    parquet.write_table(pyarrow.table({"id": ["1"], "text": [HARD]}), path)
    return path


@pytest.mark.parametrize(
    ("write", "text"),
    [(write_text, HARD[1:]), (write_text_with_mark, HARD), (write_parquet, HARD)],
    ids=["txt: a byte order mark is no text", "txt: only the first mark is taken", "parquet"],
)
def test_a_file_keeps_every_character(tmp_path: Path, write: Callable[[Path], Path], text: str) -> None:
    assert [a.text for a in articles(write(tmp_path))] == [text]


def test_a_text_file_is_named_by_its_stem(tmp_path: Path) -> None:
    (tmp_path / "1403.05.02.TXT").write_text("خبر", encoding="utf-8")
    assert articles(tmp_path) == [Article(id="1403.05.02", text="خبر")]


IDS = {
    "string": ('"الف-1"', "الف-1"),
    "integer": ("12", "12"),
    "integer beyond 64 bits": ("123456789012345678901234567890", "123456789012345678901234567890"),
    "fraction": ("1.5", "1.5"),
    "missing": (None, "part:1"),
    "null": ("null", "part:1"),
    "empty": ('""', "part:1"),
    "blank": ('"  "', "part:1"),
}


@pytest.mark.parametrize(("written", "expected"), IDS.values(), ids=IDS.keys())
def test_ids_of_json_lines(tmp_path: Path, written: str | None, expected: str) -> None:
    path = tmp_path / "part.jsonl"
    path.write_text('{"text": "a"' + (f', "id": {written}' if written else "") + "}\n", encoding="utf-8")
    assert [a.id for a in articles(path)] == [expected]


METAS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "none": ({}, {}),
    "other keys": ({"date": "1402-11-20", "n": [1, None]}, {"date": "1402-11-20", "n": [1, None]}),
    "meta alone is the meta": ({"meta": {"date": "1402"}}, {"date": "1402"}),
    "meta beside other keys is one of them": ({"meta": {"a": 1}, "b": 2}, {"meta": {"a": 1}, "b": 2}),
    "meta that is no object": ({"meta": "x"}, {"meta": "x"}),
    "large and small numbers": ({"n": 10**30, "f": 0.1, "t": True}, {"n": 10**30, "f": 0.1, "t": True}),
}


@pytest.mark.parametrize(("keys", "meta"), METAS.values(), ids=METAS.keys())
def test_meta_of_json_lines(tmp_path: Path, keys: dict[str, Any], meta: dict[str, Any]) -> None:
    path = tmp_path / "part.jsonl"
    path.write_text(json.dumps({"id": "1", "text": "a"} | keys), encoding="utf-8")
    (article,) = articles(path)
    assert article.meta == meta
    assert json.loads(article.model_dump_json())["meta"] == meta


def test_our_own_article_form_is_read_back(tmp_path: Path) -> None:
    article = Article(id="1", text=HARD, meta={"agency": "الف"})
    (tmp_path / "a.jsonl").write_text(article.model_dump_json(), encoding="utf-8")
    assert articles(tmp_path) == [article]


def test_json_lines_pass_over_blank_lines_and_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "part.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"text": "a"}\r\n\r\n{"text": "b"}')
    assert [a.id for a in articles(path)] == ["part:1", "part:3"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_columns_beside_id_and_text_are_meta(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "part.csv"
    rows = [["date", "text", "id"], ["1402", "«الف\n\nب»", "7"], ["", "ج", ""]]
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream, delimiter=delimiter).writerows(rows)
    assert articles(path) == [
        Article(id="7", text="«الف\n\nب»", meta={"date": "1402"}),
        Article(id="part:5", text="ج", meta={"date": ""}),
    ]


def test_a_csv_article_may_be_longer_than_the_csv_module_allows_by_itself(tmp_path: Path) -> None:
    text = "ب " * 200_000
    (tmp_path / "a.csv").write_text(f"text\n{text}\n", encoding="utf-8")
    assert [len(a.text) for a in articles(tmp_path)] == [400_000]


def test_parquet_cells_become_json_values(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    table = pyarrow.table(
        {
            "id": pyarrow.array([1, None, 3], pyarrow.int64()),
            "text": pyarrow.array(["الف", "ب", None], pyarrow.large_string()),
            "day": [datetime.date(2024, 2, 9)] * 3,
            "sum": [Decimal("12.50")] * 3,
            "tags": [["x"], [], None],
        }
    )
    parquet.write_table(table, tmp_path / "part.parquet", row_group_size=1)
    first, second, third = read_articles([tmp_path])
    day = {"day": "2024-02-09", "sum": "12.50"}
    assert first == Article(id="1", text="الف", meta={**day, "tags": ["x"]})
    assert second == Article(id="part:2", text="ب", meta={**day, "tags": []})
    assert isinstance(third, Reject)
    assert (third.line, third.code) == (3, RejectCode.TEXT_NOT_STRING)


def test_parquet_that_cannot_be_used(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    (tmp_path / "a.parquet").write_bytes(b"PAR1 no table PAR1")
    parquet.write_table(pyarrow.table({"id": [1]}), tmp_path / "b.parquet")
    parquet.write_table(pyarrow.table({"text": ["a"], "raw": [b"\xff"]}), tmp_path / "c.parquet")
    (tmp_path / "d.txt").write_text("خبر", encoding="utf-8")
    *refused, good = read_articles([tmp_path])
    assert [entry.code for entry in refused if isinstance(entry, Reject)] == [
        RejectCode.BROKEN_PARQUET,
        RejectCode.NO_TEXT,
        RejectCode.BAD_META,
    ]
    assert isinstance(good, Article)


STDIN = {
    "auto: a brace begins JSON Lines": ("auto", b'\xef\xbb\xbf\n {"id": "1", "text": "a"}', [("1", "a")]),
    "auto: anything else is text": ("auto", b"\n a {b}\n", [("stdin", "\n a {b}\n")]),
    "jsonl": ("jsonl", b'{"text": "a"}\n{"text": "b"}', [("stdin:1", "a"), ("stdin:2", "b")]),
    "text: braces are text": ("text", b'{"text": "a"}\n', [("stdin", '{"text": "a"}\n')]),
}


@pytest.mark.parametrize(("form", "data", "expected"), STDIN.values(), ids=STDIN.keys())
def test_standard_input(form: str, data: bytes, expected: list[tuple[str, str]]) -> None:
    assert [(a.id, a.text) for a in articles("-", stdin=io.BytesIO(data), stdin_format=form)] == expected


def test_a_huge_line_of_standard_input_is_too_long_as_text() -> None:
    (refused,) = read_articles(["-"], max_chars=5, stdin=io.BytesIO(b"a" * 2_000_000))
    assert isinstance(refused, Reject)
    assert refused.code is RejectCode.TOO_LONG


def test_paths_come_in_the_order_given_and_folders_sorted(tmp_path: Path) -> None:
    for name in ("b/2.txt", "b/10.txt", "b/sub/1.txt", "b/sub.txt", "a.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name, encoding="utf-8")
    found = articles(tmp_path / "b", tmp_path / "a.txt")
    assert [a.text for a in found] == ["b/10.txt", "b/2.txt", "b/sub/1.txt", "b/sub.txt", "a.txt"]


def test_other_files_of_a_folder_are_counted_and_the_excluded_are_not(tmp_path: Path) -> None:
    names = (
        "a.txt",
        "b.pdf",
        "c.PDF",
        "README",
        ".hidden.txt",
        "out/x.jsonl",
        "y.csv",
        "d.tar.gz",
        "e.xml.gz",
    )
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("خبر", encoding="utf-8")
    reader = ArticleReader([tmp_path], exclude=[tmp_path / "out", tmp_path / "y.csv"])
    assert len(list(reader)) == 1
    assert reader.skipped == {".pdf": 2, ".gz": 2, "no extension": 1, "hidden": 1}


def test_reading_is_lazy() -> None:
    """A million lines cost what one costs: the stream is not read ahead of its reader."""

    class Endless(io.RawIOBase):
        taken = 0

        def readline(self, size: int | None = -1, /) -> bytes:  # type: ignore[override]
            self.taken += 1
            return b'{"text": "a", "n": %d}\n' % self.taken

    endless = Endless()
    stream = read_articles(["-"], stdin=endless, stdin_format="jsonl")  # type: ignore[arg-type]
    for _ in range(3):
        next(stream)
    assert endless.taken <= 4


@given(data=st.binary(max_size=300), form=st.sampled_from(["auto", "text", "jsonl"]))
def test_no_bytes_of_standard_input_raise(data: bytes, form: Any) -> None:
    assert list(read_articles(["-"], stdin=io.BytesIO(data), stdin_format=form))


@given(data=st.binary(max_size=200) | st.text('",;\n\r\tab', max_size=60).map(str.encode))
def test_no_bytes_of_a_table_raise(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "a.csv"
    path.write_bytes(data)
    assert list(read_articles([path]))
    path.write_bytes(b"id,text\n" + data)
    assert list(read_articles([path]))


def test_check_text_gives_back_the_text_or_says_why_not() -> None:
    assert check_text(HARD) is HARD
    with pytest.raises(ArticleError, match="found 3 characters; expected at most 2"):
        check_text("abc", max_chars=2)


def test_bytes_read_grow_to_the_bytes_there_are(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"x" * 100)
    (tmp_path / "b.jsonl").write_bytes(b'{"text": "y"}\n' * 20_000)
    (tmp_path / "c.jsonl.gz").write_bytes(gzip.compress(b'{"text": "z"}\n' * 20_000))
    (tmp_path / "note.pdf").write_bytes(b"x" * 100)
    reader = ArticleReader([tmp_path])
    total = sum((tmp_path / name).stat().st_size for name in ("a.txt", "b.jsonl", "c.jsonl.gz"))
    assert reader.total_bytes() == total
    for _ in range(2):  # a stream that is begun anew counts anew
        seen = [reader.bytes_read for _ in reader]
        assert seen == sorted(seen)
        assert (seen[0], reader.bytes_read) == (100, total)
    assert ArticleReader([tmp_path], limit=3).total_bytes() is None
    assert ArticleReader(["-"], stdin=io.BytesIO()).total_bytes() is None
