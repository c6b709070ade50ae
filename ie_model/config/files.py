"""Configs on disk: read from YAML, overridden by ``key=value``, every mistake named with its mend."""

from __future__ import annotations

import difflib
import types
import typing
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from ie_model.config.sections import Config, Section
from ie_model.errors import ConfigError

AnySection = TypeVar("AnySection", bound=Section)

_NOT_YAML = (yaml.YAMLError, ValueError, AttributeError, LookupError, TypeError, RecursionError)
"""What PyYAML lets through beside its own errors: ValueError (of bytes that are not UTF-8, too) for a day
like 2024-13-45 and for ``!!int x``, AttributeError for ``!!timestamp x``, IndexError for ``!!int ""``,
RecursionError for deep nesting."""


def known_keys(model: type[BaseModel] = Config, prefix: str = "") -> list[str]:
    """Return every dotted key of a config, sections before their keys.

    Examples:
        >>> known_keys()[:4]
        ['name', 'labels', 'encoder', 'encoder.source']
    """
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
    """Read a YAML config of training; see :func:`load_section`.

    Examples:
        >>> load_config("configs/tiny.yaml", ["training.epochs=3"]).training.epochs
        3.0
    """
    return load_section(Config, path, overrides)


def load_section(kind: type[AnySection], path: str | Path, overrides: Sequence[str] = ()) -> AnySection:
    """Read a YAML config of ``kind`` and apply ``key=value`` overrides (values are YAML).

    Raises:
        ConfigError: The file is missing or no YAML mapping, a key is unknown, a value out of range.

    Examples:
        >>> load_section(Config, "configs/tiny.yaml", ["data.limits=6"])
        Traceback (most recent call last):
        ie_model.errors.ConfigError: configs/tiny.yaml: unknown key 'data.limits'. Did you mean 'data.limit'?
    """
    path = Path(path)
    if not path.is_file():
        raise ConfigError("no such config file", where=str(path), mend="See configs/ for those that exist.")
    try:
        tree = yaml.safe_load(path.read_text(encoding="utf-8"))
    except _NOT_YAML as error:
        raise ConfigError(
            "not readable as YAML", where=str(path), found=" ".join(str(error).split())
        ) from error
    if tree is None:
        tree = {}
    if not isinstance(tree, dict):
        raise ConfigError("a config is a mapping", where=str(path), found=type(tree).__name__)
    for override in overrides:
        _apply_override(tree, override)
    return _validate(kind, tree, str(path))


def parse_config(tree: dict[str, Any], *, where: str = "config") -> Config:
    """Validate a config tree.

    Raises:
        ConfigError: See :func:`load_section`.

    Examples:
        >>> parse_config({"windows": {"tokens": 126}}).windows.overlap
        Traceback (most recent call last):
        ie_model.errors.ConfigError: config: windows: windows.overlap=64 is over half of windows.tokens=126
    """
    return _validate(Config, tree, where)


def _validate(kind: type[AnySection], tree: dict[str, Any], where: str) -> AnySection:
    try:
        return kind.model_validate(tree)
    except ValidationError as error:
        raise _config_error(error, where, known_keys(kind)) from error


def dump_config(config: Section) -> str:
    """Return the whole resolved config as YAML; :func:`load_config` reads it back to an equal config.

    Examples:
        >>> dump_config(Config()).splitlines()[:2]
        ['name: default', 'labels:']
    """
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
    except _NOT_YAML as error:
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


def _config_error(error: ValidationError, where: str, known: Sequence[str]) -> ConfigError:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        near = difflib.get_close_matches(key, known, n=1, cutoff=0.0)
        return ConfigError(
            f"unknown key {key!r}", where=where, mend=f"Did you mean {near[0]!r}?" if near else None
        )
    message = first["msg"].removeprefix("Value error, ")
    found = None if isinstance(first.get("input"), dict | BaseModel) else repr(first.get("input"))
    return ConfigError(f"{key}: {message}" if key else message, where=where, found=found)
