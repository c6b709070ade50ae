"""The project in Label Studio: found by title or number, made, and brought up to date.

Setting up twice changes nothing: every field is compared with what the server has, and only what differs is
sent. What an annotator or an owner set besides (members, tabs, colours of the project) is left alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ie_model.corpus.labelstudio_json import FROM_NAME, TO_NAME
from ie_model.errors import LabelStudioError
from ie_model.labelstudio.client import LabelStudio
from ie_model.labelstudio.labelling import labelling_config
from ie_model.schema import LABELS

TITLE: Final = "ie-model"
"""Title of the project if none is given."""
MAX_TITLE: Final = 50
MIN_TITLE: Final = 3
"""Characters that Label Studio allows in a title."""


@dataclass(frozen=True, slots=True)
class Project:
    """A project on a server.

    Attributes:
        id: Its number.
        title: As shown.
        url: Its page.
        labels: Of its labelling interface.
    """

    id: int
    title: str
    url: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SetUp:
    """What :func:`set_up` did.

    Attributes:
        project: The project as it is now.
        created: Whether it is new.
        changed: The fields that were brought up to date.
        backend: ``connected``, ``updated``, ``unchanged``; None when none was asked for.
    """

    project: Project
    created: bool
    changed: tuple[str, ...]
    backend: str | None = None


@dataclass(frozen=True, slots=True)
class Backend:
    """An ML backend to connect.

    Args:
        url: As the Label Studio server reaches it.
        user: Of basic authentication; None for none.
        password: Likewise.
        secret: Sent as a header with every event, see :data:`SECRET_HEADER`.
    """

    url: str
    user: str | None = None
    password: str | None = None
    secret: str | None = None

    def __repr__(self) -> str:
        """Name the address only."""
        return f"Backend({self.url!r})"


SECRET_HEADER: Final = "X-IE-Model-Secret"  # noqa: S105 - a name
"""Header by which our backend knows that an event comes from its own Label Studio."""
BACKEND_TITLE: Final = "ie-model"
BACKEND_TIMEOUT: Final = 100.0
"""Seconds that the server waits for predictions: its own default."""


def find_project(client: LabelStudio, wanted: str) -> Project:
    """Return the project of this number or exact title.

    Raises:
        LabelStudioError: There is none, more than one, or its interface is not ours.
    """
    found = _find(client, wanted)
    if found is None:
        raise LabelStudioError(
            "there is no such project",
            where=client.url,
            found=repr(wanted),
            mend="Make it with: ie-model labelstudio init",
        )
    return _project(client, found)


def set_up(
    client: LabelStudio,
    wanted: str = TITLE,
    *,
    labels: Sequence[str] = LABELS,
    instructions: str | None = None,
    annotators: int | None = None,
    backend: Backend | None = None,
) -> SetUp:
    """Create the project, or bring it up to date.

    Args:
        client: The server.
        wanted: Title, or the number of a project that is there.
        labels: Of the interface.
        instructions: HTML shown to annotators; None leaves what is there.
        annotators: How many annotate each article; None leaves what is there.
        backend: Connected to the project; None leaves what is there.

    Raises:
        LabelStudioError: The server refuses something, such as a label taken out that annotations use.
    """
    fields = _fields(labels, instructions, annotators)
    found = _find(client, wanted)
    if found is None:
        if wanted.isdecimal():
            raise LabelStudioError("there is no project of this number", where=client.url, found=wanted)
        answer = client.post("/api/projects/", {"title": _title(wanted), **fields})
        created, changed = True, tuple(fields)
    else:
        different = {key: value for key, value in fields.items() if found.get(key) != value}
        answer = client.patch(f"/api/projects/{found['id']}/", different) if different else found
        created, changed = False, tuple(different)
    project = _project(client, answer)
    state = None if backend is None else _connect(client, project.id, backend)
    return SetUp(project, created, changed, state)


def _title(wanted: str) -> str:
    if not MIN_TITLE <= len(wanted) <= MAX_TITLE:
        raise LabelStudioError(
            "a title has another length",
            where="--project",
            found=f"{len(wanted)} characters",
            expected=f"{MIN_TITLE} to {MAX_TITLE}",
        )
    return wanted


def _fields(labels: Sequence[str], instructions: str | None, annotators: int | None) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "label_config": labelling_config(labels),
        # Pre-annotations are what the annotator starts from. A backend is then asked when a task without any
        # is opened; evaluate_predictions_automatically would let every listing wait for all of its tasks.
        "show_collab_predictions": True,
        "enable_empty_annotation": True,  # an article may state no fact
        "show_skip_button": True,
        "show_annotation_history": True,
    }
    if instructions is not None:
        fields |= {"expert_instruction": instructions, "show_instruction": True}
    if annotators is not None:
        fields["maximum_annotations"] = annotators
    return fields


def _find(client: LabelStudio, wanted: str) -> dict[str, Any] | None:
    if wanted.isdecimal():
        try:
            return client.project(int(wanted))
        except LabelStudioError as error:
            if "no such thing" in error.what:
                return None
            raise
    found = client.projects(wanted)
    if len(found) > 1:
        numbers = ", ".join(str(one["id"]) for one in found)
        raise LabelStudioError(
            f"{len(found)} projects have the title {wanted!r}",
            where=client.url,
            found=f"numbers {numbers}",
            mend="Give the number: --project N",
        )
    return client.project(int(found[0]["id"])) if found else None


def _project(client: LabelStudio, answer: Mapping[str, Any]) -> Project:
    control = (answer.get("parsed_label_config") or {}).get(FROM_NAME) or {}
    if control.get("type") != "Labels" or control.get("to_name") != [TO_NAME]:
        raise LabelStudioError(
            "the project has another labelling interface than ours",
            where=f"{client.url}/projects/{answer['id']}/settings/labeling",
            mend="Set it up with: ie-model labelstudio init",
        )
    number = int(answer["id"])
    return Project(
        number, str(answer["title"]), f"{client.url}/projects/{number}/data", tuple(control["labels"])
    )


def _connect(client: LabelStudio, project: int, backend: Backend) -> str:
    url = backend.url.rstrip("/")
    wanted: dict[str, Any] = {
        "url": url,
        "title": BACKEND_TITLE,
        "is_interactive": True,
        "timeout": BACKEND_TIMEOUT,
    }
    if backend.user is not None:
        wanted |= {
            "auth_method": "BASIC_AUTH",
            "basic_auth_user": backend.user,
            "basic_auth_pass": backend.password or "",
        }
    found = [one for one in client.get("/api/ml/", project=project) if str(one["url"]).rstrip("/") == url]
    if not found:
        client.post("/api/ml/", {**wanted, "project": project})
        state = "connected"
    else:
        # A password cannot be read back: it is sent again, which changes nothing if it is the same.
        visible = {key: value for key, value in wanted.items() if key != "basic_auth_pass"}
        same = all(found[0].get(key) == value for key, value in visible.items() if key != "url")
        state = "unchanged" if same else "updated"
        if not same or backend.password:
            client.patch(f"/api/ml/{found[0]['id']}", {**wanted, "project": project})
    _share_secret(client, project, url, backend.secret)
    return state


def _share_secret(client: LabelStudio, project: int, url: str, secret: str | None) -> None:
    """Let the webhook that Label Studio makes for a backend show our secret."""
    if secret is None:
        return
    headers = {SECRET_HEADER: secret}
    address = f"{url}/webhook"
    found = [one for one in client.get("/api/webhooks/", project=project) if one["url"] == address]
    if not found:
        body = {"project": project, "url": address, "send_payload": True, "send_for_all_actions": True}
        client.post("/api/webhooks/", {**body, "headers": headers})
    elif found[0].get("headers") != headers:
        client.patch(f"/api/webhooks/{found[0]['id']}/", {"headers": headers})
