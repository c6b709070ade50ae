"""A small extractor by regular expressions: an amount is a number and the word after it."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path

from ie_model.errors import ModelError
from ie_model.schema import (
    AMOUNT,
    INSTITUTION,
    Article,
    Extraction,
    Mention,
    ModelInfo,
    Quantity,
    Record,
    text_sha256,
)

KILLER = "این خبر فرایند را می کشد"
HANDED_BACK = "مدل از کار افتاد"
AMOUNT_PATTERN = re.compile(r"([۰-۹]+) (\w+)")
INSTITUTION_PATTERN = re.compile(r"بانک \w+")
INFO = ModelInfo(name="fake", version="1")


class FakeExtractor:
    """Finds amounts and banks; every amount is a record with all banks of the article.

    Args:
        fault: Called with every article first; may raise.
    """

    info = INFO

    def __init__(self, fault: Callable[[Article], None] | None = None) -> None:
        self.fault = fault
        self.chunks: list[int] = []

    def extract_many(self, articles: Sequence[Article], /) -> list[Extraction]:
        self.chunks.append(len(articles))
        return [self.extract(article) for article in articles]

    def extract(self, article: Article) -> Extraction:
        if self.fault is not None:
            self.fault(article)
        banks = [
            _mention(f"b{n}", INSTITUTION, match)
            for n, match in enumerate(INSTITUTION_PATTERN.finditer(article.text))
        ]
        amounts = [
            _mention(f"a{n}", AMOUNT, match, _quantity(match))
            for n, match in enumerate(AMOUNT_PATTERN.finditer(article.text))
        ]
        return Extraction(
            id=article.id,
            meta=article.meta,
            text_sha256=text_sha256(article.text),
            model=INFO,
            mentions=tuple(sorted([*banks, *amounts], key=lambda mention: mention.start)),
            records=tuple(
                Record(
                    id=f"r{n}",
                    start=amount.start,
                    end=amount.end,
                    amounts=(amount.id,),
                    institutions=tuple(bank.id for bank in banks),
                )
                for n, amount in enumerate(amounts)
            ),
            warnings=() if amounts else ("no amount",),
        )


def load_fake(fault: Callable[[Article], None] | None = None) -> FakeExtractor:
    """Load in another process what :class:`FakeExtractor` is in this one."""
    return FakeExtractor(fault)


def load_nothing() -> FakeExtractor:
    """Load a model that is not there."""
    raise ModelError("no such release", where="elsewhere")


def load_and_die() -> FakeExtractor:
    """Die before there is a model."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def kill(article: Article) -> None:
    """End the process as the system ends one that takes too much memory."""
    if KILLER in article.text:
        os.kill(os.getpid(), signal.SIGKILL)


def kill_once(flag: Path, article: Article) -> None:
    """End the process the first time that the article comes by."""
    if KILLER in article.text and not flag.exists():
        flag.touch()
        os.kill(os.getpid(), signal.SIGKILL)


def slow(article: Article) -> None:
    """Take as long as a small model does."""
    time.sleep(0.002)


def break_down(article: Article) -> None:
    """Be no bug of one article, but a model that cannot work."""
    if HANDED_BACK in article.text:
        raise ModelError("the tagger is damaged", where="model.onnx")


def _mention(name: str, label: str, match: re.Match[str], quantity: Quantity | None = None) -> Mention:
    start, end = match.span()
    return Mention(
        id=name, label=label, start=start, end=end, text=match[0], confidence=0.5, quantity=quantity
    )


def _quantity(match: re.Match[str]) -> Quantity:
    if match[2] == "تومان":
        value = Decimal(int(match[1]))
        return Quantity(kind="money", value=value, unit=match[2], currency="IRT", rials=value * 10)
    return Quantity(kind="count", value=Decimal(int(match[1])), unit=match[2])
