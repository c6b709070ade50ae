"""One key per body of an article: what comes together, what stays apart, and what every answer keeps."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from importlib import resources
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ie_model.corpus.store import load_corpus
from ie_model.persian.folding import name_key
from ie_model.records.institution_names import NOWHERE, Where, read_name
from ie_model.records.institutions import institutions_of
from ie_model.schema import INSTITUTION, Institution, Mention

CASES = json.loads((Path(__file__).parent / "cases/institutions.json").read_text(encoding="utf-8"))


def cases(kind: str) -> list[object]:
    return [pytest.param(names, id=title) for title, names in CASES[kind]]


def mentions_in(text: str, names: Sequence[str]) -> list[Mention]:
    """The mentions of ``names`` in ``text``, each looked for behind the one before."""
    found, end = [], 0
    for number, name in enumerate(names):
        start = text.index(name, end)
        end = start + len(name)
        found.append(Mention(id=f"m{number}", label=INSTITUTION, start=start, end=end, text=name))
    return found


def listed(names: Sequence[str]) -> list[Mention]:
    return mentions_in(" ؛ ".join(names), names)


def groups(found: Sequence[Institution]) -> set[frozenset[str]]:
    return {frozenset(body.mentions) for body in found}


def bracketed(text: str, *names: str) -> set[frozenset[str]]:
    return groups(institutions_of(mentions_in(text, names), text=text))


TOGETHER = {frozenset({"m0", "m1"})}
APART = {frozenset({"m0"}), frozenset({"m1"})}


# --- the cases -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("names", cases("same"))
def test_names_of_one_body_share_a_key_in_any_order(names: list[str]) -> None:
    for order in permutations(names):
        (body,) = institutions_of(listed(order))
        assert len(body.mentions) == len(names)


@pytest.mark.parametrize("names", cases("apart"))
def test_names_of_different_bodies_do_not(names: list[str]) -> None:
    for order in permutations(names):
        found = institutions_of(listed(order))
        assert [body.mentions for body in found] == [(f"m{number}",) for number in range(len(names))]


@pytest.mark.parametrize("names", cases("ambiguous"))
def test_a_short_name_that_fits_two_longer_ones_belongs_to_neither(names: list[str]) -> None:
    for order in permutations(names):
        assert len(institutions_of(listed(order))) == len(names)
    # Without one of the longer names the short one finds its body, unless a sort or place forbids it.
    assert len(institutions_of(listed(names[1:]))) == 1


@pytest.mark.parametrize("middle", [" (", "(", " («"])
def test_a_name_in_brackets_is_the_name_before(middle: str) -> None:
    names = ("سازمان پایانه‌های نمونه", "نپا")
    after = "»)" if "«" in middle else ")"
    assert bracketed(f"{names[0]}{middle}{names[1]}{after} گزارش داد", *names) == TOGETHER


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("بانک ملت، نپا اعلام کرد", ("بانک ملت", "نپا")),
        ("بانک ملت (نپا، سپا)", ("بانک ملت", "نپا")),
        ("روابط عمومی بانک ملت (نپا)", ("روابط عمومی بانک ملت", "نپا")),
        ("پتروشیمی نمونه (گروه خلیج فارس)", ("پتروشیمی نمونه", "گروه خلیج فارس")),
        ("بانک ملت (بیمه ملت)", ("بانک ملت", "بیمه ملت")),
        ("باشگاه نمونه (ایتالیا)", ("باشگاه نمونه", "ایتالیا")),
        ("منطقه ۲ نمونه (ن۳)", ("منطقه ۲ نمونه", "ن۳")),
        ("صمت البرز (صمت تهران)", ("صمت البرز", "صمت تهران")),
    ],
    ids=["no brackets", "a list", "a unit", "an owner", "sorts", "a country", "numbers", "places"],
)
def test_not_every_bracket_holds_another_name(text: str, names: tuple[str, str]) -> None:
    assert bracketed(text, *names) == APART


def test_a_nickname_in_brackets_joins_nothing_else() -> None:
    text = "وزارت صنعت، معدن و تجارت (صمت) به سازمان صمت البرز نوشت"
    names = ("وزارت صنعت، معدن و تجارت", "صمت", "سازمان صمت البرز")
    assert bracketed(text, *names) == {frozenset({"m0", "m1"}), frozenset({"m2"})}


def test_without_the_text_no_bracket_is_seen() -> None:
    text = "سازمان پایانه‌های نمونه (نپا)"
    assert groups(institutions_of(mentions_in(text, ("سازمان پایانه‌های نمونه", "نپا")))) == APART


# --- the answer ----------------------------------------------------------------------------------------


def test_bodies_are_numbered_by_first_mention_and_named_by_their_fullest_wording() -> None:
    names = ["صمت البرز", "بانک ملی", "اداره کل  صنعت، معدن\nو تجارت البرز", "بانك ملي", "صمت البرز"]
    assert [body.model_dump() for body in institutions_of(listed(names))] == [
        {"id": "i1", "name": "اداره کل صنعت، معدن و تجارت البرز", "mentions": ("m0", "m2", "m4")},
        {"id": "i2", "name": "بانک ملی", "mentions": ("m1", "m3")},
    ]


def test_no_mentions_no_bodies() -> None:
    assert institutions_of([]) == ()


@pytest.mark.parametrize("name", ["«»", "و", "ره", "استان", "شهرستان ری", "سازمان", "ایران", "آمریکا", "۱۲"])
def test_a_mention_that_hardly_names_a_body_is_a_body(name: str) -> None:
    found = institutions_of(listed([name, "بانک ملی"]))
    assert [body.name for body in found] == [name, "بانک ملی"]


VOCABULARY = (
    "سازمان اداره کل صمت صنعت معدن تجارت و استان شهرستان البرز تهران ایران کشور بانک ملت مرکزی آمریکا ۱ ستاد "
    "تسهیل شرکت کمیته امداد امام مهر مجلس شورای شهر خانه این ( «"
)
NAMES = st.lists(
    st.lists(st.sampled_from(VOCABULARY.split()), min_size=1, max_size=6).map(" ".join), max_size=12
)


@given(NAMES)
def test_every_mention_is_in_exactly_one_body_and_one_spelling_in_one(names: list[str]) -> None:
    mentions = listed(names)
    found = institutions_of(mentions, text=" ؛ ".join(names))
    assert sorted(name for body in found for name in body.mentions) == sorted(m.id for m in mentions)
    assert [body.id for body in found] == [f"i{number}" for number in range(1, len(found) + 1)]
    starts = [min(int(name[1:]) for name in body.mentions) for body in found]
    assert starts == sorted(starts)
    body_of = {name: body.id for body in found for name in body.mentions}
    spellings: dict[str, set[str]] = {}
    for mention in mentions:
        spellings.setdefault(name_key(mention.text) or mention.text, set()).add(body_of[mention.id])
    assert all(len(bodies) == 1 for bodies in spellings.values())
    assert {body.name for body in found} <= {" ".join(name.split()) for name in names}


@given(NAMES)
def test_the_order_of_names_does_not_matter(names: list[str]) -> None:
    def bodies(order: list[str]) -> set[frozenset[str]]:
        mentions = listed(order)
        text_of = {mention.id: name_key(mention.text) or mention.text for mention in mentions}
        return {frozenset(text_of[name] for name in body.mentions) for body in institutions_of(mentions)}

    assert bodies(names) == bodies(names[::-1]) == bodies(sorted(names))


@settings(max_examples=50)
@given(st.text(max_size=60))
def test_any_text_can_be_read_as_a_name(text: str) -> None:
    name = read_name(text)
    assert all(word for word in name.words)


# --- reading one name ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "head", "core", "where"),
    [
        ("اداره کل صمت استان البرز", "اداره کل", "صنعت معدن تجارت", Where("province", "البرز")),
        ("صمت البرز", "", "صنعت معدن تجارت", Where("", "البرز")),
        ("صمت این استان", "", "صنعت معدن تجارت", Where("province")),
        ("بهزیستی خراسان‌رضوی", "", "بهزیستی", Where("", "خراسانرضوی")),
        ("کمیته امداد شهرستان نیک‌شهر", "کمیته", "امداد", Where("county", "نیکشهر")),
        ("گمرک جمهوری اسلامی ایران", "گمرک", "", Where("national")),
        ("دولت ژاپن", "دولت", "", Where("abroad", "ژاپن")),
        ("بانک مرکزی", "بانک", "مرکزی", NOWHERE),
        ("استانداری مرکزی", "استانداری", "", Where("", "مرکزی")),
        ("وزارت کشور", "وزارت", "کشور", NOWHERE),
        ("دانشگاه تهران", "دانشگاه", "تهران", NOWHERE),
        ("شورای برنامه‌ریزی استان‌ها", "شورای", "برنامه ریزی استان ها", NOWHERE),
    ],
)
def test_a_name_is_head_core_and_place(text: str, head: str, core: str, where: Where) -> None:
    name = read_name(text)
    assert (" ".join(name.head), " ".join(name.core), name.where) == (head, core, where)


def raw_tables(name: str = "institutions.yaml") -> Any:
    path = resources.files("ie_model.records") / "data" / name
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("lists", ["sorts", "names", "wordings"])
def test_no_spelling_of_the_table_means_two_things(lists: str) -> None:
    groups = [row["heads"] if lists == "sorts" else row for row in raw_tables()[lists]]
    keys = [{name_key(name.replace(" و ", " ")) for name in group} for group in groups]
    twice = [
        key for number, group in enumerate(keys) for key in group if any(key in k for k in keys[:number])
    ]
    assert twice == []


def test_every_name_of_the_table_is_read_as_the_first_of_its_group() -> None:
    wrong = {
        name: group[0]
        for group in raw_tables()["names"]
        for name in group
        if read_name(name).words != read_name(group[0]).words
    }
    assert wrong == {}


def test_the_provinces_are_those_of_iran() -> None:
    today = [row["name"] for row in raw_tables("provinces.yaml")["provinces"]]
    names = [*today, *raw_tables()["old_provinces"]]
    found = {read_name(f"استانداری {name}").where for name in names}
    assert len(found) == 31 + 1  # and the old undivided خراسان
    assert all(where.level == "" and where.name for where in found)


# --- the seeds and speed -------------------------------------------------------------------------------


# --- the seeds and speed -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seed", "names"),
    [
        ("000", ["ادارهکل صمت البرز", "صمت البرز", "صنعت، معدن و تجارت استان البرز"]),
        ("000", ["استانداری", "استانداری البرز"]),
        (
            "001",
            [
                "اداره کل صمت",
                "اداره کل صنعت، معدن و تجارت استان",
                "صمت البرز",
                "صنعت، معدن و تجارت استان البرز",
            ],
        ),
        ("001", ["انجمن فنی و مهندسی", "انجمن فنی و مهندسی البرز"]),
        ("001", ["دولت"]),
        ("002", ["کمیته امداد", "کمیته امداد استان", "کمیته امداد امام خمینی"]),
        ("002", ["بهزیستی", "بهزیستی استان"]),
        ("002", ["دولت عدالت محور"]),
        ("003", ["سازمان صنايع و معادن", "سازمان صنايع ومعادن"]),
        ("004", ["سازمان صمت استان"]),
    ],
)
def test_bodies_of_the_seeds(seed: str, names: list[str]) -> None:
    folder = Path(__file__).parents[2] / "annotations/seeds"
    (article,) = load_corpus([path for path in folder.iterdir() if path.name.startswith(seed)])
    places = sorted(
        (mention.start, mention.end) for mention in article.mentions if mention.label == INSTITUTION
    )
    mentions = [
        Mention(id=f"m{number}", label=INSTITUTION, start=start, end=end, text=article.text[start:end])
        for number, (start, end) in enumerate(places)
    ]
    text_of = {mention.id: mention.text for mention in mentions}
    found = institutions_of(mentions, text=article.text)
    assert names in [sorted({text_of[name] for name in body.mentions}) for body in found]


@pytest.mark.parametrize(
    "names",
    [
        [f"صمت شهرستان ناحیه{number}" for number in range(3000)],
        [f"صندوق توسعه کار{number}" for number in range(3000)],
        [f"صندوق {'کار ' * (number % 30)}نمونه{number // 30}" for number in range(3000)],
    ],
    ids=["one core", "one first part", "long names"],
)
def test_the_work_grows_with_the_names_and_not_with_their_square(names: list[str]) -> None:
    mentions = listed(names)
    started = time.process_time()
    assert len(institutions_of(mentions)) == len(names)
    # About 0.2 s; all pairs would be millions of comparisons.
    assert time.process_time() - started < 2
