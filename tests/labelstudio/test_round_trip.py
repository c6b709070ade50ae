"""Push and pull lose nothing: spans, labels, relations, values, annotators; and the bytes stay the same."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ie_model.corpus.model import AnnotatedArticle
from ie_model.corpus.store import fingerprint, load_corpus, save_corpus
from ie_model.labelstudio.client import LabelStudio
from ie_model.labelstudio.outgoing import read_outgoing
from ie_model.labelstudio.predictions import article_from_extraction
from ie_model.labelstudio.project import Project
from ie_model.labelstudio.pull import PullReport, pull, unused_folder
from ie_model.labelstudio.push import PushReport, push
from tests.cli.calling import CommandLine
from tests.conftest import ROOT
from tests.labelstudio.making import Gold, region, seeds
from tests.labelstudio.server import USER, Annotator, Server

pytestmark = pytest.mark.labelstudio

ANNOTATIONS = ROOT / "annotations"
SAMPLE = 9
"""Every ninth of the 1 733 articles: about 200."""

MakeProject = Callable[[], Project]


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("[!.]*.json")}


def send(client: LabelStudio, project: Project, folder: Path) -> PushReport:
    report = push(client, project, read_outgoing([folder]))
    assert report.rejects == []
    return report


def fetch(client: LabelStudio, project: Project, folder: Path) -> PullReport:
    report = pull(client, project, folder)
    assert report.rejects == []
    return report


def round_trip(
    articles: list[AnnotatedArticle], client: LabelStudio, new_project: MakeProject, folder: Path
) -> None:
    save_corpus(articles, folder / "gold")
    first, second = new_project(), new_project()
    assert send(client, first, folder / "gold").sent == len(articles)
    fetch(client, first, folder / "one")
    found = {article.id: article for article in load_corpus([folder / "one"])}
    assert found == {article.id: article for article in articles}
    assert fingerprint(found.values()) == fingerprint(articles)
    send(client, second, folder / "one")
    fetch(client, second, folder / "two")
    assert files(folder / "two") == files(folder / "one")


def test_a_sample_of_the_corpus(client: LabelStudio, new_project: MakeProject, tmp_path: Path) -> None:
    round_trip(load_corpus([ANNOTATIONS / "written"])[::SAMPLE], client, new_project, tmp_path)


@pytest.mark.slow
def test_the_whole_corpus(client: LabelStudio, new_project: MakeProject, tmp_path: Path) -> None:
    articles = load_corpus([ANNOTATIONS / "seeds", ANNOTATIONS / "written"])
    assert len(articles) > 1700
    round_trip(articles, client, new_project, tmp_path)


def test_accepted_pre_annotations_are_the_extraction(
    client: LabelStudio, project: Project, second: Annotator, tmp_path: Path
) -> None:
    extractor = Gold(seeds().values())
    push(client, project, read_outgoing([ROOT / "seeds"]), extractor=extractor)
    for task in client.tasks(project.id):
        (prediction,) = client.get("/api/predictions/", task=task["id"])
        second.submit(task["id"], prediction["result"], parent_prediction=prediction["id"])
    report = fetch(client, project, tmp_path / "pulled")
    assert report.written == 5
    texts = {path.stem: path.read_bytes().decode("utf-8") for path in (ROOT / "seeds").iterdir()}
    found = load_corpus([tmp_path / "pulled"])
    assert len(found) == 5
    for article in found:
        (extraction,) = extractor.extract_many([_plain(article.id, texts)])
        expected = article_from_extraction(extraction, texts[article.id])
        assert article.mentions == expected.mentions
        assert set(article.records) == set(expected.records)


def _plain(name: str, texts: dict[str, str]):
    from ie_model.schema import Article

    return Article(id=name, text=texts[name])


def test_pull_after_push_after_pull_in_one_project(
    client: LabelStudio, project: Project, tmp_path: Path
) -> None:
    send(client, project, ANNOTATIONS / "seeds")
    fetch(client, project, tmp_path / "pulled")
    before = files(tmp_path / "pulled")
    again = send(client, project, tmp_path / "pulled")
    assert (again.sent, again.there, again.held_back) == (0, 5, 5)
    report = fetch(client, project, tmp_path / "pulled")
    assert (report.written, report.unchanged) == (0, 5)
    assert files(tmp_path / "pulled") == before


TEXT = "بانک ملی ۵۰ میلیارد تومان داد."


def one_article(folder: Path, name: str = "a", text: str = TEXT) -> Path:
    (folder / "articles").mkdir(exist_ok=True, parents=True)
    (folder / "articles" / f"{name}.txt").write_text(text, encoding="utf-8")
    return folder / "articles"


def only_task(client: LabelStudio, project: Project) -> int:
    (task,) = client.tasks(project.id)
    return int(task["id"])


def test_two_annotators_are_kept_apart_and_survive_another_server_project(
    client: LabelStudio,
    new_project: MakeProject,
    server: Server,
    second: Annotator,
    tmp_path: Path,
) -> None:
    first, other = new_project(), new_project()
    push(client, first, read_outgoing([one_article(tmp_path)]))
    task = only_task(client, first)
    mine = [region(TEXT, "۵۰ میلیارد تومان")]
    theirs = [region(TEXT, "۵۰ میلیارد تومان", "TARGET"), region(TEXT, "بانک ملی", "INSTITUTION", "r2")]
    client.post(f"/api/tasks/{task}/annotations/", {"result": mine})
    second.submit(task, theirs)
    fetch(client, first, tmp_path / "one")
    (article,) = load_corpus([tmp_path / "one"])
    assert {note.code for note in article.notes} == {"several-annotations"}
    outgoing = list(read_outgoing([tmp_path / "one"]))
    assert outgoing[0].annotators == {USER, second.email}
    assert [annotation["result"] for annotation in outgoing[0].annotations] == [mine, theirs]
    send(client, other, tmp_path / "one")
    fetch(client, other, tmp_path / "two")
    assert files(tmp_path / "two") == files(tmp_path / "one")


def test_what_an_annotation_started_from_survives_a_round_trip(
    client: LabelStudio, new_project: MakeProject, second: Annotator, tmp_path: Path
) -> None:
    first, other = new_project(), new_project()
    push(client, first, read_outgoing([ROOT / "seeds"]), extractor=Gold(seeds().values()))
    task = next(iter(client.tasks(first.id)))
    (prediction,) = client.get("/api/predictions/", task=task["id"])
    second.submit(task["id"], prediction["result"][:1], parent_prediction=prediction["id"])
    fetch(client, first, tmp_path / "one")
    (file,) = files(tmp_path / "one").values()
    assert '"model_version": "gold 1"' in file.decode("utf-8")
    send(client, other, tmp_path / "one")
    fetch(client, other, tmp_path / "two")
    assert files(tmp_path / "two") == files(tmp_path / "one")


def test_empty_means_nothing_here_and_cancelled_means_not_annotated(
    client: LabelStudio, new_project: MakeProject, second: Annotator, tmp_path: Path
) -> None:
    first, other = new_project(), new_project()
    for name in ("empty", "skipped", "both"):
        one_article(tmp_path, name, f"{TEXT} {name}")
    push(client, first, read_outgoing([tmp_path / "articles"]))
    numbers = {task["data"]["id"]: task["id"] for task in client.tasks(first.id)}
    second.submit(numbers["empty"], [])
    second.submit(numbers["skipped"], [], was_cancelled=True)
    second.submit(numbers["both"], [], was_cancelled=True)
    client.post(
        f"/api/tasks/{numbers['both']}/annotations/", {"result": [region(TEXT, "بانک ملی", "INSTITUTION")]}
    )
    report = pull(client, first, tmp_path / "one")
    assert (report.written, report.empty, len(report.rejects)) == (3, 1, 1)
    assert "cancelled" in str(report.rejects[0].error)
    found = {article.id: len(article.mentions) for article in load_corpus([tmp_path / "one"])}
    assert found == {"empty": 0, "both": 1}
    for folder in (tmp_path / "one", unused_folder(tmp_path / "one")):
        send(client, other, folder)
    pull(client, other, tmp_path / "two")
    assert files(tmp_path / "two") == files(tmp_path / "one")
    assert files(unused_folder(tmp_path / "two")) == files(unused_folder(tmp_path / "one"))


@pytest.mark.parametrize(
    "text",
    [
        "سرمایه 😀👩‍👩‍👧 «۵۰ میلیارد تومان» 🇮🇷 شد",
        "شرکت‌های استان‌ها می‌گویند ۵۰ میلیارد تومان است",
        "بانك ملي ۵۰ میلیارد تومان\u200c\u200f به كمیته داد",
        "سطر یک\n\n\tسطر دو:  ۵۰ میلیارد تومان \u2028 پایان",
        'ماده "الف" <b>۵۰ میلیارد تومان</b> & \\n $text {{x}}',
        "e\u0301\U0001d7d8 ۵۰ میلیارد تومان \u202e\ufeff\u00a0",
    ],
    ids=["emoji", "zwnj", "arabic", "breaks", "markup", "combining"],
)
def test_offsets_stand_whatever_the_writing(
    client: LabelStudio, project: Project, tmp_path: Path, text: str
) -> None:
    push(client, project, read_outgoing([one_article(tmp_path, text=text)]))
    made = region(text, "۵۰ میلیارد تومان", meta={"value": "50000000000", "unit": "تومان"})
    client.post(f"/api/tasks/{only_task(client, project)}/annotations/", {"result": [made]})
    fetch(client, project, tmp_path / "pulled")
    (article,) = load_corpus([tmp_path / "pulled"])
    (mention,) = article.mentions
    assert (article.text, article.text[mention.start : mention.end]) == (text, "۵۰ میلیارد تومان")
    assert mention.value is not None
    assert mention.value.value == 50_000_000_000


@pytest.mark.usefixtures("labelstudio_environment")
def test_the_three_commands_one_after_the_other(ie_model: CommandLine, title: str, tmp_path: Path) -> None:
    shutil.copytree(ANNOTATIONS / "seeds", tmp_path / "gold")
    made = ie_model("labelstudio", "init", "--project", title, "--annotators", "2")
    again = ie_model("labelstudio", "init", "--project", title, "--annotators", "2")
    assert (made.status, again.status) == (0, 0), made.err
    assert ("made" in made.out, "up to date" in again.out) == (True, True)
    pushed = ie_model("labelstudio", "push", "gold", "-p", title, "--no-predictions")
    assert (pushed.status, "5 articles sent" in pushed.out) == (0, True), pushed.err
    (tmp_path / "gold" / "broken.json").write_text('{"data": {"id": "x"}}', encoding="utf-8")
    again = ie_model("labelstudio", "push", "gold", "-p", title, "--no-predictions")
    assert (again.status, "5 were there already" in again.out) == (3, True)
    assert "data.text" in (tmp_path / "push.rejects.jsonl").read_text(encoding="utf-8")
    pulled = ie_model("labelstudio", "pull", "-o", "new", "-p", title)
    assert pulled.status == 0, pulled.err
    assert "5 articles written to new" in pulled.out
    checked = ie_model("data", "check", "new")
    assert checked.status == 0, checked.out
    assert fingerprint(load_corpus(["new"])) == fingerprint(load_corpus([ANNOTATIONS / "seeds"]))
