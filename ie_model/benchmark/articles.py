"""The articles that are measured on, and as many more of their kind as are wanted.

Values of quantities and names of institutions are remembered between articles (a few thousand each). If the
same articles came again and again, that memory would answer, and figures would be too good. So every
repetition gets fresh text: sentences rotated, and the digits 1 to 9 put in another order, the same way for
both sides of a comparison. Names recur, as they do in news.

Trade-off: fresh text has the length of the article it was made from, to some tokens, but no meaning; scores
are measured on the articles as they are.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tokenizers import Tokenizer

from ie_model.articles import Reject, read_articles
from ie_model.corpus.model import AnnotatedArticle
from ie_model.corpus.store import FOLDS_FILE, load_corpus
from ie_model.errors import ArticleError
from ie_model.persian.sentences import split_sentences
from ie_model.schema import Article

SEEDS: Final = Path("annotations/seeds")
WRITTEN: Final = Path("annotations/written")
"""Annotated articles of a checkout, of which :data:`MORE` are taken at even distances."""
MORE: Final = 25

_DIGIT_ZEROS: Final = "0٠۰"


@dataclass(frozen=True)
class BenchArticles:
    """What is measured on; ``gold`` holds the same articles annotated, empty where they are not."""

    name: str
    articles: tuple[Article, ...]
    gold: tuple[AnnotatedArticle, ...] = ()
    rejects: tuple[str, ...] = ()
    """What could not be read: place and reason of each."""


def choose_articles(path: Path | None, *, limit: int | None = None) -> BenchArticles:
    """Return the articles of ``path``, or a checkout's own: the seeds and some of the written ones.

    Args:
        path: Gold JSON Lines, a folder of Label Studio tasks, or whatever ``predict`` reads.
        limit: At most so many, the first.

    Raises:
        ArticleError: No path is given and this is no checkout, or no article of ``path`` can be read.
        CorpusError: Annotated articles are broken.
    """
    if path is None:
        found = _checkout()
    elif _is_gold(path):
        found = _gold(path.name, load_corpus([path]))
    else:
        found = _plain(path)
    if not found.articles:
        raise ArticleError("there is no article to measure on", where=str(path))
    return BenchArticles(found.name, found.articles[:limit], found.gold[:limit], found.rejects)


def fresh_text(text: str, variant: int) -> str:
    """Return ``text`` with its sentences rotated and its digits 1 to 9 in another order.

    Args:
        text: The article.
        variant: 0 gives ``text`` itself; the same number always gives the same text.
    """
    if variant == 0:
        return text
    starts = [start for start, _ in split_sentences(text)]
    if not starts:
        return text
    pieces = [text[a:b] for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]
    if not pieces[-1][-1].isspace():
        pieces[-1] += "\n"
    turn = variant % len(pieces)
    rotated = text[: starts[0]] + "".join(pieces[turn:] + pieces[:turn])
    return rotated.translate(_digits(variant))


def fresh_articles(articles: Sequence[Article], count: int, *, variant: int) -> Iterator[Article]:
    """Yield ``count`` articles with ids of their own: ``articles`` in turn, each time with fresh text.

    Args:
        articles: What they are made from.
        count: How many.
        variant: Of the first round; each round after it takes the next.
    """
    for place in range(count):
        turn, index = divmod(place, len(articles))
        source = articles[index]
        text = fresh_text(source.text, variant + turn)
        yield Article(id=f"{source.id}-{turn}" if turn else source.id, text=text, meta=source.meta)


def write_articles(path: Path, articles: Iterator[Article] | Sequence[Article]) -> None:
    """Write ``articles`` as the JSON Lines that ``predict`` reads, one by one."""
    with path.open("w", encoding="utf-8") as file:
        for article in articles:
            line: dict[str, Any] = {**article.meta, "id": article.id, "text": article.text}
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


def count_tokens(articles: Sequence[Article], tokenizer: Tokenizer) -> int:
    """Return the tokens of ``articles``: special tokens, padding and what windows share not counted."""
    return sum(len(tokenizer.encode(article.text, add_special_tokens=False).ids) for article in articles)


def _digits(variant: int) -> dict[int, int]:
    order = list(range(1, 10))
    random.Random(variant).shuffle(order)  # noqa: S311 - no secret
    return {
        ord(zero) + digit: ord(zero) + other
        for zero in _DIGIT_ZEROS
        for digit, other in enumerate(order, start=1)
    }


def _checkout() -> BenchArticles:
    if not SEEDS.is_dir():
        raise ArticleError(
            "no articles are named, and this folder is no checkout that has some",
            expected=f"--articles FILE, or a folder with {SEEDS}",
            mend="For example: ie-model benchmark --articles news.jsonl",
        )
    files = sorted(WRITTEN.glob("*.json")) if WRITTEN.is_dir() else []
    even = [files[place * len(files) // MORE] for place in range(MORE)] if len(files) >= MORE else files
    return _gold("seeds and annotations", load_corpus([SEEDS, *even]))


def _is_gold(path: Path) -> bool:
    """Whether ``path`` holds annotated articles with their text."""
    if path.is_dir():
        return any(file.name != FOLDS_FILE for file in path.rglob("*.json"))
    if path.suffix == ".json":
        return True
    if path.suffix != ".jsonl" or not path.is_file():
        return False
    try:
        with path.open(encoding="utf-8") as file:
            first = json.loads(next((line for line in file if line.strip()), "null"))
    except (OSError, ValueError):
        return False  # what is wrong with it, reading it as articles says
    return isinstance(first, dict) and isinstance(first.get("mentions"), list)


def _gold(name: str, gold: Sequence[AnnotatedArticle]) -> BenchArticles:
    plain = tuple(Article(id=article.id, text=article.text, meta=article.meta) for article in gold)
    return BenchArticles(name, plain, tuple(gold))


def _plain(path: Path) -> BenchArticles:
    found: list[Article] = []
    rejects: list[str] = []
    for item in read_articles([path]):
        if isinstance(item, Reject):
            place = item.file if item.line is None else f"{item.file}:{item.line}"
            rejects.append(f"{place}: {item.reason}")
        else:
            found.append(item)
    if not found and rejects:
        raise ArticleError("no article can be read", where=str(path), found=rejects[0])
    return BenchArticles(path.name, tuple(found), rejects=tuple(rejects))
