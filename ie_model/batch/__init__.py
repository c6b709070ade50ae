"""Many articles in, files out; see :func:`predict_batch`."""

from ie_model.batch.output import EXTRACTIONS, QUANTITIES, REJECTS, SUMMARY
from ie_model.batch.predict import BatchOptions, Observer, predict_batch
from ie_model.batch.protocol import ArticleExtractor
from ie_model.batch.summary import Summary
from ie_model.batch.table import COLUMNS, guard, table_rows, unguard

__all__ = [
    "COLUMNS",
    "EXTRACTIONS",
    "QUANTITIES",
    "REJECTS",
    "SUMMARY",
    "ArticleExtractor",
    "BatchOptions",
    "Observer",
    "Summary",
    "guard",
    "predict_batch",
    "table_rows",
    "unguard",
]
