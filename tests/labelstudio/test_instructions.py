"""The annotation guide as the instructions of the project."""

from __future__ import annotations

from pathlib import Path

import pytest

from ie_model.errors import ConfigError
from ie_model.labelstudio.instructions import html_from_markdown, read_instructions
from tests.conftest import ROOT


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("# A\n\ntext\nmore", "<h1>A</h1><br><p>text more</p>"),
        ("1. one\n   more\n2. two", "<p>1. one more</p><br><p>2. two</p>"),
        ("- one\n- two", "<p>• one</p><br><p>• two</p>"),
        ("a `b<c` **d** *e*", "<p>a <code>b&lt;c</code> <strong>d</strong> <em>e</em></p>"),
        ("<script>x</script>", "<p>&lt;script&gt;x&lt;/script&gt;</p>"),
        (
            "| a | b |\n| --- | --- |\n| c | d |",
            '<table border="1" cellpadding="6"><tbody>'
            "<tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></tbody></table>",
        ),
    ],
)
def test_markdown(markdown: str, html: str) -> None:
    assert html_from_markdown(markdown) == html


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ends at [865 میلیارد تومان]. Then", 'ends at <span dir="rtl">[865 میلیارد تومان]</span>. Then'),
        ("[۲۳ واحد] · [48 شغل]", '<span dir="rtl">[۲۳ واحد] · [48 شغل]</span>'),
        ("«دیگر» or", '<span dir="rtl">«دیگر»</span> or'),
        ("none 5 [x]", "none 5 [x]"),
    ],
)
def test_persian_among_latin_keeps_its_own_direction(text: str, shown: str) -> None:
    assert html_from_markdown(text) == f"<p>{shown}</p>"


def test_the_package_has_the_guide_of_the_repository(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    guide = (ROOT / "annotations/GUIDELINES.md").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert read_instructions() == html_from_markdown(guide)


def test_a_guide_of_one_s_own_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "annotations").mkdir()
    (tmp_path / "annotations/GUIDELINES.md").write_text("# Ours", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert read_instructions() == "<h1>Ours</h1>"


def test_a_guide_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="guide cannot be read"):
        read_instructions(tmp_path / "none.md")
