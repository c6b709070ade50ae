"""The references of configs and of the output, from the typed models: key, type, default, range, meaning."""

from __future__ import annotations

import inspect
import json
import re
import types
import typing
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from ie_model.adapting.config import AdaptConfig
from ie_model.articles import Reject, RejectCode
from ie_model.batch import COLUMNS, Summary
from ie_model.config import Config
from ie_model.schema import Extraction

CONFIG_HEAD = """# Configs

A config is YAML; `configs/` holds those that are used. Every key of it is here, made from the typed configs.
What is left out has its default, an unknown key is refused with the nearest known one, and a value out of its
range with the range. Keys are overridden behind a config on the command line:

```bash
ie-model train configs/default.yaml training.epochs=3 encoder.layers=6 --output models/trial
```

"""
OUTPUT_HEAD = """# Output

What `ie-model predict` writes, made from the models. `ie-model schema` prints the JSON Schema of an
`Extraction`. Offsets are half-open `[start, end)` code points into the article as it was given:
`text[start:end]` in Python. Every key is always there, null where there is nothing. Numbers are exact: a
fraction has at most 15 significant digits.

"""
COLUMN_MEANINGS = {
    "article": "id of the article",
    "record": "id of the record",
    "label": "`AMOUNT`, `TARGET` or `PERCENTAGE`",
    "text": "the mention as the article has it",
    "value": "its value, plain decimal digits",
    "low": "lower end of a range",
    "high": "upper end of a range",
    "unit": "as the article words it",
    "currency": "ISO 4217, or `IRT` for toman",
    "rials": "the value in rials",
    "modifier": "`exact`, `about`, `more_than`, …",
    "institutions": "names of the record's institutions, ` | ` between them",
    "institution_keys": "their keys within the article",
    "period": "two Gregorian days, or the wording where they are not known",
    "place": "ISO 3166-2 code of the province",
    "sentence": "the sentence that says so",
    "start": "first code point of the mention",
    "end": "first code point behind it",
    "confidence": "probability that label and borders are right",
}


def config_page() -> str:
    """Return the page of all configs in Markdown."""
    parts = [CONFIG_HEAD, "## Training\n\n", "".join(config_sections(Config))]
    parts += ["## Adapting an encoder\n\n", "".join(config_sections(AdaptConfig))]
    return "".join(parts)


def config_sections(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Yield a table for a config and one for each of its sections."""
    title = prefix.rstrip(".") or "Top level"
    yield f"### {title}\n\n{plain(model.__doc__)}\n\n"
    yield "| key | type | default | meaning |\n| --- | --- | --- | --- |\n"
    sections: list[tuple[str, type[BaseModel]]] = []
    for name, info in model.model_fields.items():
        if is_model(info.annotation):
            sections.append((f"{prefix}{name}.", typing.cast("type[BaseModel]", info.annotation)))
            continue
        yield f"| `{prefix}{name}` | {type_of(info)} | {default_of(info)} | {cell(info.description)} |\n"
    yield "\n"
    for path, section in sections:
        yield from config_sections(section, path)


def output_page() -> str:
    """Return the page of all that is written in Markdown."""
    parts = [OUTPUT_HEAD, "## `extractions.jsonl`\n\nOne `Extraction` a line.\n\n"]
    parts += [model_table(model) for model in models_of(Extraction)]
    parts.append("## `quantities.csv`\n\nOne row a quantity, for spreadsheets.\n\n")
    parts.append("| column | holds |\n| --- | --- |\n")
    parts += [f"| `{column}` | {COLUMN_MEANINGS[column]} |\n" for column in COLUMNS]
    parts.append("\n## `rejects.jsonl`\n\nOne line for each article that could not be read.\n\n")
    parts.append(model_table(Reject))
    parts.append("| code | means |\n| --- | --- |\n")
    parts += [f"| `{code.value}` | {meaning} |\n" for code, meaning in reject_codes()]
    parts += ["\n## `summary.json`\n\n", model_table(Summary)]
    return "".join(parts)


def models_of(model: type[BaseModel]) -> list[type[BaseModel]]:
    """Return ``model`` and every model in its fields, each once, outer ones first."""
    found = [model]
    for place in found:
        for info in place.model_fields.values():
            found += [inner for inner in inner_models(info.annotation) if inner not in found]
    return found


def inner_models(annotation: Any) -> list[type[BaseModel]]:
    """Return the models that an annotation names."""
    if is_model(annotation):
        return [annotation]
    return [model for part in typing.get_args(annotation) for model in inner_models(part)]


def model_table(model: type[BaseModel]) -> str:
    """Return heading, purpose and fields of a model."""
    purpose = plain((model.__doc__ or "").split(">>>")[0])
    rows = ["| key | type | meaning |", "| --- | --- | --- |"]
    for name, info in model.model_fields.items():
        rows.append(f"| `{name}` | {type_of(info)} | {cell(info.description)} |")
    return "\n".join([f"### {model.__name__}", "", purpose, "", *rows, "", ""])


def reject_codes() -> Iterator[tuple[RejectCode, str]]:
    """Yield every reject code with its meaning, out of the docstrings below them."""
    source = inspect.getsource(RejectCode)
    for code in RejectCode:
        match = re.search(rf'    {code.name} = "{code.value}"\n    """(.*?)"""', source, re.DOTALL)
        yield code, cell(match[1] if match else None)


# --- how things are written ----------------------------------------------------------------------------

NAMES = {str: "text", int: "whole number", float: "number", Decimal: "number", bool: "true or false"}
BOUNDS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}


def type_of(info: FieldInfo) -> str:
    """Return the type of a field in words, with its range."""
    bounds = [
        f"{sign} {getattr(part, name):g}"
        for part in info.metadata
        for name, sign in BOUNDS.items()
        if getattr(part, name, None) is not None
    ]
    return ", ".join([words(info.annotation), *bounds])


def words(annotation: Any) -> str:
    """Return an annotation in words."""
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if annotation in NAMES:
        return NAMES[annotation]
    if origin is typing.Literal:
        return " or ".join(f"`{value}`" for value in inner)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(words(part) if part is not type(None) else "null" for part in inner)
    if origin is typing.Annotated:
        return words(inner[0])
    if origin is tuple:
        return f"list of {words(inner[0])}"
    if origin is dict:
        return f"mapping of {words(inner[0])} to {words(inner[1])}"
    if is_model(annotation):
        return f"[{annotation.__name__}](#{annotation.__name__.lower()})"
    return "code" if annotation is RejectCode else "any JSON"


def is_model(annotation: Any) -> bool:
    """Whether an annotation is a model."""
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def default_of(info: FieldInfo) -> str:
    """Return the default of a key as YAML would have it."""
    if info.is_required():
        return "must be given"
    value = info.get_default(call_default_factory=True)
    return f"`{json.dumps(value, ensure_ascii=False)}`"


def cell(text: str | None) -> str:
    """Return a docstring for one cell of a table."""
    if not text:
        raise ValueError("a key without a docstring")
    return plain(text).replace("|", "\\|")


def plain(text: str | None) -> str:
    """Return a docstring as one line of Markdown: roles and double backticks become code."""
    line = " ".join((text or "").split())
    line = re.sub(r":(?:class|func|mod|data|attr|meth|exc):`~?([^`]+)`", r"`\1`", line)
    return line.replace("``", "`")
