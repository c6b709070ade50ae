"""What is public is documented, and its examples run."""

from __future__ import annotations

import doctest
import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ie_model.model_folder import MANIFEST, SHIPPED
from tests.handbook import ROOT, script

public = script("public")

WITHOUT_EXAMPLE = {
    "ie_model.batch.unfinished": "needs a run that was killed; tests/cli/test_predict.py kills one",
}
"""Public functions whose docstring holds no example, each with the reason."""

NAMES = {
    f"{module}.{name}": getattr(importlib.import_module(module), name)
    for module in public.PUBLIC
    for name in public.public_names(module)
}
#: Where public things are written, and so their examples.
HOMES = sorted({*public.PUBLIC, *(value.__module__ for value in NAMES.values())})


def parts(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """A public thing and, of a class, its public methods and properties that are written in the package."""
    yield name, value
    if not inspect.isclass(value):
        return
    for key, found in vars(value).items():
        member = getattr(found, "__func__", found)
        ours = getattr(member, "__module__", getattr(getattr(member, "fget", None), "__module__", None))
        if key.startswith("_") or not str(ours).startswith("ie_model"):
            continue
        if inspect.isfunction(member) or isinstance(member, property):
            yield f"{name}.{key}", member


def test_something_is_public() -> None:
    assert {
        "ie_model.Extractor",
        "ie_model.quantities.find_quantities",
        "ie_model.batch.predict_batch",
    } <= set(NAMES)
    assert dict(parts("x", NAMES["ie_model.Extractor"])).keys() >= {"x.load", "x.extract", "x.extract_many"}


@pytest.mark.parametrize("name", NAMES)
def test_everything_public_has_a_docstring_and_types(name: str) -> None:
    for part, value in parts(name, NAMES[name]):
        # A docstring of its own, not one that a base class lends.
        assert (value.__doc__ or "").strip(), part
        if inspect.isfunction(value):
            hinted = set(value.__annotations__)
            assert hinted >= {
                key for key in inspect.signature(value).parameters if key not in ("self", "cls")
            }, part
            assert "return" in hinted, part


@pytest.mark.parametrize("name", [name for name, value in NAMES.items() if inspect.isroutine(value)])
def test_public_functions_have_an_example(name: str) -> None:
    assert (">>>" in (NAMES[name].__doc__ or "")) is (name not in WITHOUT_EXAMPLE)


@pytest.mark.parametrize("module", HOMES)
def test_examples_give_what_they_show(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if module == "ie_model.extractor" and not (SHIPPED / MANIFEST).is_file():
        pytest.skip("no release is shipped in this checkout")
    monkeypatch.chdir(ROOT)  # examples name files of the repository
    result = doctest.testmod(importlib.import_module(module))
    assert result.failed == 0


def test_the_package_says_that_it_is_typed() -> None:
    assert (Path(inspect.getfile(importlib.import_module("ie_model"))).parent / "py.typed").is_file()
