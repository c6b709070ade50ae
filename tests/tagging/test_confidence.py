"""Confidence of mentions: fitted for each label on what speaks for a mention."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ie_model.schema import AMOUNT, INSTITUTION, TARGET
from ie_model.tagging.calibration import log_odds
from ie_model.tagging.confidence import FEATURES, SpanCalibration, features, fit_spans
from ie_model.tagging.decoding import TaggedSpan
from ie_model.tagging.grammar import Agreement, WeighedSpan


def found(
    label: str = AMOUNT,
    share: float = 0.9,
    *,
    borders: float = 1.0,
    view: Agreement | None = "same",
    repeats: int = 1,
    words: int = 1,
) -> WeighedSpan:
    return WeighedSpan(TaggedSpan(0, 1, label, share, borders, words), view, repeats)


Answers = list[tuple[WeighedSpan, bool]]


def drawn(label: str, chance: float, count: int, *, view: Agreement | None = "same") -> Answers:
    generator = np.random.default_rng(3)
    return [(found(label, view=view), bool(hit)) for hit in generator.uniform(size=count) < chance]


def fitted(*groups: Answers) -> SpanCalibration:
    answers = [one for group in groups for one in group]
    return fit_spans([one for one, _ in answers], [right for _, right in answers])


def test_every_feature_has_its_place() -> None:
    one = found(INSTITUTION, 0.9, borders=0.5, view=None, repeats=3, words=2)
    values = dict(zip(FEATURES, features(one), strict=True))
    assert values == pytest.approx(
        {"label": np.log(9), "borders": 0, "nothing": 0, "other": 0, "moved": 0}
        | {"repeats": 2, "length": np.log(2), "constant": 1}
    )
    for view in ("none", "other", "moved"):
        values = dict(zip(FEATURES, features(found(view=view, repeats=9)), strict=True))  # type: ignore[arg-type]
        marks = {"none": "nothing"}
        assert [name for name in ("nothing", "other", "moved") if values[name]] == [marks.get(view, view)]
        assert values["repeats"] == 0, "quantities repeat for other reasons than names"


@given(st.floats(0.001, 0.999), st.floats(0.001, 0.999))
def test_without_weights_the_decoders_confidence_stands(share: float, borders: float) -> None:
    one = found(share=share, borders=borders)
    assert SpanCalibration()(one) == pytest.approx(share * borders, abs=6e-5)


def test_each_label_learns_its_own_rate() -> None:
    learned = fitted(drawn(AMOUNT, 0.9, 800), drawn(TARGET, 0.4, 800))
    assert learned(found(AMOUNT)) == pytest.approx(0.9, abs=0.03)
    assert learned(found(TARGET)) == pytest.approx(0.4, abs=0.04)


def test_the_grammars_view_tells_sure_from_unsure() -> None:
    learned = fitted(drawn(AMOUNT, 0.95, 500), drawn(AMOUNT, 0.3, 500, view="none"))
    assert learned(found(view="same")) > 0.9
    assert learned(found(view="none")) < 0.4


def test_a_label_with_few_answers_is_drawn_to_the_others() -> None:
    learned = fitted(drawn(AMOUNT, 0.9, 800), [(found(TARGET), False)] * 2 + [(found(TARGET), True)] * 2)
    assert 0.5 < learned(found(TARGET)) < learned(found(AMOUNT))
    none_wrong = fitted(drawn(AMOUNT, 0.9, 800), [(found(TARGET), True)] * 3)
    assert none_wrong.weights[TARGET] == none_wrong.weights[AMOUNT] or none_wrong(found(TARGET)) > 0.85


@pytest.mark.parametrize("right", [[], [True] * 5, [False] * 5, [True, True, True, False]])
def test_too_little_to_fit_leaves_confidences_alone(right: list[bool]) -> None:
    assert fit_spans([found() for _ in right], right) == SpanCalibration()


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_log_odds_are_finite(share: float) -> None:
    assert abs(log_odds(share)) < 20
    assert np.isfinite(features(found(share=share, borders=share))).all()
