"""The head of every page that the package writes: nothing is fetched, nothing foreign runs.

The policy names script and style by their SHA-256 (https://www.w3.org/TR/CSP3/), so that text which broke out
of its element, if ever it did, would still not run.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Final

from ie_model.report.markup import Safe, element

#: An icon that is none: browsers ask a server for one otherwise.
_NO_ICON: Final = "data:,"


def page_head(title: str, *, style: Safe, script: Safe) -> Safe:
    """Return ``<head>`` with everything but the script, which stands behind the body.

    Args:
        title: Escaped here.
        style: The page's whole style.
        script: The page's whole script: no other runs.
    """
    policy = (
        f"default-src 'none'; script-src '{_digest(script)}'; style-src '{_digest(style)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
        element("link", rel="icon", href=_NO_ICON),
        element("style", style),
    )


def _digest(content: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode("utf-8")).digest()).decode("ascii")
