"""Optional packages: whether they are there, before long work begins."""

from __future__ import annotations

import importlib.util

from ie_model.errors import MissingExtraError


def require(extra: str, *packages: str) -> None:
    """Check that ``packages`` (import names) can be imported, without importing them.

    Raises:
        MissingExtraError: The first that cannot, with the extra that brings it.
    """
    for package in packages:
        if not _is_there(package):
            raise MissingExtraError(package, extra)


def _is_there(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except ImportError:  # an import hook refuses it
        return False
