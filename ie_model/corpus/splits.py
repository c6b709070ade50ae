"""Who trains and who is held out: folds by article, near-duplicates together.

A fold file maps article id to fold, as JSON. Articles in no fold always train. Leave-one-out is ``k``
equal to the number of articles.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ie_model.corpus.json_text import decode, parse_json, stable_json
from ie_model.corpus.model import AnnotatedArticle
from ie_model.corpus.similarity import near_duplicates
from ie_model.errors import CorpusError
from ie_model.files import write_whole


def load_folds(paths: Iterable[str | Path]) -> dict[str, int]:
    """Return article id to fold from all the files together.

    Raises:
        CorpusError: A file is missing or no such map, or two files differ on an article.
    """
    folds: dict[str, int] = {}
    for path in map(Path, paths):
        try:
            tree = parse_json(decode(path.read_bytes(), str(path)), str(path))
        except OSError as error:
            raise CorpusError(f"cannot read: {error.strerror or error}", where=str(path)) from error
        for article_id, fold in _fold_items(tree, str(path)):
            if folds.setdefault(article_id, fold) != fold:
                raise CorpusError(
                    f"article {article_id!r} has another fold in another file",
                    where=str(path),
                    found=f"folds {folds[article_id]} and {fold}",
                )
    return folds


def save_folds(folds: Mapping[str, int], path: str | Path) -> None:
    """Write ``folds`` with sorted keys.

    Raises:
        CorpusError: The file cannot be written.
    """
    write_whole(Path(path), stable_json(dict(folds), indent=0) + "\n")


def make_folds(articles: Sequence[AnnotatedArticle], k: int, seed: int) -> dict[str, int]:
    """Return a fold from 0 to ``k - 1`` for every article id, the folds as even as groups allow.

    Near-duplicates share a fold. Depends on ``k``, ``seed`` and the articles only: not on their order,
    nor on the Python version (groups are ordered by SHA-256).

    Raises:
        CorpusError: ``k`` is below 2, or above the number of articles counting near-duplicates once.
    """
    groups = _groups(articles)
    if not 2 <= k <= len(groups):
        raise CorpusError(
            "so many folds cannot be made",
            found=f"k={k} for {len(articles)} articles",
            expected=f"2 to {len(groups)} (near-duplicates share a fold)",
        )

    def shuffled(group: list[str]) -> tuple[int, str]:
        return -len(group), hashlib.sha256(f"{seed}:{group[0]}".encode()).hexdigest()

    sizes = [0] * k
    folds: dict[str, int] = {}
    for group in sorted(groups, key=shuffled):
        smallest = sizes.index(min(sizes))
        sizes[smallest] += len(group)
        folds.update(dict.fromkeys(group, smallest))
    return dict(sorted(folds.items()))


def split(
    articles: Sequence[AnnotatedArticle], folds: Mapping[str, int], holdout: int | None
) -> tuple[list[AnnotatedArticle], list[AnnotatedArticle]]:
    """Return the articles that train and those of fold ``holdout``; all train when it is ``None``.

    Raises:
        CorpusError: No article is in fold ``holdout``.
    """
    if holdout is None:
        return list(articles), []
    train = [article for article in articles if folds.get(article.id) != holdout]
    held_out = [article for article in articles if folds.get(article.id) == holdout]
    if not held_out:
        present = sorted({folds[article.id] for article in articles if article.id in folds})
        raise CorpusError(
            f"no article is in fold {holdout}",
            found=f"folds {present}" if present else "no article in any fold",
            mend="Name a fold that is there, a fold file of these articles, or null to hold out nothing.",
        )
    return train, held_out


def _fold_items(tree: Any, where: str) -> list[tuple[str, int]]:
    if not isinstance(tree, dict):
        raise CorpusError("a fold file is a JSON object: article id to fold", where=where)
    for article_id, fold in tree.items():
        if not isinstance(fold, int) or isinstance(fold, bool) or fold < 0:
            raise CorpusError(
                f"fold of {article_id!r} is a whole number from 0", where=where, found=repr(fold)
            )
    return list(tree.items())


def _groups(articles: Sequence[AnnotatedArticle]) -> list[list[str]]:
    """Ids by group: what near-duplicates connect, also through a third."""
    group_of = list(range(len(articles)))
    for pair in near_duplicates(articles):
        old, new = group_of[pair.second], group_of[pair.first]
        group_of = [new if group == old else group for group in group_of]
    groups: defaultdict[int, list[str]] = defaultdict(list)
    for article, group in zip(articles, group_of, strict=True):
        groups[group].append(article.id)
    return [sorted(set(ids)) for ids in groups.values()]
