"""How fast a release is, for its card: one core, after a warm-up, the median of some passes."""

from __future__ import annotations

import platform
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from ie_model.corpus.model import AnnotatedArticle
from ie_model.extractor import Extractor
from ie_model.schema import Article

ARTICLES: Final = 24
"""Articles of a pass: some seconds for the default model."""
PASSES: Final = 3

_CPUINFO: Final = Path("/proc/cpuinfo")


def measure_speed(extractor: Extractor, articles: Sequence[AnnotatedArticle]) -> dict[str, Any]:
    """Return articles and characters a second of ``extractor``, which should run on one thread.

    Args:
        extractor: What is measured.
        articles: The first :data:`ARTICLES` of them are extracted from.
    """
    plain = [Article(id=article.id, text=article.text) for article in articles[:ARTICLES]]
    characters = sum(len(article.text) for article in plain)
    extractor.extract_many(plain[:2])
    seconds = []
    for _ in range(PASSES):
        began = time.perf_counter()
        extractor.extract_many(plain)
        seconds.append(time.perf_counter() - began)
    middle = statistics.median(seconds)
    return {
        "articles": len(plain),
        "characters": characters,
        "articles_per_second": round(len(plain) / middle, 2),
        "characters_per_second": round(characters / middle),
        "passes": PASSES,
        "threads": 1,
        "processor": processor_name(),
    }


def processor_name() -> str:
    """Return what the processor calls itself."""
    try:
        lines = _CPUINFO.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())
