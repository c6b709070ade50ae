"""Encoders in 8 bits: what goes in comes out, to half a step of each row; what is wrong is told."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from ie_model.errors import EncoderError, OutputError
from ie_model.tagging.packed_encoder import (
    PACKED,
    WEIGHTS,
    Folding,
    folding_of,
    is_packed,
    pack_encoder,
    unpack_encoder,
)
from ie_model.tagging.tokenizers import load_tokenizer

from .making import TEXTS, save_adapted

WORDS = "bert.embeddings.word_embeddings.weight"
BESIDE = {"config.json", "tokenizer.json", "tokenizer_config.json", "adaptation.yaml", "adaptation.json"}


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_adapted(tmp_path_factory.mktemp("adapted") / "plain")


@pytest.fixture(scope="module")
def packed(plain: Path) -> Path:
    folder = plain.parent / "packed"
    pack_encoder(plain, folder)
    return folder


@pytest.fixture(scope="module")
def unpacked(packed: Path) -> Path:
    folder = packed.parent / "unpacked"
    unpack_encoder(packed, folder)
    return folder


@pytest.fixture
def copy(packed: Path, tmp_path: Path) -> Path:
    """A packed folder that a test may damage."""
    shutil.copytree(packed, tmp_path / "copy")
    return tmp_path / "copy"


# --- there and back ------------------------------------------------------------------------------------


def test_every_value_comes_back_within_half_a_step_of_its_row(
    plain: Path, packed: Path, unpacked: Path
) -> None:
    before, after = load_file(plain / WEIGHTS), load_file(unpacked / WEIGHTS)
    stored = load_file(packed / PACKED)
    assert before.keys() == after.keys()
    for name, values in before.items():
        assert after[name].dtype == np.float32
        if values.ndim == 2:
            scales = stored[f"{name}.scales"]
            assert stored[f"{name}.codes"].dtype == np.int8
            largest = np.abs(values).max(1)
            assert np.allclose(scales[:, 0], np.where(largest == 0, 1, largest / 127), rtol=1e-6)
            assert (np.abs(after[name] - values) <= 0.5001 * scales).all(), name
        else:
            assert np.array_equal(after[name], values), name


def test_the_packed_file_is_about_a_quarter(plain: Path, packed: Path) -> None:
    # Rows of 32 values pay more for their scales than the 384 of a real encoder.
    assert (packed / PACKED).stat().st_size < 0.36 * (plain / WEIGHTS).stat().st_size


@given(text=TEXTS)
def test_the_tokenizer_gives_the_same_ids_and_offsets(plain: Path, unpacked: Path, text: str) -> None:
    before, after = (load_tokenizer(folder).encode(text) for folder in (plain, unpacked))
    assert (after.ids, after.offsets) == (before.ids, before.offsets)


def test_what_lies_beside_the_weights_is_the_same(plain: Path, packed: Path, unpacked: Path) -> None:
    assert {path.name for path in packed.iterdir()} == BESIDE | {PACKED}
    assert {path.name for path in unpacked.iterdir()} == BESIDE | {WEIGHTS}
    for name in BESIDE - {"adaptation.yaml"}:
        assert (packed / name).read_bytes() == (unpacked / name).read_bytes() == (plain / name).read_bytes()


def test_the_config_keeps_file_names_but_no_folder_of_the_machine(
    plain: Path, packed: Path, unpacked: Path
) -> None:
    text = (packed / "adaptation.yaml").read_text(encoding="utf-8")
    assert text == (unpacked / "adaptation.yaml").read_text(encoding="utf-8")
    before = yaml.safe_load((plain / "adaptation.yaml").read_text(encoding="utf-8"))
    before["text"] = {"articles": ["news.jsonl"], "exclude": ["gold"]}
    before["encoder"]["name"] = "start"
    assert yaml.safe_load(text) == before
    assert str(plain.parent) not in text


def test_the_unpacked_model_answers_as_the_plain_one(plain: Path, unpacked: Path) -> None:
    import torch
    from transformers import AutoModelForMaskedLM

    ids = torch.tensor([load_tokenizer(plain).encode("بانک سپه ۵۰ میلیارد تومان پرداخت کرد").ids])
    models = [AutoModelForMaskedLM.from_pretrained(folder).train(False) for folder in (plain, unpacked)]
    with torch.inference_mode():
        before, after = (model(input_ids=ids).logits for model in models)
    assert torch.nn.functional.cosine_similarity(before.flatten(), after.flatten(), dim=0) > 0.999
    decoder = models[1].get_output_embeddings().weight
    assert decoder.data_ptr() == models[1].get_input_embeddings().weight.data_ptr()


def test_packing_twice_gives_the_same_bytes(plain: Path, packed: Path, tmp_path: Path) -> None:
    pack_encoder(plain, tmp_path)
    assert (tmp_path / PACKED).read_bytes() == (packed / PACKED).read_bytes()


def test_the_header_tells_version_and_folding(tmp_path: Path) -> None:
    pack_encoder(save_adapted(tmp_path / "plain", zwnj="drop", digits="keep"), tmp_path / "packed")
    with safe_open(tmp_path / "packed" / PACKED, framework="np") as file:
        header = json.loads(file.metadata()["ie_model"])
    assert header == {"version": "1", "zwnj": "drop", "digits": "keep"}
    folding = folding_of(tmp_path / "packed")
    assert folding == folding_of(tmp_path / "plain") == Folding("drop", "keep")


def test_what_transformers_ties_is_not_stored_twice(plain: Path, packed: Path, tmp_path: Path) -> None:
    shutil.copytree(plain, tmp_path / "tied")
    weights = load_file(plain / WEIGHTS)
    weights["cls.predictions.decoder.weight"] = weights[WORDS]
    weights["cls.predictions.decoder.bias"] = weights["cls.predictions.bias"]
    save_file(weights, tmp_path / "tied" / WEIGHTS, {"format": "pt"})
    pack_encoder(tmp_path / "tied", tmp_path / "packed")
    assert load_file(tmp_path / "packed" / PACKED).keys() == load_file(packed / PACKED).keys()


def test_a_decoder_of_its_own_is_kept(plain: Path, tmp_path: Path) -> None:
    shutil.copytree(plain, tmp_path / "untied")
    weights = load_file(plain / WEIGHTS)
    weights["cls.predictions.decoder.weight"] = 2 * weights[WORDS]
    save_file(weights, tmp_path / "untied" / WEIGHTS, {"format": "pt"})
    pack_encoder(tmp_path / "untied", tmp_path / "packed")
    unpack_encoder(tmp_path / "packed", tmp_path / "unpacked")
    assert load_file(tmp_path / "unpacked" / WEIGHTS).keys() == weights.keys()


def test_rows_of_zeros_and_other_float_types_are_packed(plain: Path, tmp_path: Path) -> None:
    shutil.copytree(plain, tmp_path / "half")
    weights = {name: values.astype(np.float16) for name, values in load_file(plain / WEIGHTS).items()}
    weights[WORDS][3] = 0
    save_file(weights, tmp_path / "half" / WEIGHTS, {"format": "pt"})
    pack_encoder(tmp_path / "half", tmp_path / "packed")
    unpack_encoder(tmp_path / "packed", tmp_path / "unpacked")
    after = load_file(tmp_path / "unpacked" / WEIGHTS)[WORDS]
    assert after.dtype == np.float32
    assert not after[3].any()
    assert after[4].any()


def test_full_precision_is_preferred_where_both_are(tmp_path: Path) -> None:
    assert not is_packed(tmp_path)
    (tmp_path / PACKED).touch()
    assert is_packed(tmp_path)
    (tmp_path / WEIGHTS).touch()
    assert not is_packed(tmp_path)


# --- what is wrong is told -----------------------------------------------------------------------------


def rewrite(path: Path, change: Callable[[dict[str, Any], dict[str, str]], None]) -> None:
    with safe_open(path, framework="np") as file:
        header = json.loads(file.metadata()["ie_model"])
    tensors = load_file(path)
    change(tensors, header)
    save_file(tensors, path, {"ie_model": json.dumps(header)} if header else None)


def test_another_format_version_is_told(copy: Path, tmp_path: Path) -> None:
    rewrite(copy / PACKED, lambda _, header: header.update(version="2"))
    with pytest.raises(EncoderError) as caught:
        unpack_encoder(copy, tmp_path / "out")
    error = caught.value
    assert (error.where, error.found, error.expected) == (str(copy / PACKED), "version 2", "1")
    assert error.mend is not None
    assert not (tmp_path / "out").exists()


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])


def drop_scales(path: Path) -> None:
    rewrite(path, lambda tensors, _: tensors.pop(f"{WORDS}.scales"))


def other_scales(path: Path) -> None:
    rewrite(path, lambda tensors, _: tensors.update({f"{WORDS}.scales": np.ones((3, 1), np.float32)}))


def drop_header(path: Path) -> None:
    rewrite(path, lambda _, header: header.clear())


def drop_folding(path: Path) -> None:
    rewrite(path, lambda _, header: header.pop("zwnj"))


def write(text: str) -> Callable[[Path], object]:
    return lambda path: path.write_text(text, encoding="utf-8")


DAMAGE: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "cut short": (cut, PACKED, "damaged"),
    "no byte": (write(""), PACKED, "damaged"),
    "of another program": (drop_header, PACKED, "another format"),
    "no folding": (drop_folding, PACKED, "damaged"),
    "codes without scales": (drop_scales, PACKED, "codes without their scales"),
    "scales of other rows": (other_scales, PACKED, "codes without their scales"),
    "no weights": (Path.unlink, PACKED, "no such file"),
    "no config": (Path.unlink, "config.json", "no such file"),
    "a broken config": (write("{"), "config.json", "damaged"),
    "no tokenizer": (Path.unlink, "tokenizer.json", "no such file"),
}


@pytest.mark.parametrize(("damage", "file", "told"), DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_packed_folder_is_told_by_file(
    copy: Path, tmp_path: Path, damage: Callable[[Path], object], file: str, told: str
) -> None:
    damage(copy / file)
    with pytest.raises(EncoderError, match=told) as caught:
        unpack_encoder(copy, tmp_path / "out")
    assert str(caught.value.where).startswith(str(copy / file))
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


def save_array(values: Any) -> Callable[[Path], object]:
    return lambda path: save_file({"a": values}, path)


def save_bfloat16(path: Path) -> None:
    import torch
    from safetensors.torch import save_file as save_torch

    save_torch({"a": torch.ones(2, 2, dtype=torch.bfloat16)}, path)


ELSEWHERE = "no such file; expected a folder that `ie-model encoder adapt`"
REFUSED: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "not made by adapt": (Path.unlink, "adaptation.yaml", ELSEWHERE),
    "a config that is no mapping": (write("- a"), "adaptation.yaml", "found list"),
    "half a folding": (write("encoder: {zwnj: drop}"), "adaptation.yaml", "damaged"),
    "an unknown folding": (write("encoder: {zwnj: maybe, digits: keep}"), "adaptation.yaml", "damaged"),
    "no weights": (Path.unlink, WEIGHTS, "no such file"),
    "weights cut short": (cut, WEIGHTS, "damaged"),
    "not finite": (save_array(np.full((2, 2), np.nan, np.float32)), WEIGHTS, "finite floats"),
    "no floats": (save_array(np.ones((2, 2), np.int64)), WEIGHTS, "finite floats"),
    # How it is told depends on whether some package taught NumPy the type.
    "bfloat16": (save_bfloat16, WEIGHTS, "(bfloat16|cannot be packed)"),
}


@pytest.mark.parametrize(("damage", "file", "told"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_packed_is_told_by_file(
    plain: Path, tmp_path: Path, damage: Callable[[Path], object], file: str, told: str
) -> None:
    shutil.copytree(plain, tmp_path / "plain")
    damage(tmp_path / "plain" / file)
    with pytest.raises(EncoderError, match=told) as caught:
        pack_encoder(tmp_path / "plain", tmp_path / "out")
    assert str(caught.value.where).startswith(str(tmp_path / "plain" / file))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", [PACKED, WEIGHTS])
def test_an_encoder_is_not_overwritten(plain: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"some encoder")
    with pytest.raises(EncoderError, match="an encoder lies here already"):
        pack_encoder(plain, tmp_path)
    assert (tmp_path / name).read_bytes() == b"some encoder"


def test_a_folder_that_cannot_be_made_is_told(plain: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot write"):
        pack_encoder(plain, tmp_path / "file" / "out")
