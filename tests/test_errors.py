"""One exception family: every error says what failed, where, what was found and expected, how to mend it."""

from __future__ import annotations

import pytest

from ie_model import errors
from ie_model.errors import GateError, IeModelError, MissingExtraError, ParityError

FAMILY = [
    value
    for value in vars(errors).values()
    if isinstance(value, type) and issubclass(value, IeModelError) and value is not MissingExtraError
]


@pytest.mark.parametrize(
    ("parts", "line"),
    [
        ({}, "it broke"),
        ({"where": "a.txt:3"}, "a.txt:3: it broke"),
        ({"found": "7"}, "it broke; found 7"),
        ({"expected": "8"}, "it broke; expected 8"),
        ({"found": "7", "expected": "8"}, "it broke; found 7; expected 8"),
        ({"mend": "Say 8."}, "it broke. Say 8."),
        (
            {"where": "x", "found": "7", "expected": "8", "mend": "Say 8."},
            "x: it broke; found 7; expected 8. Say 8.",
        ),
        ({"found": ""}, "it broke; found "),
    ],
)
def test_the_parts_make_one_line(parts: dict[str, str], line: str) -> None:
    error = IeModelError("it broke", **parts)
    assert str(error) == line
    assert {name: getattr(error, name) for name in parts} == parts


@pytest.mark.parametrize("error", FAMILY)
def test_exit_status(error: type[IeModelError]) -> None:
    assert error.exit_code == (1 if error in {GateError, ParityError} else 2)
    assert str(error("it broke", where="here")) == "here: it broke"


def test_the_exit_statuses() -> None:
    assert (errors.EXIT_OK, errors.EXIT_FAILED_CHECK, errors.EXIT_WRONG_CALL, errors.EXIT_SOME_REJECTED) == (
        0,
        1,
        2,
        3,
    )


def test_a_missing_extra_names_the_command_that_installs_it() -> None:
    error = MissingExtraError("torch", "train")
    assert "'torch'" in str(error)
    assert 'pip install "ie-model[train]"' in str(error)
    assert (error.package, error.extra, error.exit_code) == ("torch", "train", 2)
