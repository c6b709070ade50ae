"""``ie-model data``: the commands over small corpora, their output and exit status."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from tokenizers import Tokenizer, models, pre_tokenizers
from typer.testing import CliRunner

from ie_model.cli.data import app
from ie_model.errors import EXIT_SOME_REJECTED, CorpusError, IeModelError

TEXT = "بانک سپه ۵۰ میلیارد تومان داد."
Run = Callable[..., Result]


def gold(article_id: str, **changes: Any) -> str:
    tree = {
        "id": article_id,
        "text": f"{TEXT} شماره {article_id}",
        "mentions": [
            {"id": "i", "label": "INSTITUTION", "start": 0, "end": 8, "text": "بانک سپه"},
            {"id": "q", "label": "AMOUNT", "start": 9, "end": 25, "text": "۵۰ میلیارد تومان",
             "quantity": {"value": 50_000_000_000, "unit": "تومان"}},
        ],
        "records": [["q", "i"]],
        **changes,
    }  # fmt: skip
    return json.dumps(tree, ensure_ascii=False)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def call(*arguments: str) -> Result:
        return CliRunner().invoke(app, list(arguments))

    return call


def write(name: str, *lines: str) -> None:
    Path(name).write_text("".join(f"{line}\n" for line in lines), "utf-8")


def test_a_program_gets_json(run: Run) -> None:
    write("gold.jsonl", gold("a"), "no JSON")
    imported = run("import", "gold.jsonl", "--output", "one", "--json")
    assert imported.exit_code == EXIT_SOME_REJECTED
    assert json.loads(imported.stdout) == {
        "articles": 1,
        "output": "one",
        "warnings": 0,
        "rejected": 1,
        "rejects_file": "one.rejects.jsonl",
    }
    exported = run("export", "one", "--output", "out.jsonl", "--json")
    assert json.loads(exported.stdout) == {"articles": 1, "output": "out.jsonl"}


def test_import_check_export_import_again(run: Run) -> None:
    write("gold.jsonl", gold("a"), gold("b"))
    assert run("import", "gold.jsonl", "--output", "one").exit_code == 0
    assert sorted(path.name for path in Path("one").iterdir()) == ["a.json", "b.json"]
    assert run("export", "one", "--output", "out.jsonl").exit_code == 0
    assert run("import", "out.jsonl", "--output", "two").exit_code == 0
    for name in ("a.json", "b.json"):
        assert Path("one", name).read_bytes() == Path("two", name).read_bytes()
    assert not list(Path().glob("*.rejects.jsonl"))


def test_export_as_conll(run: Run) -> None:
    write("gold.jsonl", gold("a"))
    result = run("export", "gold.jsonl", "--format", "conll", "--output", "out.conll")
    assert result.exit_code == 0
    assert "1 articles in out.conll" in result.output
    assert "۵۰ -X- -X- B-AMOUNT" in Path("out.conll").read_text("utf-8")


def test_export_without_text_and_join(run: Run) -> None:
    write("gold.jsonl", gold("a"), gold("b"))
    assert run("export", "gold.jsonl", "--format", "standoff", "--output", "standoff.jsonl").exit_code == 0
    assert "بانک" not in Path("standoff.jsonl").read_text("utf-8")
    joined = run("join", "standoff.jsonl", "--texts", "gold.jsonl", "--output", "joined.jsonl")
    assert joined.exit_code == 0
    assert "2 articles in joined.jsonl" in joined.output
    assert run("export", "gold.jsonl", "--output", "same.jsonl").exit_code == 0
    assert Path("joined.jsonl").read_bytes() == Path("same.jsonl").read_bytes()


def test_join_names_the_articles_that_are_not_there(run: Run) -> None:
    write("gold.jsonl", gold("a"), gold("b"))
    run("export", "gold.jsonl", "--format", "standoff", "--output", "standoff.jsonl")
    write("some.jsonl", gold("b"))
    joined = run("join", "standoff.jsonl", "--texts", "some.jsonl", "--output", "joined.jsonl")
    assert joined.exit_code == EXIT_SOME_REJECTED
    assert "1 articles in joined.jsonl" in joined.output
    (reject,) = Path("joined.jsonl.rejects.jsonl").read_text("utf-8").splitlines()
    assert json.loads(reject)["id"] == "a"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "broken JSON"),
        (gold("a"), "the article id occurs twice"),
        (gold("x", records=[]), "the quantity stands in 0 records"),
        (gold("x", text="کوتاه"), "the offsets do not give the mention's text"),
        (gold("x", mentions=[{"id": "i"}]), "needs 'text'"),
    ],
)
def test_import_names_what_it_rejects_and_takes_the_rest(run: Run, line: str, reason: str) -> None:
    write("gold.jsonl", gold("a"), line, gold("b"))
    result = run("import", "gold.jsonl", "--output", "new/corpus")
    assert result.exit_code == 3
    assert "2 articles in new/corpus" in result.output
    assert sorted(path.name for path in Path("new/corpus").iterdir()) == ["a.json", "b.json"]
    (reject,) = map(json.loads, Path("new/corpus.rejects.jsonl").read_text("utf-8").splitlines())
    assert reject["source"] == "gold.jsonl:2"
    assert reason in reject["reason"]


def test_import_without_rejects_takes_an_old_rejects_file_away(run: Run) -> None:
    write("gold.jsonl", gold("a"))
    write("corpus.rejects.jsonl", "{}")
    assert run("import", "gold.jsonl", "--output", "corpus").exit_code == 0
    assert not Path("corpus.rejects.jsonl").exists()


def test_import_shows_what_it_passed_over(run: Run) -> None:
    region = {"id": "i", "type": "labels", "value": {"start": 0, "end": 8, "labels": ["INSTITUTION"]}}
    done = {"completed_by": 1, "result": [region]}
    task = {"data": {"id": "a", "text": TEXT}, "annotations": [done, {"was_cancelled": True, "result": []}]}
    write("export.json", json.dumps([task]))
    result = run("import", "export.json", "--output", "corpus", "--annotator", "1")
    assert result.exit_code == 0
    assert "passed over 1 cancelled annotations" in result.output


@pytest.mark.parametrize(
    ("options", "status", "shown"),
    [
        ([], 0, True),
        (["--warnings", "off"], 0, False),
        (["--strict"], 1, True),
        (["--warnings", "error"], 1, True),
    ],
)
def test_warnings_follow_the_policy(run: Run, options: list[str], status: int, shown: bool) -> None:
    write("gold.jsonl", gold("a"))
    result = run("check", "gold.jsonl", *options)
    assert result.exit_code == status
    assert ("few-articles" in result.output) is shown
    assert "0 errors, 5 warnings" in result.output


def test_check_reports_errors_of_all_kinds_and_goes_on(run: Run) -> None:
    unsound = [{"id": "q", "label": "MONEY", "start": 9, "end": 26, "text": "۵۰ میلیارد تومان "}]
    twice = gold("b", records=[["q"], ["q"]])
    write("gold.jsonl", gold("a"), "{", twice, gold("c", mentions=unsound, records=[]))
    result = run("check", "gold.jsonl", "--json")
    report = json.loads(result.stdout)
    assert result.exit_code == 1
    assert report["failed"] is True
    errors = [
        (item["article_id"], item["code"]) for item in report["findings"] if item["severity"] == "error"
    ]
    assert errors == [("", "unreadable"), ("b", "quantity-in-two-records"), ("c", "label"), ("c", "edge")]
    assert report["errors"] == 4
    human = run("check", "gold.jsonl")
    assert human.exit_code == 1
    assert "unknown label 'MONEY'" in human.output


def test_check_finds_leaks_over_folds_and_sides(run: Run) -> None:
    write("train.jsonl", gold("a", text=TEXT), gold("b", text=TEXT + " "))
    write("test.jsonl", gold("c", text=TEXT))
    write("folds.json", '{"a": 0, "b": 1}')
    folds = json.loads(run("check", "train.jsonl", "--folds", "folds.json", "--json").stdout)
    assert [item["code"] for item in folds["findings"] if item["severity"] == "error"] == ["leak"]
    sides = json.loads(run("check", "train.jsonl", "--against", "test.jsonl", "--json").stdout)
    assert [item["code"] for item in sides["findings"] if item["severity"] == "error"] == ["leak", "leak"]


def test_check_asks_the_tokenizer(run: Run) -> None:
    # One token a word whatever its letters are, so that a span inside a word cannot be given back.
    pieces = [("<unk>", 0.0)]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=0))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    Path("model").mkdir()
    tokenizer.save("model/tokenizer.json")
    glued = [{"id": "q", "label": "AMOUNT", "start": 9, "end": 11, "text": "۵۰", "quantity": {"value": 50}}]
    write("gold.jsonl", gold("a"), gold("b", text=TEXT.replace("۵۰ ", "۵۰"), mentions=glued, records=[["q"]]))
    report = json.loads(run("check", "gold.jsonl", "--tokenizer", "model", "--json").stdout)
    assert [item["article_id"] for item in report["findings"] if item["code"] == "tokenizer"] == ["b"]


def test_stats_as_table_and_as_json(run: Run) -> None:
    write("gold.jsonl", gold("a"), gold("b"))
    human = run("stats", "gold.jsonl")
    assert human.exit_code == 0
    assert "mentions: INSTITUTION" in human.output
    report = json.loads(run("stats", "gold.jsonl", "--json").stdout)
    assert report["sources"] == {"gold.jsonl": report["total"]}
    assert report["total"]["mentions"] == {"AMOUNT": 2, "TARGET": 0, "PERCENTAGE": 0, "INSTITUTION": 2}
    assert len(report["fingerprint"]) == 64


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["check", "nowhere"], "nowhere: no such file"),
        (["stats", "nowhere.jsonl"], "no such file"),
        (["import", "nowhere", "--output", "x"], "no such file"),
        (["check", "gold.jsonl", "--folds", "nowhere.json"], "cannot read"),
        (["check", "gold.jsonl", "--strict", "--warnings", "off"], "contradict"),
        (["check", "gold.jsonl", "--tokenizer", "nowhere"], "nowhere"),
        (["import", "gold.jsonl", "--output", "gold.jsonl"], "cannot write"),
        (["export", "gold.jsonl", "--output", "gold.jsonl/x"], "cannot write"),
    ],
)
def test_a_wrong_call_raises_an_error_of_the_family(run: Run, arguments: list[str], message: str) -> None:
    write("gold.jsonl", gold("a"))
    error = run(*arguments).exception
    assert isinstance(error, IeModelError)
    assert error.exit_code == 2
    assert message in str(error)
    assert Path("gold.jsonl").read_text("utf-8") == gold("a") + "\n"


def test_stats_refuse_a_corpus_that_check_would_explain(run: Run) -> None:
    write("gold.jsonl", gold("a", records=[]))
    error = run("stats", "gold.jsonl").exception
    assert isinstance(error, CorpusError)
    assert "stands in 0 records" in str(error)


def test_the_commands_load_no_torch() -> None:
    code = "import sys, ie_model.cli.data; sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
