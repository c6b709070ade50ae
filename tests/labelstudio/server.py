"""A real Label Studio of the tests' own, started as a user would start it, and another annotator."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from ie_model.labelstudio.client import LabelStudio
from ie_model.labelstudio.connection import Connection
from tests.conftest import ROOT

SCRIPT = ROOT / "scripts/labelstudio.sh"
EXECUTABLE = "IE_MODEL_LABEL_STUDIO"
"""Environment variable with the label-studio executable; the tests are skipped without it."""
USER = "admin@example.org"
PASSWORD = "tests-only-1"
TOKEN = "0123456789abcdef0123456789abcdef01234567"


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """A server of its own data folder.

    >>> server.restart()            # as after a crash: what is not in the database is gone
    >>> server.client()             # ours, as the administrator
    >>> server.annotator("second")  # another user, who may submit annotations
    """

    data: Path
    port: int = field(default_factory=free_port)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What the command line reads."""
        return {"LABEL_STUDIO_URL": self.url, "LABEL_STUDIO_API_KEY": TOKEN}

    def run(self, action: str) -> subprocess.CompletedProcess[str]:
        given = {
            "LABEL_STUDIO_USERNAME": USER,
            "LABEL_STUDIO_PASSWORD": PASSWORD,
            "LABEL_STUDIO_API_KEY": TOKEN,
        }
        place = ["--data", str(self.data), *(["--port", str(self.port)] if action == "start" else [])]
        return subprocess.run(
            [SCRIPT, action, *place],
            env={**os.environ, **given},
            capture_output=True,
            text=True,
            check=False,
            timeout=330,
        )

    def start(self) -> None:
        done = self.run("start")
        assert done.returncode == 0, done.stdout + done.stderr

    def stop(self) -> None:
        done = self.run("stop")
        assert done.returncode == 0, done.stdout + done.stderr

    def kill(self) -> None:
        """End it at once, as a crash does."""
        pid = int((self.data / "server.pid").read_text())
        os.killpg(pid, signal.SIGKILL)
        while _answers(self.port):
            time.sleep(0.05)

    def restart(self) -> None:
        self.kill()
        self.start()

    def client(self, **options: Any) -> LabelStudio:
        return LabelStudio(Connection(self.url, TOKEN), **options)

    def annotator(self, name: str) -> Annotator:
        return Annotator.sign_up(self, f"{name}@example.org")


@dataclass
class Annotator:
    """A user who signed up by the invitation link."""

    url: str
    email: str
    key: str
    id: int

    @classmethod
    def sign_up(cls, server: Server, email: str) -> Annotator:
        with server.client() as admin:
            invitation = admin.get("/api/invite")["invite_url"]
        link = invitation if invitation.startswith("http") else server.url + invitation
        with httpx.Client(follow_redirects=True, trust_env=False, timeout=60) as browser:
            page = browser.get(link)
            token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
            assert token is not None, page.text[:500]
            form = {"email": email, "password": PASSWORD, "csrfmiddlewaretoken": token[1]}
            browser.post(str(page.url), data=form, headers={"Referer": link})
            key = browser.get(f"{server.url}/api/current-user/token").json()["token"]
            number = browser.get(f"{server.url}/api/current-user/whoami").json()["id"]
        return cls(server.url, email, key, number)

    def submit(self, task: int, results: list[dict[str, Any]], **more: Any) -> int:
        """Annotate a task and return the annotation's number."""
        with LabelStudio(Connection(self.url, self.key)) as client:
            body = {"result": results, "lead_time": 5.5, **more}
            answer = client.post(f"/api/tasks/{task}/annotations/", body)
        return int(answer["id"])


def _answers(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
