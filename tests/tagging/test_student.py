"""A student: some layers of the encoder, evenly spread."""

from __future__ import annotations

from pathlib import Path

import pytest

from ie_model.corpus.store import load_corpus
from ie_model.errors import EncoderError
from ie_model.modelling.checkpoint import save_tagger
from ie_model.tagging.student import keep_layers, kept_layers
from ie_model.tagging.training import train_tagger

from .making import ROOT, tiny_config


@pytest.mark.parametrize(
    ("layers", "count", "kept"),
    [
        (12, 12, list(range(12))),
        (12, 6, [0, 2, 4, 7, 9, 11]),
        (12, 2, [0, 11]),
        (12, 1, [11]),
        (2, 1, [1]),
    ],
)
def test_the_first_and_the_last_layer_stay_and_the_others_are_spread(
    layers: int, count: int, kept: list[int]
) -> None:
    assert kept_layers(layers, count) == kept


def bert(layers: int = 4):  # type: ignore[no-untyped-def]
    from transformers import BertConfig, BertForTokenClassification

    return BertForTokenClassification(
        BertConfig(
            vocab_size=30,
            hidden_size=16,
            num_hidden_layers=layers,
            num_attention_heads=2,
            intermediate_size=16,
        )
    )


def test_the_weights_of_the_kept_layers_stay() -> None:
    model = bert(4)
    before = [layer.output.dense.weight for layer in model.bert.encoder.layer]
    keep_layers(model, 2)
    after = [layer.output.dense.weight for layer in model.bert.encoder.layer]
    assert [one is two for one, two in zip(after, [before[0], before[3]], strict=True)] == [True, True]
    assert model.config.num_hidden_layers == 2


def test_more_layers_than_there_are_is_refused() -> None:
    with pytest.raises(EncoderError, match="fewer layers; found 4; expected 5"):
        keep_layers(bert(4), 5)


def test_an_unknown_architecture_is_refused() -> None:
    from transformers import DistilBertConfig, DistilBertForTokenClassification

    config = DistilBertConfig(vocab_size=30, dim=16, n_layers=2, n_heads=2, hidden_dim=16)
    with pytest.raises(EncoderError, match="not known"):
        keep_layers(DistilBertForTokenClassification(config), 1)


def test_a_student_is_trained_and_opens_like_any_model(tiny_encoder: Path, tmp_path: Path) -> None:
    from transformers import AutoModelForTokenClassification

    config = tiny_config(tiny_encoder, epochs=0.3)
    student = config.model_copy(update={"encoder": config.encoder.model_copy(update={"layers": 1})})
    articles = load_corpus([ROOT / "annotations" / "seeds"])[:1]
    trained = train_tagger(student, articles, [], tmp_path)
    save_tagger(trained, student, tmp_path)
    opened = AutoModelForTokenClassification.from_pretrained(tmp_path)
    assert opened.config.num_hidden_layers == 1
    assert len(opened.bert.encoder.layer) == 1
