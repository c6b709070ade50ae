"""An adapted encoder in 8 bits: a quarter of the size, small enough for a repository.

A packed folder holds ``encoder.int8.safetensors`` and, as they were, ``config.json``, both tokenizer files,
``adaptation.yaml`` (of paths only the file names) and ``adaptation.json`` if there is one. In the weights
file a matrix ``NAME``, embeddings too, is ``NAME.codes`` (int8, shape (rows, width)) and ``NAME.scales``
(float32, shape (rows, 1)), whose product it is; everything else is float32 as it was. What transformers
ties (the decoder over the vocabulary is the word embedding) is stored once. The header's one entry, JSON
under ``ie_model``, tells format version and folding: entries of their own would change places from run to
run, and the bytes with them.

Trade-off: a value moves by half a step of its row at most, that is by 1/254 of the row's largest value.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePath
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import yaml
from pydantic import ValidationError

from ie_model.config import EncoderConfig
from ie_model.errors import EncoderError, MissingExtraError
from ie_model.files import write_whole
from ie_model.tagging.quantise import row_codes

PACKED: Final = "encoder.int8.safetensors"
WEIGHTS: Final = "model.safetensors"
ADAPTATION_REPORT: Final = "adaptation.json"
ADAPTATION_CONFIG: Final = "adaptation.yaml"
"""What adaptation writes beside an encoder: how it went, and its whole config."""
VERSION: Final = "1"

_HEADER: Final = "ie_model"
_COPIED: Final = ("config.json", "tokenizer.json", "tokenizer_config.json")
_CODES, _SCALES = ".codes", ".scales"

Arrays = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Folding:
    """What a tokenizer makes of ZWNJ and Persian digits; see :class:`ie_model.config.EncoderConfig`."""

    zwnj: str
    digits: str

    def __str__(self) -> str:
        return f"encoder.zwnj={self.zwnj} encoder.digits={self.digits}"


def is_packed(folder: Path) -> bool:
    """Whether ``folder`` holds an encoder in 8 bits, and none in full precision."""
    return (folder / PACKED).is_file() and not (folder / WEIGHTS).is_file()


def folding_of(folder: Path) -> Folding | None:
    """Return how the tokenizer of an adapted encoder folds; None where our folding is not in it yet.

    Raises:
        EncoderError: The encoder is an adapted one, but the file that tells is missing or damaged.
    """
    if is_packed(folder):
        return _header(folder / PACKED)
    if (folder / ADAPTATION_REPORT).is_file() or (folder / ADAPTATION_CONFIG).is_file():
        return _folding_in(_yaml(folder / ADAPTATION_CONFIG), folder / ADAPTATION_CONFIG)
    return None


def pack_encoder(folder: Path, output: Path) -> None:
    """Write the adapted encoder in ``folder`` in 8 bits to ``output``, its weights last.

    Raises:
        EncoderError: A file of ``folder`` is missing or damaged, or an encoder lies in ``output`` already.
        OutputError: A file cannot be written.
        MissingExtraError: safetensors is not installed.
    """
    for name in (PACKED, WEIGHTS):
        if (output / name).exists():
            raise EncoderError(
                "an encoder lies here already", where=str(output / name), mend="Name another folder."
            )
    tree = _yaml(folder / ADAPTATION_CONFIG)
    folding = _folding_in(tree, folder / ADAPTATION_CONFIG)
    files = _beside(folder)
    _, tensors = _read(folder / WEIGHTS)
    packed = _packed(tensors, json.loads(files["config.json"]), folder / WEIGHTS)
    _write_beside(files, output)
    write_whole(
        output / ADAPTATION_CONFIG, yaml.safe_dump(_portable(tree), allow_unicode=True, sort_keys=False)
    )
    header = {"version": VERSION, **asdict(folding)}
    _write(packed, output / PACKED, {_HEADER: json.dumps(header, sort_keys=True)})


def unpack_encoder(folder: Path, target: Path) -> None:
    """Write the packed encoder in ``folder`` to ``target`` as an ordinary Hugging Face folder, in float32.

    Raises:
        EncoderError: A file is missing, damaged, or of another format version.
        OutputError: A file cannot be written.
        MissingExtraError: safetensors is not installed.
    """
    _header(folder / PACKED)
    _, tensors = _read(folder / PACKED)
    plain = _unpacked(tensors, folder / PACKED)
    _write_beside(_beside(folder), target)
    write_whole(target / ADAPTATION_CONFIG, _text(folder / ADAPTATION_CONFIG))
    _write(plain, target / WEIGHTS, {"format": "pt"})


def _packed(tensors: Arrays, config: Mapping[str, Any], where: Path) -> Arrays:
    packed: Arrays = {}
    for name, values in tensors.items():
        if values.dtype.kind != "f" or not np.isfinite(values).all():
            raise EncoderError(
                "weights that cannot be packed", where=f"{where}, {name}", expected="finite floats"
            )
        if config.get("tie_word_embeddings", True) and _is_tied(name, values, tensors):
            continue
        if values.ndim == 2:
            codes, scales = row_codes(values.astype(np.float32))
            packed[name + _CODES] = np.ascontiguousarray(codes)
            packed[name + _SCALES] = scales
        else:
            packed[name] = values.astype(np.float32)
    return packed


def _is_tied(name: str, values: npt.NDArray[Any], tensors: Arrays) -> bool:
    # Files of other writers may hold the decoder beside the embedding that it is.
    return name.endswith(("decoder.weight", "decoder.bias")) and any(
        other != name and np.array_equal(values, found) for other, found in tensors.items()
    )


def _unpacked(tensors: Arrays, where: Path) -> Arrays:
    plain: Arrays = {}
    for name, values in tensors.items():
        if name.endswith(_CODES):
            scales = tensors.get(name.removesuffix(_CODES) + _SCALES)
            if values.ndim != 2 or scales is None or scales.shape != (len(values), 1):
                raise EncoderError("codes without their scales", where=f"{where}, {name}")
            plain[name.removesuffix(_CODES)] = values.astype(np.float32) * scales
        elif not name.endswith(_SCALES):
            plain[name] = values
    return plain


def _header(path: Path) -> Folding:
    metadata, _ = _read(path, tensors=False)
    try:
        found = json.loads(metadata.get(_HEADER, "{}"))
        version = found.get("version")
        if version == VERSION:
            return Folding(str(found["zwnj"]), str(found["digits"]))
    except (ValueError, KeyError, AttributeError) as error:
        raise _damaged(path, error) from error
    raise EncoderError(
        "another format of packed encoders",
        where=str(path),
        found=f"version {version}",
        expected=VERSION,
        mend="Pack it again with this version of ie-model: ie-model encoder pack",
    )


def _read(path: Path, *, tensors: bool = True) -> tuple[dict[str, str], Arrays]:
    """Return the header's entries and, if wanted, the arrays of a safetensors file."""
    try:
        from safetensors import SafetensorError, safe_open
    except ImportError as error:
        raise MissingExtraError("safetensors", "train") from error
    if not path.is_file():
        raise _missing(path)
    try:
        with safe_open(path, framework="np") as file:
            names = list(file.keys()) if tensors else []
            return file.metadata() or {}, {name: file.get_tensor(name) for name in names}
    except (OSError, SafetensorError, TypeError) as error:  # numpy does not know bfloat16: a TypeError
        raise _damaged(path, error) from error


def _write(tensors: Arrays, path: Path, metadata: dict[str, str]) -> None:
    from safetensors.numpy import save

    write_whole(path, save(tensors, metadata))


def _beside(folder: Path) -> dict[str, str]:
    """Return the texts of the files that lie beside the weights."""
    texts = {name: _text(folder / name) for name in _COPIED}
    if (folder / ADAPTATION_REPORT).is_file():
        texts[ADAPTATION_REPORT] = _text(folder / ADAPTATION_REPORT)
    try:
        json.loads(texts["config.json"])
    except ValueError as error:
        raise _damaged(folder / "config.json", error) from error
    return texts


def _write_beside(texts: Mapping[str, str], folder: Path) -> None:
    for name, text in texts.items():
        write_whole(folder / name, text)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise _missing(path) from error
    except (OSError, UnicodeDecodeError) as error:
        raise _damaged(path, error) from error


def _yaml(path: Path) -> dict[str, Any]:
    try:
        tree = yaml.safe_load(_text(path))
    except yaml.YAMLError as error:
        raise _damaged(path, error) from error
    if not isinstance(tree, dict):
        raise EncoderError("a config is a mapping", where=str(path), found=type(tree).__name__)
    return tree


def _folding_in(tree: dict[str, Any], where: Path) -> Folding:
    section = tree.get("encoder")
    try:
        # Only what is asked for: a folder outlives the other keys of the config.
        asked = {key: section[key] for key in ("zwnj", "digits")} if isinstance(section, dict) else {}
        encoder = EncoderConfig.model_validate(asked)
    except (ValidationError, KeyError) as error:
        raise _damaged(where, error) from error
    return Folding(encoder.zwnj, encoder.digits)


def _portable(tree: dict[str, Any]) -> dict[str, Any]:
    """Return the config with file names in place of paths: where files lay is nobody else's business."""
    sections = {key: dict(value) for key, value in tree.items() if isinstance(value, dict)}
    text, encoder = sections.get("text", {}), sections.get("encoder", {})
    for key in ("articles", "exclude"):
        text[key] = [PurePath(path).name or path for path in text.get(key) or []]
    if encoder.get("source") == "local":
        encoder["name"] = PurePath(encoder["name"]).name or encoder["name"]
    return {**tree, **sections}


def _missing(path: Path) -> EncoderError:
    return EncoderError(
        "no such file",
        where=str(path),
        expected="a folder that `ie-model encoder adapt` or `pack` has made",
        mend="Check the folder's name, and that the run that made it came to its end.",
    )


def _damaged(path: Path, error: Exception) -> EncoderError:
    return EncoderError(
        "the file is damaged",
        where=str(path),
        found=" ".join(str(error).split()),
        mend="Make the folder anew.",
    )
