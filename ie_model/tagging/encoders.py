"""Encoders by config: from the hub, a local folder, or the offline encoder unpacked into the user's cache.

Whatever the source, the tokenizer gets our folding in front of its own normalizer. Weights are read from
safetensors only and no code of a checkpoint is run.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tokenizers import Tokenizer

from ie_model.config import EncoderConfig
from ie_model.errors import EncoderError, MissingExtraError
from ie_model.tagging import offline_encoder
from ie_model.tagging.packed_encoder import PACKED, Folding, folding_of, is_packed, unpack_encoder
from ie_model.tagging.tokenizers import TOKENIZER_FILE, add_folding, load_tokenizer

if TYPE_CHECKING:
    from transformers import PreTrainedModel

CACHE_VARIABLE: Final = "IE_MODEL_CACHE"
OFFLINE_FORMAT: Final = 1
"""Raised when unpacking changes, so that an old cache is not taken for a new one."""

_PAD_TOKENS: Final = ("<pad>", "[PAD]")


@dataclass(frozen=True, slots=True)
class SpecialIds:
    """What stands around a window: ids before and after it, and the id that fills a batch."""

    before: tuple[int, ...]
    after: tuple[int, ...]
    pad: int


def special_ids(tokenizer: Tokenizer) -> SpecialIds:
    """Read the special ids off the tokenizer's own post-processor.

    Raises:
        EncoderError: The tokenizer knows no padding token.
    """
    around = tokenizer.encode("").ids
    pad = next((i for name in _PAD_TOKENS if (i := tokenizer.token_to_id(name)) is not None), None)
    if pad is None:
        raise EncoderError("the tokenizer has no padding token", expected=" or ".join(_PAD_TOKENS))
    half = (len(around) + 1) // 2
    return SpecialIds(tuple(around[:half]), tuple(around[half:]), pad)


def cache_folder() -> Path:
    """Return the user's cache: ``$IE_MODEL_CACHE``, else ``ie_model`` in the XDG cache folder."""
    own = os.environ.get(CACHE_VARIABLE)
    if own:
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ie_model"


def offline_folder(*, zwnj: str, digits: str) -> Path:
    """Return where the unpacked offline encoder of these folding policies lies or will lie."""
    return cache_folder() / "encoders" / f"e5-small-fa-v{OFFLINE_FORMAT}-{zwnj}-{digits}"


def build_offline_encoder(*, zwnj: str = "space", digits: str = "ascii", file: Path | None = None) -> Path:
    """Unpack the offline encoder into the cache, anew, and return its folder.

    Args:
        zwnj: See :class:`ie_model.config.EncoderConfig`.
        digits: See :class:`ie_model.config.EncoderConfig`.
        file: The packed file or the wheel; None takes the installed wheel's.

    Raises:
        MissingExtraError: No file given and the wheel is not installed.
        EncoderError: The file is missing, damaged, or not the one that is known.
    """
    data = offline_encoder.read_packed_file(file) if file else offline_encoder.find_packed_file()
    packed = offline_encoder.parse_packed(data)
    folder = offline_folder(zwnj=zwnj, digits=digits)
    _fill(folder, lambda scratch: offline_encoder.unpack(packed, scratch, zwnj=zwnj, digits=digits))
    return folder


def _fill(folder: Path, write: Callable[[Path], None]) -> None:
    """Let ``write`` fill a folder beside ``folder`` and put it in its place: there is never half of one."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=folder.name + ".", dir=folder.parent))
    try:
        write(scratch)
        if folder.exists():
            shutil.rmtree(folder)
        scratch.rename(folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


@dataclass(frozen=True)
class Encoder:
    """An encoder ready to be trained: where its weights are, and its tokenizer with our folding."""

    location: str
    revision: str | None
    tokenizer: Tokenizer


def resolve_encoder(config: EncoderConfig) -> Encoder:
    """Find the encoder that ``config`` names; unpack the offline or a packed one if the cache lacks it.

    Raises:
        EncoderError: It cannot be found, has no fast tokenizer, or folds otherwise than ``config`` says.
        MissingExtraError: The extra that reads it is not installed.
    """
    if config.source == "offline":
        folder = offline_folder(zwnj=config.zwnj, digits=config.digits)
        if not (folder / "config.json").is_file():
            folder = build_offline_encoder(zwnj=config.zwnj, digits=config.digits)
        return Encoder(str(folder), None, load_tokenizer(folder))
    location = config.name or ""
    if config.source == "local":
        if not (Path(location) / "config.json").is_file():
            raise EncoderError("no encoder folder", where=location, expected="a folder with config.json")
        folding = folding_of(Path(location))
        if folding is not None:
            return _resolve_adapted(Path(location), folding, Folding(config.zwnj, config.digits))
    own = _own_tokenizer(config.source, location, config.revision)
    return Encoder(location, config.revision, add_folding(own, zwnj=config.zwnj, digits=config.digits))


def _resolve_adapted(folder: Path, folding: Folding, asked: Folding) -> Encoder:
    """Return an encoder whose tokenizer folds already: it must not do so twice, nor in another way."""
    if folding != asked:
        raise EncoderError(
            "this encoder was adapted to another folding",
            where=str(folder),
            found=f"{folding} in the encoder",
            expected=f"{asked}, as the config says",
            mend=f"Set {folding}",
        )
    location = _unpacked_folder(folder) if is_packed(folder) else folder
    return Encoder(str(location), None, load_tokenizer(folder))


def _unpacked_folder(packed: Path) -> Path:
    """Return the packed encoder's folder in the cache, by what its weights are; it is made if need be."""
    digest = hashlib.sha256((packed / PACKED).read_bytes()).hexdigest()
    folder = cache_folder() / "encoders" / f"packed-{digest[:12]}"
    if not (folder / "config.json").is_file():
        _fill(folder, lambda scratch: unpack_encoder(packed, scratch))
    return folder


def _own_tokenizer(source: str, location: str, revision: str | None) -> Tokenizer:
    if source == "local" and (Path(location) / TOKENIZER_FILE).is_file():
        return load_tokenizer(Path(location))
    transformers = import_transformers()
    try:
        wrapper = transformers.AutoTokenizer.from_pretrained(
            location, revision=revision, use_fast=True, trust_remote_code=False
        )
    except (OSError, ValueError) as error:
        raise _not_found(location, error) from error
    backend = getattr(wrapper, "backend_tokenizer", None)
    if backend is None:
        raise EncoderError("no fast tokenizer", where=location, mend="Convert it with transformers first.")
    tokenizer: Tokenizer = Tokenizer.from_str(backend.to_str())
    return tokenizer


def trained_encoder(folder: Path, tags: list[str]) -> Encoder:
    """Return a trained tagger to go on from; its head comes along when it is loaded as a classifier.

    Raises:
        EncoderError: There is no trained tagger of these ``tags`` in ``folder``.
    """
    try:
        known = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("id2label", {})
    except (OSError, ValueError, AttributeError) as error:
        raise EncoderError("no trained tagger", where=str(folder), found=str(error)) from error
    found = [known[place] for place in sorted(known, key=int)]
    if found != tags:
        raise EncoderError(
            "this tagger was trained on other labels",
            where=str(folder),
            found=", ".join(found),
            expected=", ".join(tags),
            mend="Set labels to those of the model.",
        )
    return Encoder(str(folder), None, load_tokenizer(folder))


def load_classifier(encoder: Encoder, *, tags: list[str], dropout: float) -> PreTrainedModel:
    """Return the encoder with a fresh token classification head over ``tags``.

    Attention weights get no dropout: drawing random numbers for them takes a third of a training step on
    a processor (1 050 tokens/s with it, 1 490 without, 1 730 with eager attention too, on two cores). What
    it would add to the scores was not measured.

    Raises:
        EncoderError: The weights cannot be read.
    """
    transformers = import_transformers()
    classes = {
        "id2label": dict(enumerate(tags)),
        "label2id": {tag: place for place, tag in enumerate(tags)},
    }
    kind = transformers.AutoModelForTokenClassification
    model: PreTrainedModel = _load(kind, encoder, dropout=dropout, changes=classes)
    return model


def _load(kind: Any, encoder: Encoder, *, dropout: float, changes: dict[str, Any]) -> Any:
    """Return the weights of ``encoder`` as a model of ``kind``, its config changed."""
    transformers = import_transformers()
    options: dict[str, Any] = {"trust_remote_code": False, "use_safetensors": True}
    if encoder.revision:
        options["revision"] = encoder.revision
    try:
        config = transformers.AutoConfig.from_pretrained(encoder.location, trust_remote_code=False)
        for name, value in changes.items():
            setattr(config, name, value)
        for name, value in {"hidden_dropout_prob": dropout, "attention_probs_dropout_prob": 0.0}.items():
            if hasattr(config, name):
                setattr(config, name, value)
        return kind.from_pretrained(
            encoder.location,
            config=config,
            attn_implementation="eager",
            ignore_mismatched_sizes=True,  # a head over other labels, as published taggers have, is not ours
            **options,
        )
    except load_errors() as error:
        raise _not_found(encoder.location, error) from error


def load_masked_model(encoder: Encoder, *, dropout: float) -> PreTrainedModel:
    """Return the encoder with a masked language modelling head, fresh where the weights have none.

    Raises:
        EncoderError: The weights cannot be read.
    """
    transformers = import_transformers()
    model: PreTrainedModel = _load(transformers.AutoModelForMaskedLM, encoder, dropout=dropout, changes={})
    return model


def most_positions(model: PreTrainedModel, tokenizer: Tokenizer) -> int | None:
    """Return how many tokens the model takes at once, special ones counted; None where it does not say."""
    limit: int | None = getattr(model.config, "max_position_embeddings", None)
    if limit and "roberta" in str(model.config.model_type):
        limit -= special_ids(tokenizer).pad + 1  # RoBERTa's positions begin behind the padding id
    return limit


def import_transformers() -> Any:
    """Return the ``transformers`` module, its advisory messages silenced.

    Raises:
        MissingExtraError: It is not installed.
    """
    try:
        import torch  # noqa: F401 - extra `train`
        import transformers
    except ImportError as error:
        raise MissingExtraError(error.name or "transformers", "train") from error
    module: Any = transformers
    module.logging.set_verbosity_error()
    module.logging.disable_progress_bar()
    return module


def load_errors() -> tuple[type[Exception], ...]:
    """Return what transformers raises for weights that are missing, damaged or of another shape."""
    from safetensors import SafetensorError

    return OSError, ValueError, RuntimeError, SafetensorError


def _not_found(location: str, error: Exception) -> EncoderError:
    reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return EncoderError(
        "the encoder cannot be loaded",
        where=location,
        found=reason,
        mend="Check encoder.source and encoder.name; offline machines use encoder.source=offline.",
    )
