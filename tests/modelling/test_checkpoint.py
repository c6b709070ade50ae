"""A tagger on disk: what a release is made of comes back as a checkpoint that transformers opens."""

from __future__ import annotations

from pathlib import Path

import pytest

from ie_model.corpus.store import load_corpus
from ie_model.errors import ModelError
from ie_model.extractor import Extractor, assemble_tagger
from ie_model.model_folder import read_manifest
from ie_model.modelling.checkpoint import restore_checkpoint
from ie_model.tagging.backends import TorchBackend
from tests.conftest import SEEDS


def test_the_tagger_of_a_release_comes_back(tiny_release: Path, tmp_path: Path) -> None:
    from transformers import AutoModelForTokenClassification, AutoTokenizer

    folder = tmp_path / "restored"
    restore_checkpoint(tiny_release, folder)
    _, found = AutoModelForTokenClassification.from_pretrained(folder, output_loading_info=True)
    assert not any(found[name] for name in ("missing_keys", "unexpected_keys", "mismatched_keys"))
    assert AutoTokenizer.from_pretrained(folder)("۵۰ میلیارد تومان")["input_ids"]
    manifest = read_manifest(folder)
    assert manifest.form == "checkpoint"
    tagger = assemble_tagger(folder, manifest, TorchBackend(folder))
    texts = [article.text for article in load_corpus([SEEDS])]
    ours, theirs = Extractor.load(tiny_release).tagger.tag(texts), tagger.tag(texts)
    same = sum(
        len({(m.label, m.start, m.end) for m in one} & {(m.label, m.start, m.end) for m in other})
        for one, other in zip(ours, theirs, strict=True)
    )
    assert same >= 0.9 * sum(map(len, ours)) > 50


def test_of_other_models_no_checkpoint_can_be_made(
    tiny_checkpoint: Path, tiny_release: Path, tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match="no checkpoint can be made of this model; found a checkpoint"):
        restore_checkpoint(tiny_checkpoint, tmp_path / "out")
    old = tmp_path / "old"
    old.mkdir()
    (old / "model.json").write_bytes((tiny_release / "model.json").read_bytes())
    with pytest.raises(ModelError, match=r"a release without config\.json, tokenizer_config\.json"):
        restore_checkpoint(old, tmp_path / "out")
