"""What a reader or a check has to say about one annotated article."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["warning", "error"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong (``error``) or doubtful (``warning``) in the corpus.

    Args:
        severity: How bad it is; what follows from it is the caller's policy.
        code: Stable name of the check, for programs.
        article_id: The article concerned; empty when it is the corpus as a whole.
        where: File, and the mention or relation in it; offsets are half-open code points.
        message: What was found, against what was expected.
        mend: What to do about it.
    """

    severity: Severity
    code: str
    article_id: str
    where: str
    message: str
    mend: str = ""


@dataclass(slots=True)
class NoteTaker:
    """Collects the findings of reading one article."""

    article_id: str
    source: str
    notes: list[Finding] = field(default_factory=list)

    def warn(self, code: str, message: str, mend: str = "", *, place: str = "") -> None:
        """Note something that was passed over and loses nothing that training uses."""
        self._note("warning", code, message, mend, place)

    def error(self, code: str, message: str, mend: str = "", *, place: str = "") -> None:
        """Note something that the article as it was read does not say, though the file does."""
        self._note("error", code, message, mend, place)

    def _note(self, severity: Severity, code: str, message: str, mend: str, place: str) -> None:
        where = f"{self.source}, {place}" if place else self.source
        self.notes.append(Finding(severity, code, self.article_id, where, message, mend))
