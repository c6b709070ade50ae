"""Fixtures of the benchmark room: a few articles as files."""

from __future__ import annotations

from pathlib import Path

import pytest

from ie_model.benchmark.articles import BenchArticles, choose_articles
from ie_model.benchmark.files import FreshFiles
from ie_model.tagging.tokenizers import load_tokenizer
from tests.tagging.making import ROOT

SEEDS = ROOT / "annotations/seeds"


@pytest.fixture(scope="session")
def seeds() -> BenchArticles:
    return choose_articles(SEEDS)


@pytest.fixture
def files(tmp_path: Path, seeds: BenchArticles, tiny_release: Path) -> FreshFiles:
    """The seeds, counted by the tiny release's tokenizer."""
    return FreshFiles(tmp_path, seeds, load_tokenizer(tiny_release))
