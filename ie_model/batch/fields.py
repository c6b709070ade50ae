"""Which fields of an extraction are written: ``id,records,mentions.text``.

A path names a key of :class:`~ie_model.schema.Extraction`; with dots, a key of what it holds. ``id`` is
always written, since without it a line could not be told from another.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any, get_args

from pydantic import BaseModel

from ie_model.errors import ConfigError
from ie_model.schema import Extraction

#: What pydantic takes as ``include``: ``True`` for all of a key, a dictionary for parts of it.
Fields = dict[str, Any]

ALWAYS = "id"
_EACH = "__all__"


def read_fields(paths: Iterable[str]) -> Fields:
    """Return what ``paths`` name, in the form that pydantic's ``include`` has.

    Args:
        paths: See the module's text.

    Raises:
        ConfigError: A path names what an extraction does not have, or there is none.
    """
    chosen: Fields = {ALWAYS: True}
    named = [path.strip() for path in paths]
    if not any(named):
        raise ConfigError("no field is named", where="--fields", expected=_known(Extraction))
    for path in named:
        _add(chosen, Extraction, path.split("."), path)
    return chosen


def _add(chosen: Fields, model: type[BaseModel], keys: list[str], path: str) -> None:
    key, *rest = keys
    if key not in model.model_fields:
        near = difflib.get_close_matches(key, model.model_fields, n=1)
        raise ConfigError(
            "there is no such field",
            where=f"--fields {path}",
            found=repr(key),
            expected=_known(model),
            mend=f"Did you mean {near[0]}?" if near else None,
        )
    if not rest:
        chosen[key] = True
        return
    inner, many = _model_in(model.model_fields[key].annotation)
    if inner is None:
        raise ConfigError("the field has no parts", where=f"--fields {path}", found=repr(key))
    if chosen.get(key) is True:  # all of it was asked for already
        return
    parts = chosen.setdefault(key, {_EACH: {}} if many else {})
    _add(parts[_EACH] if many else parts, inner, rest, path)


def _model_in(annotation: Any) -> tuple[type[BaseModel] | None, bool]:
    """Return the model that a key holds, if it holds one, and whether it holds many of them."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, False
    for argument in get_args(annotation):
        inner, _ = _model_in(argument)
        if inner is not None:
            return inner, getattr(annotation, "__origin__", None) is tuple
    return None, False


def _known(model: type[BaseModel]) -> str:
    return "one of " + ", ".join(model.model_fields)
