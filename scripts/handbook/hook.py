"""What MkDocs asks while it builds the handbook: pages that are generated, and pages that lie elsewhere.

The reference is made from the code at every build, so it cannot be out of date and is not committed. Price:
it is not to be read on the pages of a code host. Pages of the repository's root (changelog, contributing)
appear in the handbook without being copied; links between files of the repository become links between pages,
and a link to a file that is no page becomes plain text.
"""

from __future__ import annotations

import os
import posixpath
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]  # a checkout need not be installed

from commands import command_page  # noqa: E402
from mkdocs.structure.files import File  # noqa: E402
from public import PUBLIC, python_page  # noqa: E402
from typed import config_page, output_page  # noqa: E402

GENERATED = {
    "reference/command-line.md": command_page,
    "reference/output.md": output_page,
    "reference/configs.md": config_page,
    "reference/python.md": python_page,
}
ELSEWHERE = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "annotations/GUIDELINES.md": "guidelines.md",
    "benchmarks/README.md": "results.md",
}
"""Files of the repository that are pages of the handbook, by where they stand there."""

LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)#\s]+)(#[^)\s]*)?\)")
ROLE = re.compile(r":(?:class|func|mod|data|attr|meth|exc):(?=<code>)")
__all__ = ["ELSEWHERE", "GENERATED", "PUBLIC"]


def on_files(files: Any, *, config: Any) -> Any:
    """Add the pages that are not in docs/."""
    for uri, make in GENERATED.items():
        files.append(File.generated(config, uri, content=make()))
    for source, uri in ELSEWHERE.items():
        content = (ROOT / source).read_text(encoding="utf-8")
        files.append(File.generated(config, uri, content=content))
    return files


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """Turn links between files of the repository into links between pages."""
    source = source_of(page.file.src_uri)
    return LINK.sub(lambda match: _relinked(match, source, page.file.src_uri), markdown)


def on_page_content(html: str, **_: Any) -> str:
    """Leave the roles of reStructuredText out, which docstrings name things by."""
    return re.sub(r"<code>~?((?:ie_model\.)?[\w.]+)</code>", r"<code>\1</code>", ROLE.sub("", html))


def source_of(uri: str) -> str:
    """Return where the page at ``uri`` of the handbook lies in the repository."""
    lies = {page: source for source, page in ELSEWHERE.items()}
    return lies.get(uri, f"docs/{uri}")


def _relinked(match: re.Match[str], source: str, uri: str) -> str:
    text, target, anchor = match[1], match[2], match[3] or ""
    if re.match(r"\w+:", target):
        return match[0]
    path = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
    if path in ELSEWHERE:
        page = ELSEWHERE[path]
    elif path.startswith("docs/"):
        page = path.removeprefix("docs/")
    elif (ROOT / path).exists():
        return text
    else:
        return match[0]  # broken: MkDocs says so
    return f"[{text}]({os.path.relpath(page, posixpath.dirname(uri) or '.')}{anchor})"
