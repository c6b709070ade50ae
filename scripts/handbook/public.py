"""The reference of the Python interface: which names are public, in one list that tests read too."""

from __future__ import annotations

import importlib
import inspect

PUBLIC = {
    "ie_model": "The one object a program needs.",
    "ie_model.schema": "What goes in and comes out. All offsets are half-open `[start, end)` code points.",
    "ie_model.batch": "Many articles to files.",
    "ie_model.articles": "Articles out of files, one by one, with rejects.",
    "ie_model.quantities": "Persian quantities, read exactly; needs no model.",
    "ie_model.loading": "From what a user names to an extractor.",
    "ie_model.serve": "Extraction over HTTP; needs the extra `serve`.",
    "ie_model.config": "Configs of training.",
    "ie_model.errors": "One family; each says what failed, where, what was found and expected, and the mend.",
}
"""Public modules. What each has in ``__all__``, or defines without an underscore, keeps its meaning."""

HEAD = """# Python

Typed, and documented where it is written: this page is made from the docstrings. What is not here may change
at any time. Longer examples: [tutorial](../tutorial.md), [predicting](../predicting.md),
[quantities](../quantities.md), [serving](../serving.md).
"""


def public_names(module_name: str) -> list[str]:
    """Return the public classes and functions of a public module."""
    module = importlib.import_module(module_name)
    declared = getattr(module, "__all__", None)
    if declared is None:
        declared = [
            name
            for name, value in vars(module).items()
            if not name.startswith("_") and getattr(value, "__module__", None) == module_name
        ]
    return [name for name in declared if is_documented(getattr(module, name))]


def is_documented(value: object) -> bool:
    """Whether this is a kind of thing that has a docstring: neither a constant nor the name of a type."""
    return inspect.isclass(value) or inspect.isroutine(value)


def python_page() -> str:
    """Return the page in Markdown, for mkdocstrings to fill."""
    parts = [HEAD]
    for module, purpose in PUBLIC.items():
        parts.append(f"## `{module}`\n\n{purpose}\n")
        parts += [f"::: {module}.{name}\n" for name in public_names(module)]
    return "\n".join(parts)
