"""The forms that a run's output has, and the names of its files."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Final

from ie_model.batch.frames import FramePacking, require_frame_packing
from ie_model.extras import require

EXTRACTIONS: Final = "extractions.jsonl"
QUANTITIES: Final = "quantities.csv"
REJECTS: Final = "rejects.jsonl"
SUMMARY: Final = "summary.json"
EVIDENCE: Final = "evidence.html"
EXTRACTIONS_PARQUET: Final = "extractions.parquet"
QUANTITIES_PARQUET: Final = "quantities.parquet"
WORKBOOK: Final = "records.xlsx"


class OutputFormat(StrEnum):
    """How extractions and the flat table are written; rejects and summary are always plain JSON."""

    JSONL = "jsonl"
    JSONL_GZ = "jsonl.gz"
    JSONL_XZ = "jsonl.xz"
    JSONL_ZST = "jsonl.zst"
    PARQUET = "parquet"
    XLSX = "xlsx"

    @property
    def packing(self) -> FramePacking:
        """How the two growing files are packed."""
        return _PACKING.get(self, FramePacking.PLAIN)

    @property
    def files(self) -> tuple[str, ...]:
        """What lies in the output folder afterwards, in the order in which it is put there."""
        if self is OutputFormat.PARQUET:
            return EXTRACTIONS_PARQUET, QUANTITIES_PARQUET, REJECTS, SUMMARY
        if self is OutputFormat.XLSX:
            return EXTRACTIONS, WORKBOOK, REJECTS, SUMMARY
        ending = self.packing.value
        return EXTRACTIONS + ending, QUANTITIES + ending, REJECTS, SUMMARY

    def require_packages(self) -> None:
        """Raise :class:`ie_model.errors.MissingExtraError` unless what this format needs is installed."""
        require_frame_packing(self.packing)
        if self is OutputFormat.PARQUET:
            require("parquet", "pyarrow")
        if self is OutputFormat.XLSX:
            require("xlsx", "openpyxl")


_PACKING: Final[Mapping[OutputFormat, FramePacking]] = {
    OutputFormat.JSONL_GZ: FramePacking.GZIP,
    OutputFormat.JSONL_XZ: FramePacking.XZ,
    OutputFormat.JSONL_ZST: FramePacking.ZSTD,
}

KNOWN_FILES: Final = (*dict.fromkeys(name for form in OutputFormat for name in form.files), EVIDENCE)
"""Every name that a run may write, of whatever format: a finished run leaves none of an earlier one."""

EVIDENCE_PAGE: Final = re.compile(r"evidence-\d+\.html")
"""What the further pages of :data:`EVIDENCE` are called, from ``evidence-2.html`` on."""

PART_FOLDERS: Final = ("extractions", "quantities", "rejects")
"""Folders of parts, which a run on a cluster writes in place of single files."""
PART_NAME: Final = re.compile(r"part-\d{5,}-\d{6,}\.(jsonl|csv|parquet)(\.gz|\.xz|\.zst)?")
"""What a part is called: strict, since an earlier run's parts are removed by it."""


def earlier_files(folder: Path, new: Collection[str]) -> list[Path]:
    """Return the files in ``folder`` that earlier runs wrote, but those called as the ``new`` ones are."""
    known = set(KNOWN_FILES) - set(new)
    return [path for path in folder.iterdir() if path.name in known or EVIDENCE_PAGE.fullmatch(path.name)]
