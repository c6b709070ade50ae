"""The model card: its template as a pattern, and numbers only where they were measured."""

from __future__ import annotations

import re
from typing import Any

import pytest

from ie_model.config import Config, parse_config
from ie_model.model_folder import Manifest
from ie_model.modelling.card import CardFacts, model_card, score_table

ROW = {"precision": 0.5, "recall": 0.25, "f1": 1 / 3, "low": 0.3, "high": 0.4, "support": 8}
NONE = {"precision": None, "recall": None, "f1": None, "low": None, "high": None, "support": 0}
REPORT = {
    "mentions": {
        "strict": {"labels": {"AMOUNT": ROW, "TARGET": NONE}, "micro": ROW, "macro": ROW},
        "overlap": {"labels": {"AMOUNT": ROW, "TARGET": NONE}, "micro": ROW, "macro": ROW},
    },
    "links": {"with": ROW, "by": NONE},
    "records": ROW,
    "values": {"all": {"accuracy": 0.975, "low": 0.95, "high": 1.0, "support": 40}},
}
PARITY = {"articles": 12, "f1_checkpoint": 0.8312, "f1_release": 0.8301, "span_agreement": 0.9912}
MANIFEST = Manifest(
    form="checkpoint",
    name="tried",
    version="1.2.3+abc",
    labels=("AMOUNT", "TARGET"),
    corpus_fingerprint="f" * 64,
)

PATTERN = r"""---
language: fa
license: mit
pipeline_tag: token-classification
tags: \[[\w ,-]+\]
---

# (?P<name>\S+) (?P<version>\S+)

(?P<summary>.+)
## Use

```python
from ie_model import Extractor
(?P<example>.+)
```

(?P<intended>.+)
## Data
(?P<data>.+)
## Scores
(?P<scores>.+?)
(?:## Parts
(?P<parts>.+?)
)?(?:## Linking
(?P<linking>.+?)
)?(?:## Confidence
(?P<confidence>.+?)
)?(?:## 8 bits against full precision
(?P<parity>.+?)
)?(?:## Against (?P<old>.+?)

(?P<against>.+?)
)?(?:## Speed

(?P<speed>.+?)
)?## Limits

(?P<limits>(?:- .+?\n)+)
## Training

(?P<training>.+)
"""


def metrics(**more: Any) -> dict[str, Any]:
    training = {"articles": 7, "note": "", "steps": 90, "corpus": {"articles": 7, "mentions": {"AMOUNT": 3}}}
    return {"training": {**training, "note": more.pop("note", "")}, **more}


def card(config: Config | None = None, **more: Any) -> dict[str, str | None]:
    text = model_card(CardFacts(MANIFEST, config or Config(), metrics(**more)))
    match = re.fullmatch(PATTERN, text, re.DOTALL)
    assert match, text
    return match.groupdict()


def test_the_card_fits_its_template() -> None:
    parts = card(held_out=REPORT, parity=PARITY)
    assert (parts["name"], parts["version"]) == ("tried", "1.2.3+abc")
    assert "`AMOUNT`, `TARGET`" in (parts["summary"] or "")
    assert "multilingual-e5-small" in (parts["summary"] or "")
    assert "`ffffffffffffffff`" in (parts["data"] or "")
    assert "AMOUNT 3" in (parts["data"] or "")
    assert "90 steps of 8 windows of 254 tokens" in (parts["training"] or "")


@pytest.mark.parametrize(
    ("source", "name", "told"),
    [("hub", "some/encoder", "encoder some/encoder."), ("local", "/far/away/encoder", "encoder encoder.")],
)
def test_another_encoder_is_named_but_not_where_it_lies(source: str, name: str, told: str) -> None:
    config = parse_config({"encoder": {"source": source, "name": name}})
    assert told in " ".join((card(config)["summary"] or "").split())


def test_a_note_about_the_data_is_told() -> None:
    assert "Twelve articles from afar." in (card(note="Twelve articles from afar.")["data"] or "")


@pytest.mark.parametrize(
    ("measured", "told", "not_told"),
    [
        pytest.param({"held_out": REPORT}, "On held-out articles", "sibling", id="held out"),
        pytest.param(
            {"held_out": None, "held_out_of_sibling": REPORT}, "sibling", "On held-out articles", id="sibling"
        ),
        pytest.param({"held_out": None}, "Not measured", "0.333", id="nothing measured"),
    ],
)
def test_scores_say_what_they_are(measured: dict[str, Any], told: str, not_told: str) -> None:
    scores = card(**measured)["scores"] or ""
    assert told in scores
    assert not_told not in scores


@pytest.mark.parametrize(("parity", "shown"), [(None, False), (PARITY, True)])
def test_parity_is_told_where_it_was_measured(parity: dict[str, Any] | None, shown: bool) -> None:
    found = card(**({"parity": parity} if parity else {}))["parity"]
    assert (found is not None) is shown
    if found:
        assert "0.8301" in found
        assert "0.8312" in found
        assert "99.1%" in found
        assert "12 articles" in found


def test_the_score_table_has_a_row_a_score() -> None:
    table = score_table(REPORT)
    lines = table.splitlines()
    assert lines[2] == "| mentions strict, AMOUNT | 0.500 | 0.250 | 0.333 | 0.300 to 0.400 | 8 |"
    assert "| mentions strict, TARGET | – | – | – | – to – | 0 |" in lines
    assert "| `by` links | – | – | – | – to – | 0 |" in lines
    assert lines[-2] == "| records, exact | 0.500 | 0.250 | 0.333 | 0.300 to 0.400 | 8 |"
    assert lines[-1] == "| value accuracy | | | 0.975 | 0.950 to 1.000 | 40 |"
    assert len({line.count("|") for line in lines}) == 1
    assert table.endswith("|\n")


RELIABILITY = {
    "answers": 50,
    "error": 0.0312,
    "bins": [{"low": 0.9, "high": 1.0, "answers": 50, "confidence": 0.94, "right": 0.9}],
}


def test_confidence_is_shown_where_it_was_measured() -> None:
    parts = card(held_out=REPORT, confidence={"mentions": RELIABILITY, "records": None})
    assert parts["confidence"] is not None
    assert "Mentions, calibration error 0.031" in parts["confidence"]
    assert "| 0.9 to 1.0 | 0.940 | 0.900 | 50 |" in parts["confidence"]
    assert "Records" not in parts["confidence"]
    assert card(held_out=REPORT, confidence=None)["confidence"] is None


def test_what_leaving_out_the_unsure_buys_is_shown() -> None:
    cut = {"confidence": 0.9, "right": 0.95, "left": 0.6, "recalled": 0.65}
    measured = {**RELIABILITY, "cuts": [cut], "wanted": {"90%": {**cut, "confidence": 0.7312}, "99%": None}}
    shown = card(held_out=REPORT, confidence={"mentions": measured, "records": None})["confidence"]
    assert shown is not None
    assert "| 0.90 | 0.950 | 0.600 | 0.650 |" in shown
    assert "| 90% right: 0.7312 | 0.950 | 0.600 | 0.650 |" in shown
    assert "| 99% right: not reached | – | – | – |" in shown


def test_parts_of_the_articles_are_shown_where_they_were_measured() -> None:
    parts = card(held_out={**REPORT, "slices": {"letters: Persian": ROW}})["parts"]
    assert parts is not None
    assert "| letters: Persian | 0.500 | 0.250 | 0.333 | 0.300 to 0.400 | 8 |" in parts
    sibling = card(held_out=None, held_out_of_sibling={**REPORT, "slices": {"letters: Persian": ROW}})
    assert sibling["parts"] == parts
    assert card(held_out=REPORT)["parts"] is None


def test_speed_is_shown_with_the_processor() -> None:
    speed = {"articles": 24, "characters": 60_000, "articles_per_second": 11.25}
    speed |= {"characters_per_second": 28_125, "passes": 3, "threads": 1, "processor": "Some CPU"}
    shown = card(held_out=REPORT, speed=speed)["speed"]
    assert shown is not None
    assert "11.2 articles a second (28125 characters)" in shown
    assert "one core of Some CPU" in shown
    assert card(held_out=REPORT)["speed"] is None


def test_the_model_it_replaced_is_shown() -> None:
    difference = {"new": 0.9, "old": 0.88, "low": -0.001, "high": 0.041}
    against = {"model": "older 1", "articles": 70, "scores": {"mentions, strict": difference}}
    parts = card(held_out=REPORT, against=against)
    assert (parts["old"], card(held_out=REPORT)["old"]) == ("older 1", None)
    assert parts["against"] is not None
    assert "F1 0.9000 against 0.8800, difference -0.0010 to +0.0410 (95 %, 70 articles)" in parts["against"]


def test_the_parts_of_the_linker_are_shown_where_they_were_measured() -> None:
    score = {"f1": 0.71, "low": 0.6, "high": 0.8}
    parts = card(held_out=REPORT, linking={"rules": {"with": score, "by": score, "records": score}})
    assert parts["linking"] is not None
    cell = "0.710 (0.600 to 0.800)"
    assert f"| rules | {cell} | {cell} | {cell} |" in parts["linking"]
    assert card(held_out=REPORT)["linking"] is None
