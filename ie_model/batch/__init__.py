"""Many articles in, files out; see :func:`predict_batch`."""

from ie_model.batch.engines import Engine, InProcess, engine_of
from ie_model.batch.formats import EXTRACTIONS, QUANTITIES, REJECTS, SUMMARY, OutputFormat
from ie_model.batch.options import BatchOptions, Shard, read_shard
from ie_model.batch.outcome import Outcome
from ie_model.batch.output import unfinished
from ie_model.batch.predict import Observer, predict_batch
from ie_model.batch.protocol import ArticleExtractor
from ie_model.batch.summary import Summary
from ie_model.batch.table import COLUMNS, guard, table_rows, unguard
from ie_model.batch.workers import WorkerPool

__all__ = [
    "COLUMNS",
    "EXTRACTIONS",
    "QUANTITIES",
    "REJECTS",
    "SUMMARY",
    "ArticleExtractor",
    "BatchOptions",
    "Engine",
    "InProcess",
    "Observer",
    "Outcome",
    "OutputFormat",
    "Shard",
    "Summary",
    "WorkerPool",
    "engine_of",
    "guard",
    "predict_batch",
    "read_shard",
    "table_rows",
    "unfinished",
    "unguard",
]
