"""The annotation guide as the instructions that Label Studio shows before the first task.

Only what the guide uses of Markdown is turned into HTML: headings, paragraphs, tables, lists, code, bold
and italics. The HTML is written as the server's own cleaner leaves it: only so does setting a project up
a second time see that nothing has changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Final

from ie_model.errors import ConfigError

GUIDE: Final = Path("annotations/GUIDELINES.md")
"""Where a project keeps its own guide, from the working directory."""

_HEADING: Final = re.compile(r"(#{1,6})\s+(.*)")
_ITEM: Final = re.compile(r"(?:(\d+)\.|[-*])\s+(.*)")
_RULE: Final = re.compile(r"\|?[\s:|-]+\|?$")
_PERSIAN: Final = re.compile(
    # From a Persian letter, or the bracket or number before one, to the last such before Latin or a tag.
    r"[\[«(]*(?:[0-9۰-۹]+\s?)?[\u0600-\u06ff](?:[^A-Za-z<>&;`*\n]*[\u0600-\u06ff\u200c](?:[\])»]*))?"
)
_INLINE: Final = (
    (re.compile(r"`([^`]+)`"), r"<code>\1</code>"),
    (re.compile(r"\*\*([^*]+)\*\*"), r"<strong>\1</strong>"),
    (re.compile(r"(?<!\w)\*([^*\s][^*]*)\*"), r"<em>\1</em>"),
)


def read_instructions(path: Path | None = None) -> str:
    """Return the annotation guide as HTML.

    Args:
        path: A Markdown file; by default :data:`GUIDE` if it is there, else the package's own copy.

    Raises:
        ConfigError: The file cannot be read.
    """
    if path is None and not GUIDE.is_file():
        guide = files("ie_model.labelstudio") / "data" / "GUIDELINES.md"
        return html_from_markdown(guide.read_text(encoding="utf-8"))
    chosen = path or GUIDE
    try:
        return html_from_markdown(chosen.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError("the guide cannot be read", where=str(chosen), found=str(error)) from error


def html_from_markdown(text: str) -> str:
    """Return the HTML of ``text``; markup that is not known stays as it is written."""
    blocks = [block.splitlines() for block in re.split(r"\n\s*\n", text.strip("\n")) if block.strip()]
    # Its page sets no space between paragraphs either.
    return "<br>".join(part for block in blocks for part in _block(block))


def _block(lines: Sequence[str]) -> Iterator[str]:
    heading = _HEADING.match(lines[0])
    if heading:
        level = len(heading[1])
        yield f"<h{level}>{_inline(heading[2])}</h{level}>"
        if lines[1:]:
            yield from _block(lines[1:])
    elif lines[0].startswith("|"):
        yield _table(lines)
    elif _ITEM.match(lines[0]):
        yield _list(lines)
    else:
        yield f"<p>{_inline(' '.join(line.strip() for line in lines))}</p>"


def _table(lines: Sequence[str]) -> str:
    rows = [
        [cell.strip() for cell in line.strip().strip("|").split("|")]
        for line in lines
        if not _RULE.fullmatch(line.strip())
    ]
    shown = ("".join(f"<td>{_inline(cell)}</td>" for cell in row) for row in rows)
    body = "".join(f"<tr>{row}</tr>" for row in shown)
    return f'<table border="1" cellpadding="6"><tbody>{body}</tbody></table>'


def _list(lines: Sequence[str]) -> str:
    items: list[str] = []
    for line in lines:
        if _ITEM.match(line):
            items.append(line.strip())
        else:
            items[-1] += f" {line.strip()}"
    return "<br>".join(f"<p>{_item(item)}</p>" for item in items)


def _item(text: str) -> str:
    # Label Studio's page shows neither the numbers nor the points of HTML lists.
    start = _ITEM.match(text)
    if start is None:
        return _inline(text)
    return f"{f'{start[1]}.' if start[1] else '•'} {_inline(start[2])}"


def _inline(text: str) -> str:
    shown = escape(text, quote=False)
    for pattern, tags in _INLINE:
        shown = pattern.sub(tags, shown)
    return _PERSIAN.sub(r'<span dir="rtl">\g<0></span>', shown)
