"""What lets Label Studio in, from the environment.

Label Studio shows a name and a password (HTTP Basic) wherever it calls its ML backend, but not at webhooks:
these carry headers of their own, which whoever may see the project's settings can read. So the webhook has a
secret of its own, which opens nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final

from ie_model.errors import ConfigError
from ie_model.labelstudio.project import SECRET_HEADER
from ie_model.serve.access import Key, Password, SecretHeader

USER: Final = "IE_MODEL_BACKEND_USER"
PASSWORD: Final = "IE_MODEL_BACKEND_PASSWORD"  # noqa: S105 - a name, no password
WEBHOOK: Final = "IE_MODEL_WEBHOOK_SECRET"
#: The backend's paths; those that the webhook's secret opens.
PATHS: Final = ("/setup", "/predict", "/versions", "/webhook", "/train", "/train/status", "/train/rollback")
WEBHOOK_PATH: Final = "/webhook"


def read_doors(*, token: bool, environment: Mapping[str, str] = os.environ) -> dict[str, tuple[Key, ...]]:
    """Return the keys of the backend's paths; none where nothing is set.

    Args:
        token: Whether the server asks for a token, which Label Studio cannot show.
        environment: Holds the three secrets, or none of them.

    Raises:
        ConfigError: Some of them are missing, or cannot be shown. They are not shown here.
    """
    found = {name: environment.get(name) for name in (USER, PASSWORD, WEBHOOK)}
    missing = [name for name, value in found.items() if value is None]
    if len(missing) == len(found) and not token:
        return {}
    if missing:
        raise ConfigError(
            "Label Studio could not be let in",
            where=", ".join(missing),
            found="not set" + (", and a token that Label Studio cannot show" if token else ""),
            expected=f"{USER}, {PASSWORD} and {WEBHOOK}, or none of them and no token",
        )
    for name, value in found.items():
        _require_showable(name, value or "")
    password = Password(found[USER] or "", found[PASSWORD] or "")
    doors: dict[str, tuple[Key, ...]] = dict.fromkeys(PATHS, (password,))
    doors[WEBHOOK_PATH] = (password, SecretHeader(SECRET_HEADER, found[WEBHOOK] or ""))
    return doors


def _require_showable(name: str, value: str) -> None:
    wrong = not value or not value.isprintable() or " " in value or not value.isascii()
    if wrong or (name == USER and ":" in value):
        raise ConfigError(
            "this cannot be shown in a header",
            where=name,
            found=f"{len(value)} characters",
            expected="visible ASCII characters without spaces" + (" and colons" if name == USER else ""),
        )
