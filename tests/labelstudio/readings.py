"""Exported tasks for tests: readings of one article by several annotators, from a few words each."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ie_model.corpus.labelstudio_json import task_from_article
from ie_model.corpus.model import AnnotatedArticle
from ie_model.labelstudio.exports import ReadArticle, read_exports
from tests.evaluation.making import TEXT, Said, gold

Side = AnnotatedArticle


def side(*mentions: Said, records: Sequence[Sequence[Said]] = (), text: str = TEXT) -> AnnotatedArticle:
    """What one annotator says about the article ``a``."""
    return gold(mentions, records, text=text)


def annotation(said: AnnotatedArticle, who: Any = 1, **more: Any) -> dict[str, Any]:
    """One annotation as the server exports it."""
    return {"completed_by": who, "was_cancelled": False, "result": results(said), **more}


def prediction(said: AnnotatedArticle, version: str = "model 1", **more: Any) -> dict[str, Any]:
    return {"model_version": version, "result": results(said), **more}


def results(said: AnnotatedArticle) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = task_from_article(said)["annotations"][0]["result"]
    return found


def task(
    annotations: Sequence[Mapping[str, Any]],
    *,
    predictions: Sequence[Mapping[str, Any]] = (),
    article: str = "a",
    text: str = TEXT,
    **more: Any,
) -> dict[str, Any]:
    return {
        "id": 7,
        "project": 3,
        "data": {"id": article, "text": text},
        "annotations": list(annotations),
        "predictions": list(predictions),
        **more,
    }


def read(folder: Path, *tasks: Mapping[str, Any]) -> list[ReadArticle]:
    """Write ``tasks`` as one export and read it back; nothing may be rejected."""
    articles, rejects = read_exports([export(folder, *tasks)])
    assert rejects == []
    return articles


def export(folder: Path, *tasks: Mapping[str, Any]) -> Path:
    path = folder / "export.json"
    path.write_text(json.dumps(tasks, ensure_ascii=False), encoding="utf-8")
    return path
