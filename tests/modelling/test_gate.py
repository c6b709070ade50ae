"""The gate: what is worse beyond chance does not replace what is there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from ie_model.corpus.model import AnnotatedArticle, GoldMention
from ie_model.errors import EXIT_FAILED_CHECK, CorpusError, GateError
from ie_model.extractor import Extractor
from ie_model.model_folder import MANIFEST
from ie_model.modelling.data import load_data
from ie_model.modelling.gate import MENTIONS, RECORDS, Difference, compare_models, require_not_worse
from ie_model.modelling.release import release_model
from ie_model.schema import AMOUNT, Article, Extraction, Mention, ModelInfo, Record, text_sha256
from tests.modelling.making import World

SURFACES = ("۲۰ نفر", "۳۰ طرح")


def gold(place: int) -> AnnotatedArticle:
    text = f"مقاله {place}: {' و '.join(SURFACES)}"
    mentions = tuple(
        GoldMention(f"m{n}", AMOUNT, text.index(one), text.index(one) + len(one), one)
        for n, one in enumerate(SURFACES)
    )
    return AnnotatedArticle(f"a{place}", text, mentions)


ARTICLES = [gold(place) for place in range(40)]


class Finds:
    """Finds the first of the two quantities, and the second where ``every`` divides the article's number."""

    def __init__(self, every: int, trained_on: Sequence[AnnotatedArticle] = ()) -> None:
        self.info = ModelInfo(name="fake", version=str(every))
        self.training_fingerprints = frozenset(text_sha256(one.text) for one in trained_on)
        self.every = every

    def extract_many(self, articles: Iterable[Article]) -> list[Extraction]:
        return [self._extract(article) for article in articles]

    def _extract(self, article: Article) -> Extraction:
        second = int(article.id[1:]) % self.every == 0
        known = {one.id: one for one in ARTICLES}[article.id].mentions[: 1 + second]
        return Extraction(
            id=article.id,
            text_sha256=text_sha256(article.text),
            model=self.info,
            mentions=tuple(
                Mention(id=m.id, label=m.label, start=m.start, end=m.end, text=m.text) for m in known
            ),
            records=tuple(Record(id=f"r{m.id}", start=m.start, end=m.end, amounts=(m.id,)) for m in known),
        )


def test_equal_models_do_not_differ() -> None:
    for one in compare_models(Finds(2), Finds(2), ARTICLES).values():
        assert (one.new, one.low, one.high) == (one.old, 0.0, 0.0)
        assert not one.is_worse


def test_a_better_model_passes_and_the_other_way_round_it_does_not() -> None:
    better = compare_models(Finds(1), Finds(4), ARTICLES)
    assert better.keys() == {MENTIONS, RECORDS}
    assert all(one.low > 0 and one.new == 1.0 > one.old for one in better.values())
    require_not_worse(better)
    worse = compare_models(Finds(4), Finds(1), ARTICLES)
    assert worse[MENTIONS].high == pytest.approx(-better[MENTIONS].low)
    with pytest.raises(GateError, match="worse than the old one") as caught:
        require_not_worse(worse)
    assert caught.value.exit_code == EXIT_FAILED_CHECK
    assert "mentions, strict: F1 0.7692 against 1.0000" in str(caught.value)


def test_a_difference_within_chance_passes() -> None:
    slightly = compare_models(Finds(40), Finds(30), ARTICLES)
    assert slightly[MENTIONS].new < slightly[MENTIONS].old
    require_not_worse(slightly)


@pytest.mark.parametrize(
    ("low", "high", "worse"), [(-0.1, -0.01, True), (-0.1, 0.0, False), (-0.1, 0.1, False), (0.1, 0.2, False)]
)
def test_worse_is_what_lies_below_zero_whole(low: float, high: float, worse: bool) -> None:
    assert Difference(0.5, 0.6, low, high).is_worse is worse


@pytest.mark.parametrize("place", [0, 1], ids=["new", "old"])
def test_a_model_is_not_judged_by_articles_it_has_seen(place: int) -> None:
    models = [Finds(1), Finds(1)]
    models[place] = Finds(1, trained_on=ARTICLES[7:9])
    with pytest.raises(CorpusError, match=f"the {('new', 'old')[place]} model was trained on") as caught:
        compare_models(*models, ARTICLES)
    assert "2 of them, the first is a7" in str(caught.value)


def test_one_article_is_too_few() -> None:
    with pytest.raises(CorpusError, match="too few articles"):
        compare_models(Finds(1), Finds(1), ARTICLES[:1])


def test_a_worse_model_makes_no_release(
    trained: tuple[Path, object], world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held_out = load_data(world.config()).held_out
    assert Extractor.load(trained[0]).training_fingerprints
    monkeypatch.setattr(
        "ie_model.modelling.release.compare_models",
        lambda new, old, articles: {MENTIONS: Difference(0.5, 0.9, -0.5, -0.3)},
    )
    with pytest.raises(GateError):
        release_model(trained[0], tmp_path / "release", articles=held_out, against=trained[0])
    assert not (tmp_path / "release" / MANIFEST).exists()
