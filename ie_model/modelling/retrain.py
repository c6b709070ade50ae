"""A better model out of corrections: joined with the old articles, trained, gated against what is served.

A correction takes the place of the old article with its id or its text; others are new. Every
:data:`SET_ASIDE`-th of the new ones, told by its text's SHA-256 and so the same in every training, is held
out: a served model that was trained on all that there was before (the shipped release is one) can be judged
by nothing else.

The price: a fifth of the annotators' work does not train, and while few articles are set aside the gate lets
pass what is only a little worse (:mod:`ie_model.modelling.gate`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from ie_model.config import Config
from ie_model.corpus.model import AnnotatedArticle
from ie_model.errors import CorpusError
from ie_model.model_folder import SCORES, read_manifest, write_manifest
from ie_model.modelling.data import Corpus, load_data
from ie_model.modelling.release import release_model
from ie_model.modelling.train import train_model
from ie_model.schema import text_sha256
from ie_model.tagging.trainer import TrainingProgress

SET_ASIDE: Final = 5
"""Every so manieth new article judges and does not train."""
LEAST_JUDGES: Final = 2
"""Articles without which the gate compares nothing."""
PARITY_ARTICLES: Final = 100
"""Articles on which the release is compared with its checkpoint, at most: some seconds."""
CHECKPOINT: Final = "checkpoint"
RELEASE: Final = "release"


@dataclass(frozen=True)
class Plan:
    """What a training would use.

    Attributes:
        corpus: The articles that train, and those held out.
        judges: Those of the held out that the served model has not seen either.
    """

    corpus: Corpus
    judges: list[AnnotatedArticle]


def plan_training(config: Config, corrections: Sequence[AnnotatedArticle], served: Path) -> Plan:
    """Join ``corrections`` with the articles of ``config`` and choose who judges.

    Args:
        config: The whole config; its own held-out articles stay held out.
        corrections: Annotated articles, each id and each text once.
        served: The model that would be replaced.

    Raises:
        CorpusError: The config's articles cannot be read, or too few articles could judge.
        ModelError: ``served`` is no model.
    """
    corpus = join_corrections(load_data(config), corrections)
    seen = frozenset(read_manifest(served).training_articles)
    judges = [article for article in corpus.held_out if text_sha256(article.text) not in seen]
    if len(judges) < LEAST_JUDGES:
        raise CorpusError(
            "too few articles could judge the new model: held out, and not seen by the served one",
            found=str(len(judges)),
            expected=f"at least {LEAST_JUDGES}",
            mend=f"Correct more articles: every {SET_ASIDE}th new one is held out.",
        )
    return Plan(corpus, judges)


def join_corrections(old: Corpus, corrections: Sequence[AnnotatedArticle]) -> Corpus:
    """Return ``old`` with the corrections: in place of what they correct, else trained on or set aside."""
    by_id = {article.id: article for article in corrections}
    by_text = {article.text: article for article in corrections}
    used: set[str] = set()

    def corrected(articles: Sequence[AnnotatedArticle]) -> list[AnnotatedArticle]:
        found: dict[str, AnnotatedArticle] = {}
        for article in articles:
            now = by_id.get(article.id) or by_text.get(article.text) or article
            # Two old articles that one correction stands for are one article from now on.
            if now is article or now.id not in used:
                found[now.id] = now
            if now is not article:
                used.add(now.id)
        return list(found.values())

    held_out, train = corrected(old.held_out), corrected(old.train)
    new = [article for article in corrections if article.id not in used]
    train += [article for article in new if not is_set_aside(article)]
    held_out += [article for article in new if is_set_aside(article)]
    return replace(old, train=train, held_out=held_out)


def is_set_aside(article: AnnotatedArticle) -> bool:
    """Whether a new article judges and does not train; always the same for the same text."""
    return int(text_sha256(article.text)[:8], 16) % SET_ASIDE == 0


def retrain(
    config: Config,
    corrections: Sequence[AnnotatedArticle],
    served: Path,
    folder: Path,
    *,
    mark: str,
    stage: Callable[[str], None] | None = None,
    progress: Callable[[TrainingProgress], None] | None = None,
) -> dict[str, Any]:
    """Train on the config's articles and the corrections, and make a release where it is not worse.

    Args:
        config: The whole config.
        corrections: See :func:`plan_training`.
        served: The model that would be replaced.
        folder: Gets the checkpoint (gone on with where an earlier call was cut off) and the release.
        mark: Letters and digits that end the version, so that no two models share one.
        stage: Called with the name of each stage as it begins.
        progress: Called after each logged training step.

    Returns:
        How the new model compares with the served one, and the parity of its 8 bits, for people.

    Raises:
        CorpusError: See :func:`plan_training`.
        GateError: The new model is worse; there is no release.
        ParityError: Its 8 bits disagree with it; there is no release.
        ModelError: A folder holds something else.
        MissingExtraError: The extra ``train`` is not installed.
    """
    plan = plan_training(config, corrections, served)
    checkpoint, release = folder / CHECKPOINT, folder / RELEASE
    train_model(config, checkpoint, corpus=plan.corpus, resume=True, stage=stage, progress=progress)
    manifest = read_manifest(checkpoint)
    if not manifest.version.endswith(f".{mark}"):  # an earlier call may have come so far
        marked = {"version": f"{manifest.version}.{mark}"}
        write_manifest(checkpoint, manifest.model_copy(update=marked))
    release_model(
        checkpoint,
        release,
        articles=[*plan.corpus.held_out, *plan.corpus.train][:PARITY_ARTICLES],
        against=served,
        judges=plan.judges,
        stage=stage,
    )
    scores = json.loads((release / SCORES).read_text(encoding="utf-8"))
    return {name: scores[name] for name in ("against", "parity")}
