"""Kill ``ie-model predict`` at random moments, resume it each time, and compare with an undisturbed run.

    python scripts/kill_predict.py --articles 5000 --kills 10

Articles are those of ``annotations/``, repeated with ids of their own; every fiftieth line is no article. The
moments are drawn evenly over the time that the undisturbed run took. Exit status 1 if a file of the two
outputs differs, or an article is lost or doubled.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ie_model.batch import EXTRACTIONS, unfinished
from ie_model.corpus.store import load_corpus

REPOSITORY = Path(__file__).resolve().parents[1]
BROKEN_EVERY = 50


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--articles", type=int, default=5000, help="how many to predict")
    parser.add_argument("--kills", type=int, default=10, help="how often to kill")
    parser.add_argument("--model", help="as ie-model predict takes it")
    parser.add_argument("--workers", type=int, default=2, help="as ie-model predict takes it")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ie-model-kill-") as scratch:
        sys.exit(0 if compare(options, Path(scratch)) else 1)


def compare(options: argparse.Namespace, scratch: Path) -> bool:
    """Run both, print what happened, and return whether the outputs are the same."""
    source = write_articles(scratch / "articles.jsonl", options.articles)
    began = time.monotonic()
    status = start(options, source, scratch / "whole").wait()
    took = time.monotonic() - began
    print(f"undisturbed: {took:.0f} s, exit status {status}")
    draw = random.Random(options.seed)
    for kill in range(options.kills):
        run = start(options, source, scratch / "killed")
        try:
            run.wait(timeout=draw.uniform(0.02, 1.5 / options.kills) * took)
            print(f"kill {kill + 1}: the run had ended")
        except subprocess.TimeoutExpired:
            run.send_signal(signal.SIGKILL)
            run.wait()
            print(f"kill {kill + 1}: {unfinished(scratch / 'killed')} articles and rejects were written")
    again = start(options, source, scratch / "killed").wait()
    same = again == status and same_files(scratch / "whole", scratch / "killed")
    lines = (scratch / "killed" / EXTRACTIONS).read_text(encoding="utf-8").splitlines()
    ids = [json.loads(line)["id"] for line in lines]
    lost, doubled = options.articles - len(set(ids)), len(ids) - len(set(ids))
    print(f"{len(ids)} articles, {lost} lost, {doubled} doubled; files {'the same' if same else 'DIFFER'}")
    return same and not lost and not doubled


def write_articles(path: Path, count: int) -> Path:
    """Write so many articles as JSON Lines, with some lines that are none between them."""
    texts = itertools.cycle(article.text for article in load_corpus([REPOSITORY / "annotations"]))
    with path.open("w", encoding="utf-8") as stream:
        for number, text in zip(range(count), texts, strict=False):
            stream.write(json.dumps({"id": str(number), "text": text}, ensure_ascii=False) + "\n")
            if number % BROKEN_EVERY == 0:
                stream.write("no article\n")
    return path


def start(options: argparse.Namespace, source: Path, output: Path) -> subprocess.Popen[bytes]:
    """Start the command as a user would."""
    code = "from ie_model.cli import main; main()"
    arguments = ["predict", str(source), "--output", str(output), "--resume", "--quiet"]
    arguments += ["--workers", str(options.workers), *(["--model", options.model] if options.model else [])]
    return subprocess.Popen([sys.executable, "-c", code, *arguments], stderr=subprocess.DEVNULL)


def same_files(one: Path, other: Path) -> bool:
    """Whether two folders hold the same files, byte for byte."""
    contents = [{path.name: path.read_bytes() for path in folder.iterdir()} for folder in (one, other)]
    return contents[0] == contents[1]


if __name__ == "__main__":
    main()
