"""Tagged sentences of other corpora: one token and its BIO label a line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ie_model.corpus.conll import conll_from_articles
from ie_model.corpus.model import AnnotatedArticle, GoldMention
from ie_model.corpus.store import Reject, load_corpus, read_corpus
from ie_model.corpus.tagged_lines import articles_from_tagged
from ie_model.errors import CorpusError

PEYMA = "بانک|B_ORG\nملی|I_ORG\nدر|O\nتهران|B_LOC\n\nهمه|O\n"
ARMAN = "بانک B-org\nملی I-org\nدر O\nتهران B-loc\n  \nهمه O\n"


def read(text: str) -> list[AnnotatedArticle]:
    found = list(articles_from_tagged(text, Path("folder/test.txt")))
    assert not any(isinstance(item, CorpusError) for item in found)
    return [item for item in found if isinstance(item, AnnotatedArticle)]


def spans(article: AnnotatedArticle) -> list[tuple[str, str]]:
    assert all(article.text[m.start : m.end] == m.text for m in article.mentions)
    return [(mention.label, mention.text) for mention in article.mentions]


@pytest.mark.parametrize(
    ("text", "labels"), [(PEYMA, ("ORG", "LOC")), (ARMAN, ("org", "loc")), (PEYMA.strip(), ("ORG", "LOC"))]
)
def test_a_sentence_becomes_an_article_with_spaces_between_its_tokens(
    text: str, labels: tuple[str, str]
) -> None:
    first, second = read(text)
    assert (first.id, first.text, first.source) == ("test-00001", "بانک ملی در تهران", "folder/test.txt:1")
    assert spans(first) == [(labels[0], "بانک ملی"), (labels[1], "تهران")]
    assert (second.id, second.text, second.mentions) == ("test-00002", "همه", ())
    assert second.source == "folder/test.txt:6"


@pytest.mark.parametrize(
    ("tags", "found"),
    [
        pytest.param("B I B", [("X", "a b"), ("X", "c")], id="neighbours stay apart"),
        pytest.param("O I I", [("X", "b c")], id="inside without a beginning begins"),
        pytest.param("B O I", [("X", "a"), ("X", "c")], id="inside after a gap begins"),
    ],
)
def test_bio_is_read_as_conlleval_reads_it(tags: str, found: list[tuple[str, str]]) -> None:
    rows = zip("abc", tags.split(), strict=True)
    lines = [f"{token} {tag}" if tag == "O" else f"{token} {tag}-X" for token, tag in rows]
    assert spans(read("\n".join(lines))[0]) == found


def test_inside_of_another_label_begins() -> None:
    assert spans(read("a B-X\nb I-Y\n")[0]) == [("X", "a"), ("Y", "b")]


@pytest.mark.parametrize(
    ("line", "token"),
    [
        pytest.param("روش های|B_ORG", "روش های", id="a space inside the token"),
        pytest.param("||B_ORG", "|", id="the sign that parts"),
        pytest.param("بانک NN -X- B-ORG", "بانک", id="columns between"),
        pytest.param("بانک\u200cها|B_ORG", "بانک\u200cها", id="ZWNJ"),
    ],
)
def test_a_token_is_kept_as_it_is(line: str, token: str) -> None:
    assert spans(read(line)[0]) == [("ORG", token)]


@pytest.mark.parametrize("line", ["بانک", "بانک|", "|B_ORG", "بانک|ORG", "بانک B", "بانک B-", "بانک|b_ORG"])
def test_a_broken_line_rejects_its_sentence_and_no_other(line: str, tmp_path: Path) -> None:
    path = tmp_path / "dev.bio"
    path.write_text(f"a O\n\nb O\n{line}\n\nc O\n", encoding="utf-8")
    first, second, third = read_corpus([path])
    assert isinstance(first, AnnotatedArticle)
    assert isinstance(second, Reject)
    assert isinstance(third, AnnotatedArticle)
    assert second.error.where == f"{path}:4"
    assert third.id == "dev-00003"
    with pytest.raises(CorpusError, match="not a token and its BIO label"):
        load_corpus([path])


def test_a_file_that_is_missing_or_no_text_is_told(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no such file"):
        load_corpus([tmp_path / "x.txt"])
    (tmp_path / "x.txt").write_bytes(b"\xff\xfe")
    with pytest.raises(CorpusError):
        load_corpus([tmp_path / "x.txt"])


@given(st.lists(st.sampled_from(["O", "B-AMOUNT", "I-AMOUNT", "B-TARGET"]), min_size=1, max_size=12))
def test_what_our_export_writes_is_read_back(tags: list[str]) -> None:
    tokens = [f"w{place}" for place in range(len(tags))]
    (article,) = read("\n".join(f"{token} {tag}" for token, tag in zip(tokens, tags, strict=True)))
    (written,) = conll_from_articles([article])
    (again,) = read(written)
    assert (again.text, spans(again)) == (article.text, spans(article))
    assert all(isinstance(mention, GoldMention) for mention in again.mentions)
