"""Articles in: ``.txt``, ``.jsonl``, ``.csv``, ``.parquet``, folders and standard input.

All but Parquet may be packed as a whole (``.jsonl.gz``, ``.csv.xz``, ``.txt.zst``), and in any encoding of
text that is named. Everything is one lazy stream of articles and rejects in a fixed order. The text of an
article is never changed: offsets are code points of the text as its source gives it (a byte order mark at
the start of a file is not part of the text; line ends and everything else are).
"""

from ie_model.articles.check import DEFAULT_MAX_CHARS, Gate, Located, Row, check_text
from ie_model.articles.reader import ArticleReader, read_articles
from ie_model.articles.rejects import Place, RefusedError, Reject, RejectCode
from ie_model.articles.standard_input import StdinFormat

__all__ = [
    "DEFAULT_MAX_CHARS",
    "ArticleReader",
    "Gate",
    "Located",
    "Place",
    "RefusedError",
    "Reject",
    "RejectCode",
    "Row",
    "StdinFormat",
    "check_text",
    "read_articles",
]
