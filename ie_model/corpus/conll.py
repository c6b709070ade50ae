"""CoNLL-2003 export, for tools that read nothing else: one token a line, a blank line between sentences.

Lines are ``token -X- -X- label`` with labels in BIO (the two middle columns, part of speech and chunk,
are dummies), and ``-DOCSTART-`` opens each article. Tokens are maximal runs of letters, marks and digits
(a ZWNJ inside a word belongs to it), or single signs; a mention that begins or ends inside a token splits
it. White space and invisible characters are not written.

The format is lossy: it has no place for relations, values, ids, offsets or spacing. Keep the corpus in
Label Studio JSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from ie_model.corpus.model import AnnotatedArticle, GoldMention
from ie_model.errors import CorpusError
from ie_model.persian.sentences import split_sentences

_MARKS: Final = "\u0300-\u036f\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed"
"""Combining marks of Latin and Arabic writing, which ``\\w`` leaves out."""
_JOINERS: Final = "\u200c\u200d"
_INVISIBLE: Final = "\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
_TOKEN: Final = re.compile(
    rf"[^\W_](?:[^\W_]|[{_MARKS}]|[{_JOINERS}](?=[^\W_]))*"  # a word
    rf"|_|[^\s\w{_INVISIBLE}]"  # a sign
)


def conll_from_articles(articles: Iterable[AnnotatedArticle]) -> Iterator[str]:
    """Yield each article as CoNLL-2003 text, final newline included.

    Raises:
        CorpusError: Mentions overlap, which BIO cannot say, or lie outside their article.
    """
    for article in articles:
        blocks = ["-DOCSTART- -X- -X- O"]
        mentions = _flat_mentions(article)
        for start, end in _sentences(article.text, mentions):
            rows = [
                f"{token} -X- -X- {label}" for token, label in _tokens(article.text, start, end, mentions)
            ]
            if rows:
                blocks.append("\n".join(rows))
        yield "\n\n".join(blocks) + "\n\n"


def _flat_mentions(article: AnnotatedArticle) -> list[GoldMention]:
    mentions = sorted(article.mentions, key=lambda mention: (mention.start, mention.end))
    end = 0
    for mention in mentions:
        if not end <= mention.start < mention.end <= len(article.text):
            raise CorpusError(
                "mentions overlap or lie outside the article",
                where=f"{article.source}, article {article.id}, mention {mention.id}",
                found=f"[{mention.start}, {mention.end}) after {end} of {len(article.text)}",
                mend="See: ie-model data check",
            )
        end = mention.end
    return mentions


def _sentences(text: str, mentions: list[GoldMention]) -> list[tuple[int, int]]:
    """Sentences, joined where a mention reaches from one into the next (a name such as «ه. ش. گروه»)."""
    joined: list[tuple[int, int]] = []
    for start, end in split_sentences(text):
        if joined and any(mention.start < joined[-1][1] and mention.end > start for mention in mentions):
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _tokens(text: str, start: int, end: int, mentions: list[GoldMention]) -> Iterator[tuple[str, str]]:
    inside = [mention for mention in mentions if mention.start < end and mention.end > start]
    position = start
    for mention in inside:
        yield from ((token, "O") for token in _TOKEN.findall(text, position, mention.start))
        for rank, token in enumerate(_TOKEN.findall(text, mention.start, mention.end)):
            yield token, f"{'I' if rank else 'B'}-{mention.label}"
        position = mention.end
    yield from ((token, "O") for token in _TOKEN.findall(text, position, end))
