"""One key per body of an article: mentions that name the same institution, brought together.

Three steps, each by dictionary look-ups over the article's distinct names, so that the work grows with their
number and not with its square:

1. A second name in brackets behind a name: «سازمان توسعه و نوسازی معادن (ایمیدرو)»; needs the article's text.
2. One core and one place with or without the head, abbreviated or not: «اداره کل صمت البرز», «صنعت، معدن و
   تجارت استان البرز». A name without a place, or with «استان» alone, joins the only placed one.
3. A first part that stands for the whole: «سازمان حمایت» for «سازمان حمایت مصرف‌کنندگان و تولیدکنندگان».

Precision first: what differs in sort (بانک ملت, بیمه ملت), place or number stays apart, and a short name that
fits two longer ones belongs to neither. Mentions of one spelling always share a key.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

from ie_model.persian.folding import name_key
from ie_model.records.institution_names import ABROAD, NATIONAL, NOWHERE, Name, Where, read_name
from ie_model.records.institution_tables import NO_SORT, TOWN, Tables, institution_tables
from ie_model.schema import Institution, Mention

ADMINISTRATION: Final = "administration"
#: Sorts, as the table calls them, that a provincial field may have for a head («شرکت گاز», «سازمان صمت»).
FIELD_LIKES: Final = frozenset({ADMINISTRATION, "company", "دانشگاه"})

Class = list[int]
"""Indices of names that are known to name one body."""


def institutions_of(mentions: Sequence[Mention], *, text: str = "") -> tuple[Institution, ...]:
    """Bring together the mentions of one article that name the same body.

    Args:
        mentions: Its institution mentions in text order; ids are distinct.
        text: The article as given, to see what stands in brackets; without it no brackets are seen.

    Returns:
        Institutions ``i1``, ``i2``, ... in order of first mention; every mention is in exactly one. The
        canonical name is the longest wording in the article, of those that name a place if any does, white
        space collapsed; the first of equals.
    """
    places: dict[str, int] = {}
    indices = [places.setdefault(_key(mention.text), len(places)) for mention in mentions]
    firsts: dict[int, Mention] = {}
    for index, mention in zip(indices, mentions, strict=True):
        firsts.setdefault(index, mention)
    names = [read_name(mention.text) for mention in firsts.values()]
    groups = _Groups(len(names))
    bracketed = _join_brackets(mentions, indices, names, text, groups)
    _join_cores(names, bracketed, groups)
    _join_prefixes(names, bracketed, groups)
    members: dict[int, list[Mention]] = {}
    for index, mention in zip(indices, mentions, strict=True):
        members.setdefault(groups.root(index), []).append(mention)
    return tuple(
        Institution(
            id=f"i{number}",
            name=_fullest(mention.text for mention in found),
            mentions=tuple(mention.id for mention in found),
        )
        for number, found in enumerate(members.values(), start=1)
    )


@lru_cache(maxsize=16384)
def _key(text: str) -> str:
    # A mention of signs alone has an empty key: its text then tells it apart.
    return name_key(text) or text


def _fullest(texts: Iterable[str]) -> str:
    wordings = [" ".join(text.split()) for text in dict.fromkeys(texts)]
    if len(wordings) == 1:
        return wordings[0]
    return max(wordings, key=lambda wording: (bool(read_name(wording).where.name), len(wording)))


class _Groups:
    """Disjoint sets of indices; the smallest index of a set is its root."""

    def __init__(self, size: int) -> None:
        self._parents = list(range(size))

    def root(self, index: int) -> int:
        while self._parents[index] != index:
            self._parents[index] = self._parents[self._parents[index]]
            index = self._parents[index]
        return index

    def join(self, indices: Iterable[int]) -> None:
        roots = sorted({self.root(index) for index in indices})
        for root in roots[1:]:
            self._parents[root] = roots[0]


# --- brackets ------------------------------------------------------------------------------------------


def _join_brackets(
    mentions: Sequence[Mention], indices: list[int], names: list[Name], text: str, groups: _Groups
) -> set[int]:
    """Join names to the names in brackets behind them; return the latter, which look for nothing else."""
    second: set[int] = set()
    for place in range(1, len(mentions) if text else 0):
        before, inside = mentions[place - 1], mentions[place]
        opened = text[before.end : inside.start].strip() in ("(", "«", "(«")
        closed = text[inside.end : inside.end + 2].lstrip("»").startswith(")")
        if not opened or not closed or "(" not in text[before.end : inside.start]:
            continue
        one, other = indices[place - 1], indices[place]
        if one != other and other not in second and _bracket_fits(names[one], names[other]):
            groups.join((one, other))
            second.add(other)
    return second


def _bracket_fits(name: Name, second: Name) -> bool:
    if second.is_other or name.sort.unit or second.sort.unit or _numbers(name) != _numbers(second):
        return False
    if second.where not in (NOWHERE, name.where) and name.where != NOWHERE:
        return False
    if name.sort is not NO_SORT and second.sort is not NO_SORT:
        return name.sort.like == second.sort.like
    # «پتروشیمی مارون (گروه خلیج فارس)» tells an owner; one word is an abbreviation or a nickname.
    return second.written == 1 or name.written == 1


def _numbers(name: Name) -> set[str]:
    return {word for word in name.words if any(character.isdigit() for character in word)}


# --- cores ---------------------------------------------------------------------------------------------


def _join_cores(names: list[Name], bracketed: set[int], groups: _Groups) -> None:
    """Join names of one core that agree in sort and place."""
    buckets: dict[tuple[str, str], list[int]] = {}
    for index, name in enumerate(names):
        if index not in bracketed:
            core = "".join(name.core)
            buckets.setdefault((core, "" if core else name.sort.like), []).append(index)
    for bucket in buckets.values():
        if len(bucket) > 1:
            for same in _by_sort(names, bucket):
                for joined in _by_place(names, same):
                    groups.join(joined)


def _by_sort(names: list[Name], bucket: list[int]) -> list[Class]:
    """Split a bucket by sort; a name without a head goes to the only sort that may do without."""
    classes: dict[str, Class] = {}
    placed: dict[Where, set[str]] = {}
    for index in bucket:
        name = names[index]
        classes.setdefault(name.sort.like, []).append(index)
        if name.sort.bare:
            placed.setdefault(name.where, set()).add(name.sort.like)
    headless = classes.pop(NO_SORT.like, [])
    every = set().union(*placed.values())
    rest: Class = []
    for index in headless:
        fitting = every if len(every) == 1 else placed.get(names[index].where, set())
        if names[index].field:
            # «شیلات» is the administration or the company of that field, not «صندوق شیلات».
            fitting = fitting & FIELD_LIKES
        elif names[index].is_other:
            fitting = set()
        (classes[next(iter(fitting))] if len(fitting) == 1 else rest).append(index)
    return [sorted(found) for found in [*classes.values(), rest] if found]


def _by_place(names: list[Name], same: Class) -> list[Class]:
    """Split names of one sort and core by place; see :func:`_home` for those that leave it open."""
    found: dict[Where, Class] = {}
    placed_bodies = {names[index].sort for index in same if names[index].where != NOWHERE}
    for index in same:
        name, where = names[index], names[index].where
        if where == NOWHERE and name.sort.like == ADMINISTRATION and not name.sort.local:
            # «سازمان بنادر» is the national body where the provincial one is called «اداره کل».
            where = where if name.sort in placed_bodies else Where(NATIONAL)
        found.setdefault(where, []).append(index)
    local = any(_is_local(names[index]) for index in same)
    namesakes: dict[str, set[Where]] = {}
    for where in found:
        namesakes.setdefault(where.name, set()).add(where)
    # From the most exact on, so that «صمت استان» is settled when «صمت» asks which places there are.
    for where in sorted(found, key=lambda place: (not place.name, not place.level)):
        home = _home(where, namesakes[where.name] if where.name else set(found), local=local)
        if home is not None:
            found[home].extend(found.pop(where))
    return list(found.values())


def _is_local(name: Name) -> bool:
    company = name.sort.like in ("company", NO_SORT.like) and len(name.core) > 1
    return name.sort.local or name.field or company


def _home(where: Where, others: set[Where], *, local: bool) -> Where | None:
    """Return the one place among ``others`` that a less exact ``where`` means; None when in doubt."""
    if where.level in (NATIONAL, ABROAD):
        return None
    inland = {place for place in others if place != where and place.level != ABROAD}
    if where.name:
        if where.level not in ("", TOWN):
            return None
        fitting = {place for place in inland if place.level == "province"} or inland
    elif where.level:
        open_level = "" if where.level == "province" else TOWN
        fitting = {place for place in inland if place.name and place.level in (open_level, where.level)}
    else:
        fitting = inland if local else {place for place in inland if place.level == NATIONAL}
    return fitting.pop() if len(fitting) == 1 else None


# --- first parts ---------------------------------------------------------------------------------------


def _join_prefixes(names: list[Name], bracketed: set[int], groups: _Groups) -> None:
    """Join a name that is the first part of one longer name, longest first, so that chains come together."""
    tables = institution_tables()
    longer: dict[str, list[int]] = {}
    for index, name in enumerate(names):
        for short in _first_parts(name, tables):
            longer.setdefault(short, []).append(index)
    for index in sorted(range(len(names)), key=lambda place: -len(names[place].words)):
        name = names[index]
        if index in bracketed or name.key not in longer:
            continue
        candidates = longer[name.key]
        if name.where != NOWHERE:
            candidates = [other for other in candidates if names[other].where == name.where]
        roots = {groups.root(other) for other in candidates} - {groups.root(index)}
        if len(roots) == 1 and all(_place_fits(name, names[other]) for other in candidates):
            groups.join((index, *roots))


def _first_parts(name: Name, tables: Tables) -> Iterable[str]:
    """Yield the keys of the shorter names that may stand for ``name``."""
    known = tables.shorts.get(name.key)
    if known is not None:
        yield "".join(known)
    if not name.sort.prefix:
        return
    words, head = name.words, len(name.head)
    # What sets bodies apart must stand in the first part already.
    safe = next((stop for stop in range(len(words), head, -1) if _sets_apart(words[stop - 1], tables)), head)
    key, telling = "".join(words[:head]), False
    for stop in range(head + 1, len(words)):
        key += words[stop - 1]
        telling = telling or words[stop - 1] not in tables.weak
        if telling and stop >= safe:
            yield key


def _sets_apart(word: str, tables: Tables) -> bool:
    if word in tables.apart or word in tables.markers or word in tables.place_words:
        return True
    return any(map(str.isdigit, word))


def _place_fits(short: Name, long: Name) -> bool:
    if short.where == long.where or long.where.level == NATIONAL:
        return True
    return short.where == NOWHERE and long.where.level != ABROAD and (short.sort.local or short.field)
