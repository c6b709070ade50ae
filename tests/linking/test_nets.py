"""Pair nets: numpy computes what torch trained, on states of mentions and gaps; training and files."""

import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from ie_model.config import LinkerConfig
from ie_model.errors import ModelError
from ie_model.linking import PairLinker, load_linker, net_training, training
from ie_model.linking.layout import lay_out
from ie_model.linking.net_training import net_input
from ie_model.linking.nets import ARRAYS, PairNet, gelu, mix
from ie_model.linking.scorers import with_table
from ie_model.linking.span_states import GAP_TOKENS, Scale, SpanStates, gaps, scale_of
from ie_model.linking.training import gold_mentions, train_linker
from ie_model.token_states import TokenStates
from tests.linking.making import article, mention

torch = pytest.importorskip("torch")
pytest.importorskip("sklearn")

WIDTH = 12
IDENTITY = Scale(np.zeros(WIDTH, dtype=np.float32), np.ones(WIDTH, dtype=np.float32))


def states_of(text: str) -> TokenStates:
    """A token for every word, with states that only depend on the word."""
    cuts = [0, *(place + 1 for place, letter in enumerate(text) if letter == " "), len(text) + 1]
    spans = [(start, stop - 1) for start, stop in pairwise(cuts)]
    rows = [np.random.default_rng(sum(map(ord, text[a:b]))).normal(size=WIDTH) for a, b in spans]
    return TokenStates(
        np.array(spans, dtype=np.int64).reshape(len(spans), 2), np.array(rows, dtype=np.float32)
    )


@pytest.fixture(scope="module", autouse=True)
def quick() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "BOOSTING", {**training.BOOSTING, "max_iter": 12})
        patch.setattr(training, "SECOND_BOOSTING", {**training.SECOND_BOOSTING, "max_iter": 12})
        patch.setattr(training, "INNER_FOLDS", 2)
        patch.setattr(net_training, "EPOCHS", 3)
        patch.setattr(net_training, "BATCH", 16)
        yield


@pytest.fixture(scope="module")
def learned(quick: None) -> PairLinker:
    articles = [article(number) for number in range(25)]
    return train_linker(articles, LinkerConfig(), [states_of(one.text) for one in articles])


def test_a_mention_is_the_mean_of_its_tokens_and_a_gap_of_those_between() -> None:
    source = article(3)
    states = states_of(source.text)
    layout = lay_out(source.text, gold_mentions(source))
    spans = SpanStates(layout, states, IDENTITY)
    first, second = layout.quantities[:2]

    def mean(start: int, end: int) -> Any:
        inside = (states.spans[:, 0] < end) & (states.spans[:, 1] > start)
        return np.clip(states.values[inside], -5, 5).mean(axis=0)

    pair = spans.of_quantities([(0, 1)])
    assert pair.left[pair.left_index[0]] == pytest.approx(
        mean(first.mention.start, first.mention.end), abs=1e-5
    )
    assert pair.right[pair.right_index[0]] == pytest.approx(
        mean(second.mention.start, second.mention.end), abs=1e-5
    )
    gap = mean(first.mention.end + 1, second.mention.start - 1)
    assert pair.gap[0] == pytest.approx(gap, abs=1e-5)
    assert spans.of_quantities([(1, 0)]).gap[0] == pytest.approx(gap, abs=1e-5)


def test_a_quantity_and_an_institution_have_states_too() -> None:
    source = article(3)
    layout = lay_out(source.text, gold_mentions(source))
    spans = SpanStates(layout, states_of(source.text), IDENTITY)
    pair = spans.of_institutions([(0, 1), (2, 0)])
    assert pair.left.shape == (len(layout.quantities), WIDTH)
    assert pair.right.shape == (len(layout.institutions), WIDTH)
    assert (pair.left_index.tolist(), pair.right_index.tolist()) == ([0, 2], [1, 0])


def test_touching_mentions_have_an_empty_gap_and_long_gaps_are_cut() -> None:
    left, right = np.array([[0, 2], [0, 2], [150, 151]]), np.array([[2, 4], [150, 151], [0, 2]])
    assert gaps(left, right).tolist() == [[2, 2], [150 - GAP_TOKENS, 150], [150 - GAP_TOKENS, 150]]


def test_an_empty_gap_has_no_state() -> None:
    text = "5 نفر 7 نفر"
    touching = [mention(text, "5 نفر ", "AMOUNT", "a"), mention(text, "7 نفر", "AMOUNT", "b")]
    spans = SpanStates(lay_out(text, touching), states_of(text), IDENTITY)
    assert not spans.of_quantities([(0, 1)]).gap.any()


def test_outliers_are_clipped() -> None:
    scale = scale_of(np.random.default_rng(1).normal(size=(100, WIDTH)))
    assert np.abs(scale(np.full((1, WIDTH), 1e6))).max() == 5
    assert np.isfinite(scale(np.zeros((2, WIDTH)))).all()
    assert scale_of(np.ones((4, WIDTH))).spread.min() > 0


def test_numpy_computes_what_torch_does(learned: PairLinker) -> None:
    net = learned.with_scorer.net
    assert net is not None
    source = article(77)
    layout = lay_out(source.text, gold_mentions(source))
    table = with_table(layout)
    spans = SpanStates(layout, states_of(source.text), net.states)
    pairs = spans.of_quantities(table.pairs)
    one = net_input(table.rows, pairs, [])
    inputs = [one.left, one.right, one.gap, net.features(table.rows)]
    w = {name: torch.from_numpy(net.weights[name]) for name in ARRAYS}
    linear, act = torch.nn.functional.linear, torch.nn.functional.gelu
    tensors = dict(zip(("left", "right", "gap", "features"), map(torch.from_numpy, inputs), strict=True))
    a, b, g, f = (linear(tensors[name], w[name], w[f"{name}_bias"]) for name in tensors)
    joined = torch.cat([a, b, a * b, g, act(f, approximate="tanh")], dim=1)
    hidden = act(linear(joined, w["hidden"], w["hidden_bias"]), approximate="tanh")
    expected = torch.sigmoid(hidden @ w["out"] + net.bias).numpy()
    assert net.probability(table.rows, pairs) == pytest.approx(expected, abs=1e-5)
    assert net.probability(table.rows[:0], spans.of_quantities([])).shape == (0,)


def test_gelu_is_torchs() -> None:
    values = np.linspace(-6, 6, 50, dtype=np.float32)
    expected = torch.nn.functional.gelu(torch.from_numpy(values), approximate="tanh").numpy()
    assert gelu(values) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("one", "other", "both"), [(0.5, 0.5, 0.5), (0.9, 0.1, 0.5), (0.8, 0.8, 0.8)])
def test_mixing_is_the_mean_of_log_odds(one: float, other: float, both: float) -> None:
    assert mix(np.array([one]), np.array([other]))[0] == pytest.approx(both)


def test_certain_scores_stay_finite() -> None:
    assert np.isfinite(mix(np.array([0.0, 1.0]), np.array([1.0, 1.0]))).all()


def test_a_linker_with_nets_learns_its_training_facts(learned: PairLinker) -> None:
    right = total = 0
    for number in range(200, 220):
        source = article(number)
        links = learned.link(source.text, gold_mentions(source), states_of(source.text))
        found = {(r.quantities, r.institutions) for r in links}
        gold = {(r.quantities, r.institutions) for r in source.records}
        right, total = right + len(found & gold), total + len(gold)
    assert right / total > 0.9


def test_saved_and_read_it_gives_identical_links(learned: PairLinker, tmp_path: Any) -> None:
    learned.save(tmp_path / "linker.json")
    read = load_linker(tmp_path / "linker.json")
    assert read.wants_states
    for number in range(300, 305):
        source = article(number)
        given = source.text, gold_mentions(source), states_of(source.text)
        assert read.link(*given) == learned.link(*given)


def test_training_again_gives_the_same_net_and_leaves_the_callers_chance_alone(
    learned: PairLinker, tmp_path: Any
) -> None:
    articles = [article(number) for number in range(25)]
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    again = train_linker(articles, LinkerConfig(), [states_of(one.text) for one in articles])
    assert torch.equal(torch.rand(3), expected)
    learned.save(tmp_path / "one.json")
    again.save(tmp_path / "two.json")
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()


def test_it_wants_states(learned: PairLinker) -> None:
    source = article(1)
    with pytest.raises(ModelError, match="needs the encoder's states"):
        learned.link(source.text, gold_mentions(source))
    assert learned.link("", []) == ()


DAMAGES = {
    "a missing array": (lambda net: net["weights"].pop("gap"), "cannot be read"),
    "no base64": (lambda net: net["weights"]["out"].update(data="***"), "cannot be read"),
    "an unknown type": (lambda net: net["weights"]["out"].update(type="object"), "cannot be read"),
    "another shape": (lambda net: net["weights"]["out"].update(shape=[2, 2]), "cannot be read"),
    "a short bias": (
        lambda net: net["weights"].update(
            left_bias=net["weights"]["gap_bias"] | {"shape": [1], "data": "AAA="}
        ),
        "do not fit",
    ),
    "a number in place of a matrix": (
        lambda net: net["weights"].update(left={"type": "float16", "shape": [], "data": "AAA="}),
        "do not fit",
    ),
    "a scale of another width": (
        lambda net: net["scales"].update(states_mean=net["scales"]["features_mean"]),
        "do not fit",
    ),
    "a bias that is text": (lambda net: net.update(bias="x"), "cannot be read"),
    "not a number": (lambda net: net["weights"]["hidden_bias"].update(shape=[1], data="AH4="), "do not fit"),
}


@pytest.mark.parametrize("case", DAMAGES, ids=str)
def test_a_damaged_net_is_refused(learned: PairLinker, tmp_path: Any, case: str) -> None:
    path = tmp_path / "linker.json"
    learned.save(path)
    tree = json.loads(path.read_text(encoding="utf-8"))
    change, message = DAMAGES[case]
    change(tree["by"]["net"])
    path.write_text(json.dumps(tree), encoding="utf-8")
    with pytest.raises(ModelError, match=message) as caught:
        load_linker(path)
    assert str(path) in str(caught.value)


def test_a_net_over_other_features_is_refused(learned: PairLinker) -> None:
    net = learned.with_scorer.net
    assert net is not None
    with pytest.raises(ModelError, match="do not fit"):
        PairNet.from_json(net.to_json(), features=3, where="here")
