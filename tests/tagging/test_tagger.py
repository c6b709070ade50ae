"""The tagger: same text, same mentions, whatever else is tagged, in whatever windows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from ie_model.config import DecodingConfig, WindowConfig
from ie_model.corpus.store import load_corpus
from ie_model.extractor import Extractor
from ie_model.schema import LABELS
from ie_model.tagging.backends import WindowOutput
from ie_model.tagging.confidence import FEATURES, SpanCalibration
from ie_model.tagging.tagger import Tagger
from ie_model.tagging.windows import bio_labels

from .making import ROOT, unigram

TEXT = "بانک سپه ۵۰ میلیارد تومان پرداخت کرد.\nکشور طرح کرد."
TOKENIZER = unigram()


class LookUp:
    """Scores each id alone: «بانک» begins an institution that «سپه» continues, digits begin an amount."""

    def __init__(self) -> None:
        self.windows: list[list[int]] = []

    def run(self, windows: Sequence[Sequence[int]]) -> list[WindowOutput]:
        self.windows += [list(window) for window in windows]
        tags = bio_labels(LABELS)
        known = {"▁بانک": "B-INSTITUTION", "▁سپه": "I-INSTITUTION", "▁50": "B-AMOUNT"}
        known |= {"▁میلیارد": "I-AMOUNT", "▁تومان": "I-AMOUNT"}
        found: list[WindowOutput] = []
        for window in windows:
            scores = np.zeros((len(window), len(tags)), dtype=np.float32)
            for place, token in enumerate(window):
                scores[place, tags.index(known.get(TOKENIZER.id_to_token(token), "O"))] = 9
            found.append(WindowOutput(scores))
        return found


def tagger(backend: LookUp | None = None, **options: object) -> Tagger:
    return Tagger(backend or LookUp(), TOKENIZER, LABELS, **options)  # type: ignore[arg-type]


def test_mentions_have_ids_labels_surfaces_in_text_order() -> None:
    (mentions,) = tagger().tag([TEXT])
    assert [(m.id, m.label, m.text) for m in mentions] == [
        ("m1", "INSTITUTION", "بانک سپه"),
        ("m2", "AMOUNT", "۵۰ میلیارد تومان"),
    ]
    assert all(TEXT[m.start : m.end] == m.text for m in mentions)


@pytest.mark.parametrize("text", ["", " \n\t", "\u200c\u200f"])
def test_a_text_of_nothing_has_no_mentions(text: str) -> None:
    assert tagger().tag([text, TEXT])[0] == ()
    assert len(tagger().tag([text, TEXT])[1]) == 2


def test_windows_go_to_the_backend_between_special_tokens() -> None:
    backend = LookUp()
    tagger(backend, windows=WindowConfig(tokens=16, overlap=0)).tag(["بانک سپه. " * 9])
    assert all((window[0], window[-1]) == (0, 2) for window in backend.windows)
    assert [len(window) for window in backend.windows] == [17, 14]


@pytest.mark.parametrize(("tokens", "overlap"), [(16, 0), (16, 8), (40, 20), (254, 64)])
def test_windows_do_not_change_what_is_found(tokens: int, overlap: int) -> None:
    text = f"{TEXT}\n" * 7
    (mentions,) = tagger(windows=WindowConfig(tokens=tokens, overlap=overlap)).tag([text])
    assert [m.text for m in mentions] == ["بانک سپه", "۵۰ میلیارد تومان"] * 7


def test_confidence_is_calibrated_and_can_be_exchanged() -> None:
    own = tagger(calibration=SpanCalibration(dict.fromkeys(LABELS, (0.0,) * len(FEATURES))))
    assert {m.confidence for m in own.tag([TEXT])[0]} == {0.5}
    own.set_calibration(SpanCalibration())
    assert all(m.confidence is not None and m.confidence > 0.9 for m in own.tag([TEXT])[0])


def test_mentions_below_the_least_confidence_of_their_label_are_left_out() -> None:
    unsure = SpanCalibration(dict.fromkeys(LABELS, (0.0,) * len(FEATURES)))
    kept = tagger(calibration=unsure, decoding=DecodingConfig(min_confidence={"AMOUNT": 0.6}))
    assert [(m.id, m.label) for m in kept.tag([TEXT])[0]] == [("m1", "INSTITUTION")]
    assert len(kept.spans([TEXT])[0]) == 2, "what is fitted on sees all of them"
    same = tagger(calibration=unsure, decoding=DecodingConfig(min_confidence={"AMOUNT": 0.5}))
    assert len(same.tag([TEXT])[0]) == 2


def test_a_release_finds_what_it_was_trained_on_whatever_else_is_tagged(tiny_release: Path) -> None:
    articles = load_corpus([ROOT / "annotations" / "seeds"])[:2]
    released = Extractor.load(tiny_release, threads=1).tagger
    texts = [article.text for article in articles]
    together = released.tag([*texts, TEXT])
    alone = [released.tag([text])[0] for text in (*texts, TEXT)]
    assert together == alone
    assert Extractor.load(tiny_release, threads=3).tagger.tag([*texts, TEXT]) == together
    for article, mentions in zip(articles, together, strict=False):
        expected = {(m.label, m.start, m.end) for m in article.mentions}
        common = expected & {(m.label, m.start, m.end) for m in mentions}
        assert len(common) > 0.8 * len(expected)
