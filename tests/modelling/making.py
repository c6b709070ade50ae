"""A small world to train in: the seeds, one of them held out, and an encoder of two small layers."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from ie_model.config import Config, load_config
from tests.tagging.making import ROOT, save_bert, unigram, words_of

SEEDS = sorted((ROOT / "annotations/seeds").glob("*.json"))
HELD_OUT = SEEDS[-1].stem


@dataclass(frozen=True)
class World:
    """Where the corpus, its folds and the encoder lie."""

    root: Path

    @property
    def articles(self) -> Path:
        return self.root / "annotations"

    @property
    def folds(self) -> Path:
        return self.root / "folds.json"

    @property
    def encoder(self) -> Path:
        return self.root / "encoder"

    def overrides(self, *more: str) -> list[str]:
        """Changes to ``configs/tiny.yaml`` that make it train here in about a second."""
        return [
            f"data.articles=[{self.articles}]",
            f"data.folds=[{self.folds}]",
            "data.limit=null",
            "data.holdout=0",
            "encoder.source=local",
            f"encoder.name={self.encoder}",
            "training.precision=fp32",
            "training.learning_rate=3e-3",
            "linker.method=rules",  # boosting takes longer here than the tagger
            *more,
        ]

    def config(self, *more: str) -> Config:
        return load_config(ROOT / "configs/tiny.yaml", self.overrides(*more))


def make_world(root: Path, *, articles: int = 5) -> World:
    """Lay out a world with the last ``articles`` seeds; the very last is in fold 0."""
    world = World(root)
    world.articles.mkdir(parents=True)
    for path in SEEDS[-articles:]:
        shutil.copy(path, world.articles)
    world.folds.write_text(json.dumps({HELD_OUT: 0}), encoding="utf-8")
    texts = [json.loads(path.read_text(encoding="utf-8"))["data"]["text"] for path in SEEDS]
    save_bert(world.encoder, unigram(words_of(texts)))
    return world
