"""The word lists of ``data/finding.yaml``, read once."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from ie_model.quantities.tables import load_table, unit_key, unit_tables


class FindingTables(NamedTuple):
    """The lists of ``data/finding.yaml`` by :func:`word_key`."""

    named: frozenset[str]
    numbered: frozenset[str]
    year_words: frozenset[str]
    times: frozenset[str]
    discourse: frozenset[str]
    pairs: frozenset[str]
    pointers: frozenset[str]
    aforesaid: frozenset[str]
    months: frozenset[str]
    only: frozenset[str]
    not_even: frozenset[str]
    per: frozenset[str]
    doubtful: frozenset[str]
    money_nouns: frozenset[str]
    not_heads: frozenset[str]
    owners: frozenset[str]
    plain_heads: frozenset[str]
    extends: frozenset[str]
    not_adjectives: frozenset[str]
    undertakings: frozenset[str]
    second_halves: frozenset[str]
    copulas: frozenset[str]
    takes_noun: frozenset[str]
    types: dict[str, frozenset[str]]


@lru_cache(maxsize=16384)
def word_key(word: str) -> str:
    """Return the key by which a cleaned word is looked up."""
    return unit_key(word)


@lru_cache(maxsize=1)
def finding_tables() -> FindingTables:
    """Return the word lists."""
    rows = load_table("finding.yaml")
    types = {unit_key(head): frozenset(map(unit_key, words)) for head, words in rows["types"].items()}
    lists = {name: frozenset(map(unit_key, words)) for name, words in rows.items() if name != "types"}
    lists["not_heads"] |= frozenset(map(unit_key, unit_tables().not_units))
    return FindingTables(**lists, types=types)
