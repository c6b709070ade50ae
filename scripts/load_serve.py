"""Many clients at once against a running server.

    python scripts/load_serve.py http://127.0.0.1:8765 --clients 8 --seconds 10

Each client sends the seeds in turn, one article a request (``--articles`` for more), and waits for its
answer; after a 429 it waits as long as it was told. Prints answers by status, their rate, and how long they
took. The token, if any, is read from IE_MODEL_TOKEN. Ends with 1 when anything but 200 and 429 came, or
nothing did.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx

SEEDS = Path(__file__).parents[1] / "seeds"
#: What a request is called that got no answer at all.
BROKEN = "no answer"
EXPECTED = {"200", "429"}
CLIENT_SECONDS = 120.0


@dataclass
class Found:
    """What came back: answers by status, and the seconds of those with status 200."""

    answers: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)


def main() -> None:
    """Load the server of the command line, and print what came back."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("url", help="the server's address")
    parser.add_argument("--clients", type=int, default=8, help="that ask at the same time")
    parser.add_argument("--seconds", type=float, default=10.0, help="for which requests are begun")
    parser.add_argument("--articles", type=int, default=1, help="of a request")
    options = parser.parse_args()
    started = time.monotonic()
    found = asyncio.run(load(options.url, options.clients, options.seconds, options.articles))
    report(found, time.monotonic() - started, options.articles)
    if not found.answers["200"] or set(found.answers) - EXPECTED:
        sys.exit(1)


async def load(url: str, clients: int, seconds: float, articles: int) -> Found:
    """Ask with ``clients`` at once until ``seconds`` are over."""
    token = os.environ.get("IE_MODEL_TOKEN")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    limits = httpx.Limits(max_connections=clients)
    found = Found()
    until = time.monotonic() + seconds
    async with httpx.AsyncClient(
        base_url=url, headers=headers, limits=limits, timeout=CLIENT_SECONDS
    ) as client:
        await asyncio.gather(
            *(ask(client, requests(first, articles), until, found) for first in range(clients))
        )
    return found


def requests(first: int, articles: int) -> Iterator[object]:
    """Yield bodies of requests without end, beginning with the seed ``first``."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(SEEDS.glob("*.txt"))]
    for turn in itertools.count(first, articles):
        sent = [
            {"id": str(number), "text": texts[(turn + number) % len(texts)]} for number in range(articles)
        ]
        yield sent[0] if articles == 1 else {"articles": sent}


async def ask(client: httpx.AsyncClient, bodies: Iterator[object], until: float, found: Found) -> None:
    """Be one client."""
    while (started := time.monotonic()) < until:
        try:
            answer = await client.post("/extract", json=next(bodies))
        except httpx.HTTPError:
            found.answers[BROKEN] += 1
            continue
        found.answers[str(answer.status_code)] += 1
        if answer.status_code == httpx.codes.OK:
            found.seconds.append(time.monotonic() - started)
        elif answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
            left = max(0.0, until - time.monotonic())
            await asyncio.sleep(min(left, float(answer.headers["Retry-After"])))


def report(found: Found, seconds: float, articles: int) -> None:
    """Print what came back."""
    print(", ".join(f"{count} with {status}" for status, count in sorted(found.answers.items())))
    if not found.seconds:
        return
    ordered = sorted(found.seconds)
    shares = (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))
    times = (
        f"{name} {ordered[min(len(ordered) - 1, int(share * len(ordered)))]:.3f} s" for name, share in shares
    )
    print(", ".join(times))
    rate = len(ordered) / seconds
    print(f"{rate:.2f} requests a second, {rate * articles:.2f} articles a second, over {seconds:.1f} s")


if __name__ == "__main__":
    main()
