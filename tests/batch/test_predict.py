"""A batch as a whole: whole files or none, nothing lost, the same output whatever the chunks."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ie_model.batch import BatchOptions, Outcome, Summary, predict_batch, unguard
from ie_model.batch.formats import OutputFormat
from ie_model.errors import ArticleError, IeModelError, ModelError
from ie_model.schema import Article, Extraction

from .fakes import FakeExtractor

LINES = [
    '{"id": "1", "text": "بانک ملی ۲۰ تومان داد.", "date": "1402"}',
    '{"id": "2", "text": ""}',
    "not json",
    '{"id": "4", "text": "خبری بی عدد"}',
    '{"id": "1", "text": "دوباره"}',
    '{"id": "6", "text": "=بانک سپه ۷ نفر و ۸ نفر"}',
]
BOOM = "boom"
FILES = OutputFormat.JSONL.files


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "in" / "part.jsonl"
    path.parent.mkdir()
    path.write_text("\n".join(LINES) + "\n", encoding="utf-8")
    return path


def lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_four_files(source: Path, tmp_path: Path) -> None:
    (source.parent / "note.pdf").write_bytes(b"%PDF")
    out = tmp_path / "deep" / "out"
    summary = predict_batch([source.parent], FakeExtractor(), out)
    assert sorted(path.name for path in out.iterdir()) == sorted(FILES)
    found = [Extraction.model_validate(line) for line in lines(out / "extractions.jsonl")]
    assert [(e.id, e.meta, len(e.records)) for e in found] == [
        ("1", {"date": "1402"}, 1),
        ("4", {}, 0),
        ("6", {}, 2),
    ]
    assert [(r["line"], r["code"], r["id"]) for r in lines(out / "rejects.jsonl")] == [
        (2, "empty", "2"),
        (3, "broken_json", None),
        (5, "duplicate_id", "1"),
    ]
    assert Summary.model_validate_json((out / "summary.json").read_text(encoding="utf-8")) == summary
    assert summary.model_dump(exclude={"model"}) == {
        "options": {
            "paths": [str(source.parent)],
            "max_chars": 1_000_000,
            "stdin_format": "auto",
            "encoding": "utf-8",
            "limit": None,
            "format": "jsonl",
            "fields": [],
            "shard": "1/1",
            "min_confidence": 0.0,
            "runtime": "onnxruntime",
        },
        "articles": 3,
        "rejected": 3,
        "rejected_by_code": {"broken_json": 1, "duplicate_id": 1, "empty": 1},
        "skipped": {".pdf": 1},
        "mentions": {"AMOUNT": 3, "INSTITUTION": 2},
        "records": 3,
        "warnings": 1,
    }


def test_the_table_opens_in_a_spreadsheet_and_in_the_csv_module(source: Path, tmp_path: Path) -> None:
    predict_batch([source], FakeExtractor(), tmp_path / "out")
    data = (tmp_path / "out" / "quantities.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbfarticle,record,")
    assert data.count(b"\r\n") == data.count(b"\n") == 4
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert [(row["article"], row["text"], row["value"]) for row in rows] == [
        ("1", "۲۰ تومان", "20"),
        ("6", "۷ نفر", "7"),
        ("6", "۸ نفر", "8"),
    ]
    assert rows[1]["sentence"] == "'=بانک سپه ۷ نفر و ۸ نفر"
    assert unguard(rows[1]["sentence"]) == "=بانک سپه ۷ نفر و ۸ نفر"


def test_rejects_are_always_written_even_if_empty(tmp_path: Path) -> None:
    predict_batch(["-"], FakeExtractor(), tmp_path / "out", stdin=io.BytesIO("خبر".encode()))
    assert (tmp_path / "out" / "rejects.jsonl").read_bytes() == b""


def test_the_observer_sees_every_result_in_order(source: Path, tmp_path: Path) -> None:
    seen: list[Outcome] = []
    predict_batch(
        [source], FakeExtractor(), tmp_path / "out", observer=lambda outcome, _: seen.append(outcome)
    )
    assert [(outcome.rejected, outcome.id) for outcome in seen] == [
        (False, "1"),
        (True, "2"),
        (True, None),
        (False, "4"),
        (True, "1"),
        (False, "6"),
    ]


def test_the_observer_learns_how_much_of_the_input_is_read(source: Path, tmp_path: Path) -> None:
    shares: list[float | None] = []
    options = BatchOptions(chunk_articles=1)

    def observe(_: Outcome, share: float | None) -> None:
        shares.append(share)

    predict_batch([source.parent], FakeExtractor(), tmp_path / "out", options=options, observer=observe)
    assert len(shares) == 6
    assert all(share is not None and 0 < share <= 1 for share in shares)
    shares.clear()
    predict_batch(["-"], FakeExtractor(), tmp_path / "out", stdin=io.BytesIO(b"{}"), observer=observe)
    assert shares == [None]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(articles=st.integers(1, 9), chars=st.integers(1, 80), bug=st.sampled_from(["1", "4", "6", "none"]))
def test_output_is_the_same_for_every_chunk_size(
    source: Path, tmp_path_factory: pytest.TempPathFactory, articles: int, chars: int, bug: str
) -> None:
    def fault(article: Article) -> None:
        if article.id == bug:
            raise ValueError(BOOM)

    folder = tmp_path_factory.mktemp("chunks")
    predict_batch([source], FakeExtractor(fault), folder / "one")
    options = BatchOptions(chunk_articles=articles, chunk_chars=chars)
    predict_batch([source], FakeExtractor(fault), folder / "two", options=options)
    assert contents(folder / "one") == contents(folder / "two")


def test_chunks_are_bounded_by_articles_and_by_characters(tmp_path: Path) -> None:
    data = "".join(json.dumps({"text": "ab" * 5}) + "\n" for _ in range(10)).encode()
    for options, chunks in (
        (BatchOptions(chunk_articles=4), [4, 4, 2]),
        (BatchOptions(chunk_chars=20), [2] * 5),
    ):
        extractor = FakeExtractor()
        predict_batch(["-"], extractor, tmp_path / "out", options=options, stdin=io.BytesIO(data))
        assert extractor.chunks == chunks


def wrong_count(articles: Sequence[Article], found: list[Extraction]) -> list[Extraction]:
    return found[:-1] if any(article.id == "4" for article in articles) else found


def wrong_article(articles: Sequence[Article], found: list[Extraction]) -> list[Extraction]:
    return [e.model_copy(update={"text_sha256": "0"}) if e.id == "4" else e for e in found]


def wrong_offsets(articles: Sequence[Article], found: list[Extraction]) -> list[Extraction]:
    return [
        e.model_copy(update={"mentions": tuple(m.model_copy(update={"start": 1}) for m in e.mentions)})
        if e.id == "1"
        else e
        for e in found
    ]


def dangling_record(articles: Sequence[Article], found: list[Extraction]) -> list[Extraction]:
    return [e.model_copy(update={"mentions": e.mentions[1:]}) if e.id == "1" else e for e in found]


@pytest.mark.parametrize(
    ("damage", "victim"),
    [(wrong_count, "4"), (wrong_article, "4"), (wrong_offsets, "1"), (dangling_record, "1")],
)
def test_an_extraction_that_cannot_be_right_costs_its_article_only(
    source: Path, tmp_path: Path, damage: Any, victim: str
) -> None:
    class Damaged(FakeExtractor):
        def extract_many(self, articles: Sequence[Article], /) -> list[Extraction]:
            return damage(articles, super().extract_many(articles))  # type: ignore[no-any-return]

    summary = predict_batch([source], Damaged(), tmp_path / "out")
    assert summary.rejected_by_code["internal"] == 1
    assert summary.articles == 2
    (refused,) = (r for r in lines(tmp_path / "out" / "rejects.jsonl") if r["code"] == "internal")
    assert refused["id"] == victim


def test_a_bug_on_one_article_is_named_and_the_others_go_on(source: Path, tmp_path: Path) -> None:
    def fault(article: Article) -> None:
        if article.id == "4":
            raise ZeroDivisionError(BOOM)

    summary = predict_batch([source], FakeExtractor(fault), tmp_path / "out")
    assert [line["id"] for line in lines(tmp_path / "out" / "extractions.jsonl")] == ["1", "6"]
    (refused,) = (r for r in lines(tmp_path / "out" / "rejects.jsonl") if r["code"] == "internal")
    assert (refused["file"], refused["line"], refused["id"]) == (str(source), 4, "4")
    assert refused["found"].startswith("ZeroDivisionError: boom (test_predict.py:")
    assert summary.rejected == 4


def test_an_article_error_of_the_extractor_keeps_its_words(source: Path, tmp_path: Path) -> None:
    def fault(article: Article) -> None:
        raise ArticleError("too many windows", found="9", expected="at most 8")

    predict_batch([source], FakeExtractor(fault), tmp_path / "out")
    refused = lines(tmp_path / "out" / "rejects.jsonl")[0]
    assert (refused["code"], refused["reason"], refused["found"]) == ("internal", "too many windows", "9")


FAILURES = {
    "interrupted": KeyboardInterrupt,
    "terminated": SystemExit,
    "the model cannot work": lambda: ModelError("the tagger is damaged"),
}


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES.keys())
@pytest.mark.parametrize("existing", [False, True], ids=["new folder", "output of an earlier run"])
def test_a_run_that_stops_leaves_everything_as_it_was(
    source: Path, tmp_path: Path, failure: Any, existing: bool
) -> None:
    out = tmp_path / "deep" / "out"
    if existing:
        predict_batch([source], FakeExtractor(), out)
    before = contents(out) if existing else None

    def fault(article: Article) -> None:
        if article.id == "6":
            raise failure()

    with pytest.raises((KeyboardInterrupt, SystemExit, ModelError)):
        predict_batch(["-", source], FakeExtractor(fault), out, stdin=io.BytesIO(b"first"))
    if existing:
        assert contents(out) == before
    else:
        assert sorted(path.name for path in tmp_path.iterdir()) == ["in"]


def test_an_earlier_output_is_replaced_by_a_run_that_went_through(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    predict_batch([source], FakeExtractor(), out)
    predict_batch(["-"], FakeExtractor(), out, stdin=io.BytesIO("خبر".encode()))
    assert [line["id"] for line in lines(out / "extractions.jsonl")] == ["stdin"]
    assert sorted(path.name for path in out.iterdir()) == sorted(FILES)


def test_a_disk_that_is_full_is_one_clear_error(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(IeModelError, match="cannot be written; found No space left on device") as caught:
        predict_batch([source], FakeExtractor(), tmp_path / "out")
    assert caught.value.exit_code == 2
    assert not (tmp_path / "out").exists()


def test_an_output_that_is_a_file_is_refused(source: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(IeModelError, match="the output cannot be written"):
        predict_batch([source], FakeExtractor(), tmp_path / "out")
    assert (tmp_path / "out").read_text() == "mine"


def test_a_folder_in_the_place_of_an_output_file_is_found_before_the_work(
    source: Path, tmp_path: Path
) -> None:
    (tmp_path / "out" / "summary.json").mkdir(parents=True)
    extractor = FakeExtractor()
    with pytest.raises(IeModelError, match="a folder stands in its place"):
        predict_batch([source], extractor, tmp_path / "out")
    assert extractor.chunks == []
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["summary.json"]


def test_a_wrong_call_makes_no_folder(tmp_path: Path) -> None:
    with pytest.raises(ArticleError, match="no such file or folder"):
        predict_batch([tmp_path / "nowhere"], FakeExtractor(), tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("place", [".", "out"])
def test_output_inside_the_input_is_not_read_again(source: Path, place: str) -> None:
    out = source.parent / place
    first = predict_batch([source.parent], FakeExtractor(), out)
    again = predict_batch([source.parent], FakeExtractor(), out)
    assert (first.articles, first.rejected) == (3, 3)
    assert again == first


def test_a_chunk_of_nothing_is_refused() -> None:
    with pytest.raises(IeModelError, match="chunk_articles: too small; found 0; expected at least 1"):
        BatchOptions(chunk_articles=0)
