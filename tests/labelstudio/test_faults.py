"""What goes wrong with a real server: nothing is lost, nothing is doubled, and the reason is told."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ie_model.articles import read_articles
from ie_model.corpus.store import load_corpus
from ie_model.errors import LabelStudioError
from ie_model.labelstudio.client import LabelStudio
from ie_model.labelstudio.connection import Connection
from ie_model.labelstudio.index import read_index
from ie_model.labelstudio.outgoing import Outgoing, read_outgoing
from ie_model.labelstudio.project import SECRET_HEADER, Backend, Project, find_project, set_up
from ie_model.labelstudio.pull import pull, rejects_file, unused_folder
from ie_model.labelstudio.push import known_articles, push
from ie_model.schema import Article
from tests.cli.calling import CommandLine
from tests.conftest import ROOT
from tests.labelstudio.making import losing_answers, region, stub
from tests.labelstudio.server import TOKEN, Annotator, Server, free_port

pytestmark = pytest.mark.labelstudio

TEXT = "کمیته امداد برای ۲۰ طرح ۵۰ میلیارد تومان داد."


def made(count: int) -> list[Outgoing]:
    """So many short articles."""
    return [outgoing(f"a{number}", f"{number}: {TEXT}") for number in range(count)]


def outgoing(name: str, text: str) -> Outgoing:
    return Outgoing(Article(id=name, text=text), f"{name}.txt", {"id": name, "text": text})


def tasks_by_article(client: LabelStudio, project: Project) -> dict[str, int]:
    return {task["data"]["id"]: int(task["id"]) for task in client.tasks(project.id)}


def each_once(client: LabelStudio, project: Project, count: int) -> bool:
    known = known_articles(client, project.id)
    return len(known) == count and all(len(texts) == 1 for texts in known.values())


# --- the server is away --------------------------------------------------------------------------------


@pytest.mark.usefixtures("labelstudio_environment")
def test_a_server_that_is_down_is_told_within_seconds(
    ie_model: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABEL_STUDIO_URL", f"http://127.0.0.1:{free_port()}")
    began = time.monotonic()
    outcome = ie_model("labelstudio", "push", ROOT / "seeds", "--no-predictions")
    assert (outcome.status, "does not answer" in outcome.err) == (2, True)
    assert "scripts/labelstudio.sh start" in outcome.err
    assert time.monotonic() - began < 15


def test_a_push_goes_on_when_the_server_is_killed_between_two_chunks(
    server: Server, project: Project
) -> None:
    starting = threading.Thread(target=server.start)

    def items() -> Iterator[Outgoing]:
        for number, item in enumerate(made(100)):
            if number == 40:
                server.kill()
                starting.start()
            yield item

    with server.client(patience=300) as client:
        report = push(client, project, items(), chunk=20)
        starting.join()
        assert (report.sent, report.there, report.rejects) == (100, 0, [])
        assert each_once(client, project, 100)


def test_a_push_goes_on_when_the_server_is_killed_while_it_imports(server: Server, project: Project) -> None:
    restarted: list[threading.Thread] = []

    def kill_soon(report: object) -> None:
        if not restarted:
            restarted.append(threading.Thread(target=lambda: (time.sleep(0.15), server.restart())))
            restarted[0].start()

    with server.client(patience=300) as client:
        report = push(client, project, made(300), chunk=50, observe=kill_soon)
        restarted[0].join()
        assert (report.sent, report.rejects) == (300, [])
        assert each_once(client, project, 300)


def test_an_import_whose_answer_was_lost_is_not_done_twice(server: Server, project: Project) -> None:
    with losing_answers(server.url, 2) as url, LabelStudio(Connection(url, TOKEN)) as client:
        report = push(client, project, made(60), chunk=20)
        assert (report.sent, report.there) == (60, 0)
        assert each_once(client, project, 60)


def test_a_push_that_was_stopped_is_run_again(server: Server, client: LabelStudio, project: Project) -> None:
    def broken() -> Iterator[Outgoing]:
        yield from made(30)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        push(client, project, broken(), chunk=20)
    again = push(client, project, made(50), chunk=20)
    assert (again.sent, again.there) == (30, 20)
    assert each_once(client, project, 50)


# --- tokens and projects -------------------------------------------------------------------------------


@pytest.mark.usefixtures("labelstudio_environment")
def test_a_wrong_token_is_named_and_not_shown(ie_model: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = "f" * 40
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", wrong)
    outcome = ie_model("labelstudio", "pull", "-o", "new")
    assert (outcome.status, "LABEL_STUDIO_API_KEY" in outcome.err) == (2, True)
    assert wrong not in outcome.out + outcome.err


def test_a_personal_access_token_works_too(server: Server, second: Annotator, project: Project) -> None:
    with LabelStudio(Connection(server.url, second.key)) as own:
        key = own.post("/api/token/", {})["token"]
    with LabelStudio(Connection(server.url, key)) as other:
        assert find_project(other, str(project.id)) == project
        other._access = "expired"  # as it is five minutes later
        assert other.project(project.id)["title"] == project.title
    with (
        LabelStudio(Connection(server.url, key[:-4] + "AAAA")) as other,
        pytest.raises(LabelStudioError, match="LABEL_STUDIO_API_KEY"),
    ):
        other.project(project.id)


def test_a_deleted_project_is_told_to_be_gone(client: LabelStudio, project: Project, tmp_path: Path) -> None:
    def items() -> Iterator[Outgoing]:
        yield from made(20)
        client.delete(f"/api/projects/{project.id}/")
        yield outgoing("late", TEXT)

    with pytest.raises(LabelStudioError, match=r"no such thing.*labelstudio init"):
        push(client, project, items(), chunk=20)
    with pytest.raises(LabelStudioError, match="no such thing"):
        pull(client, project, tmp_path / "pulled")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(LabelStudioError, match="labelstudio init"):
        find_project(client, project.title)


def test_a_project_with_another_interface_is_refused(client: LabelStudio, title: str) -> None:
    choices = '<Choices name="c" toName="text"><Choice value="x"/></Choices>'
    config = f'<View><Text name="text" value="$text"/>{choices}</View>'
    number = client.post("/api/projects/", {"title": title, "label_config": config})["id"]
    with pytest.raises(LabelStudioError, match="another labelling interface"):
        find_project(client, str(number))
    assert set_up(client, str(number)).changed[0] == "label_config"
    assert find_project(client, title).labels == ("AMOUNT", "TARGET", "PERCENTAGE", "INSTITUTION")


def test_two_projects_of_one_title_must_be_told_apart(client: LabelStudio, title: str) -> None:
    for _ in range(2):
        client.post("/api/projects/", {"title": title})
    with pytest.raises(LabelStudioError, match=r"2 projects.*--project N"):
        find_project(client, title)


# --- the ML backend ------------------------------------------------------------------------------------


def test_an_ml_backend_is_connected_once_with_its_secret(client: LabelStudio, project: Project) -> None:
    answer = '{"status": "UP", "model_class": "x", "model_version": "1", "results": []}'
    with stub((200, answer)) as served:
        wanted = Backend(served.url, "user", "password-1", "shared secret")
        states = [set_up(client, str(project.id), backend=wanted).backend for _ in range(2)]
        assert states == ["connected", "unchanged"]
        assert {asked.path for asked in served.asked} >= {"/health", "/setup"}
        assert "Basic" in served.asked[-1].headers["Authorization"]
        assert len(client.get("/api/ml/", project=project.id)) == 1
        (webhook,) = client.get("/api/webhooks/", project=project.id)
        assert webhook["url"] == f"{served.url}/webhook"
        assert webhook["headers"] == {SECRET_HEADER: "shared secret"}
        assert "secret" not in repr(wanted)


def test_an_ml_backend_that_is_not_there_is_told(client: LabelStudio, project: Project) -> None:
    with pytest.raises(LabelStudioError, match="health check failed"):
        set_up(client, str(project.id), backend=Backend(f"http://127.0.0.1:{free_port()}"))


# --- what is pushed ------------------------------------------------------------------------------------


def test_another_text_under_an_id_that_is_there_is_refused(client: LabelStudio, project: Project) -> None:
    push(client, project, [outgoing("a", TEXT)])
    report = push(client, project, [outgoing("a", TEXT + " و بس"), outgoing("b", TEXT), outgoing("b", TEXT)])
    reasons = [str(reject.error) for reject in report.rejects]
    assert report.sent == 1
    assert ["another text" in reasons[0], "occurs twice" in reasons[1]] == [True, True]


def test_what_the_server_refuses_is_found_in_its_chunk(client: LabelStudio, project: Project) -> None:
    bad = _Spoilt(Article(id="bad", text=TEXT), "bad.txt", {"id": "bad", "text": TEXT})
    report = push(client, project, [*made(7), bad])
    assert (report.sent, [reject.article_id for reject in report.rejects]) == (7, ["bad"])
    assert "the server refuses it" in str(report.rejects[0].error)


class _Spoilt(Outgoing):
    """An article whose task the server does not take."""

    def task(self, prediction=None):
        return {**super().task(prediction), "meta": "not an object"}


def test_two_thousand_articles(client: LabelStudio, project: Project, tmp_path: Path) -> None:
    began = time.monotonic()
    assert push(client, project, made(2000), chunk=200).sent == 2000
    pushed = time.monotonic()
    assert push(client, project, made(2000), chunk=200).there == 2000
    looked = time.monotonic()
    report = pull(client, project, tmp_path / "pulled")
    assert (report.waiting, report.written) == (2000, 0)
    assert pushed - began < 240
    assert looked - pushed < 60


# --- what is pulled ------------------------------------------------------------------------------------


@pytest.fixture
def task(client: LabelStudio, project: Project) -> int:
    """The only task of the project, not annotated."""
    push(client, project, [outgoing("a", TEXT)])
    return tasks_by_article(client, project)["a"]


def submit(client: LabelStudio, task: int, *results: dict) -> int:
    return int(client.post(f"/api/tasks/{task}/annotations/", {"result": list(results)})["id"])


def test_an_unknown_label_goes_to_the_rejects_and_the_annotation_is_kept(
    client: LabelStudio, project: Project, task: int, tmp_path: Path
) -> None:
    number = submit(client, task, region(TEXT, "۲۰ طرح", "THING"))
    folder = tmp_path / "pulled"
    report = pull(client, project, folder)
    assert (len(report.rejects), list(folder.glob("[!.]*.json"))) == (1, [])
    assert "unknown label 'THING'" in rejects_file(folder).read_text(encoding="utf-8")
    assert '"THING"' in (unused_folder(folder) / "a.json").read_text(encoding="utf-8")

    # Mended on the server, it moves to where training reads it.
    client.patch(f"/api/annotations/{number}/", {"result": [region(TEXT, "۲۰ طرح")]})
    assert pull(client, project, folder).rejects == []
    assert [article.id for article in load_corpus([folder])] == ["a"]
    assert list(unused_folder(folder).glob("[!.]*.json")) == []
    assert not rejects_file(folder).exists()


@pytest.mark.parametrize(
    ("results", "reason"),
    [
        (
            [
                region(TEXT, "۲۰ طرح"),
                {
                    "type": "relation",
                    "from_id": "r1",
                    "to_id": "gone",
                    "labels": ["with"],
                    "direction": "right",
                },
            ],
            "not there",
        ),
        (
            [
                region(TEXT, "۲۰ طرح")
                | {"value": {"start": 3, "end": 9, "text": "۲۰ طرح", "labels": ["AMOUNT"]}}
            ],
            "offsets",
        ),
        (
            [region(TEXT, "۲۰ طرح") | {"value": {"start": 3, "end": 900, "text": "x", "labels": ["AMOUNT"]}}],
            "leaves",
        ),
        ([region(TEXT, "۲۰ طرح"), region(TEXT, "۲۰ طرح ۵۰", name="r2")], "overlaps"),
        (
            [region(TEXT, "۲۰ طرح") | {"value": {"start": 17, "end": 23, "text": "۲۰ طرح"}}],
            "exactly one label",
        ),
    ],
    ids=["relation to a deleted region", "other offsets", "beyond the text", "overlap", "no label"],
)
def test_what_cannot_be_used_says_why(
    client: LabelStudio, project: Project, task: int, tmp_path: Path, results: list, reason: str
) -> None:
    submit(client, task, *results)
    report = pull(client, project, tmp_path / "pulled")
    assert reason in str(report.rejects[0].error)
    assert (unused_folder(tmp_path / "pulled") / "a.json").is_file()


def test_a_bad_annotation_beside_a_good_one_is_warned_of(
    client: LabelStudio, project: Project, task: int, second: Annotator, tmp_path: Path
) -> None:
    second.submit(task, [region(TEXT, "۲۰ طرح", "THING")])
    submit(client, task, region(TEXT, "۲۰ طرح"))
    report = pull(client, project, tmp_path / "pulled")
    assert (report.rejects, report.annotations) == ([], 2)
    (finding,) = [one for one in report.check.findings if one.code == "label"]
    assert (finding.severity, second.email in finding.where) == ("warning", True)


def test_a_moved_region_does_not_keep_its_old_value(
    client: LabelStudio, project: Project, task: int, tmp_path: Path
) -> None:
    read = {"value": "20", "unit": "طرح", "read_from": "۲۰ طرح"}
    moved = region(TEXT, "۲۰", meta=read)
    relabelled = region(TEXT, "کمیته امداد", "INSTITUTION", "r2", meta=read)
    kept = region(
        TEXT, "۵۰ میلیارد تومان", "AMOUNT", "r3", meta={"value": "5", "read_from": "۵۰ میلیارد تومان"}
    )
    submit(client, task, moved, relabelled, kept)
    assert pull(client, project, tmp_path / "pulled").rejects == []
    (article,) = load_corpus([tmp_path / "pulled"])
    assert [mention.value is None for mention in article.mentions] == [True, True, False]
    assert [note.code for note in article.notes] == ["stale-value", "stale-value"]


def test_a_task_that_is_edited_while_it_is_pulled(
    client: LabelStudio, project: Project, second: Annotator, tmp_path: Path
) -> None:
    push(client, project, made(150))
    tasks = tasks_by_article(client, project)
    first, last = tasks["a0"], tasks["a149"]
    text = f"149: {TEXT}"
    for number, name in enumerate(tasks):
        submit(client, tasks[name], region(f"{number}: {TEXT}", "۲۰ طرح"))
    edited = []

    def edit(done: int, total: int) -> None:
        if not edited:  # between the first chunk and the second
            edited.append(second.submit(last, [region(text, "۵۰ میلیارد تومان")]))
            client.delete(f"/api/tasks/{tasks['a140']}/")

    report = pull(client, project, tmp_path / "pulled", observe=edit)
    assert (report.written, report.gone, report.rejects) == (149, 1, [])
    assert report.annotations == 150
    assert read_index(tmp_path / "pulled").tasks["a0"] == first
    (tmp_path / "again").mkdir()
    pull(client, project, tmp_path / "again")
    assert {path.name: path.read_bytes() for path in (tmp_path / "again").iterdir()} == {
        path.name: path.read_bytes() for path in (tmp_path / "pulled").iterdir()
    }


def test_a_file_is_not_replaced_by_less(
    client: LabelStudio, project: Project, task: int, second: Annotator, tmp_path: Path
) -> None:
    folder = tmp_path / "pulled"
    submit(client, task, region(TEXT, "۲۰ طرح"))
    theirs = second.submit(task, [region(TEXT, "۵۰ میلیارد تومان")])
    pull(client, project, folder)
    before = (folder / "a.json").read_bytes()
    client.delete(f"/api/annotations/{theirs}/")
    report = pull(client, project, folder)
    assert second.email in str(report.rejects[0].error)
    assert (folder / "a.json").read_bytes() == before
    assert pull(client, project, folder, replace=True).rejects == []
    assert second.email not in (folder / "a.json").read_text(encoding="utf-8")


def test_an_article_that_came_twice_is_one_again(
    client: LabelStudio, project: Project, tmp_path: Path
) -> None:
    for words in ("۲۰ طرح", "۵۰ میلیارد تومان"):
        (number,) = client.import_tasks(project.id, [outgoing("a", TEXT).task()])
        submit(client, number, region(TEXT, words))
    assert push(client, project, []).twice == ("a",)
    report = pull(client, project, tmp_path / "pulled")
    assert (report.written, report.annotations, report.rejects) == (1, 2, [])


def test_two_texts_under_one_id_are_both_kept(client: LabelStudio, project: Project, tmp_path: Path) -> None:
    for text in (TEXT, f"{TEXT} و بس"):
        (number,) = client.import_tasks(project.id, [outgoing("a", text).task()])
        submit(client, number, region(text, "۲۰ طرح"))
    report = pull(client, project, tmp_path / "pulled")
    assert ["another text" in str(reject.error) for reject in report.rejects] == [True]
    assert len(list((tmp_path / "pulled").glob("[!.]*.json"))) == 1
    assert len(list(unused_folder(tmp_path / "pulled").glob("[!.]*.json"))) == 1


def test_articles_that_were_uploaded_by_hand_are_pulled_too(
    client: LabelStudio, project: Project, tmp_path: Path
) -> None:
    (number,) = client.import_tasks(project.id, [{"data": {"text": TEXT}}])
    submit(client, number, region(TEXT, "۲۰ طرح"))
    assert pull(client, project, tmp_path / "pulled").rejects == []
    assert [article.id for article in load_corpus([tmp_path / "pulled"])] == [f"task-{number}"]


def test_pushed_articles_are_what_predict_reads(client: LabelStudio, project: Project) -> None:
    push(client, project, read_outgoing([ROOT / "seeds"]))
    pushed = {task["data"]["id"]: task["data"]["text"] for task in client.tasks(project.id)}
    assert pushed == {article.id: article.text for article in read_articles([ROOT / "seeds"])}
