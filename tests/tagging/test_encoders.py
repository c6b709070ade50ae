"""Encoders by config: offline from the cache, local folders, the hub; what is missing is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given

from ie_model.config import EncoderConfig
from ie_model.errors import EncoderError, MissingExtraError
from ie_model.tagging import encoders
from ie_model.tagging.encoders import cache_folder, load_classifier, offline_folder, resolve_encoder
from ie_model.tagging.packed_encoder import PACKED, pack_encoder
from ie_model.tagging.tokenizers import load_tokenizer
from ie_model.tagging.windows import bio_labels

from .making import TEXTS, save_adapted, save_bert, wordpiece

TAGS = bio_labels(["AMOUNT", "TARGET"])


def test_the_cache_is_named_by_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("IE_MODEL_CACHE", str(tmp_path / "own"))
    assert cache_folder() == tmp_path / "own"
    monkeypatch.delenv("IE_MODEL_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == tmp_path / "xdg" / "ie_model"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder() == Path.home() / ".cache" / "ie_model"


def test_each_folding_policy_has_a_cache_of_its_own() -> None:
    folders = {offline_folder(zwnj=z, digits=d) for z in ("space", "drop", "keep") for d in ("ascii", "keep")}
    assert len(folders) == 6


def test_the_offline_encoder_is_unpacked_once(
    offline_encoder_folder: Path, cache_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert offline_encoder_folder.is_relative_to(cache_folder)
    assert {"config.json", "model.safetensors", "tokenizer.json"} <= {
        p.name for p in offline_encoder_folder.iterdir()
    }

    def again(**_: object) -> Path:
        raise AssertionError("unpacked again")

    monkeypatch.setattr(encoders, "build_offline_encoder", again)
    found = resolve_encoder(EncoderConfig())
    assert found.location == str(offline_encoder_folder)
    assert found.tokenizer.encode("بانك ۵۰میلیارد", add_special_tokens=False).tokens[-1] == "▁میلیارد"


def test_a_local_encoder_gets_our_folding(tmp_path: Path) -> None:
    save_bert(tmp_path, wordpiece())
    found = resolve_encoder(EncoderConfig(source="local", name=str(tmp_path), zwnj="drop", digits="keep"))
    assert found.tokenizer.encode("بانـك", add_special_tokens=False).tokens == ["بانک"]


def test_a_vocabulary_alone_makes_a_tokenizer_too(tmp_path: Path) -> None:
    own = wordpiece()
    save_bert(tmp_path, own)
    (tmp_path / "tokenizer.json").unlink()
    pieces = sorted(own.get_vocab(), key=own.get_vocab().__getitem__)
    (tmp_path / "vocab.txt").write_text("\n".join(pieces) + "\n", encoding="utf-8")
    found = resolve_encoder(EncoderConfig(source="local", name=str(tmp_path), zwnj="drop", digits="keep"))
    expected = own.encode("بانک سپه میلیارد").ids
    assert found.tokenizer.encode("بانـك سپه میلیارد").ids == expected


@pytest.fixture(scope="module")
def adapted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One adapted encoder in full precision and in 8 bits."""
    root = tmp_path_factory.mktemp("adapted")
    plain = save_adapted(root / "plain", zwnj="drop", digits="keep")
    pack_encoder(plain, root / "packed")
    return {"plain": plain, "packed": root / "packed"}


def local(folder: Path, *, zwnj: str = "drop", digits: str = "keep") -> EncoderConfig:
    return EncoderConfig.model_validate(
        {"source": "local", "name": str(folder), "zwnj": zwnj, "digits": digits}
    )


@pytest.mark.parametrize("form", ["plain", "packed"])
@given(text=TEXTS)
def test_an_adapted_encoder_does_not_fold_twice(adapted: dict[str, Path], form: str, text: str) -> None:
    found = resolve_encoder(local(adapted[form])).tokenizer
    own = load_tokenizer(adapted["plain"])
    assert found.to_str() == own.to_str()
    assert found.encode(text).offsets == own.encode(text).offsets


@pytest.mark.parametrize("form", ["plain", "packed"])
@pytest.mark.parametrize("asked", [{"zwnj": "space"}, {"digits": "ascii"}], ids=["zwnj", "digits"])
def test_an_adapted_encoder_is_not_given_another_folding(
    adapted: dict[str, Path], form: str, asked: dict[str, str]
) -> None:
    with pytest.raises(EncoderError) as caught:
        resolve_encoder(local(adapted[form], **asked))
    for key, value in asked.items():
        assert f"encoder.{key}={value}" in str(caught.value.expected)
    assert caught.value.found == "encoder.zwnj=drop encoder.digits=keep in the encoder"
    assert caught.value.mend == "Set encoder.zwnj=drop encoder.digits=keep"
    assert "\n" not in str(caught.value)


def test_a_packed_encoder_is_unpacked_once_and_trained_from(
    adapted: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IE_MODEL_CACHE", str(tmp_path / "cache"))
    found = resolve_encoder(local(adapted["packed"]))
    (folder,) = (tmp_path / "cache/encoders").iterdir()
    assert found.location == str(folder)
    assert folder.name.startswith("packed-")
    model = load_classifier(found, tags=TAGS, dropout=0.1)
    plain = load_classifier(resolve_encoder(local(adapted["plain"])), tags=TAGS, dropout=0.1)
    words = "bert.embeddings.word_embeddings.weight"
    steps = plain.state_dict()[words].abs().amax(1, keepdim=True) / 127
    assert ((model.state_dict()[words] - plain.state_dict()[words]).abs() <= 0.5001 * steps).all()

    def again(*_: object) -> None:
        raise AssertionError("unpacked again")

    monkeypatch.setattr(encoders, "unpack_encoder", again)
    assert resolve_encoder(local(adapted["packed"])).location == found.location


def test_other_weights_are_unpacked_to_another_place(
    adapted: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IE_MODEL_CACHE", str(tmp_path / "cache"))
    pack_encoder(save_adapted(tmp_path / "plain"), tmp_path / "other")
    first = resolve_encoder(local(adapted["packed"]))
    second = resolve_encoder(local(tmp_path / "other", zwnj="space", digits="ascii"))
    assert first.location != second.location


def test_a_damaged_packed_encoder_leaves_nothing_in_the_cache(
    adapted: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    monkeypatch.setenv("IE_MODEL_CACHE", str(tmp_path / "cache"))
    shutil.copytree(adapted["packed"], tmp_path / "packed")
    (tmp_path / "packed/adaptation.yaml").unlink()
    with pytest.raises(EncoderError, match=r"adaptation\.yaml: no such file"):
        resolve_encoder(local(tmp_path / "packed"))
    assert list((tmp_path / "cache/encoders").iterdir()) == []
    (tmp_path / "packed" / PACKED).write_bytes(b"cut")
    with pytest.raises(EncoderError, match=r"encoder\.int8\.safetensors: the file is damaged"):
        resolve_encoder(local(tmp_path / "packed"))


def test_an_adapted_encoder_that_does_not_tell_its_folding_is_refused(tmp_path: Path) -> None:
    save_adapted(tmp_path / "plain")
    (tmp_path / "plain/adaptation.yaml").unlink()
    with pytest.raises(EncoderError, match=r"adaptation\.yaml: no such file"):
        resolve_encoder(local(tmp_path / "plain"))


def test_a_classifier_has_a_fresh_head_over_the_tags(tmp_path: Path) -> None:
    save_bert(tmp_path, wordpiece())
    found = resolve_encoder(EncoderConfig(source="local", name=str(tmp_path)))
    model = load_classifier(found, tags=TAGS, dropout=0.25)
    assert [model.config.id2label[i] for i in range(5)] == TAGS
    assert tuple(model.classifier.weight.shape) == (5, 32)
    assert (model.config.hidden_dropout_prob, model.config.attention_probs_dropout_prob) == (0.25, 0.0)


def test_a_checkpoint_with_a_head_of_other_labels_gives_its_encoder(tmp_path: Path) -> None:
    import torch
    from transformers import BertConfig, BertForTokenClassification

    own = wordpiece()
    save_bert(tmp_path, own)
    config = BertConfig.from_pretrained(tmp_path, num_labels=21)
    other = BertForTokenClassification(config)
    other.save_pretrained(tmp_path)
    found = resolve_encoder(EncoderConfig(source="local", name=str(tmp_path)))
    model = load_classifier(found, tags=TAGS, dropout=0.1)
    assert tuple(model.classifier.weight.shape) == (5, 32)
    words = "embeddings.word_embeddings.weight"
    assert torch.equal(model.bert.state_dict()[words], other.bert.state_dict()[words])


@pytest.mark.parametrize("source", ["local", "hub"])
def test_an_encoder_that_is_not_there_is_told_with_a_mend(source: str, tmp_path: Path) -> None:
    name = str(tmp_path / "missing") if source == "local" else "nobody/no-such-encoder"
    with pytest.raises(EncoderError) as caught:
        resolve_encoder(EncoderConfig(source=source, name=name))  # type: ignore[arg-type]
    error = caught.value
    assert (error.where, error.exit_code) == (name, 2)
    assert error.mend or error.expected
    assert "\n" not in str(error)


def test_a_hub_encoder_without_network_points_to_the_offline_one() -> None:
    with pytest.raises(EncoderError, match=r"encoder\.source=offline"):
        resolve_encoder(EncoderConfig(source="hub", name="HooshvareLab/bert-base-parsbert-uncased"))


@pytest.mark.parametrize("content", [None, b"", b"no weights"])
def test_missing_and_damaged_weights_are_told(tmp_path: Path, content: bytes | None) -> None:
    save_bert(tmp_path, wordpiece())
    found = resolve_encoder(EncoderConfig(source="local", name=str(tmp_path)))
    weights = tmp_path / "model.safetensors"
    weights.unlink()
    if content is not None:
        weights.write_bytes(content)
    with pytest.raises(EncoderError, match="cannot be loaded") as caught:
        load_classifier(found, tags=TAGS, dropout=0.1)
    assert caught.value.where == str(tmp_path)
    assert "\n" not in str(caught.value)


def test_without_transformers_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "transformers", None)
    with pytest.raises(MissingExtraError, match=r"ie-model\[train\]"):
        encoders.import_transformers()
