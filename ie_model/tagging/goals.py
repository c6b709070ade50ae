"""AMOUNT or TARGET: whether a quantity is a goal, read from the words and verbs of its sentence.

The encoder tells these two apart worst of all: what decides is often a verb at the end of a long sentence.
This second reader is a logistic regression over the words of the sentence, by side and distance, and over the
tense of its verbs (:mod:`ie_model.persian.verbs`). Its log odds and the tagger's are added, half of each.

Measured on 351 real articles in cross-validation, strict F1 without and with: all labels 0.861 and 0.881,
AMOUNT 0.849 and 0.877, TARGET 0.462 and 0.588; on 70 articles unseen by a better tagger 0.889 and 0.892,
0.877 and 0.879, 0.544 and 0.595 (``docs/experiments.md``). It takes 1.3 % of the time of tagging.
"""

from __future__ import annotations

import json
import math
import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from ie_model.errors import ModelError
from ie_model.files import write_whole
from ie_model.persian.folding import fold
from ie_model.persian.sentences import split_sentences
from ie_model.persian.verbs import VerbForm, find_verbs
from ie_model.schema import AMOUNT, TARGET
from ie_model.tagging.decoding import TaggedSpan

FORMAT: Final = 1
WORDS_SHARE: Final = 0.5
"""Weight of this reader's log odds."""
TAGGER_SHARE: Final = 0.5
"""Weight of the tagger's, mean over the span's tokens."""

_WORD: Final = re.compile(r"\w+")
_REACH_BEFORE: Final = 25
_REACH_BEHIND: Final = 30
_SIDE: Final = 2_000
"""Code points of a sentence that are read on either side of a quantity: four times the longest sentence of
the repository's own articles. A text without sentences would be read whole for each of its quantities."""
_NEAR: Final = 4
_FADE: Final = 6
"""Words after which a word counts half."""

Features = dict[str, float]


@dataclass(frozen=True)
class GoalReader:
    """Weights of features; the default knows nothing and leaves the tagger's labels alone."""

    weights: Mapping[str, float] = field(default_factory=dict)
    offset: float = 0.0

    def log_odds(self, features: Mapping[str, float]) -> float:
        """Return the log odds that a quantity with ``features`` is a goal."""
        known = self.weights
        return self.offset + sum(known[name] * value for name, value in features.items() if name in known)

    def relabel(self, text: str, spans: Sequence[TaggedSpan], labels: Sequence[str]) -> list[TaggedSpan]:
        """Return the mentions of one article, AMOUNT and TARGET decided anew.

        Args:
            text: The article.
            spans: As the decoder found them.
            labels: The tagger's labels in the order of its classes.
        """
        if not self.weights or AMOUNT not in labels or TARGET not in labels:
            return list(spans)
        sentences = Sentences(text)
        pair = (labels.index(AMOUNT), labels.index(TARGET))
        return [
            self._decide(sentences, span, pair) if span.label in {AMOUNT, TARGET} else span for span in spans
        ]

    def _decide(self, sentences: Sentences, span: TaggedSpan, pair: tuple[int, int]) -> TaggedSpan:
        amount, target = (span.label_scores[place] for place in pair)
        own = self.log_odds(sentences.features(span.start, span.end))
        odds = WORDS_SHARE * own + TAGGER_SHARE * (target - amount) / span.tokens
        chance = 1 / (1 + math.exp(-max(min(odds, 30.0), -30.0)))
        either = sum(span.shares[place] for place in pair)
        if chance > 0.5:
            return replace(span, label=TARGET, label_share=either * chance)
        return replace(span, label=AMOUNT, label_share=either * (1 - chance))

    def save(self, path: Path) -> None:
        """Write the reader as one JSON file."""
        tree = {"format": FORMAT, "offset": self.offset, "weights": dict(self.weights)}
        write_whole(path, json.dumps(tree, ensure_ascii=False, separators=(",", ":")) + "\n")


def load_goals(path: Path) -> GoalReader:
    """Read what :meth:`GoalReader.save` wrote; where there is no file, a reader that knows nothing.

    Raises:
        ModelError: The file is damaged or of another format.
    """
    if not path.is_file():
        return GoalReader()
    try:
        tree = json.loads(path.read_text(encoding="utf-8"))
        if tree["format"] != FORMAT:
            raise ModelError(
                "a goal reader of another format", where=str(path), found=str(tree["format"]), expected="1"
            )
        weights = {str(name): float(value) for name, value in tree["weights"].items()}
        return GoalReader(weights, float(tree["offset"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError("the goal reader is damaged", where=str(path), found=repr(error)) from error


class Sentences:
    """The sentences of an article, for reading many quantities in it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._spans = split_sentences(text)
        self._starts = [start for start, _ in self._spans]

    def features(self, start: int, end: int) -> Features:
        """Return the features of the quantity at code points ``[start, end)``."""
        place = bisect_right(self._starts, start) - 1
        first, last = self._spans[place] if place >= 0 else (start, end)
        before = _words(self._text[max(first, start - _SIDE) : start])
        behind = _words(self._text[end : max(min(last, end + _SIDE), end)])
        features: Features = {}
        _side(features, "L", before[::-1], _REACH_BEFORE)
        _side(features, "R", behind, _REACH_BEHIND)
        for word in _words(self._text[start:end]):
            features[f"I:{word}"] = 1.0
        for word, count in (("E", 1), ("E2", 2)):
            if len(behind) >= count:
                features[f"{word}:{'_'.join(behind[-count:])}"] = 1.0
        _verbs(features, before, behind)
        return features


def _words(text: str) -> list[str]:
    return ["#" if word.isdigit() else word for word in _WORD.findall(fold(text))]


def _side(features: Features, side: str, words: Sequence[str], reach: int) -> None:
    """Add the words of one side, the nearest first: each by its distance, the nearest by place, and pairs."""
    for place, word in enumerate(words[:reach]):
        weight = 1 / (1 + place / _FADE)
        features[f"{side}:{word}"] = max(features.get(f"{side}:{word}", 0.0), weight)
        features[f"S:{word}"] = 1.0
        if place < _NEAR:
            features[f"{side}{place}:{word}"] = 1.0
        if place + 1 < len(words):
            other = words[place + 1]
            pair = f"{side}B:{other}_{word}" if side == "L" else f"{side}B:{word}_{other}"
            features[pair] = max(features.get(pair, 0.0), weight)


def _verbs(features: Features, before: Sequence[str], behind: Sequence[str]) -> None:
    """Add tense and verb of the first form behind, the first and the last finite one, and the last before."""
    after, ahead = find_verbs(behind), find_verbs(before)
    finite = [form for form in after if form.tense != "participle"]
    marks: dict[str, tuple[VerbForm | None, Sequence[str]]] = {
        "V1": (after[0] if after else None, behind),
        "VM": (finite[0] if finite else None, behind),
        "VL": (finite[-1] if finite else None, behind),
        "VB": (ahead[-1] if ahead else None, before),
    }
    for mark, (form, words) in marks.items():
        if form is None:
            features[f"{mark}:-"] = 1.0
            continue
        # The noun of a light verb stands before it: «افتتاح می‌شود».
        noun = words[form.place - 1] if form.place else "^"
        for name in (form.tense, f"{form.tense}:{form.verb}", f"{form.tense}:{noun}", noun):
            features[f"{mark}:{name}"] = 1.0
    for form in (*ahead, *after):
        features[f"AV:{form.tense}"] = 1.0
