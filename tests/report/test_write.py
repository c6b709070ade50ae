"""From an output folder to pages: texts that fit, sizes, further pages, and what goes wrong."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest

from ie_model.batch import BatchOptions, OutputFormat, predict_batch
from ie_model.errors import ArticleError, OutputError
from ie_model.report.evidence import write as writing
from ie_model.report.evidence import write_evidence
from tests.batch.fakes import FakeExtractor
from tests.report.making import Made, parsed, progress, write_output

TEXTS = [
    f"بانک ملی {n + 10} نفر را پذیرفت. بانک ملت ۵۰۰ تومان داد.".translate(
        str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
    )
    for n in range(5)
]


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    path = tmp_path / "in.jsonl"
    lines = [json.dumps({"id": f"n{n}", "text": text, "date": "1402-11-20"}) for n, text in enumerate(TEXTS)]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def shown(folder: Path, name: str = "evidence.html") -> list[str]:
    """The texts of a page's articles, in order."""
    page = parsed((folder / name).read_text(encoding="utf-8"))
    return [
        node.text
        for node in page.all("div", role="region")
        if "dir" not in node.attributes and node.attributes.get("class") == "t"
    ]


@pytest.mark.parametrize("form", [*OutputFormat])
def test_it_is_made_of_every_format(form: OutputFormat, articles: Path, tmp_path: Path) -> None:
    if form is OutputFormat.PARQUET:
        pytest.importorskip("pyarrow")
    if form is OutputFormat.JSONL_ZST:
        pytest.importorskip("zstandard")
    out = tmp_path / "out"
    predict_batch([articles], FakeExtractor(), out, options=BatchOptions(form=form))
    evidence = write_evidence(out)
    assert (evidence.articles, evidence.records, evidence.missing_count) == (5, 10, 0)
    assert evidence.pages == (out / "evidence.html",)
    assert shown(out) == TEXTS


def test_equal_input_gives_equal_bytes(articles: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        predict_batch([articles], FakeExtractor(), tmp_path / name)
        write_evidence(tmp_path / name)
    assert (tmp_path / "one/evidence.html").read_bytes() == (tmp_path / "two/evidence.html").read_bytes()


def test_parts_of_a_cluster_are_read_in_any_order(articles: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    predict_batch([articles], FakeExtractor(), out)
    lines = (out / "extractions.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    (out / "extractions.jsonl").unlink()
    (out / "extractions").mkdir()
    for number, part in enumerate((lines[3:], lines[:3])):
        (out / f"extractions/part-{number:05}-000000.jsonl").write_text("".join(part), encoding="utf-8")
    assert write_evidence(out).missing_count == 0
    assert shown(out) == TEXTS[3:] + TEXTS[:3]


def test_a_share_of_the_input_is_found_in_it(articles: Path, tmp_path: Path) -> None:
    from ie_model.batch import Shard

    predict_batch([articles], FakeExtractor(), tmp_path / "out", options=BatchOptions(shard=Shard(2, 2)))
    write_evidence(tmp_path / "out")
    assert shown(tmp_path / "out") == [TEXTS[1], TEXTS[3]]


def test_articles_that_moved_are_named_again(articles: Path, tmp_path: Path) -> None:
    predict_batch([articles], FakeExtractor(), tmp_path / "out")
    moved = articles.rename(tmp_path / "moved.jsonl")
    with pytest.raises(ArticleError, match=r"in\.jsonl.*ie-model report"):
        write_evidence(tmp_path / "out")
    assert write_evidence(tmp_path / "out", [moved]).missing_count == 0


def test_standard_input_is_gone_unless_it_is_given_again(articles: Path, tmp_path: Path) -> None:
    data = articles.read_bytes()
    predict_batch(["-"], FakeExtractor(), tmp_path / "out", stdin=io.BytesIO(data))
    with pytest.raises(ArticleError, match="standard input"):
        write_evidence(tmp_path / "out")
    write_evidence(tmp_path / "out", ["-"], stdin=io.BytesIO(data))
    assert shown(tmp_path / "out") == TEXTS


def test_a_text_that_changed_is_not_shown(articles: Path, tmp_path: Path) -> None:
    predict_batch([articles], FakeExtractor(), tmp_path / "out")
    changed = articles.read_text(encoding="utf-8").splitlines()
    changed[2] = json.dumps({"id": "n2", "text": TEXTS[2] + " "})
    articles.write_text("\n".join(changed), encoding="utf-8")
    evidence = write_evidence(tmp_path / "out")
    assert (evidence.missing_count, evidence.missing) == (1, ("n2",))
    assert shown(tmp_path / "out") == [*TEXTS[:2], *TEXTS[3:]]
    page = parsed((tmp_path / "out/evidence.html").read_text(encoding="utf-8"))
    lost = page.one("section", id="a3")
    assert "پیدا نشد" in lost.one("div", class_="t lost").text
    assert len(lost.one("ol").children) == 2


def test_other_articles_altogether_are_a_wrong_call(articles: Path, tmp_path: Path) -> None:
    predict_batch([articles], FakeExtractor(), tmp_path / "out")
    other = tmp_path / "other.txt"
    other.write_text("خبری دیگر", encoding="utf-8")
    with pytest.raises(ArticleError, match="not those that were predicted"):
        write_evidence(tmp_path / "out", [other])
    assert not list((tmp_path / "out").glob("*evidence*"))


def test_an_output_of_nothing_is_a_page_all_the_same(tmp_path: Path) -> None:
    evidence = write_evidence(write_output(tmp_path / "out", []))
    assert evidence.articles == 0
    assert "۰ رکورد از ۰ خبر" in (tmp_path / "out/evidence.html").read_text(encoding="utf-8")


def test_no_output_is_a_wrong_call(tmp_path: Path) -> None:
    with pytest.raises(ArticleError, match=r"no output of predict.*ie-model predict"):
        write_evidence(tmp_path)


def test_parts_of_extractions_are_not_enough(articles: Path, tmp_path: Path) -> None:
    predict_batch([articles], FakeExtractor(), tmp_path / "out", options=BatchOptions(fields=("records",)))
    with pytest.raises(ArticleError, match=r"extractions\.jsonl, line 1.*--fields"):
        write_evidence(tmp_path / "out")


def test_a_damaged_line_is_named(articles: Path, tmp_path: Path) -> None:
    predict_batch([articles], FakeExtractor(), tmp_path / "out")
    with (tmp_path / "out/extractions.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"id": "cut')
    with pytest.raises(ArticleError, match="line 6"):
        write_evidence(tmp_path / "out")


def test_a_page_that_cannot_be_written_leaves_nothing(articles: Path, tmp_path: Path) -> None:
    predict_batch([articles], FakeExtractor(), tmp_path / "out")
    (tmp_path / "out/evidence.html").mkdir()
    before = sorted(path.name for path in (tmp_path / "out").iterdir())
    with pytest.raises(OutputError, match="cannot be written"):
        write_evidence(tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == before


# --- many articles -------------------------------------------------------------------------------------


def test_more_articles_go_to_further_pages(articles: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    predict_batch([articles], FakeExtractor(), out)
    evidence = write_evidence(out, page_articles=2)
    assert [path.name for path in evidence.pages] == ["evidence.html", "evidence-2.html", "evidence-3.html"]
    assert [shown(out, path.name) for path in evidence.pages] == [TEXTS[:2], TEXTS[2:4], TEXTS[4:]]
    links = [
        [
            link.attributes["href"]
            for link in parsed(path.read_text(encoding="utf-8")).one("nav", class_="parts").all("a")
        ]
        for path in evidence.pages
    ]
    names = [path.name for path in evidence.pages]
    assert links == [names, names, [names[0], names[1], names[2]]]
    totals = [
        bool(parsed(path.read_text(encoding="utf-8")).all("section", id="totals")) for path in evidence.pages
    ]
    assert totals == [True, False, False]


def test_fewer_pages_than_before_leave_none_behind(articles: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    predict_batch([articles], FakeExtractor(), out)
    write_evidence(out, page_articles=1)
    write_evidence(out, page_articles=3)
    assert sorted(path.name for path in out.glob("evidence*")) == ["evidence-2.html", "evidence.html"]


def test_a_new_run_takes_the_pages_of_the_last_away(articles: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    predict_batch([articles], FakeExtractor(), out)
    write_evidence(out, page_articles=1)
    (out / "evidence-of-mine.html").touch()
    predict_batch([articles], FakeExtractor(), out)
    assert [path.name for path in out.glob("evidence*")] == ["evidence-of-mine.html"]


def test_pages_are_cut_by_size_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "PAGE_BYTES", 20_000)
    made = [progress(id=str(n)) for n in range(12)]
    out = write_output(tmp_path / "out", made)
    evidence = write_evidence(out)
    assert len(evidence.pages) > 1
    sizes = [path.stat().st_size for path in evidence.pages]
    shell = write_evidence(write_output(tmp_path / "no/out", [])).pages[0].stat().st_size
    assert max(sizes) < 20_000 + shell + 6000, sizes
    assert sum(len(shown(out, path.name)) for path in evidence.pages) == 12
    institutions = (
        parsed(evidence.pages[1].read_text(encoding="utf-8")).one("select", id="f-institution").all("option")
    )
    here = len(shown(out, evidence.pages[1].name))
    # What did not fit on the page before is counted here only.
    assert [re.sub(r"\D", "", option.text) for option in institutions][1:] == [
        "۰۱۲۳۴۵۶۷۸۹"[here]
    ] * 2 or here > 9


def test_an_article_that_is_longer_than_a_page_has_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "PAGE_BYTES", 5_000)
    long = Made("long", "سطر " * 5000)
    out = write_output(tmp_path / "out", [progress(id="a"), long, progress(id="b")])
    assert [len(shown(out, path.name)) for path in write_evidence(out).pages] == [1, 1, 1]


def test_two_hundred_dense_articles_of_any_names_stay_under_two_megabytes(tmp_path: Path) -> None:
    made = []
    for number in range(200):
        one = progress(id=f"a{number}", shown=f"بانک شماره {number} " + "دراز " * 20, value=10_000 + number)
        one.text += "\n" + "این جمله چیزی نمی‌گوید و تنها جا می‌گیرد. " * 45
        made.append(one)
    evidence = write_evidence(write_output(tmp_path / "out", made))
    sizes = [path.stat().st_size for path in evidence.pages]
    assert max(sizes) < 2_000_000
    assert len(sizes) == 1, sizes
    assert sizes[0] > 1_000_000
