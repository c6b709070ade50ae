"""``ie-model report`` and ``ie-model predict --report``."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from tests.cli.calling import CommandLine
from tests.report.making import Made, progress, write_output

TEXT = "بانک ملی ۵۰ میلیارد تومان پرداخت کرد و ۱۰۶ درصد تعهد خود را انجام داد."


@pytest.fixture
def article(tmp_path: Path) -> Path:
    path = tmp_path / "in" / "a.txt"
    path.parent.mkdir()
    path.write_text(TEXT, encoding="utf-8")
    return path


def page(folder: Path) -> str:
    return (folder / "evidence.html").read_text(encoding="utf-8")


def test_predict_writes_the_page_and_says_where(ie_model: CommandLine, article: Path, tmp_path: Path) -> None:
    result = ie_model("predict", "in", "--model", "rules", "--output", "out", "--report")
    assert result.status == 0, result.err
    assert "articles → out/evidence.html" in result.out
    assert "۵۰ میلیارد تومان</mark>" in page(tmp_path / "out")


def test_predict_shows_standard_input_too(
    ie_model: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = io.BytesIO(json.dumps({"id": "s", "text": TEXT}).encode())
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(data))
    result = ie_model("predict", "-", "--model", "rules", "--output", "out", "--report", "--quiet")
    assert (result.status, result.out, result.err) == (0, "", "")
    assert "۵۰ میلیارد تومان</mark>" in page(tmp_path / "out")


def test_fields_and_a_page_are_not_for_one_call(ie_model: CommandLine, article: Path, tmp_path: Path) -> None:
    result = ie_model("predict", "in", "-m", "rules", "-o", "out", "--report", "--fields", "records")
    assert result.status == 2
    assert "--fields records" in result.err
    assert not (tmp_path / "out").exists()


def test_report_finds_the_articles_where_they_lay(
    ie_model: CommandLine, article: Path, tmp_path: Path
) -> None:
    ie_model("predict", "in", "--model", "rules", "--output", "out", "--quiet")
    result = ie_model("report", "out")
    assert (result.status, result.err) == (0, "")
    assert result.out.endswith("of 1 articles → out/evidence.html\n")
    shown = json.loads(ie_model("report", "out", "--language", "en", "--quiet", "--json").out)
    assert shown == {"pages": ["out/evidence.html"], "articles": 1, "records": 2, "without_text": 0}
    assert "<html lang=en dir=ltr>" in page(tmp_path / "out")


def test_report_takes_articles_that_moved(ie_model: CommandLine, article: Path) -> None:
    ie_model("predict", "in", "--model", "rules", "--output", "out", "--quiet")
    article.parent.rename("elsewhere")
    result = ie_model("report", "out")
    assert result.status == 2
    assert "ie-model report out ARTICLES" in result.err
    assert ie_model("report", "out", "elsewhere").status == 0


def test_articles_without_their_text_are_told(ie_model: CommandLine, tmp_path: Path) -> None:
    out = write_output(tmp_path / "out", [progress(id="kept"), Made("gone", "این خبر پاک شد")])
    articles = tmp_path / "articles.jsonl"
    articles.write_text(articles.read_text(encoding="utf-8").splitlines()[0], encoding="utf-8")
    result = ie_model("report", out)
    assert result.status == 3
    assert "1 without their text" in result.err
    assert "gone" in result.err


def test_more_pages_are_told(ie_model: CommandLine, tmp_path: Path) -> None:
    out = write_output(tmp_path / "out", [progress(id=str(n)) for n in range(3)])
    assert "of 3 articles on 3 pages" in ie_model("report", out, "--page-articles", "1").out


def test_no_output_is_a_wrong_call(ie_model: CommandLine, tmp_path: Path) -> None:
    result = ie_model("report", tmp_path / "nowhere")
    assert result.status == 2
    assert "ie-model predict" in result.err
