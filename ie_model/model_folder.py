"""What lies in the folder of a model: the manifest, and the two forms a model has.

A *checkpoint* is what training writes: safetensors, tokenizer, config, linker, metrics, card; it opens in
every Hugging Face tool. A *release* is what people use: ONNX int8, tokenizer, linker, scores, card; it needs
no torch. Both carry ``model.json``, the manifest, from which the extractor learns labels, windows, decoding
and calibration. The folder of a *cross-validation* has a manifest and metrics too, but no model: it lends its
calibration and scores to a model that trains on every article.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ie_model.config import DecodingConfig, WindowConfig
from ie_model.errors import ModelError
from ie_model.files import write_whole

MANIFEST: Final = "model.json"
LINKER: Final = "linker.json"
GOALS: Final = "goals.json"
METRICS: Final = "metrics.json"
TAGGER: Final = "tagger.json"
SCORES: Final = "scores.json"
CONFIG: Final = "config.yaml"
CARD: Final = "README.md"
FORMAT: Final = 2

SHIPPED: Final = Path(__file__).parent / "shipped"
"""The release that comes with the package."""


class Part(BaseModel):
    """Base of the manifest's parts: immutable, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class CalibrationWeights(Part):
    """``p = sigmoid(slope * logit(c) + offset)``; see :mod:`ie_model.tagging.calibration`."""

    slope: float = 1.0
    offset: float = 0.0


class Manifest(Part):
    """What a program must know to run the model in this folder."""

    format: int = FORMAT
    form: Literal["checkpoint", "release", "crossval"]
    name: str
    version: str
    labels: tuple[str, ...]
    windows: WindowConfig = WindowConfig()
    decoding: DecodingConfig = DecodingConfig()
    state_layer: int | None = Field(default=None, description="encoder layer whose states the linker sees")
    mention_calibration: dict[str, tuple[float, ...]] = Field(
        default_factory=dict, description="weights of each label; see ie_model.tagging.confidence"
    )
    record_calibration: CalibrationWeights = CalibrationWeights()
    corpus_fingerprint: str
    training_articles: tuple[str, ...] = Field(default=(), description="SHA-256 of each training text")
    files: dict[str, str] = Field(default_factory=dict, description="SHA-256 of each file of a release")


class _FormatOnly(BaseModel):
    format: int = FORMAT
    form: str = ""


def is_release(folder: Path) -> bool:
    """Whether a release lies in ``folder``, of whatever format."""
    try:
        return _FormatOnly.model_validate_json((folder / MANIFEST).read_bytes()).form == "release"
    except (OSError, ValidationError):
        return False


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a model folder.

    Raises:
        ModelError: There is none, it is damaged, or its format is another version's.
    """
    path = folder / MANIFEST
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ModelError(
            "no model here",
            where=str(folder),
            expected=f"a folder with {MANIFEST}",
            mend="Train one (ie-model train) or leave --model out for the shipped release.",
        ) from error
    try:
        # The format first: another one may have other keys, and is not damaged for that.
        form = _FormatOnly.model_validate_json(raw).format
        if form != FORMAT:
            raise ModelError(
                "a model of another format", where=str(path), found=str(form), expected=str(FORMAT)
            )
        return Manifest.model_validate_json(raw)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        raise ModelError("the manifest is damaged", where=f"{path}: {key}", found=first["msg"]) from error


def read_checkpoint(folder: Path, use: str) -> Manifest:
    """Read the manifest of a trained checkpoint.

    Args:
        folder: The model folder.
        use: What only a checkpoint can be, for the message.

    Raises:
        ModelError: See :func:`read_manifest`; or it is something else.
    """
    manifest = read_manifest(folder)
    if manifest.form != "checkpoint":
        raise ModelError(
            f"only a trained checkpoint can be {use}",
            where=str(folder),
            found=f"a {manifest.form}",
            expected="the folder that training wrote, with its full-precision weights",
        )
    return manifest


def verify_files(folder: Path, manifest: Manifest) -> None:
    """Check that every file of a release is whole.

    Raises:
        ModelError: A file is missing or its checksum is wrong.
    """
    for name, expected in manifest.files.items():
        path = folder / name
        if not path.is_file():
            raise ModelError("a file of the release is missing", where=str(path))
        found = file_sha256(path)
        if found != expected:
            raise ModelError(
                "a file of the release is damaged", where=str(path), found=found, expected=expected
            )


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest into ``folder``."""
    write_whole(folder / MANIFEST, manifest.model_dump_json(indent=1) + "\n")
