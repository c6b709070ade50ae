"""What linking and records cost beside tagging, on one core.

    python scripts/benchmark_linking.py [ARTICLES ...] [--model FOLDER] [--passes 3]

Reads articles (the repository's annotated ones if none are given), tags them one by one, and times each step
of the rest: values, links, records. A last line times one article of 60 000 characters with 500 mentions,
made by repeating the longest one. Times are of the processor; the first pass fills caches and is left out.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from ie_model.corpus.store import load_corpus
from ie_model.extractor import Extractor, read_values
from ie_model.records import build_records
from ie_model.schema import Mention
from ie_model.token_states import TokenStates

ANNOTATIONS = Path(__file__).parents[1] / "annotations"
LONG_CHARACTERS = 60_000
LONG_MENTIONS = 500
STEPS = ("tagging", "values", "linking", "records")

Result = TypeVar("Result")
Seconds = dict[str, float]


def main() -> None:
    """Time the steps over the articles of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("articles", nargs="*", type=Path, help="annotated articles; the repository's if none")
    parser.add_argument("--model", type=Path, help="a release folder; the shipped one if not given")
    parser.add_argument("--passes", type=int, default=3, help="timed passes")
    options = parser.parse_args()
    texts = [article.text for article in load_corpus(options.articles or [ANNOTATIONS])]
    extractor = Extractor.load(options.model, threads=1)
    extract(extractor, texts, {})
    passes: list[Seconds] = []
    for _ in range(options.passes):
        passes.append({})
        extract(extractor, texts, passes[-1])
    print(f"{len(texts)} articles, {sum(map(len, texts)):,} characters, {options.passes} passes")
    for step in STEPS:
        shares = [100 * one[step] / one["tagging"] for one in passes]
        spent = statistics.median(one[step] for one in passes)
        print(f"{step:8} {spent:7.2f} s, {statistics.median(shares):5.1f} % of tagging", end="")
        print(f" ({min(shares):.1f} to {max(shares):.1f})")
    print(f"{LONG_CHARACTERS} characters, {LONG_MENTIONS} mentions: {long_article(extractor, texts)}")


def extract(extractor: Extractor, texts: Sequence[str], seconds: Seconds) -> None:
    """Extract from every text, adding up the seconds of each step."""
    for text in texts:
        tagged = timed(seconds, "tagging", extractor.tagger.read, [text])[0]
        finish(extractor, text, tagged.mentions, tagged.states, seconds)


def finish(
    extractor: Extractor,
    text: str,
    mentions: Sequence[Mention],
    states: TokenStates | None,
    seconds: Seconds,
) -> None:
    """Do the steps behind tagging."""
    read, _ = timed(seconds, "values", read_values, text, mentions)
    links = timed(seconds, "linking", extractor.linker.link, text, read, states)
    timed(seconds, "records", build_records, text, read, links)


def timed(seconds: Seconds, step: str, work: Callable[..., Result], *arguments: Any) -> Result:
    """Do ``work`` and add its processor time to ``seconds``."""
    began = time.process_time()
    result = work(*arguments)
    seconds[step] = seconds.get(step, 0.0) + time.process_time() - began
    return result


def long_article(extractor: Extractor, texts: Sequence[str]) -> str:
    """Return how long the steps behind tagging take for one very long article."""
    longest = max(texts, key=len)
    text = (longest + "\n") * (LONG_CHARACTERS // (len(longest) + 1) + 1)
    text = text[:LONG_CHARACTERS]
    tagged = extractor.tagger.read([text])[0]
    seconds: Seconds = {}
    finish(extractor, text, spread(tagged.mentions), tagged.states, seconds)
    return ", ".join(f"{step} {spent:.2f} s" for step, spent in seconds.items())


def spread(mentions: Sequence[Mention]) -> list[Mention]:
    """Return at most :data:`LONG_MENTIONS` of ``mentions``, evenly spread."""
    stride = max(1.0, len(mentions) / LONG_MENTIONS)
    return [mentions[int(n * stride)] for n in range(min(LONG_MENTIONS, len(mentions)))]


if __name__ == "__main__":
    main()
