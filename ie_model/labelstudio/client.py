"""The dozen calls to Label Studio's HTTP API that annotating needs, each with a timeout and retries.

Plain httpx in place of Label Studio's own client (``label-studio-sdk``, of which only the check of
predictions is used, :mod:`ie_model.labelstudio.checking`): that one retries a POST that may have been carried
out, and says "status_code: 401, body: ..." where an annotator wants to know which variable to set. The price:
we follow the API ourselves, which the tests against a real server watch.

What fails because nothing was sent (no connection), and reading, is tried again until ``patience`` is over,
with growing pauses. A POST that broke off may have been carried out: :class:`UncertainError` leaves it to
the caller to look before sending again.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from ie_model.errors import LabelStudioError
from ie_model.extras import require
from ie_model.labelstudio.answers import RefusedError, UncertainError, refusal, unreachable
from ie_model.labelstudio.connection import Connection

if TYPE_CHECKING:
    import httpx

EXTRA: Final = "annotate"
TIMEOUT: Final = 120.0
"""Seconds for one answer: an import of fifty long articles takes the server two or three."""
PATIENCE: Final = 60.0
"""Seconds that a server may be away; it restarts in about ten."""
FIRST_PATIENCE: Final = 3.0
"""The same at the first call, where a wrong address is likelier than a restart."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 8.0
"""Seconds between tries: doubled each time, up to the longest."""
PAGE: Final = 200
"""Tasks of one listing: about a megabyte with the articles' texts."""

_TOO_MANY: Final = 429
_UNAUTHORIZED: Final = 401
_SERVER_ERROR: Final = 500


class LabelStudio:
    """A server, as a context manager.

    Args:
        connection: Where it is and the token.
        timeout: Seconds for one answer.
        patience: Seconds that it may be away.
        sleep: Waits so many seconds; for tests.

    Raises:
        MissingExtraError: httpx is not installed.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        timeout: float = TIMEOUT,
        patience: float = PATIENCE,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        require(EXTRA, "httpx")
        import httpx

        self.connection = connection
        self.patience = patience
        self._sleep = sleep
        self._met = False
        self._access: str | None = None
        self._http = httpx.Client(
            base_url=connection.url, timeout=timeout, trust_env=not connection.is_loopback
        )

    def __enter__(self) -> LabelStudio:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    @property
    def url(self) -> str:
        """Address of the server, without a slash at the end."""
        return self.connection.url

    # --- what the API offers ---------------------------------------------------------------------------

    def get(self, path: str, **params: Any) -> Any:
        """Return the JSON at ``path``; tried again while the server is away.

        Raises:
            LabelStudioError: The server is away for longer than ``patience``, refuses the token, has
                no such thing, or does not answer as Label Studio does.
        """
        return self._call("GET", path, params=params)

    def patch(self, path: str, body: Any) -> Any:
        """Change what is at ``path``; the same change twice is one, so it is tried again like :meth:`get`."""
        return self._call("PATCH", path, body=body)

    def post(self, path: str, body: Any, **params: Any) -> Any:
        """Send ``body``; tried again only if it cannot have arrived.

        Raises:
            UncertainError: The connection broke off, or the server failed: it may have been carried out.
            RefusedError: The server says what is wrong with ``body``.
            LabelStudioError: As :meth:`get`.
        """
        return self._call("POST", path, params=params, body=body)

    def delete(self, path: str) -> None:
        """Delete what is at ``path``."""
        self._call("DELETE", path)

    def projects(self, title: str) -> list[dict[str, Any]]:
        """Return the projects of exactly this title, oldest first."""
        found: list[dict[str, Any]] = []
        page = 1
        while True:
            answer = self.get("/api/projects/", title=title, page=page, page_size=100)
            found += answer["results"]
            if not answer.get("next"):
                break
            page += 1
        return sorted((one for one in found if one["title"] == title), key=lambda one: int(one["id"]))

    def project(self, project: int) -> dict[str, Any]:
        """Return a project."""
        answer: dict[str, Any] = self.get(f"/api/projects/{project}/")
        return answer

    def users(self) -> dict[int, str]:
        """Return the e-mail address of every user of the server by number."""
        return {int(user["id"]): str(user["email"]) for user in self.get("/api/users/")}

    def tasks(self, project: int) -> Iterator[dict[str, Any]]:
        """Yield the tasks of a project with their data, without annotations, in order of their number.

        Raises:
            LabelStudioError: As :meth:`get`; also when tasks go while they are listed, time and again.
        """
        page, seen = 1, 0
        while True:
            answer = self.get("/api/tasks/", project=project, fields="task_only", page=page, page_size=PAGE)
            yield from answer["tasks"]
            seen += len(answer["tasks"])
            if seen >= answer["total"] or not answer["tasks"]:
                return
            page += 1

    def import_tasks(self, project: int, tasks: Sequence[dict[str, Any]]) -> list[int]:
        """Import tasks, all or none, and return their numbers.

        Raises:
            UncertainError: It may have been done.
            RefusedError: The server refuses at least one of them.
        """
        answer = self.post(f"/api/projects/{project}/import", list(tasks), return_task_ids="true")
        return [int(number) for number in answer["task_ids"]]

    def export(self, project: int, tasks: Sequence[int]) -> list[dict[str, Any]]:
        """Return those of ``tasks`` that have annotations, with all of them, in Label Studio's own form."""
        answer = self.get(f"/api/projects/{project}/export", exportType="JSON", **{"ids[]": list(tasks)})
        return [dict(task) for task in answer]

    # --- one call --------------------------------------------------------------------------------------

    def _call(self, method: str, path: str, *, params: Any = None, body: Any = None) -> Any:
        import httpx

        repeatable = method != "POST"
        pauses = self._pauses()
        while True:
            try:
                response = self._send(method, path, params, body)
                if response.status_code < _SERVER_ERROR and response.status_code != _TOO_MANY:
                    return self._answer(response, path)
                failure = refusal(response.status_code, response.text, self.url, path)
                if not repeatable and response.status_code != _TOO_MANY:
                    raise UncertainError(failure.what, where=self.url, found=failure.found)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failure = unreachable(self.url, error)
            except httpx.TransportError as error:
                failure = unreachable(self.url, error)
                if not repeatable:
                    raise UncertainError(
                        f"the connection broke off ({type(error).__name__})", where=self.url
                    ) from error
            pause = next(pauses, None)
            if pause is None:
                raise failure
            self._sleep(pause)

    def _pauses(self) -> Iterator[float]:
        over = time.monotonic() + (self.patience if self._met else min(FIRST_PATIENCE, self.patience))
        pause = FIRST_PAUSE
        while (left := over - time.monotonic()) > 0:
            yield min(pause, left)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _send(self, method: str, path: str, params: Any, body: Any) -> httpx.Response:
        response = self._once(method, path, params, body)
        if response.status_code == _UNAUTHORIZED and self.connection.is_personal:
            self._access = None  # five minutes are over
            response = self._once(method, path, params, body)
        return response

    def _once(self, method: str, path: str, params: Any, body: Any) -> httpx.Response:
        # Not httpx's own JSON: half a surrogate pair would raise where a reason is wanted.
        content = None if body is None else json.dumps(body, ensure_ascii=True).encode("ascii")
        headers = {"Authorization": self._authorization()}
        if content is not None:
            headers["Content-Type"] = "application/json"
        return self._http.request(method, path, params=params or None, content=content, headers=headers)

    def _authorization(self) -> str:
        if not self.connection.is_personal:
            return f"Token {self.connection.key}"
        if self._access is None:
            response = self._http.post("/api/token/refresh/", json={"refresh": self.connection.key})
            self._access = self._answer(response, "/api/token/refresh/")["access"]
        return f"Bearer {self._access}"

    def _answer(self, response: httpx.Response, path: str) -> Any:
        if not response.is_success:
            raise refusal(response.status_code, response.text, self.url, path)
        self._met = True
        if not response.content:
            return None
        try:
            return json.loads(response.content)
        except ValueError as error:
            raise LabelStudioError(
                "the answer is no JSON: this is no Label Studio",
                where=f"{self.url}{path}",
                found=response.headers.get("content-type", "nothing"),
                mend="Check LABEL_STUDIO_URL.",
            ) from error


__all__ = ["EXTRA", "PAGE", "PATIENCE", "TIMEOUT", "LabelStudio", "RefusedError", "UncertainError"]
