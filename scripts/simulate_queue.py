"""What the queue is worth: learning curves of its order against random order, on the gold corpus.

    python scripts/simulate_queue.py annotations/written annotations/seeds --json queue.json --plot queue.png

A fifth of the articles, by a hash of their text (``--fold``), is held out for scoring; the rest is the pool.
Both orders begin with the same random articles of a seed; at every size of ``--sizes`` a tagger is trained
on what is annotated so far, scored on the held-out fifth (strict micro F1 of mentions, as
:mod:`ie_model.evaluation.scores` counts), and, for the queue, asked for its doubts about the rest of the
pool, which :func:`ie_model.labelstudio.queueing.order` puts in order.

Trade-off: the tagger is a small net (one hidden layer) over the frozen states of a middle layer of the
offline encoder, a word's neighbours beside it, decoded as the real one. It costs seconds where the real one
costs an hour, and has seen no label of the pool; but it stays far below the real one's F1, it has no linker,
so the part of the score for links is not tried, and its confidence is not calibrated.

About four minutes of one core a seed, and three for the states, which ``--cache`` keeps.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ie_model.config import EncoderConfig, WindowConfig
from ie_model.corpus.model import AnnotatedArticle
from ie_model.corpus.store import load_corpus
from ie_model.evaluation.facts import LabelledSpan, gold_facts
from ie_model.evaluation.intervals import precision_recall_f1
from ie_model.labelstudio.candidates import candidate_of
from ie_model.labelstudio.queueing import Known, order
from ie_model.schema import LABELS, Mention, text_sha256
from ie_model.tagging.backends import StateBackend
from ie_model.tagging.dataset import EncodedGold, encode_gold, with_special
from ie_model.tagging.decoding import decode, log_softmax
from ie_model.tagging.encoders import SpecialIds, resolve_encoder, special_ids
from ie_model.tagging.encoding import EncodedArticle
from ie_model.tagging.tagger import Look
from ie_model.tagging.windows import cut_windows, merge_windows
from ie_model.token_states import TokenStates

Floats = npt.NDArray[np.float32]

LAYER = 8
"""Of 12: F1 after 400 articles 0.689 with layer 6, 0.709 with 8, 0.672 with 10."""
WIDTH = 96
"""Principal components of the states that the tagger sees, of 384; taken without labels."""
HIDDEN, BATCH, EPOCHS, LEAST_STEPS, RATE = 64, 512, 8, 300, 3e-3
SIZES = (60, 150, 300, 450, 600, 800, 1000, 1200)
RANDOM, QUEUE = "random", "queue"

Curves = dict[str, list[list[dict[str, Any]]]]
"""By order, the points of each seed: ``articles``, ``words``, ``f1``."""


@dataclass(frozen=True)
class World:
    """Encoded articles, what the small tagger sees of their tokens, and their mean states."""

    gold: list[EncodedGold]
    inputs: list[Floats]
    means: Floats

    def __len__(self) -> int:
        return len(self.gold)


def main() -> None:
    """Draw the curves that the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("articles", nargs="*", help="folders of Label Studio tasks or gold JSON Lines files")
    parser.add_argument("--fold", type=int, default=0, help="held-out fifth, 0 to 4")
    parser.add_argument(
        "--seeds", type=int, nargs="+", default=[11, 12, 13], help="a curve of each order for each"
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES), help="annotated articles")
    parser.add_argument("--cache", type=Path, help="keep the encoder's states in this .npz file")
    parser.add_argument("--json", type=Path, help="write the curves to this file")
    parser.add_argument("--plot", type=Path, help="draw them into this .png file")
    parser.add_argument("--redraw", action="store_true", help="draw and judge what --json holds, run nothing")
    options = parser.parse_args()
    if options.redraw:
        result = json.loads(options.json.read_text(encoding="utf-8"))
        curves: Curves = result.get("curves", result)
    else:
        curves = run(options)
    for row in judged(curves):
        print(row)
    keep(options.json, curves)
    if options.plot:
        plot(curves, options.plot)


def run(options: argparse.Namespace) -> Curves:
    """Draw every curve; what is done is kept as it comes."""
    articles = load_corpus(options.articles)
    world = prepare(articles, options.cache)
    held_out = [place for place, one in enumerate(articles) if fifth(one) == options.fold]
    pool = [place for place, one in enumerate(articles) if fifth(one) != options.fold]
    sizes = [size for size in options.sizes if size < len(pool)] + [len(pool)]
    print(f"{len(pool)} articles in the pool, {len(held_out)} held out", flush=True)
    curves: Curves = {RANDOM: [], QUEUE: []}
    for seed in options.seeds:
        for name, own in curves.items():
            started = time.process_time()
            own.append(curve(world, (pool, held_out), sizes, name, seed))
            shown = " ".join(f"{point['articles']}:{point['f1']:.4f}" for point in own[-1])
            print(f"{name} seed {seed} ({time.process_time() - started:.0f} s): {shown}", flush=True)
            keep(options.json, curves)
    return curves


def judged(curves: Curves) -> list[dict[str, Any]]:
    """Return for every budget of random order what share of it the queue needs for the same F1."""
    sizes = [point["articles"] for point in curves[RANDOM][0]]
    return [row for size in sizes[2:] for row in reached(curves, size)]


def keep(path: Path | None, curves: Curves) -> None:
    """Write what there is so far, if it is wanted."""
    if path is not None:
        whole = len(curves[RANDOM]) == len(curves[QUEUE]) > 0
        result = {"curves": curves, "reached": judged(curves) if whole else []}
        path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def fifth(article: AnnotatedArticle) -> int:
    """Return the fifth of the corpus that an article is in; by its text alone."""
    return int(text_sha256(article.text), 16) % 5


def prepare(articles: Sequence[AnnotatedArticle], cache: Path | None) -> World:
    """Encode the articles once; what the encoder says of them is the same for every curve."""
    encoder = resolve_encoder(EncoderConfig())
    gold = encode_gold(articles, encoder.tokenizer, LABELS, WindowConfig())
    mark = hashlib.sha256("".join(text_sha256(one.text) for one in articles).encode()).hexdigest()
    if cache is not None and cache.is_file():
        kept = np.load(cache)
        if str(kept["mark"]) == mark:
            return world_of(gold, kept["states"])
    backend, special = StateBackend(Path(encoder.location), layer=LAYER), special_ids(encoder.tokenizer)
    states = [states_of(one.article, backend, special) for one in gold]
    together = np.concatenate(states)
    if cache is not None:
        np.savez(cache, states=together, mark=mark)
    return world_of(gold, together)


def states_of(article: EncodedArticle, backend: StateBackend, special: SpecialIds) -> npt.NDArray[np.float16]:
    """Return the states of an article's tokens; windows are cut as at prediction, without its mentions."""
    import torch

    windows, before = cut_windows(article, tokens=254, overlap=64), len(special.before)
    batch = [with_special(article.ids[window.start : window.end], special) for window in windows]
    with torch.autocast("cpu", dtype=torch.bfloat16):  # three times as fast
        found = backend.run(batch)
    inner = [
        out.states[before : before + window.end - window.start]
        for window, out in zip(windows, found, strict=True)
        if out.states is not None
    ]
    return merge_windows(len(article), windows, inner).astype(np.float16)


def world_of(gold: list[EncodedGold], states: npt.NDArray[np.float16]) -> World:
    """Reduce the states to their principal components and put each token's neighbours beside it."""
    rng = np.random.default_rng(0)
    sample = states[rng.choice(len(states), min(20_000, len(states)), replace=False)].astype(np.float32)
    mean = sample.mean(axis=0)
    _, sizes, axes = np.linalg.svd(sample - mean, full_matrices=False)
    turn = (axes[:WIDTH] / (sizes[:WIDTH, None] / np.sqrt(len(sample)))).T
    borders = np.cumsum([len(one.article) for one in gold])[:-1]
    inputs, means = [], []
    for part in np.split(states, borders):
        own = (part.astype(np.float32) - mean) @ turn
        padded = np.pad(own, ((1, 1), (0, 0)))
        inputs.append(np.concatenate([padded[:-2], own, padded[2:]], axis=1).astype(np.float32))
        means.append(part.astype(np.float32).mean(axis=0))
    return World(gold, inputs, np.stack(means))


def curve(
    world: World, parts: tuple[Sequence[int], Sequence[int]], sizes: Sequence[int], name: str, seed: int
) -> list[dict[str, Any]]:
    """Return F1 on the held-out articles at each size."""
    pool, held_out = parts
    shuffled = [int(place) for place in np.random.default_rng(seed).permutation(pool)]
    annotated = shuffled[: sizes[0]]
    points: list[dict[str, Any]] = []
    for place, size in enumerate(sizes):
        net = train(world, annotated, seed)
        words = sum(len(world.gold[one].gold.text.split()) for one in annotated)
        points.append({"articles": size, "words": words, "f1": round(score(world, net, held_out), 4)})
        if place + 1 == len(sizes):
            break
        more = sizes[place + 1] - size
        if name == RANDOM:
            annotated = shuffled[: size + more]
        else:
            annotated = annotated + queue(world, net, pool, annotated, more)
    return points


def queue(world: World, net: Any, pool: Sequence[int], annotated: Sequence[int], more: int) -> list[int]:
    """Return the next articles as the queue takes them."""
    done = set(annotated)
    left = [place for place in pool if place not in done]
    candidates = [
        candidate_of(str(place), look_of(world, net, place), LABELS, vector=world.means[place])
        for place in left
    ]
    names = frozenset(
        name
        for place in annotated
        for name in names_of(gold_facts(world.gold[place].gold).mentions, world, place)
    )
    known = Known(names, world.means[list(annotated)].astype(np.float64))
    return [int(choice.candidate.id) for choice in order(candidates, known, budget=more)]


def names_of(mentions: Sequence[LabelledSpan], world: World, place: int) -> list[str]:
    """Return the keys of the institutions among ``mentions``."""
    from ie_model.labelstudio.candidates import name_keys

    text = world.gold[place].gold.text
    return name_keys((one.label, text[one.start : one.end]) for one in mentions)


def train(world: World, annotated: Sequence[int], seed: int) -> Any:
    """Fit the small net on the annotated articles."""
    import torch

    torch.manual_seed(seed)
    inputs = torch.from_numpy(np.concatenate([world.inputs[place] for place in annotated]))
    tags = torch.from_numpy(np.concatenate([world.gold[place].tags for place in annotated]))
    classes = 1 + 2 * len(LABELS)
    net = torch.nn.Sequential(
        torch.nn.Linear(inputs.shape[1], HIDDEN), torch.nn.GELU(), torch.nn.Linear(HIDDEN, classes)
    )
    optimizer = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=1e-4)
    steps = max(LEAST_STEPS, EPOCHS * len(inputs) // BATCH)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 - step / steps)
    shuffled, place = torch.randperm(len(inputs)), 0
    for _ in range(steps):
        if place + BATCH > len(inputs):
            shuffled, place = torch.randperm(len(inputs)), 0
        batch = shuffled[place : place + BATCH]
        place += BATCH
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(net(inputs[batch]), tags[batch]).backward()
        optimizer.step()
        schedule.step()
    return net.eval()


def look_of(world: World, net: Any, place: int) -> Look:
    """Return what the small tagger says of an article, in the real one's form."""
    import torch

    encoded = world.gold[place].article
    with torch.inference_mode():
        log_probs = log_softmax(net(torch.from_numpy(world.inputs[place])).numpy())
    mentions = tuple(
        Mention(
            id=f"m{number}",
            label=span.label,
            start=span.start,
            end=span.end,
            text=encoded.text[span.start : span.end],
            confidence=min(1.0, span.confidence),
        )
        for number, span in enumerate(decode(log_probs, encoded, LABELS), start=1)
    )
    nothing = TokenStates(np.zeros((0, 2), dtype=np.int64), np.zeros((0, 1), dtype=np.float32))
    return Look(mentions, nothing, encoded, log_probs)


def score(world: World, net: Any, held_out: Sequence[int]) -> float:
    """Return strict micro F1 over the mentions of the held-out articles."""
    counts = np.zeros(3)
    for place in held_out:
        gold = {(one.label, one.start, one.end) for one in world.gold[place].gold.mentions}
        found = {(one.label, one.start, one.end) for one in look_of(world, net, place).mentions}
        counts += [len(gold & found), len(found - gold), len(gold - found)]
    return float(precision_recall_f1(counts)[2])


def reached(curves: Curves, size: int) -> list[dict[str, Any]]:
    """Return where the queue's mean curve reaches what random order has at ``size``: articles, and words."""
    rows = []
    for axis in ("articles", "words"):
        random, own = mean_curve(curves[RANDOM], axis), mean_curve(curves[QUEUE], axis)
        place = [point["articles"] for point in curves[RANDOM][0]].index(size)
        budget, goal = random[place]
        needed = first_at(own, goal)
        share = None if needed is None else round(needed / budget, 3)
        rows.append(
            {"random": size, "axis": axis, "budget": round(budget), "f1": round(goal, 4), "share": share}
        )
    return rows


def first_at(points: Sequence[tuple[float, float]], goal: float) -> float | None:
    """Return where a curve of straight lines first reaches ``goal``; None if it never does."""
    before = points[0]
    for place, value in points:
        if value >= goal:
            rise = value - before[1]
            return place if rise <= 0 else before[0] + (place - before[0]) * (goal - before[1]) / rise
        before = place, value
    return None


def mean_curve(curves: Sequence[Sequence[dict[str, Any]]], axis: str) -> list[tuple[float, float]]:
    """Return the points of the mean over seeds."""
    return [
        (float(np.mean([point[axis] for point in points])), float(np.mean([point["f1"] for point in points])))
        for points in zip(*curves, strict=True)
    ]


def plot(curves: Curves, path: Path) -> None:
    """Draw both orders over articles and over words: thin lines for seeds, a thick one for their mean."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(1, 2, figsize=(9, 3.6), sharey=True, dpi=110)
    for panel, axis in zip(panels, ("articles", "words"), strict=True):
        for (name, own), colour in zip(curves.items(), ("#888888", "#0b7a3e"), strict=True):
            for points in own:
                panel.plot(
                    [p[axis] for p in points], [p["f1"] for p in points], color=colour, lw=0.6, alpha=0.6
                )
            mean = mean_curve(own, axis)
            panel.plot(
                [at for at, _ in mean], [f1 for _, f1 in mean], color=colour, lw=2, label=f"{name} order"
            )
        panel.set_xlabel(f"annotated {axis}")
        panel.grid(alpha=0.3)
    panels[0].set_ylabel("strict F1 on the held-out fifth")
    panels[0].legend(loc="lower right")
    figure.tight_layout()
    figure.savefig(path, metadata={"Software": None})


if __name__ == "__main__":
    main()
