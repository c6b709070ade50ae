"""The evidence page: every record beside the sentence that states it; see :func:`write_evidence`."""

from ie_model.report.evidence.words import Language
from ie_model.report.evidence.write import PAGE_ARTICLES, Evidence, write_evidence

__all__ = ["PAGE_ARTICLES", "Evidence", "Language", "write_evidence"]
