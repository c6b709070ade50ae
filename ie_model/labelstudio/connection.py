"""Which Label Studio, and by which token: read from the environment, never logged.

Two kinds of token are taken. A legacy token (40 hex digits) is sent as it is. A personal access token is a
JWT of its own: it buys access tokens that live five minutes, and only these open anything.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from ie_model.errors import LabelStudioError

URL_VARIABLE: Final = "LABEL_STUDIO_URL"
KEY_VARIABLE: Final = "LABEL_STUDIO_API_KEY"
"""The names that Label Studio's own client reads."""
DEFAULT_URL: Final = "http://127.0.0.1:8080"
"""Where ``scripts/labelstudio.sh start`` puts a server unless told otherwise."""

_JWT_PARTS: Final = 3


@dataclass(frozen=True, slots=True)
class Connection:
    """A server and a token; the token is left out of ``repr``.

    Args:
        url: Without a slash at the end.
        key: Legacy or personal access token.
    """

    url: str
    key: str = field(repr=False)

    @property
    def is_personal(self) -> bool:
        """Whether the token is a personal access token."""
        return len(self.key.split(".")) == _JWT_PARTS

    @property
    def is_loopback(self) -> bool:
        """Whether the server is on this machine, so that no proxy leads to it."""
        host = urlsplit(self.url).hostname or ""
        try:
            return ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"


def read_connection(url: str | None = None, environment: Mapping[str, str] | None = None) -> Connection:
    """Return the server to use and its token.

    Args:
        url: Taken before ``LABEL_STUDIO_URL``.
        environment: In place of the process's own.

    Raises:
        LabelStudioError: No token, or an address that is none.
    """
    given = os.environ if environment is None else environment
    address = (url or given.get(URL_VARIABLE) or DEFAULT_URL).strip().rstrip("/")
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise LabelStudioError(
            "not the address of a server",
            where=URL_VARIABLE,
            found=repr(address),
            expected=f"such as {DEFAULT_URL}",
        )
    key = given.get(KEY_VARIABLE, "").strip()
    if not key:
        raise LabelStudioError(
            "there is no token for Label Studio",
            where=KEY_VARIABLE,
            mend=f"Copy one from {address}/user/account and set {KEY_VARIABLE} to it.",
        )
    if not key.isascii() or any(character.isspace() for character in key):
        raise LabelStudioError("a token has no spaces and ASCII characters only", where=KEY_VARIABLE)
    return Connection(address, key)
