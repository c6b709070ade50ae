"""What ``scripts/fuzz.py`` feeds: every reader of outside input, each with valid inputs to damage."""

from __future__ import annotations

import gzip
import io
import json
import lzma
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ie_model.articles import check_text, read_articles
from ie_model.config import load_config
from ie_model.corpus.json_text import decode, parse_json
from ie_model.corpus.labelstudio_json import article_from_task
from ie_model.persian.calendar import parse_date
from ie_model.persian.numbers import read_number
from ie_model.persian.sentences import split_sentences
from ie_model.quantities import find_quantities, read_quantity
from ie_model.records.period_wordings import find_wordings
from ie_model.rules import RuleExtractor
from ie_model.schema import Article

ROOT = Path(__file__).parents[1]
ENCODINGS = ("utf-8", "utf-8", "utf-16", "utf-16-be", "windows-1256", "utf-32", "utf-7", "gb18030", "cp500")

SENTENCES = [
    "تعهد اشتغال کمیته امداد ۱۰ هزار نفر بود که با ایجاد ۱۰ هزار و ۶۰۰ شغل، ۱۰۶ درصد آن محقق شد.",
    "بیش از ۱۲۱ میلیارد و ۳۰۰ میلیون تومان در سال ۱۴۰۲ (تا 1402/11/20) به استان تهران پرداخت شد؛",
    "از ۵ تا ۱۰ درصد، یعنی بین بیست و سی‌وپنج هزار تن، ۲۸/۵ و 1,250,000 دلار و سه چهارم آن، به ترتیب ۱۰ و ۳۰.",
    "در ده ماهه نخست امسال نسبت به دی ماه ۱۳۹۹ تا پایان July 18, 2018 رشد ۲۳٫۴ درصدی داشت",
]


@dataclass(frozen=True)
class Target:
    """Something that reads: what to call, and valid inputs to damage."""

    run: Callable[[bytes], object]
    seeds: tuple[bytes, ...]


def _read_stdin(form: str) -> Callable[[bytes], object]:
    def run(data: bytes) -> None:
        encoding = ENCODINGS[len(data) % len(ENCODINGS)]
        stream: Any = io.BytesIO(data)
        found = read_articles(["-"], max_chars=2_000, stdin=stream, stdin_format=form, encoding=encoding)  # type: ignore[arg-type]
        _use(found)

    return run


def _read_file(folder: Path, suffix: str) -> Callable[[bytes], object]:
    path = folder / f"a{suffix}"

    def run(data: bytes) -> None:
        path.write_bytes(data)
        encoding = ENCODINGS[len(data) % len(ENCODINGS)]
        _use(read_articles([path], max_chars=2_000, encoding=encoding))

    return run


def _use(found: Iterator[Any]) -> None:
    entries = [entry.model_dump_json() for entry in found]
    if not entries:
        raise AssertionError("input without an article and without a reject")


def _on_text(read: Callable[[str], object]) -> Callable[[bytes], object]:
    return lambda data: read(data.decode("utf-8", "replace"))


def _check_text(data: bytes) -> None:
    check_text(data.decode("utf-8", "surrogateescape"), max_chars=1_000)


def _read_quantity(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    if text:
        cut = random.Random(len(data))
        start = cut.randrange(len(text))
        read_quantity(text, start, cut.randrange(start + 1, len(text) + 1))
        read_quantity(text, 0, len(text), label="PERCENTAGE")


def _read_labelstudio(data: bytes) -> None:
    tree = parse_json(decode(data, "fuzz"), "fuzz")
    for task in tree if isinstance(tree, list) else [tree]:
        article_from_task(task, "fuzz")


def _read_config(folder: Path) -> Callable[[bytes], object]:
    path = folder / "config.yaml"

    def run(data: bytes) -> None:
        path.write_bytes(data)
        load_config(path, [data[-40:].decode("utf-8", "replace")] if len(data) % 3 == 0 else [])

    return run


def _extract(data: bytes) -> None:
    text = check_text(data.decode("utf-8", "replace"))
    (extraction,) = RuleExtractor().extract_many([Article(id="a", text=text, meta={"date": text[:40]})])
    for mention in extraction.mentions:
        if text[mention.start : mention.end] != mention.text:
            raise AssertionError(f"{mention.start}:{mention.end} is not {mention.text!r}")
    extraction.model_dump_json()


def _parquet_seeds() -> tuple[bytes, ...]:
    import pyarrow
    from pyarrow import parquet

    tables = [
        pyarrow.table({"id": [1, None], "text": SENTENCES[:2], "n": [0.5, None], "day": [["x"], []]}),
        pyarrow.table({"text": pyarrow.array([SENTENCES[0]] * 9).dictionary_encode()}),
    ]
    seeds = []
    for table in tables:
        stream = io.BytesIO()
        parquet.write_table(table, stream, compression="zstd")
        seeds.append(stream.getvalue())
    return tuple(seeds)


def _jsonl_seeds() -> tuple[bytes, ...]:
    rows = [{"id": place, "text": text, "meta": {"a": [1, None]}} for place, text in enumerate(SENTENCES)]
    lines = [json.dumps(row, ensure_ascii=bool(place % 2)).encode() + b"\n" for place, row in enumerate(rows)]
    return (
        lines[0],
        lines[1],
        b"".join(lines),
        *(b"".join(lines).decode().encode(code, "replace") for code in ENCODINGS[2:]),
    )


def make_targets(folder: Path) -> dict[str, Target]:
    """Return all targets by name; those that read files write them to ``folder``."""
    import zstandard

    texts = tuple(text.encode() for text in (*SENTENCES, "\n".join(SENTENCES)))
    csv = 'id,text,date\n1,"الف، ""ب""\nپ",1402\n2,ج,\n'.encode()
    lines = _jsonl_seeds()
    tasks = tuple(path.read_bytes() for path in sorted((ROOT / "annotations/seeds").glob("*.json"))[:2])
    task = json.dumps(_small_task(), ensure_ascii=False).encode()
    configs = tuple(path.read_bytes() for path in sorted((ROOT / "configs").glob("*.yaml")))
    wide = csv.decode().encode("utf-16")
    archives = {
        "gzip": (".jsonl.gz", tuple(map(gzip.compress, lines))),
        "xz": (".jsonl.xz", tuple(map(lzma.compress, lines))),
        "zstd": (".csv.zst", (zstandard.compress(csv), zstandard.compress(csv * 90))),
        "csv": (".csv", (csv, csv.replace(b",", b";"), wide)),
        "parquet": (".parquet", _parquet_seeds()),
    }
    numbers = tuple(text.encode() for text in ("بیست و پنج هزار و ۳۰۰", "۱۲٫۵ میلیون", "دو سوم"))
    dates = tuple(text.encode() for text in ("1402/11/20", "۲۷ تیر ۱۳۹۷", "July 18, 2018"))
    return {
        "jsonl": Target(_read_stdin("jsonl"), lines),
        "text": Target(_read_stdin("auto"), (*texts, *lines)),
        **{name: Target(_read_file(folder, suffix), seeds) for name, (suffix, seeds) in archives.items()},
        "check_text": Target(_check_text, texts),
        "read_quantity": Target(_read_quantity, texts),
        "find_quantities": Target(_on_text(find_quantities), texts),
        "read_number": Target(_on_text(read_number), numbers),
        "parse_date": Target(_on_text(parse_date), dates),
        "find_wordings": Target(_on_text(lambda text: find_wordings(text, [(0, len(text))])), texts),
        "split_sentences": Target(_on_text(split_sentences), texts),
        "labelstudio": Target(_read_labelstudio, (task, task, *tasks)),
        "config": Target(_read_config(folder), configs),
        "rules": Target(_extract, texts),
    }


def _small_task() -> dict[str, Any]:
    value = {"start": 0, "end": 4, "text": "۱۰۶ ", "labels": ["PERCENTAGE"]}
    return {
        "data": {"id": "a", "text": "۱۰۶ درصد", "meta": {"date": "1402"}},
        "annotations": [
            {
                "result": [
                    {"id": "m1", "type": "labels", "value": value, "meta": {"value": ["106"]}},
                    {"id": "m2", "type": "labels", "value": {**value, "start": 4, "end": 8, "text": "درصد"}},
                    {"type": "relation", "from_id": "m1", "to_id": "m2", "labels": ["with"]},
                ]
            }
        ],
    }
