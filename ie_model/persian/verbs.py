"""Verb forms in a sentence, with what their tense tells: has it happened, does it, will it, must it.

Forms are known by their stems (``data/verbs.yaml``, some sixty common verbs, light verbs above all), by
prefixes and endings. It is no morphology: forms that are mostly nouns («خرید», «سازی», «پرداخت») are passed
over, and a verb that is not in the list is seen only behind «می» and «خواهد».
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final, Literal, NamedTuple

from ie_model.data_tables import load_data

Tense = Literal[
    "future",
    "present",
    "imperfect",
    "past",
    "perfect",
    "pluperfect",
    "subjunctive",
    "perfect subjunctive",
    "participle",
    "must",
    "due",
    "is",
    "has",
]

_FUTURE: Final = frozenset(["خواهد", "خواهند", "خواهیم", "خواهم", "خواهید", "نخواهد", "نخواهند", "نخواهیم"])
_IS: Final = frozenset(["است", "هست", "نیست", "هستند", "نیستند", "هستیم"])
_HAS: Final = frozenset(["دارد", "دارند", "داریم", "ندارد", "ندارند", "دارم", "دارید"])
_MUST: Final = frozenset(["باید", "بایست", "بایستی", "نباید"])
_AUXILIARIES: Final = frozenset(["است", "اند", "ام", "ایم", "اید", "ای"])
_BEHIND_PARTICIPLE: Final[dict[str, Tense]] = {
    **dict.fromkeys(_AUXILIARIES, "perfect"),
    **dict.fromkeys(("بود", "بودند"), "pluperfect"),
    **dict.fromkeys(("شود", "باشد", "باشند"), "perfect subjunctive"),
}
_PAST_ENDINGS: Final = ("", "م", "ی", "یم", "ید", "ند")
_PRESENT_ENDINGS: Final = ("م", "ی", "د", "یم", "ید", "ند")
_NO: Final = "ن"


class VerbForm(NamedTuple):
    """A verb form.

    Attributes:
        place: Index of its first word.
        tense: What kind of form.
        verb: The form, or the part of it that tells which verb.
    """

    place: int
    tense: Tense
    verb: str


class _Forms(NamedTuple):
    past: frozenset[str]
    present: frozenset[str]
    participles: frozenset[str]
    not_present: frozenset[str]
    not_past: frozenset[str]


def find_verbs(words: Sequence[str]) -> list[VerbForm]:
    """Return the verb forms among ``words``, in order.

    Args:
        words: Of one sentence, folded (:func:`ie_model.persian.folding.fold`), parted at spaces and ZWNJ.
    """
    forms = _forms()
    found: list[VerbForm] = []
    place = 0
    while place < len(words):
        after = words[place + 1] if place + 1 < len(words) else ""
        known = _form_at(words[place], after, forms)
        if known is None:
            place += 1
            continue
        tense, verb, length = known
        found.append(VerbForm(place, tense, verb))
        place += length
    return found


def _form_at(word: str, after: str, forms: _Forms) -> tuple[Tense, str, int] | None:
    """Return tense, verb and number of words of the form that begins with ``word``."""
    if word in _FUTURE:
        return "future", after, 2
    if word in {"می", "نمی"} and after:
        return ("imperfect" if _is_past(after, forms) else "present"), after, 2
    if word in forms.participles:
        tense = _BEHIND_PARTICIPLE.get(after)
        return (tense, word, 2) if tense else ("participle", word, 1)
    if word in _MUST:
        return "must", word, 1
    if word == "قرار" and after in {"است", "بود"}:
        return "due", word, 2
    if word in _IS:
        return "is", word, 1
    if word in _HAS:
        return "has", word, 1
    return _single_word(word, forms)


def _single_word(word: str, forms: _Forms) -> tuple[Tense, str, int] | None:
    joined = word.removeprefix(_NO)
    if joined.startswith("می") and (joined[2:] in forms.past or joined[2:] in forms.present):
        return ("imperfect" if _is_past(joined[2:], forms) else "present"), joined[2:], 1
    if len(word) > 3 and word[0] in {"ب", _NO} and word[1:] in forms.present:
        return "subjunctive", word[1:], 1
    if word in forms.past and word not in forms.not_past:
        return "past", word, 1
    if word in forms.present and len(word) > 2 and word not in forms.not_present:
        return "subjunctive", word, 1
    return None


def _is_past(stem: str, forms: _Forms) -> bool:
    """Whether the form behind «می» is past; of those that are both, «رسید» is more often, «ماند» less."""
    return stem in forms.past and (stem not in forms.present or stem.endswith("ید"))


@lru_cache(maxsize=1)
def _forms() -> _Forms:
    tree: dict[str, Any] = load_data("ie_model.persian", "verbs.yaml")
    past_stems = [past for past, _ in tree["stems"]]
    present_stems = [present for _, present in tree["stems"]]
    past = {no + stem + ending for stem in past_stems for no in ("", _NO) for ending in _PAST_ENDINGS}
    present = {stem + ending for stem in present_stems for ending in _PRESENT_ENDINGS}
    return _Forms(
        past=frozenset(past),
        present=frozenset(present | set(tree["irregular_present"])),
        participles=frozenset(f"{no}{stem}ه" for stem in past_stems for no in ("", _NO)),
        not_present=frozenset(tree["not_present"]),
        not_past=frozenset(tree["not_past"]),
    )
