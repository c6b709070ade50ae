"""``ie-model predict``: exit statuses, what the terminal shows, and a stop that leaves nothing."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from ie_model.articles import ArticleReader, Located
from ie_model.batch import InProcess, unfinished
from ie_model.cli import predict as command
from ie_model.cli import preview
from ie_model.loading import ModelSource
from ie_model.model_folder import MANIFEST, SHIPPED
from ie_model.schema import (
    AMOUNT,
    INSTITUTION,
    Article,
    Extraction,
    Mention,
    ModelInfo,
    Quantity,
    Record,
    text_sha256,
)

TEXT = "بانک ملی ۲۰ نفر را پذیرفت."
app = typer.Typer()
app.command()(command.predict)


class OneFact:
    """Finds «بانک ملی» and «۲۰ نفر» where they stand."""

    info = ModelInfo(name="fake", version="1")

    def extract_many(self, articles: Sequence[Article], /) -> list[Extraction]:
        return [self.extract(article) for article in articles]

    def extract(self, article: Article) -> Extraction:
        mentions = []
        for label, name in ((INSTITUTION, "بانک ملی"), (AMOUNT, "۲۰ نفر")):
            start = article.text.find(name)
            if start >= 0:
                quantity = Quantity(kind="count", value=Decimal(20)) if label == AMOUNT else None
                end = start + len(name)
                mention = Mention(id=label, label=label, start=start, end=end, text=name, quantity=quantity)
                mentions.append(mention)
        record = Record(id="r", start=0, end=1, amounts=(AMOUNT,), institutions=(INSTITUTION,))
        return Extraction(
            id=article.id,
            text_sha256=text_sha256(article.text),
            model=self.info,
            mentions=tuple(mentions),
            records=(record,) if len(mentions) == 2 else (),
        )


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> object:
    monkeypatch.setattr(command, "engine_of", lambda *_: InProcess(OneFact()))
    monkeypatch.chdir(tmp_path)
    Path("in").mkdir()
    Path("in/a.txt").write_text(TEXT, encoding="utf-8")

    def call(*arguments: str, stdin: bytes | None = None) -> Result:
        return CliRunner().invoke(app, list(arguments), input=stdin)

    return call


def test_all_articles_went_through(run) -> None:  # type: ignore[no-untyped-def]
    result = run("in", "--output", "out")
    assert result.exit_code == 0, result.output
    assert "1 articles, 1 records, 2 mentions, 0 rejected" in result.stdout
    assert "۲۰ نفر" in result.stdout
    assert "بانک ملی" in result.stdout
    assert result.stderr == ""
    assert json.loads(Path("out/summary.json").read_text(encoding="utf-8"))["articles"] == 1


def test_some_were_rejected(run) -> None:  # type: ignore[no-untyped-def]
    Path("in/b.txt").write_bytes(b"")
    result = run("in", "--output", "out")
    assert result.exit_code == 3
    assert "1 rejected (1 empty): see out/rejects.jsonl" in " ".join(result.stderr.split())


def test_quiet_shows_only_what_went_wrong(run) -> None:  # type: ignore[no-untyped-def]
    assert run("in", "--output", "out", "--quiet").output == ""
    Path("in/b.txt").write_bytes(b"")
    result = run("in", "--output", "out", "-q")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "1 rejected" in result.stderr


def test_a_program_gets_the_summary(run) -> None:  # type: ignore[no-untyped-def]
    Path("in/b.txt").write_bytes(b"")
    result = run("in", "--output", "out", "--json")
    assert result.exit_code == 3
    assert json.loads(result.stdout) == json.loads(Path("out/summary.json").read_text(encoding="utf-8"))


def test_verbose_names_each_reject_as_it_comes(run) -> None:  # type: ignore[no-untyped-def]
    Path("in/b.jsonl").write_text('{"id": 1, "text": "x"}\n{"id": 2, "text": ""}\n', encoding="utf-8")
    result = run("in", "--output", "out", "-q", "-v")
    named, total = result.stderr.splitlines()
    assert named.startswith("rejected: in/b.jsonl:2: ")
    assert total.startswith("1 rejected (1 empty)")


WRONG_CALLS = {
    "no path": (["--output", "out"], "PATH"),
    "no output": (["in"], "--output"),
    "max-chars of zero": (["in", "--output", "out", "--max-chars", "0"], "--max-chars"),
    "a confidence above 1": (["in", "--output", "out", "--min-confidence", "90"], "--min-confidence"),
    "limit of zero": (["in", "--output", "out", "--limit", "0"], "--limit"),
    "unknown standard input format": (["-", "--output", "out", "--stdin-format", "xml"], "auto"),
}


@pytest.mark.parametrize(("arguments", "named"), WRONG_CALLS.values(), ids=WRONG_CALLS.keys())
def test_a_wrong_call_is_told_from_bad_input(  # type: ignore[no-untyped-def]
    run, arguments: list[str], named: str
) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert named in re.sub(r"\x1b\[[0-9;]*m", "", result.stderr)
    assert not Path("out").exists()


def test_the_least_confidence_goes_to_the_model(run, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    asked = []

    def choose(source: ModelSource, workers: int | None) -> InProcess:
        asked.append((source, workers))
        return InProcess(OneFact())

    monkeypatch.setattr(command, "engine_of", choose)
    assert run("in", "--output", "out", "--min-confidence", "0.9", "--workers", "3").exit_code == 0
    assert asked == [(ModelSource(None, 0.9), 3)]


def test_a_path_that_does_not_exist_is_a_wrong_call(run) -> None:  # type: ignore[no-untyped-def]
    result = run("nowhere", "--output", "out")
    # The command line's main turns the error into one line and its exit code.
    assert result.exception.exit_code == 2
    assert "nowhere: no such file or folder" in str(result.exception)
    assert not Path("out").exists()


def test_a_model_that_does_not_load_leaves_no_folder(run, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.undo()
    result = run("in", "--output", "out", "--model", "elsewhere")
    assert str(result.exception).startswith("elsewhere: no model here")
    assert not Path("out").exists()


def test_standard_input(run) -> None:  # type: ignore[no-untyped-def]
    line = json.dumps({"id": "x", "text": TEXT}).encode()
    assert run("-", "--output", "out", stdin=line).exit_code == 0
    assert '"id":"x"' in Path("out/extractions.jsonl").read_text(encoding="utf-8")
    assert run("-", "--output", "out", "--stdin-format", "text", stdin=line).exit_code == 0
    assert '"id":"stdin"' in Path("out/extractions.jsonl").read_text(encoding="utf-8")


def test_max_chars_reaches_the_reader(run) -> None:  # type: ignore[no-untyped-def]
    result = run("in", "--output", "out", "--max-chars", "5")
    assert result.exit_code == 3
    assert "too_long" in result.stderr


def test_an_encoding_reaches_the_reader(run) -> None:  # type: ignore[no-untyped-def]
    Path("in/a.txt").write_bytes(TEXT.encode("utf-16"))
    refused = run("in", "--output", "out")
    assert (refused.exit_code, "not_utf8" in refused.stderr) == (3, True)
    assert "--encoding utf-16" in Path("out/rejects.jsonl").read_text(encoding="utf-8")
    assert run("in", "--output", "out", "--encoding", "utf-16").exit_code == 0
    summary = json.loads(Path("out/summary.json").read_text(encoding="utf-8"))
    assert (summary["articles"], summary["options"]["encoding"]) == (1, "utf-16")


def test_an_unknown_encoding_is_a_wrong_call_that_names_the_nearest(run) -> None:  # type: ignore[no-untyped-def]
    result = run("in", "--output", "out", "--encoding", "windows-1265")
    assert result.exception.exit_code == 2
    assert "windows-1256" in str(result.exception)
    assert not Path("out").exists()


def test_a_limit_ends_the_run(run) -> None:  # type: ignore[no-untyped-def]
    Path("in/b.txt").write_bytes(b"")
    Path("in/c.txt").write_text(TEXT, encoding="utf-8")
    assert run("in", "--output", "out", "--limit", "1").exit_code == 0
    assert run("in", "--output", "out", "--limit", "2").exit_code == 3
    summary = json.loads(Path("out/summary.json").read_text(encoding="utf-8"))
    assert (summary["articles"], summary["rejected"], summary["options"]["limit"]) == (1, 1, 2)


def test_many_articles_show_the_first_and_a_count(run) -> None:  # type: ignore[no-untyped-def]
    for number in range(30):
        Path(f"in/{number:03}.txt").write_text(TEXT, encoding="utf-8")
    Path("in/x.pdf").write_bytes(b"")
    result = run("in", "--output", "out")
    assert "… 21 more" in result.stdout
    assert result.stdout.count("۲۰ نفر") == preview.SHOWN_FACTS
    assert "Passed over in folders: 1 .pdf" in result.stdout


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("plain", "plain"),
        ("[red]x[/red]", "[red]x[/red]"),
        ("a\x1b[2Jb\r\nc", "a [2Jb  c"),
        ("\u202eevil\u2066", " evil "),
        ("می\u200cشود", "\u2068می\u200cشود\u2069"),
        ("ب" * 60, "\u2068" + "ب" * preview.SHOWN_CHARS + "…\u2069"),
    ],
    ids=["ASCII", "markup", "escape sequence", "bidi override", "Persian is isolated, ZWNJ kept", "long"],
)
def test_article_text_cannot_steer_the_terminal(text: str, cell: str) -> None:
    assert preview.shown(text).plain == cell


def test_sigterm_stops_the_run_and_leaves_nothing(  # type: ignore[no-untyped-def]
    run, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminated(OneFact):
        def extract_many(self, articles: Sequence[Article], /) -> list[Extraction]:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(5)  # The signal is handled before this ends.
            raise AssertionError

    monkeypatch.setattr(command, "engine_of", lambda *_: InProcess(Terminated()))
    before = signal.getsignal(signal.SIGTERM)
    result = run("in", "--output", "out")
    assert result.exit_code == 128 + signal.SIGTERM
    assert not Path("out").exists()
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.skipif(
    not (SHIPPED / MANIFEST).is_file(),
    reason="the shipped release has not been built yet",
)
def test_the_shipped_release_reads_the_seeds(tmp_path: Path) -> None:
    seeds = Path(__file__).parents[2] / "seeds"
    result = CliRunner().invoke(app, [str(seeds), "--output", str(tmp_path / "out")])
    assert result.exit_code == 0, result.output
    lines = (tmp_path / "out" / "extractions.jsonl").read_text(encoding="utf-8").splitlines()
    found = [Extraction.model_validate_json(line) for line in lines]
    articles = [entry.article for entry in ArticleReader([seeds]) if isinstance(entry, Located)]
    assert [extraction.id for extraction in found] == [article.id for article in articles]
    for extraction, article in zip(found, articles, strict=True):
        assert extraction.records
        assert all(article.text[m.start : m.end] == m.text for m in extraction.mentions)


def call_for_real(folder: Path, *arguments: str, **options: Any) -> subprocess.Popen[bytes]:
    # Whoever runs the tests in the background has them inherit that SIGINT is ignored.
    code = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
        f"from ie_model.cli import main; sys.argv = ['ie-model', *{list(arguments)!r}]; main()"
    )
    return subprocess.Popen([sys.executable, "-c", code], cwd=folder, stderr=subprocess.PIPE, **options)


def test_a_closed_standard_output_costs_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    reader, writer = os.pipe()
    os.close(reader)
    run = call_for_real(tmp_path, "predict", "a.txt", "-o", "out", "-m", "rules", stdout=writer)
    os.close(writer)
    _, said = run.communicate(timeout=60)
    assert (run.returncode, said.decode().split()) == (
        0,
        ["Standard", "output", "was", "closed;", "the", "results", "are", "whole", "in", "out"],
    )
    assert (tmp_path / "out" / "summary.json").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_run_says_how_to_go_on(tmp_path: Path, number: signal.Signals) -> None:
    rows = (json.dumps({"id": str(place), "text": TEXT * 20}) for place in range(20_000))
    (tmp_path / "in.jsonl").write_text("\n".join(rows), encoding="utf-8")
    arguments = ("predict", "in.jsonl", "-o", "out", "-m", "rules", "-w", "2")
    run = call_for_real(tmp_path, *arguments, stdout=subprocess.PIPE, start_new_session=True)
    deadline = time.monotonic() + 60
    while not unfinished(tmp_path / "out") and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(run.pid, number)  # as the terminal does: to the workers too
    said = " ".join(run.communicate(timeout=60)[1].decode().split())
    assert run.returncode == 128 + number
    assert re.fullmatch(r"Stopped; \d+ articles and rejects are written. Go on with --resume.", said)
    assert [path.name for path in (tmp_path / "out").iterdir()] == [".ie-model-run"]
