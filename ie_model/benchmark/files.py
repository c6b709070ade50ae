"""Files of fresh articles for the sides to read, made once and used by every side."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from tokenizers import Tokenizer

from ie_model.benchmark.articles import BenchArticles, count_tokens, fresh_articles, write_articles


@dataclass(frozen=True)
class ArticleFile:
    """A file of articles; ``tokens`` are those of the articles, each once, special ones not counted."""

    path: Path
    articles: int
    tokens: int


class FreshFiles:
    """Articles as files: the articles themselves, and any number of variants of them.

    Args:
        folder: Where the files are written, and the outputs of the sides.
        chosen: The articles.
        tokenizer: Counts tokens; both sides use the same.
    """

    def __init__(self, folder: Path, chosen: BenchArticles, tokenizer: Tokenizer) -> None:
        self.chosen = chosen
        self._folder = folder
        self._tokenizer = tokenizer
        self._made: dict[tuple[int, int], ArticleFile] = {}
        self._outputs = 0

    def variant(self, number: int, count: int | None = None) -> ArticleFile:
        """Return the articles with the text of variant ``number`` (:func:`fresh_text`); 0 is as they are.

        Args:
            number: See above.
            count: How many; all of them if None, the articles in turn if there are not so many.
        """
        key = (number, len(self.chosen.articles) if count is None else count)
        if key not in self._made:
            path = self._folder / f"variant-{key[0]}-{key[1]}.jsonl"
            write_articles(path, fresh_articles(self.chosen.articles, key[1], variant=number))
            fresh = fresh_articles(self.chosen.articles, key[1], variant=number)
            tokens = sum(
                count_tokens(chunk, self._tokenizer) for chunk in iter(lambda: [*islice(fresh, 64)], [])
            )
            self._made[key] = ArticleFile(path, key[1], tokens)
        return self._made[key]

    def new_output(self) -> Path:
        """Return a folder that no side has written to; it does not exist yet."""
        self._outputs += 1
        return self._folder / f"output-{self._outputs}"
