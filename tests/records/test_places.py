"""The province of a record: what names one, and which one a record is about."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ie_model.records.places import Places, find_places
from ie_model.records.tables import load_table

PROVINCES = load_table("provinces.yaml")["provinces"]


def test_there_are_31_provinces_with_the_codes_of_iso() -> None:
    assert sorted(row["code"] for row in PROVINCES) == [f"IR-{number:02}" for number in range(31)]


@pytest.mark.parametrize("row", PROVINCES, ids=lambda row: row["name"])
def test_every_province_behind_its_word(row: dict[str, object]) -> None:
    text = f"در استان {row['name']} کار شد"
    (named,) = find_places(text)
    assert (text[named.start : named.end], named.province.code) == (f"استان {row['name']}", row["code"])


@pytest.mark.parametrize("row", PROVINCES, ids=lambda row: row["name"])
def test_a_bare_name_counts_where_it_is_nothing_else(row: dict[str, object]) -> None:
    assert bool(find_places(f"در {row['name']} کار شد")) == bool(row.get("bare"))


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("آذربایجان‌شرقی", ["IR-03"]),
        ("آذربایجانشرقی", ["IR-03"]),
        ("آذربايجان غربي", ["IR-04"]),
        ("كهگيلويه و بوير احمد", ["IR-17"]),
        ("چهار محال و بختیاری", ["IR-14"]),
        ("سیستان‌وبلوچستان", ["IR-11"]),
        ("خراسان‌ رضوی", ["IR-09"]),
        ("استانداری البرز", ["IR-30"]),
        ("استاندار تهران گفت", ["IR-23"]),
        ("مدیرکل صنعت، معدن و تجارت البرز", ["IR-30"]),
        ("اداره‌کل تعاون، کار و رفاه اجتماعی یزد", ["IR-21"]),
        ("استان‌های تهران، قم و البرز", ["IR-23", "IR-25", "IR-30"]),
        ("استان مرکزی", ["IR-00"]),
        ("بانک مرکزی", []),
        ("خلیج فارس", []),
        ("خبرگزاری فارس", []),
        ("دریای مازندران", []),
        ("شهر تهران", []),
        ("مدیرکل وزارت کار در تهران", []),
        ("شهرستان قم", []),
        ("لرستانی‌ها", []),
        ("استان کردستان عراق", []),
    ],
)
def test_what_names_a_province(text: str, codes: list[str]) -> None:
    assert [named.province.code for named in find_places(text)] == codes


def place_of(marked: str) -> tuple[str, str] | None:
    """Code and wording of the place of the record whose quantities stand in brackets."""
    text, anchors = "", []
    for part in re.split(r"(\[[^\]]*\])", marked):
        if part.startswith("["):
            anchors.append((len(text), len(text) + len(part) - 2))
        text += part.strip("[]") if part.startswith("[") else part
    place = Places(text).of(0, len(text), anchors)
    assert place is None or text[place.start : place.end] == place.text
    return (place.code, place.text) if place else None


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("در استان البرز [۵ طرح] افتتاح شد.", ("IR-30", "استان البرز")),
        ("[۵ طرح] در گیلان افتتاح شد.", ("IR-01", "گیلان")),
        ("استان قم با [۵ طرح] و استان یزد با ۳ طرح فعال است.", ("IR-25", "استان قم")),
        ("استان قم با ۵ طرح و استان یزد با [۳ طرح] فعال است.", ("IR-21", "استان یزد")),
        ("استان قم، استان یزد، جمعا [۸ طرح] دارند.", None),
        ("استاندار یزد گفت: در سطح کشور، [۲۲ هزار طرح] اجرا شد.", None),
        ("[۲۰ درصد] عسل کشور در گیلان تولید می‌شود.", ("IR-01", "گیلان")),
        ("گیلان\nکارها در گیلان رونق دارد.\n[۵ طرح] افتتاح شد.", ("IR-01", "گیلان")),
        ("گیلان\nکارها در گیلان رونق دارد.\nدر کشور [۵ طرح] افتتاح شد.", None),
        ("گیلان\nکارها رونق دارد.\n[۵ طرح] افتتاح شد.", None),
        ("گیلان\nکارها در یزد و گیلان و خوزستان رونق دارد.\n[۵ طرح] افتتاح شد.", None),
        ("[۵ طرح] افتتاح شد.", None),
    ],
)
def test_the_place_of_a_record(marked: str, expected: tuple[str, str] | None) -> None:
    assert place_of(marked) == expected


def test_an_empty_article_has_no_place() -> None:
    assert Places("").of(0, 0, []) is None


@given(
    st.lists(
        st.sampled_from(
            ["استان ", "استان‌های ", "قم", "یزد ", "، ", "و ", "گیلان ", "کل ", "مدیر", ". ", "\n"]
        )
    )
)
def test_places_are_in_order_within_the_text(pieces: list[str]) -> None:
    text = "".join(pieces)
    found = find_places(text)
    assert [named.end for named in found] == sorted({named.end for named in found})
    assert all(0 <= named.start < named.end <= len(text) for named in found)


def test_a_long_article_takes_no_longer_than_its_length() -> None:
    text = (
        "مدیرکل صنعت، معدن و تجارت استان البرز گفت ۱۲۰ واحد در گیلان و ۳ واحد در استان یزد فعال است. " * 600
    )
    anchors = [(match.start(), match.end()) for match in re.finditer("۱۲۰ واحد", text)]
    started = time.process_time()
    places = Places(text)
    found = [places.of(*anchor, [anchor]) for anchor in anchors]
    assert time.process_time() - started < 2
    assert len(found) == 600
