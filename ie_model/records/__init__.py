"""Records: mentions that the linker joined, with roles, span, confidence, period, place and checks."""

from ie_model.records.build import Built, build_records, record_confidence, record_span

__all__ = ["Built", "build_records", "record_confidence", "record_span"]
