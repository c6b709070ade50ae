"""Outputs of predict made by hand, and a reader of what a page says."""

from __future__ import annotations

import html.parser
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from ie_model.batch import EXTRACTIONS, SUMMARY, Summary
from ie_model.schema import (
    AMOUNT,
    INSTITUTION,
    PERCENTAGE,
    TARGET,
    Article,
    Check,
    Extraction,
    Institution,
    Mention,
    ModelInfo,
    Period,
    Place,
    Quantity,
    Record,
    text_sha256,
)

INFO = ModelInfo(name="by hand", version="1")
ROLES = {AMOUNT: "amounts", TARGET: "targets", PERCENTAGE: "percentages", INSTITUTION: "institutions"}


def count(value: int | None, unit: str = "نفر", **more: Any) -> Quantity:
    return Quantity(
        kind="count", value=None if value is None else Decimal(value), unit=unit, item=unit, **more
    )


def toman(value: int, **more: Any) -> Quantity:
    exact = Decimal(value)
    return Quantity(kind="money", value=exact, unit="تومان", currency="IRT", rials=exact * 10, **more)


def percent(value: int) -> Quantity:
    return Quantity(kind="percent", value=Decimal(value), unit="درصد")


@dataclass
class Made:
    """One article and its extraction, mention by mention: each is the next place where its words stand."""

    id: str
    text: str
    meta: dict[str, Any] = field(default_factory=dict)
    mentions: list[Mention] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    bodies: dict[str, list[str]] = field(default_factory=dict)

    def mention(
        self, label: str, words: str, quantity: Quantity | None = None, body: str | None = None
    ) -> str:
        """Mark ``words``; ``body`` is the full name of an institution."""
        behind = max((one.end for one in self.mentions if one.text == words), default=0)
        start = self.text.index(words, behind)
        name = f"m{len(self.mentions) + 1}"
        end = start + len(words)
        self.mentions.append(
            Mention(id=name, label=label, start=start, end=end, text=words, confidence=0.9, quantity=quantity)
        )
        if label == INSTITUTION:
            self.bodies.setdefault(body or words, []).append(name)
        return name

    def record(
        self,
        *mentions: str,
        confidence: float | None = 0.9,
        checks: Sequence[Check] = (),
        period: tuple[str, str | None] | None = None,
        place: tuple[str, str, str] | None = None,
        repeats: str | None = None,
    ) -> str:
        """Join mentions to a record; period is words and interval, place is words, code and name."""
        found = [one for one in self.mentions if one.id in mentions]
        roles: dict[str, list[str]] = {role: [] for role in ROLES.values()}
        for one in found:
            roles[ROLES[one.label]].append(one.id)
        name = f"r{len(self.records) + 1}"
        self.records.append(
            Record(
                id=name,
                start=min(one.start for one in found),
                end=max(one.end for one in found),
                **{role: tuple(names) for role, names in roles.items()},
                confidence=confidence,
                checks=tuple(checks),
                period=Period(**self._span(period[0]), interval=period[1]) if period else None,
                place=Place(**self._span(place[0]), code=place[1], name=place[2]) if place else None,
                repeats=repeats,
            )
        )
        return name

    def _span(self, words: str) -> dict[str, Any]:
        start = self.text.index(words)
        return {"start": start, "end": start + len(words), "text": words}

    @property
    def article(self) -> Article:
        return Article(id=self.id, text=self.text, meta=self.meta)

    @property
    def extraction(self) -> Extraction:
        bodies = [
            Institution(id=f"i{n}", name=name, mentions=tuple(names))
            for n, (name, names) in enumerate(self.bodies.items(), start=1)
        ]
        return Extraction(
            id=self.id,
            meta=self.meta,
            text_sha256=text_sha256(self.text),
            model=INFO,
            mentions=tuple(self.mentions),
            institutions=tuple(bodies),
            records=tuple(self.records),
        )


def progress(*, id: str = "a", shown: str = "بانک ملی", value: int = 45794) -> Made:
    """An article of two records: a target with what was reached, and a sum of money that does not add up."""
    made = Made(
        id,
        f"{shown} گزارش داد\n"
        f"تعهد اشتغال {shown} در استان البرز سال ۱۴۰۲ {value} نفر بود و ۵۰ هزار نفر، ۱۰۶ درصد، محقق شد.\n"
        "بنیاد برکت ۱۲۱ میلیارد تومان پرداخت کرد که ۷۰ درصد است.",
        {"date": "1402-11-20"},
    )
    made.mention(INSTITUTION, shown)
    bank = made.mention(INSTITUTION, shown)
    target = made.mention(TARGET, f"{value} نفر", count(value))
    reached = made.mention(AMOUNT, "۵۰ هزار نفر", count(50_000, modifier="about"))
    share = made.mention(PERCENTAGE, "۱۰۶ درصد", percent(106))
    made.record(
        bank,
        target,
        reached,
        share,
        confidence=0.97,
        checks=[Check(kind="progress", stated=Decimal(106), computed=Decimal("106.09"), agrees=True)],
        period=("سال ۱۴۰۲", "2023-03-21/2024-03-19"),
        place=("استان البرز", "IR-30", "البرز"),
    )
    fund = made.mention(INSTITUTION, "بنیاد برکت")
    money = made.mention(AMOUNT, "۱۲۱ میلیارد تومان", toman(121_000_000_000))
    failed = made.mention(PERCENTAGE, "۷۰ درصد", percent(70))
    made.record(
        fund,
        money,
        failed,
        confidence=0.42,
        checks=[Check(kind="share", stated=Decimal(70), computed=Decimal("60.5"), agrees=False)],
    )
    return made


def write_output(folder: Path, made: Iterable[Made]) -> Path:
    """Write what predict would have: extractions, summary, and the articles in ``articles.jsonl`` beside."""
    folder.mkdir(parents=True, exist_ok=True)
    made = list(made)
    articles = folder.parent / "articles.jsonl"
    lines = [json.dumps({"id": one.id, "text": one.text, **one.meta}) for one in made]
    articles.write_text("\n".join([*lines, ""]), encoding="utf-8")
    extractions = [one.extraction.model_dump_json() for one in made]
    (folder / EXTRACTIONS).write_text("\n".join([*extractions, ""]), encoding="utf-8")
    options: dict[str, Any] = {
        "paths": [str(articles)],
        "max_chars": 1_000_000,
        "stdin_format": "auto",
        "encoding": "utf-8",
    }
    summary = Summary(model=INFO, options=options, articles=len(made))
    (folder / SUMMARY).write_text(summary.model_dump_json(), encoding="utf-8")
    return folder


VOID = {"meta", "link", "input"}


@dataclass
class Node:
    """An element of a page: name, attributes, and elements and text in it."""

    tag: str
    attributes: dict[str, str | None]
    children: list[Node | str] = field(default_factory=list)

    def all(self, tag: str, **attributes: str) -> list[Node]:
        """Elements inside, at any depth, by name and attributes."""
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        found = []
        for child in self.children:
            if isinstance(child, Node):
                if child.tag == tag and wanted.items() <= child.attributes.items():
                    found.append(child)
                found += child.all(tag, **attributes)
        return found

    def one(self, tag: str, **attributes: str) -> Node:
        (found,) = self.all(tag, **attributes)
        return found

    @property
    def text(self) -> str:
        """The text in it; a character that is shown by its number counts as the character."""
        if "data-c" in self.attributes and self.attributes.get("class") == "x":
            return chr(int(self.attributes["data-c"] or "", 16))
        return "".join(child if isinstance(child, str) else child.text for child in self.children)


class _Reader(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("", {})
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, dict(attrs))
        assert len(node.attributes) == len(attrs), "an attribute stands twice"
        self._open[-1].children.append(node)
        if tag not in VOID:
            self._open.append(node)

    def handle_endtag(self, tag: str) -> None:
        assert self._open[-1].tag == tag, f"</{tag}> closes <{self._open[-1].tag}>"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data!r}")

    def handle_pi(self, data: str) -> None:
        raise AssertionError(f"a processing instruction: {data!r}")

    def finished(self) -> Node:
        self.close()
        assert self._open == [self.root], f"{self._open[-1].tag} is not closed"
        return self.root


def parsed(source: str) -> Node:
    """Read HTML whose every element is closed."""
    reader = _Reader()
    reader.feed(source)
    return reader.finished()
