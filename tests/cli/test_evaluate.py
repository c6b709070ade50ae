"""``ie-model evaluate``: what is measured, what is printed where, and wrong calls."""

from __future__ import annotations

import importlib
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from ie_model.corpus.store import save_corpus
from ie_model.errors import EXIT_WRONG_CALL, CorpusError, IeModelError, ModelError
from ie_model.evaluation.report import EvaluationReport
from ie_model.loading import ModelSource
from ie_model.schema import Article, Extraction, text_sha256
from tests.evaluation.making import EVERYTHING, INFO, JOINED, TEXT, as_predicted, gold

# Not by ``from``: the package's attribute of that name is the command itself.
command = importlib.import_module("ie_model.cli.evaluate")
app = typer.Typer()
app.command()(command.evaluate)

CORPUS = [gold(EVERYTHING, JOINED, article=f"a{number}", text=f"{TEXT} {number}") for number in range(4)]


class Half:
    """Misses a0, says of the others what the annotators say."""

    info = INFO
    training_fingerprints: frozenset[str] = frozenset()

    def extract_many(self, articles: Sequence[Article], /) -> list[Extraction]:
        known = {article.id: article for article in CORPUS}
        return [
            as_predicted(gold(article="a0", text=article.text) if article.id == "a0" else known[article.id])
            for article in articles
        ]


@pytest.fixture
def extractor(monkeypatch: pytest.MonkeyPatch) -> Half:
    made = Half()
    monkeypatch.setattr(ModelSource, "load", lambda _self: made)
    return made


@pytest.fixture
def data(tmp_path: Path) -> Path:
    save_corpus(CORPUS, tmp_path / "data")
    return tmp_path / "data"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, list(map(str, arguments)))


@pytest.mark.usefixtures("extractor")
def test_tables_go_to_the_terminal(data: Path) -> None:
    result = run("model", data)
    assert result.exit_code == 0
    assert "fake 1, 4 articles" in result.stdout
    micro = next(line.split() for line in result.stdout.splitlines() if line.strip().startswith("micro"))
    assert micro[1:4] == ["1.000", "0.750", "0.857"]
    assert result.stderr == ""


@pytest.mark.usefixtures("extractor")
def test_json_is_the_whole_report_and_nothing_else(data: Path) -> None:
    result = run("model", data, "--json")
    report = EvaluationReport.model_validate_json(result.stdout)
    assert report.articles == 4
    assert report.mentions.strict.micro.recall == pytest.approx(0.75)
    assert report.records.support == 8


@pytest.mark.usefixtures("extractor")
def test_one_fold_is_measured(data: Path, tmp_path: Path) -> None:
    folds = tmp_path / "folds.json"
    folds.write_text(json.dumps({"a0": 0, "a1": 1, "a2": 1}))
    result = run("model", data, "--folds", folds, "--fold", "1", "--json")
    report = EvaluationReport.model_validate_json(result.stdout)
    assert (report.articles, report.mentions.strict.micro.f1) == (2, 1)


@pytest.mark.usefixtures("extractor")
def test_mistakes_are_written_to_the_file_named_and_only_there(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "mistakes.jsonl"
    result = run("model", data, "--errors", path)
    assert result.exit_code == 0
    kinds = [json.loads(line)["kind"] for line in path.read_text(encoding="utf-8").splitlines()]
    assert (kinds.count("missed"), kinds.count("wrong_record")) == (7, 2)
    assert "7 missed, 2 wrong_record" in result.stderr
    assert "بانک" not in result.output


@pytest.mark.usefixtures("extractor")
def test_the_report_is_a_page_or_a_folder(data: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    points = tmp_path / "points.json"
    points.write_text(json.dumps([{"series": "mentions", "articles": 4, "score": 0.5}]))
    result = run("model", data, "--report", tmp_path / "out", "--curve", points, "--json")
    assert result.exit_code == 0
    assert EvaluationReport.model_validate_json(result.stdout).articles == 4
    assert "Report → " in result.stderr
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "mistakes.jsonl",
        "plots",
        "scores.html",
        "scores.json",
    }
    assert (tmp_path / "out/plots/curve.png").is_file()
    run("model", data, "--report", tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.count("data-kind=missed data-labels") == 7
    assert "Learning curve" not in page


def test_warns_of_articles_that_trained_the_model(data: Path, extractor: Half) -> None:
    extractor.training_fingerprints = frozenset({text_sha256(CORPUS[2].text)})
    result = run("model", data, "--json")
    assert "trained on 1 of these 4 articles (a2)" in " ".join(result.stderr.split())
    assert json.loads(result.stdout)["seen_in_training"] == ["a2"]


@pytest.mark.usefixtures("extractor")
@pytest.mark.parametrize(
    ("extra", "error", "message"),
    [
        (["--folds", "folds.json"], IeModelError, "go together"),
        (["--fold", "0"], IeModelError, "go together"),
        (["--folds", "nothing.json", "--fold", "0"], CorpusError, "nothing.json"),
        (["--errors", "."], IeModelError, "is a file"),
        (["--given-mentions"], ModelError, "cannot work from given mentions"),
        (["--report", "scores.pdf"], IeModelError, "a page or a folder"),
        (["--curve", "."], IeModelError, "part of a report"),
        (["--report", "a.html", "--curve", "nothing.json"], IeModelError, "nothing.json"),
    ],
)
def test_wrong_calls(data: Path, extra: list[str], error: type[IeModelError], message: str) -> None:
    result = run("model", data, *extra)
    assert isinstance(result.exception, error)
    assert message in str(result.exception)
    assert result.exception.exit_code == EXIT_WRONG_CALL
    assert result.stdout == ""


@pytest.mark.usefixtures("extractor")
def test_data_that_is_not_there_is_a_wrong_call(tmp_path: Path) -> None:
    result = run("model", tmp_path / "none")
    assert isinstance(result.exception, CorpusError)


def test_model_that_is_not_there_is_a_wrong_call(data: Path, tmp_path: Path) -> None:
    result = run(tmp_path / "none", data)
    assert isinstance(result.exception, ModelError)


def test_the_rule_baseline_needs_no_model(data: Path) -> None:
    result = run("rules", data, "--json")
    assert result.exit_code == 0
    report = EvaluationReport.model_validate_json(result.stdout)
    assert report.model is not None
    assert report.model.name == "rules"
    assert report.mentions.amount_or_target is not None
    assert report.mentions.amount_or_target.overlap.recall == 1
