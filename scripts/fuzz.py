"""Random damage to valid input, fed to everything that reads input from outside.

    python scripts/fuzz.py [--target NAME]... [--iterations N] [--minutes M] [--seed S] [--output FOLDER]

A target may give a result or raise an error of the package's own family; anything else is a failure, and
so is an input that takes over ten seconds. Each failure (one a place in the code) is written to the output
folder as ``TARGET-N.hex`` with its traceback beside it; the exit status is then 1. Input ``i`` of a target
depends on the seed and ``i`` alone, so a run is repeatable. ``--replay FILE.hex --target NAME`` runs one
input again.

``--engine atheris`` lets atheris choose the inputs by the code that they reach, where it is installed; the
built-in engine knows nothing of coverage, but needs nothing and reaches far with the formats' own tokens:
it makes some thousand inputs a second, so what it takes to make them is small beside reading them.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from fuzz_targets import Target, make_targets

from ie_model.errors import IeModelError

#: Seconds of processor time that one input may take.
MAX_SECONDS = 10
#: Bytes of an input at most: what goes wrong in long input shows in short input, and sooner.
MAX_BYTES = 4_096
MUTATIONS = 8

WORDS = (
    "\ufeff \u200c \u200d \u200f \u202e \u0651 \u0301 ، ؛ ٪ ٫ ٬ « » ½ ² १ ۰ ۹ 😀 ۱۲۵۰ هزار میلیارد بیست نیم "
    "ممیز منفی صدم سال ماه تومان و ریال تا به 1402/13/45 2024-13-45 \" ' \\ \\ud83d \\u0000 { } [ ] , ; "
    ": null true NaN 1e999 -0 &a *a ? !!int !!float !!timestamp !!binary !!python/name:os <<: --- 0x "
    "1:60 .inf ~"
)
TOKENS = [
    *(word.encode() for word in (*WORDS.split(), "\xa0", "\x85", "\u2028", "\x1c")),
    *(b"\xff\xfe", b"\xfe\xff", b"\x00", b"\x1a", b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80", b"\xff"),
    *(
        b" ",
        b"\n",
        b"\r\n",
        b"\r",
        b"\t",
        b"!!int ",
        b"!!timestamp ",
        b"!!float ",
        b"!!binary ",
        b"\n? ",
        b"\n<<: ",
    ),
    *(
        b"9" * 400,
        b"9" * 5_000,
        b"[" * 1_200,
        b'{"a":' * 600,
        b"(" * 300,
        b"1/" * 99,
        b"\n- " * 99,
        b"a: " * 9,
    ),
]


# --- the built-in engine ---------------------------------------------------------------------------------


def mutate(rng: random.Random, seeds: tuple[bytes, ...]) -> bytes:
    """Return a seed with one to eight kinds of damage."""
    data = bytearray(rng.choice(seeds))
    for _ in range(rng.randrange(1, MUTATIONS + 1)):
        at = rng.randrange(len(data) + 1)
        end = min(len(data), at + rng.choice((1, 1, 2, 8, 64)))
        kind = rng.randrange(7)
        if kind == 0 and at < len(data):
            data[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            data[at:end] = rng.randbytes(rng.choice((0, 1, 2, 4)))
        elif kind == 2:
            del data[at : end if rng.random() < 0.8 else len(data)]
        elif kind == 3:
            other = rng.choice(seeds)
            start = rng.randrange(len(other) + 1)
            data[at:end] = other[start : start + rng.choice((4, 32, 256))]
        elif kind == 4:
            data[at:end] = data[at:end] * rng.choice((2, 3, 40))
        else:
            data[at : at if kind == 5 else end] = rng.choice(TOKENS)
    return bytes(data[:MAX_BYTES]) if len(data) > 2 * MAX_BYTES else bytes(data)


class TooSlowError(Exception):
    """An input has taken more than its processor time."""


@contextmanager
def _time_limit() -> Iterator[None]:
    def stop(_number: int, _frame: FrameType | None) -> None:
        raise TooSlowError(f"over {MAX_SECONDS} s")

    before = signal.signal(signal.SIGPROF, stop)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


@dataclass
class Outcome:
    """What came of fuzzing one target."""

    inputs: int = 0
    seconds: float = 0.0
    failures: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    """By the kind of error and its place in the code: the first such input, and its traceback."""


def run_one(target: Target, data: bytes) -> tuple[str, str] | None:
    """Feed one input; return the place and traceback of a failure."""
    signal.setitimer(signal.ITIMER_PROF, MAX_SECONDS)
    try:
        target.run(data)
    except IeModelError as error:
        str(error).encode("utf-8")  # it must be fit for a terminal
    except Exception as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__} {frame.filename}:{frame.lineno}", traceback.format_exc()
    return None


def fuzz(name: str, target: Target, *, iterations: int, seed: int, seconds: float) -> Outcome:
    """Feed ``iterations`` inputs to a target, or as many as go into ``seconds``."""
    outcome = Outcome()
    began = time.monotonic()
    with _time_limit():
        for number in range(iterations):
            if time.monotonic() - began > seconds:
                break
            data = mutate(random.Random(f"{seed} {name} {number}"), target.seeds)
            failure = run_one(target, data)
            outcome.inputs += 1
            if failure:
                outcome.failures.setdefault(failure[0], (data, f"seed {seed}, input {number}\n{failure[1]}"))
    outcome.seconds = time.monotonic() - began
    return outcome


def _save(folder: Path, name: str, outcome: Outcome) -> None:
    for number, (place, (data, trace)) in enumerate(outcome.failures.items()):
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}-{number}.hex"
        path.write_text(data.hex() + "\n", encoding="ascii")
        path.with_suffix(".txt").write_text(trace, encoding="utf-8", errors="backslashreplace")
        print(f"  {place}: {path}")


def with_atheris(target: Target, iterations: int, seed: int) -> None:
    """Hand one target to atheris, which ends the process."""
    import atheris

    def run(data: bytes) -> None:
        try:
            target.run(data)
        except IeModelError:
            return

    atheris.instrument_all()
    atheris.Setup([sys.argv[0], f"-runs={iterations}", f"-seed={seed}", f"-max_len={MAX_BYTES}"], run)
    atheris.Fuzz()


def main(arguments: list[str] | None = None) -> int:
    """Fuzz what the command line names; return the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--target", action="append", help="one of them, may be given again; default all")
    parser.add_argument("--iterations", type=int, default=10_000, help="inputs a target")
    parser.add_argument("--minutes", type=float, default=10, help="for all targets together")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, default=Path("fuzz-failures"))
    parser.add_argument("--engine", choices=["builtin", "atheris"], default="builtin")
    parser.add_argument("--replay", type=Path, help="a .hex file, for one --target")
    options = parser.parse_args(arguments)
    memory = Path("/dev/shm")  # noqa: S108 (files in memory, where there is such a place)
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        targets = make_targets(Path(folder))
        names = options.target or list(targets)
        if unknown := sorted(set(names) - set(targets)):
            parser.error(f"no target {', '.join(unknown)}; there are {', '.join(targets)}")
        if options.replay:
            targets[names[0]].run(bytes.fromhex(options.replay.read_text(encoding="ascii")))
            return 0
        if options.engine == "atheris":
            with_atheris(targets[names[0]], options.iterations, options.seed)
        return _fuzz_all({name: targets[name] for name in names}, options)


def _fuzz_all(targets: dict[str, Target], options: argparse.Namespace) -> int:
    total = failures = 0
    until = time.monotonic() + options.minutes * 60
    for left, (name, target) in zip(range(len(targets), 0, -1), targets.items(), strict=True):
        # What a fast target leaves of its share goes to those behind it.
        share = max(0.0, until - time.monotonic()) / left
        outcome = fuzz(name, target, iterations=options.iterations, seed=options.seed, seconds=share)
        rate = outcome.inputs / max(outcome.seconds, 1e-9)
        print(f"{name}: {outcome.inputs} inputs, {rate:.0f} a second, {len(outcome.failures)} failures")
        _save(options.output, name, outcome)
        total += outcome.inputs
        failures += len(outcome.failures)
    print(f"{total} inputs, {failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
