"""The model card: generated with every model, never written by hand.

Sections follow Mitchell et al., "Model Cards for Model Reporting" (FAT* 2019): details, use, data,
scores, limits. Numbers come from ``metrics.json``; a number that was not measured is not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ie_model.config import Config, EncoderConfig
from ie_model.model_folder import Manifest
from ie_model.modelling.plots import RELIABILITY

_HEAD = """\
---
language: fa
license: mit
pipeline_tag: token-classification
tags: [persian, information-extraction, news, economics]
---

# {name} {version}

Finds amounts, targets, percentages and institutions in Persian economic news and joins them into
records. Made by `ie-model`; labels {labels}; encoder {encoder}.

## Use

```python
from ie_model import Extractor

extraction = Extractor.load("PATH TO THIS FOLDER").extract("بانک ملی ۵۰ میلیارد تومان پرداخت کرد.")
```

Intended for news and reports in Persian about the economy of Iran. Not for decisions about people.
"""

_PARTS = """\
Strict mention scores of parts of the same articles. Before 2011 is before 1390 in Iran.
"""

_CONFIDENCE = """\
How often an answer is exactly right, against how sure it says it is, on the articles of the scores by
cross-fitting: the confidences of each fifth of the articles are fitted on the other four.
"""

_SIBLING = """\
its sibling, trained the same way with one fold held out, on that fold, with 95 % bootstrap intervals over
articles; calibration was fitted on the same fold.

"""

_SIBLINGS = """\
its {count} siblings, trained the same way with one fold each held out, every article as read by the one that
had not seen it, with 95 % bootstrap intervals over articles; calibration was fitted on the same answers.

"""

_LINKING = """\
F1 of `with` pairs, `by` pairs and exact records given gold mentions, in cross-validation by article with 95 %
bootstrap intervals, of the linker and of its parts alone, all trained on gold mentions.
"""

_LIMITS = """\
## Limits

- Trained on news prose: tables, speech and social media were not seen.
- `TARGET` against `AMOUNT` is the hardest decision: read the sentence before acting on a target.
- Confidence is calibrated on news articles like those above; elsewhere it is a ranking, not a probability.
- Nothing is inferred from world knowledge: a record says what its sentence says, right or wrong.
"""


@dataclass(frozen=True)
class CardFacts:
    """What a card is made of: the manifest, the config, and the content of ``metrics.json``."""

    manifest: Manifest
    config: Config
    metrics: Mapping[str, Any]


def model_card(facts: CardFacts) -> str:
    """Return the card as Markdown."""
    parts = [
        _head(facts),
        _data(facts),
        _scores(facts.metrics),
        _slices(facts.metrics),
        _linking(facts.metrics),
        _confidence(facts.metrics),
        _parity(facts.metrics),
        _against(facts.metrics),
        _speed(facts.metrics),
        _LIMITS,
        _training(facts),
    ]
    return "\n".join(part for part in parts if part)


def _head(facts: CardFacts) -> str:
    name = _encoder_name(facts.config.encoder)
    labels = ", ".join(f"`{label}`" for label in facts.manifest.labels)
    return _HEAD.format(name=facts.manifest.name, version=facts.manifest.version, labels=labels, encoder=name)


def _encoder_name(encoder: EncoderConfig) -> str:
    if encoder.source == "offline":
        return "multilingual-e5-small, trimmed to Persian"
    name = encoder.name or ""
    # Cards are read elsewhere: of a local folder only its name, not where it lies.
    return Path(name).name if encoder.source == "local" else name


def _data(facts: CardFacts) -> str:
    training = facts.metrics["training"]
    lines = ["## Data", ""]
    if training["note"]:
        lines += [training["note"], ""]
    lines += ["| | |", "| --- | --- |"]
    lines += [f"| {key} | {_shown(value)} |" for key, value in training["corpus"].items()]
    lines += [f"| fingerprint | `{facts.manifest.corpus_fingerprint[:16]}` |", ""]
    return "\n".join(lines)


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {count}" for name, count in value.items())
    return str(value)


def _scores(metrics: Mapping[str, Any]) -> str:
    report = metrics.get("held_out")
    if report is not None:
        return (
            "## Scores\n\nOn held-out articles, with 95 % bootstrap intervals over articles.\n\n"
            + score_table(report)
        )
    sibling = metrics.get("held_out_of_sibling")
    if sibling is not None:
        count = metrics.get("siblings", 1)
        return (
            "## Scores\n\nThis model was trained on every article. These are the scores of "
            + (_SIBLINGS.format(count=count) if count > 1 else _SIBLING)
            + score_table(sibling)
        )
    return "## Scores\n\nNot measured: every article was trained on.\n"


def _linking(metrics: Mapping[str, Any]) -> str:
    rows = metrics.get("linking") or {}
    if not rows:
        return ""
    lines = ["## Linking", "", _LINKING, "| linker | `with` | `by` | records |", "| --- | --- | --- | --- |"]
    for name, scores in rows.items():
        cells = [f"{_digits(one['f1'])} ({_interval(one)})" for one in scores.values()]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def _confidence(metrics: Mapping[str, Any]) -> str:
    kinds = metrics.get("confidence") or {}
    parts = [_confidence_table(kind, one) for kind, one in kinds.items() if one is not None]
    plot = f"![Confidence against truth]({RELIABILITY})\n"
    return "\n".join(["## Confidence", "", _CONFIDENCE, *parts, plot]) if parts else ""


def _confidence_table(kind: str, reliability: Mapping[str, Any]) -> str:
    lines = [
        f"{kind.capitalize()}, calibration error {reliability['error']:.3f}:",
        "",
        "| confidence | mean | right | answers |",
        "| --- | --- | --- | --- |",
    ]
    lines += [
        f"| {one['low']:.1f} to {one['high']:.1f} | {one['confidence']:.3f} | {one['right']:.3f} "
        f"| {one['answers']} |"
        for one in reliability["bins"]
    ]
    return "\n".join(lines) + "\n" + _cut_table(kind, reliability)


def _cut_table(kind: str, reliability: Mapping[str, Any]) -> str:
    """Return what leaving out the less sure buys: at round confidences, and for round precisions."""
    cuts = [(f"{cut['confidence']:.2f}", cut) for cut in reliability.get("cuts", ())]
    for share, cut in reliability.get("wanted", {}).items():
        cuts.append((f"{share} right: " + (f"{cut['confidence']:.4f}" if cut else "not reached"), cut or {}))
    if not cuts:
        return ""
    lines = [
        f"\nWith {kind} below a confidence left out{' (`--min-confidence`)' * (kind == 'mentions')}:\n",
        "| least confidence | right | left of all | of the right ones |",
        "| --- | --- | --- | --- |",
    ]
    for name, cut in cuts:
        cells = [_digits(cut.get(key)) for key in ("right", "left", "recalled")]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def score_table(report: Mapping[str, Any]) -> str:
    """Return the scores of an evaluation report (as JSON) as a Markdown table."""
    lines = ["| score | precision | recall | F1 | 95 % | support |", "| --- | --- | --- | --- | --- | --- |"]
    for kind in ("strict", "overlap"):
        scores = report["mentions"][kind]
        rows = {**scores["labels"], "micro": scores["micro"], "macro": scores["macro"]}
        lines += [_row(f"mentions {kind}, {name}", row) for name, row in rows.items()]
    lines += [_row(f"`{name}` links", row) for name, row in report["links"].items()]
    lines.append(_row("records, exact", report["records"]))
    values = report["values"]["all"]
    lines.append(
        f"| value accuracy | | | {_digits(values['accuracy'])} | {_interval(values)} | {values['support']} |"
    )
    return "\n".join(lines) + "\n"


def _slices(metrics: Mapping[str, Any]) -> str:
    report = metrics.get("held_out") or metrics.get("held_out_of_sibling") or {}
    rows = report.get("slices") or {}
    if not rows:
        return ""
    lines = ["## Parts", "", _PARTS, "| part | precision | recall | F1 | 95 % | support |"]
    lines += ["| --- | --- | --- | --- | --- | --- |"]
    return "\n".join([*lines, *(_row(name, row) for name, row in rows.items()), ""])


def _row(name: str, row: Mapping[str, Any]) -> str:
    scores = " | ".join(_digits(row[key]) for key in ("precision", "recall", "f1"))
    return f"| {name} | {scores} | {_interval(row)} | {row['support']} |"


def _digits(score: float | None) -> str:
    return "–" if score is None else f"{score:.3f}"


def _interval(row: Mapping[str, Any]) -> str:
    return f"{_digits(row['low'])} to {_digits(row['high'])}"


def _parity(metrics: Mapping[str, Any]) -> str:
    kinds = {"parity": "The release", "parity_unseen": "The sibling, on articles unseen in its training"}
    lines = [
        f"- {title}, {parity['articles']:.0f} articles: strict mention F1 {parity['f1_release']:.4f} "
        f"in 8 bits, {parity['f1_checkpoint']:.4f} in full; "
        f"{parity['span_agreement']:.1%} of the mentions alike."
        for name, title in kinds.items()
        if (parity := metrics.get(name)) is not None
    ]
    return "\n".join(["## 8 bits against full precision", "", *lines, ""]) if lines else ""


def _against(metrics: Mapping[str, Any]) -> str:
    found = metrics.get("against")
    if found is None:
        return ""
    lines = [
        f"- {kind}: F1 {one['new']:.4f} against {one['old']:.4f}, difference {one['low']:+.4f} to "
        f"{one['high']:+.4f} (95 %, {found['articles']} articles)."
        for kind, one in found["scores"].items()
    ]
    return "\n".join([f"## Against {found['model']}", "", *lines, ""])


def _speed(metrics: Mapping[str, Any]) -> str:
    speed = metrics.get("speed")
    if speed is None:
        return ""
    return (
        "## Speed\n\n"
        f"{speed['articles_per_second']:.1f} articles a second ({speed['characters_per_second']} characters) "
        f"from text to records on one core of {speed['processor']}: median of {speed['passes']} passes over "
        f"{speed['articles']} articles, after a warm-up. Machines differ; ratios hold better.\n"
    )


def _training(facts: CardFacts) -> str:
    training = facts.config.training
    return (
        "## Training\n\n"
        f"{facts.metrics['training']['articles']} articles, {facts.metrics['training']['steps']} steps of "
        f"{training.batch_size} windows of {facts.config.windows.tokens} tokens; AdamW "
        f"{training.learning_rate:g} (head {training.head_learning_rate:g}), {training.schedule}, seed "
        f"{training.seed}. The whole config lies beside this card.\n"
    )
