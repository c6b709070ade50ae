"""ParsBERT's WordPiece and XLM-R's Unigram go the same way: train, export, predict.

Set ``IE_MODEL_PARSBERT`` to a folder with ParsBERT's vocabulary and config to use these in place of small
ones (two layers, random weights); it takes about a minute.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from ie_model.config import Config
from ie_model.corpus.store import load_corpus
from ie_model.modelling.checkpoint import save_tagger
from ie_model.tagging.backends import OnnxBackend, TorchBackend
from ie_model.tagging.export import export_onnx_int8
from ie_model.tagging.tagger import Tagger
from ie_model.tagging.tokenizers import load_tokenizer
from ie_model.tagging.training import train_tagger

from .making import ROOT, save_bert, save_xlm_roberta, tiny_config, unigram, wordpiece, words_of

PARSBERT = os.environ.get("IE_MODEL_PARSBERT")
ARTICLES = load_corpus([ROOT / "annotations" / "seeds"])[:2]
WORDS = words_of(article.text for article in ARTICLES)


def parsbert_shaped(folder: Path) -> Path:
    """Two layers with random weights; the real vocabulary and config where they are given."""
    if PARSBERT is None:
        return save_bert(folder, wordpiece(WORDS))
    import torch
    from transformers import AutoConfig, AutoModelForTokenClassification

    for path in Path(PARSBERT).iterdir():
        if path.suffix in (".json", ".txt"):
            shutil.copy(path, folder)
    torch.manual_seed(3)
    tree = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").write_text(json.dumps({**tree, "num_hidden_layers": 2}), encoding="utf-8")
    model = AutoModelForTokenClassification.from_config(AutoConfig.from_pretrained(folder))
    model.save_pretrained(folder)
    return folder


def xlm_roberta_shaped(folder: Path) -> Path:
    return save_xlm_roberta(folder, unigram(WORDS))


@dataclass
class Trained:
    config: Config
    checkpoint: Path
    onnx: Path

    def tagger(self, backend: OnnxBackend | TorchBackend) -> Tagger:
        config = self.config
        return Tagger(backend, load_tokenizer(self.checkpoint), config.labels, windows=config.windows)


@pytest.fixture(scope="module", params=[parsbert_shaped, xlm_roberta_shaped], ids=["parsbert", "xlm-roberta"])
def trained(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    encoder = tmp_path_factory.mktemp("encoder")
    request.param(encoder)
    real = PARSBERT is not None and request.param is parsbert_shaped
    rates = {"learning_rate": 2e-4, "head_learning_rate": 1e-3, "epochs": 2} if real else {"epochs": 20}
    config = tiny_config(encoder, **rates)
    if request.param is parsbert_shaped:
        policies = {**config.encoder.model_dump(), "zwnj": "drop", "digits": "keep"}
        config = Config.model_validate({**config.model_dump(), "encoder": policies})
    folder = tmp_path_factory.mktemp("checkpoint")
    save_tagger(train_tagger(config, ARTICLES, [], folder), config, folder)
    export_onnx_int8(folder, folder / "model.onnx")
    return Trained(config, folder, folder / "model.onnx")


def test_the_checkpoint_opens_in_transformers(trained: Trained) -> None:
    from transformers import AutoModelForTokenClassification, AutoTokenizer

    model = AutoModelForTokenClassification.from_pretrained(trained.checkpoint)
    assert model.config.num_labels == 9
    assert model.config.id2label[1] == "B-AMOUNT"
    opened = AutoTokenizer.from_pretrained(trained.checkpoint)
    text = "بانك سپه ۵۰ میلیارد"
    assert opened(text)["input_ids"] == load_tokenizer(trained.checkpoint).encode(text).ids
    assert opened.pad_token_id == model.config.pad_token_id


def test_8_bits_are_near_full_precision(trained: Trained) -> None:
    ids = load_tokenizer(trained.checkpoint).encode(ARTICLES[0].text[:400]).ids
    (full, _), (small, _) = (
        backend.run([ids])[0] for backend in (TorchBackend(trained.checkpoint), OnnxBackend(trained.onnx))
    )
    assert full.shape == small.shape == (len(ids), 9)
    assert np.abs(full - small).max() < 0.1 * np.abs(full).max()


def test_the_exported_model_finds_the_mentions_of_the_checkpoint(trained: Trained) -> None:
    texts = [article.text for article in ARTICLES]
    full = trained.tagger(TorchBackend(trained.checkpoint)).spans(texts)
    small = trained.tagger(OnnxBackend(trained.onnx)).spans(texts)
    for text, expected, found in zip(texts, full, small, strict=True):
        first = {(one.span.label, one.span.start, one.span.end) for one in expected}
        second = {(one.span.label, one.span.start, one.span.end) for one in found}
        assert len(first & second) >= 0.9 * max(len(first), len(second))
        assert all(text[start:end].strip() == text[start:end] for _, start, end in second)


@pytest.mark.skipif(PARSBERT is not None, reason="the real vocabulary trains for too few steps")
def test_it_learned_the_articles(trained: Trained) -> None:
    (found,) = trained.tagger(OnnxBackend(trained.onnx)).spans([ARTICLES[0].text])
    expected = {(m.label, m.start, m.end) for m in ARTICLES[0].mentions}
    assert len(expected & {(one.span.label, one.span.start, one.span.end) for one in found}) > 0.7 * len(
        expected
    )
