"""What a server says when it does not do what it was asked, in words that help."""

from __future__ import annotations

import json
from typing import Any, Final

from ie_model.errors import LabelStudioError
from ie_model.labelstudio.connection import KEY_VARIABLE

QUOTED: Final = 400
"""Characters of an answer that an error quotes at most: the server repeats whole articles."""


class UncertainError(LabelStudioError):
    """A request that broke off or made the server fail: nobody knows whether it was carried out."""


class RefusedError(LabelStudioError):
    """The server has read what it was sent, and refuses it (400)."""


def refusal(status: int, text: str, url: str, path: str) -> LabelStudioError:
    """Return the error for an answer that is not a success.

    Args:
        status: The HTTP status.
        text: Body of the answer.
        url: Address of the server.
        path: What was asked for.
    """
    detail = _detail(text)
    if status == 401:
        legacy = "legacy" in detail.lower()
        return LabelStudioError(
            "Label Studio does not know this token" if not legacy else detail,
            where=KEY_VARIABLE,
            mend=(
                "Use a personal access token, or allow legacy tokens under Organization, API Tokens Settings."
                if legacy
                else f"Copy it again from {url}/user/account."
            ),
        )
    if status == 403:
        return LabelStudioError("this user may not do that", where=f"{url}{path}", found=detail)
    if status == 404:
        return LabelStudioError(
            "Label Studio has no such thing",
            where=f"{url}{path}",
            found=detail,
            mend="Was the project deleted? Make it with: ie-model labelstudio init",
        )
    if status == 400:
        return RefusedError(detail, where=f"{url}{path}")
    if 300 <= status < 400:
        return LabelStudioError(
            "the server sends us elsewhere", where=url, mend="Set LABEL_STUDIO_URL to its final address."
        )
    return LabelStudioError(f"Label Studio answers {status}", where=f"{url}{path}", found=detail)


def unreachable(url: str, error: Exception) -> LabelStudioError:
    """Return the error for a server that does not answer."""
    return LabelStudioError(
        "Label Studio does not answer",
        where=url,
        found=str(error) or type(error).__name__,
        mend="Start it (scripts/labelstudio.sh start), or set LABEL_STUDIO_URL.",
    )


def _detail(text: str) -> str:
    try:
        tree = json.loads(text)
    except ValueError:
        return "a page, not JSON" if text.lstrip()[:1] == "<" else (text[:QUOTED] or "nothing")
    reasons = list(_reasons(tree.get("validation_errors"))) if isinstance(tree, dict) else []
    detail = tree.get("detail") if isinstance(tree, dict) else tree
    shown = "; ".join(reasons) or (detail if isinstance(detail, str) else json.dumps(detail))
    return shown if len(shown) <= QUOTED else f"{shown[:QUOTED]}…"


def _reasons(tree: Any) -> Any:
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, dict):
        for key, value in tree.items():
            name = "" if key == "non_field_errors" else f"{key}: "
            yield from (f"{name}{reason}" for reason in _reasons(value))
    elif isinstance(tree, list):
        for value in tree:
            yield from _reasons(value)
