"""Build the shipped release: train, cross-validate, train on everything, export, check, replace.

    python scripts/build_release.py --real real.gold.jsonl news.gold.jsonl --folds folds.json

With ``--real`` a tagger learns from the repository's articles first; from there training goes on with the
real ones that are in no fold, and from there with the others, once for each of their folds and once on every
article (:mod:`ie_model.modelling.continuing`). The folds' models give scores and calibration, the last one is
the release. Without ``--real`` everything is learned from the repository, with the folds of
``annotations/folds.json``. Real articles may train the model, but their text is never written anywhere: the
release carries only checksums of them.

Each stage that is finished is passed over, and training continues from its newest checkpoint, so the
script can be stopped and started. On two cores with bf16 the repository's tagger (1 733 articles, 2 656
steps) takes about an hour; a fold's took some 20 minutes of one core after 533 articles, a linker some.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from ie_model.cli import show_error
from ie_model.cli.train import TrainingView
from ie_model.config import Config, load_config
from ie_model.corpus.model import AnnotatedArticle
from ie_model.corpus.splits import load_folds, split
from ie_model.corpus.store import load_corpus
from ie_model.errors import IeModelError
from ie_model.files import write_whole
from ie_model.model_folder import MANIFEST, METRICS, SHIPPED
from ie_model.modelling.continuing import going_on
from ie_model.modelling.crossval import cross_validate
from ie_model.modelling.data import Corpus
from ie_model.modelling.release import release_model
from ie_model.modelling.train import train_model

REPOSITORY = Path(__file__).resolve().parents[1]
ANNOTATIONS = REPOSITORY / "annotations"
CONFIG = REPOSITORY / "configs/default.yaml"
OURS = "The annotated articles of the repository."
FOLD_REPLAY = 0.1
"""Share of the articles in no fold that a fold's tagger sees again: of 2 700 about as many as of its own."""
FOLD_EPOCHS = 3
"""By then its loss is that of the articles that it has seen before (docs/experiments.md)."""
PARITY_FOLD = 0
"""Fold on whose unseen articles 8 bits are compared with full precision."""


def main() -> None:
    """Parse the command line and build."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--real", type=Path, nargs="+", help="gold JSON Lines of articles that may train but not be shown"
    )
    parser.add_argument("--folds", type=Path, help="JSON file: real article to its fold; others train")
    parser.add_argument(
        "--linking", type=Path, help="what crossval_linker.py --json wrote, for the model card"
    )
    parser.add_argument("--work", type=Path, default=Path("models/build"), help="where models go")
    parser.add_argument("--output", type=Path, default=SHIPPED, help="the release folder to replace")
    parser.add_argument("overrides", nargs="*", metavar="KEY=VALUE", help="changes to configs/default.yaml")
    options = parser.parse_args()
    if (options.real is None) != (options.folds is None):
        parser.error("--real and --folds go together")
    real = (options.real, options.folds) if options.real else None
    try:
        build(options.overrides, real, options.work, options.output, options.linking)
    except IeModelError as error:
        show_error(error)
        sys.exit(error.exit_code)


def build(
    overrides: Sequence[str],
    real: tuple[Sequence[Path], Path] | None,
    work: Path,
    output: Path,
    linking: Path | None = None,
) -> None:
    """Build a release.

    Args:
        overrides: Changes to the default config.
        real: Articles beyond the repository's, and their folds.
        work: Where the models go.
        output: The release folder.
        linking: Figures of the linker's parts, for the card.
    """
    ours = load_corpus([ANNOTATIONS])
    data = with_real(ours, real)
    start = first_stages(overrides, ours, data, work) if real else []
    config = load_config(CONFIG, [*overrides, *start])
    crossval, whole = work / "folds", work / "whole"
    if not (crossval / MANIFEST).exists():
        with TrainingView(Console(stderr=True)) as view:
            cross_validate(config, crossval, corpus=data, progress=view.step, stage=view.stage)
    everything = config.model_copy(update={"data": config.data.model_copy(update={"holdout": None})})
    train_once(everything, whole, data, scores_from=crossval)
    if linking is not None:
        note_linking(whole, linking)
    say = Console(stderr=True).print
    # The parity of a fold's model is on articles unseen in training: that is the figure that counts.
    _, held_out = split(data.train, data.folds, PARITY_FOLD)
    fold = crossval / f"fold-{PARITY_FOLD}"
    unseen = release_model(fold, work / "fold-release", articles=held_out, stage=say)
    say(f"a fold's model, unseen articles: {unseen}")
    seen = release_model(whole, output, articles=held_out, parity_unseen=unseen, stage=say)
    say(f"release: {seen}")


def first_stages(
    overrides: Sequence[str], ours: list[AnnotatedArticle], data: Corpus, work: Path
) -> list[str]:
    """Train what every fold's model starts from; return the overrides by which it does.

    Only articles in no fold are learned here, so no fold sees its own.
    """
    base = load_config(CONFIG, overrides).training
    # Its linker is for the scores of a model that the repository alone gives.
    alone = load_config(CONFIG, [*overrides, "data.holdout=null", "linker.predicted_parts=0"])
    train_once(alone, work / "repository", Corpus(ours, [], OURS))
    start = going_on(base, work / "repository")
    further = [article for article in data.train if article.id not in data.folds]
    if len(further) == len(ours):
        return start
    config = load_config(CONFIG, [*overrides, *start, "data.holdout=null", "linker.method=rules"])
    train_once(config, work / "further", Corpus(further, [], "Without folds."))
    return [
        *going_on(base, work / "further"),
        f"training.replay={FOLD_REPLAY}",
        f"training.epochs={FOLD_EPOCHS}",
    ]


def note_linking(folder: Path, linking: Path) -> None:
    """Put the figures of the linker's parts to the metrics of a model, for its card."""
    metrics = json.loads((folder / METRICS).read_text(encoding="utf-8"))
    metrics["linking"] = json.loads(linking.read_text(encoding="utf-8"))
    write_whole(folder / METRICS, json.dumps(metrics, ensure_ascii=False, indent=1) + "\n")


def with_real(ours: list[AnnotatedArticle], real: tuple[Sequence[Path], Path] | None) -> Corpus:
    """Return our articles and the real ones with the folds to use, and what the card says of them."""
    if real is None:
        return Corpus(ours, [], OURS, load_folds([ANNOTATIONS / "folds.json"]))
    articles, folds = real
    others = load_corpus(articles)
    note = (
        f"The {len(ours)} annotated articles of the repository, and {len(others)} real news articles "
        "annotated for this project whose text is not distributed. Two people annotating 48 further ones "
        "apart agreed on 0.994 of the mentions and 0.91 of the exact records."
    )
    return Corpus(ours + others, [], note, load_folds([folds]))


def train_once(config: Config, folder: Path, corpus: Corpus, *, scores_from: Path | None = None) -> None:
    """Train a model unless it lies there finished."""
    if (folder / MANIFEST).exists():
        return
    with TrainingView(Console(stderr=True)) as view:
        train_model(
            config,
            folder,
            corpus=corpus,
            resume=True,
            scores_from=scores_from,
            progress=view.step,
            stage=view.stage,
        )


if __name__ == "__main__":
    main()
