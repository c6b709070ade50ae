"""News of our own making, and configs under which a tiny encoder adapts to it in a second."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ie_model.adapting.config import AdaptConfig
from tests.tagging.making import save_bert, unigram, words_of

_WHO = ("بانک سپه", "وزارت نیرو", "کمیته امداد", "بنیاد مسکن", "شرکت نفت", "سازمان برنامه", "شهرداری تبریز")
_WHAT = (
    "تسهیلات اشتغال",
    "یارانه نان",
    "طرح‌های عمرانی",
    "وام ازدواج",
    "خرید گندم",
    "نوسازی مدارس",
    "برق روستاها",
)
_WHERE = ("استان فارس", "شهر اهواز", "سراسر کشور", "مناطق محروم", "بندر انزلی", "دشت مغان")
_DID = ("پرداخت کرد", "اختصاص داد", "هزینه خواهد کرد", "تصویب کرد", "به بهره‌برداری رساند")
_OPINIONS = (
    "کارشناسان این تصمیم را راهگشا می‌دانند",
    "منتقدان اما از شتاب‌زدگی سخن می‌گویند",
    "مردم در انتظار نتیجه مانده‌اند",
    "خبرنگار ما از نزدیک این روند را دنبال می‌کند",
)


def news(count: int, *, seed: int = 1, sentences: int = 5) -> list[str]:
    """Articles that differ from one another; each sentence has an amount, but for opinions."""
    draw = random.Random(seed)

    def sentence() -> str:
        if draw.random() < 0.2:
            return draw.choice(_OPINIONS)
        amount = f"{draw.randrange(2, 900)} میلیارد تومان"
        parts = (
            draw.choice(_WHO),
            "برای",
            draw.choice(_WHAT),
            "در",
            draw.choice(_WHERE),
            amount,
            draw.choice(_DID),
        )
        return " ".join(parts)

    return [". ".join(sentence() for _ in range(sentences)) + "." for _ in range(count)]


def write_news(path: Path, texts: Iterable[str]) -> Path:
    """The texts as JSON Lines."""
    lines = [json.dumps({"text": text}, ensure_ascii=False) for text in texts]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def make_encoder(folder: Path, texts: Sequence[str]) -> Path:
    """A BERT of two small layers that knows the words of ``texts``."""
    folder.mkdir(parents=True, exist_ok=True)
    return save_bert(folder, unigram(words_of(texts)))


def tiny_config(encoder: Path, articles: Path, **changes: Any) -> AdaptConfig:
    """A config of 60 steps over blocks of 32 tokens, in full precision."""
    text = {"articles": [str(articles)], "held_out": 8, **changes.pop("text", {})}
    settings = {
        "name": "tiny",
        "encoder": {"source": "local", "name": str(encoder)},
        "text": text,
        "tokens": 60 * 8 * 32,
        "block": 32,
        "batch_size": 8,
        "learning_rate": 1e-2,
        "evaluations": 1,
        "precision": "fp32",
        **changes,
    }
    return AdaptConfig.model_validate(settings)
