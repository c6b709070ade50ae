"""Small annotated articles for the linking tests: one fact a sentence, drawn by a seed."""

import random

from ie_model.corpus.model import AnnotatedArticle, GoldMention, Relation
from ie_model.schema import Mention, Quantity

NAMES = ["بانک ملی", "بهزیستی", "صندوق کار", "شرکت پویا", "بنیاد برکت"]


def mention(text: str, surface: str, label: str, name: str, quantity: Quantity | None = None) -> Mention:
    start = text.index(surface)
    return Mention(
        id=name, label=label, start=start, end=start + len(surface), text=surface, quantity=quantity
    )


def article(number: int, sentences: int = 4) -> AnnotatedArticle:
    """Sentences of two shapes: money for a plan by an institution (linked), and two facts in a list (not)."""
    draw = random.Random(number)
    text, mentions, relations = "", [], []

    def add(surface: str, label: str) -> str:
        nonlocal text
        name = f"m{len(mentions) + 1}"
        mentions.append(GoldMention(name, label, len(text), len(text) + len(surface), surface))
        text += surface
        return name

    for _ in range(sentences):
        amount, other = draw.randrange(2, 900), draw.randrange(2, 900)
        if draw.random() < 0.5:
            text += "همچنین از سوی "
            owner = add(draw.choice(NAMES), "INSTITUTION")
            text += " مبلغ "
            money = add(f"{amount} میلیارد تومان", "AMOUNT")
            text += " برای "
            plans = add(f"{other} طرح", "AMOUNT")
            text += " پرداخت شد. "
            relations += [Relation("with", money, plans), Relation("by", money, owner)]
        else:
            text += "به گزارش "
            add(draw.choice(NAMES), "INSTITUTION")
            text += " قیمت نفت به "
            add(f"{amount} دلار", "AMOUNT")
            text += " رسید و بازدید "
            add(f"{other} نفر", "AMOUNT")
            text += " از نمایشگاه ثبت شد. "
    return AnnotatedArticle(f"a{number}", text, tuple(mentions), tuple(relations))
