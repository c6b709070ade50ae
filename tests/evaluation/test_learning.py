"""Learning curves: read from what training writes, or from points of one's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ie_model.errors import IeModelError
from ie_model.evaluation.evaluate import report_on
from ie_model.evaluation.learning import CurvePoint, read_curve
from tests.evaluation.making import EVERYTHING, JOINED, as_predicted, gold

ARTICLE = gold(EVERYTHING, JOINED)
REPORT = report_on([ARTICLE], {"a": as_predicted(ARTICLE)}).to_json()


def model(folder: Path, articles: int, held_out: Any = REPORT) -> Path:
    folder.mkdir(parents=True)
    metrics = {"training": {"articles": articles}, "held_out": held_out}
    (folder / "metrics.json").write_text(json.dumps(metrics), encoding="utf-8")
    return folder


def test_a_trained_model_is_a_point_of_every_score(tmp_path: Path) -> None:
    curve = read_curve([model(tmp_path / "large", 80), model(tmp_path / "small", 20) / "metrics.json"])
    assert set(curve) == {"mentions", "values", "links with", "links by", "records"}
    assert [point.articles for point in curve["records"]] == [20, 80]
    assert curve["records"][0] == CurvePoint(series="records", articles=20, score=1)


def test_a_cross_validation_has_the_mean_of_its_folds(tmp_path: Path) -> None:
    for fold, articles in enumerate((30, 32)):
        model(tmp_path / f"fold-{fold}", articles)
    metrics = {"held_out": REPORT, "folds": {"0": REPORT, "1": REPORT}}
    (tmp_path / "metrics.json").write_text(json.dumps(metrics), encoding="utf-8")
    assert [point.articles for point in read_curve([tmp_path])["mentions"]] == [31]


def test_points_of_one_s_own(tmp_path: Path) -> None:
    points = [{"series": "هدف", "articles": n, "score": n / 100, "low": 0, "high": 1} for n in (50, 10)]
    (tmp_path / "curve.json").write_text(json.dumps(points), encoding="utf-8")
    curve = read_curve([tmp_path / "curve.json"])
    assert [(point.articles, point.high) for point in curve["هدف"]] == [(10, 1), (50, 1)]


def test_no_path_is_no_curve() -> None:
    assert read_curve([]) == {}


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("{", "JSONDecodeError"),
        ('{"held_out": null}', "measured on no held-out article"),
        ("{}", "held_out"),
        ('{"held_out": {}}', "articles: Field required"),
        ('[{"series": "a", "articles": 0, "score": 1}]', "greater than 0"),
        ('[{"series": "a", "articles": 1, "score": 2}]', "less than or equal to 1"),
        ("7", "TypeError"),
    ],
)
def test_what_holds_no_point_is_told(tmp_path: Path, content: str, found: str) -> None:
    (tmp_path / "metrics.json").write_text(content, encoding="utf-8")
    with pytest.raises(IeModelError, match=r"no point of a learning curve") as caught:
        read_curve([tmp_path])
    assert found in (caught.value.found or "")


def test_a_path_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(IeModelError, match="No such file"):
        read_curve([tmp_path / "none"])


def test_a_model_without_its_number_of_articles_is_refused(tmp_path: Path) -> None:
    (tmp_path / "metrics.json").write_text(json.dumps({"held_out": REPORT}), encoding="utf-8")
    with pytest.raises(IeModelError, match="KeyError: 'folds'"):
        read_curve([tmp_path])
