"""The other side: the ``token-classification`` pipeline of transformers on the checkpoint of the release.

It is set up as its own manual has it for articles longer than a window: ``aggregation_strategy="simple"``,
``tokenizer.model_max_length`` as the window and ``stride`` as what windows share, both as in training. Its
entities are taken by its own offsets and labels, white space around them stripped; nothing of ours mends
them. That it has no values, links or records is not held against it.

Left out: ``torch.compile``, which needs a compiler of C++ on the analyst's machine, and 8-bit weights, for
which the pipeline has no setting.
"""

from __future__ import annotations

import json
import time
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal

from ie_model.errors import ModelError
from ie_model.model_folder import read_manifest
from ie_model.schema import Article, Extraction, Mention, ModelInfo, text_sha256
from ie_model.tagging.encoders import import_transformers, load_errors, special_ids
from ie_model.tagging.tokenizers import load_tokenizer

ENTITIES: Final = "entities.jsonl"

Precision = Literal["fp32", "bf16", "autocast"]
"""``bf16``: weights and arithmetic; ``autocast``: weights in full precision, products in bfloat16."""

_OFFSET_POSITIONS: Final = frozenset({"roberta", "xlm-roberta", "camembert"})
"""Architectures that count positions from behind the padding id, so that fewer tokens fit."""


@dataclass(frozen=True)
class Setting:
    """How the pipeline is run.

    ``window`` and ``stride`` are tokens, special ones included in the window; ``by_length`` hands the
    articles over shortest first, so that little is padded.
    """

    batch: int = 1
    precision: Precision = "fp32"
    by_length: bool = False
    window: int = 256
    stride: int = 64

    def to_json(self) -> dict[str, Any]:
        """Return the fields by name."""
        return asdict(self)


class PipelineSide:
    """A checkpoint in pipelines, one for each precision and window that is asked for.

    Args:
        checkpoint: A folder that training wrote.
        threads: Threads of torch; None for its own choice.

    Raises:
        ModelError: No checkpoint there.
        MissingExtraError: The extra ``train`` is not installed.
    """

    def __init__(self, checkpoint: str, *, threads: int | None = 1) -> None:
        self._transformers = import_transformers()
        import torch

        if threads is not None:
            torch.set_num_threads(threads)
        self._folder = Path(checkpoint)
        self._models: dict[str, Any] = {}
        self._pipelines: dict[tuple[str, int, int], Any] = {}
        self.facts = self._describe()

    def run(self, request: dict[str, Any]) -> dict[str, Any]:
        """Tag the articles of a file as ``request["setting"]`` says.

        The time of this side does not hold reading the file and writing ``entities.jsonl``: it is in
        ``seconds`` of what is returned.
        """
        setting = Setting(**request["setting"])
        articles = _read(Path(request["articles"]))
        pipeline = self._pipeline(setting)
        began, used = time.perf_counter(), time.process_time()
        found = self._tag(pipeline, [article.text for article in articles], setting)
        seconds, cpu = time.perf_counter() - began, time.process_time() - used
        _write(Path(request["output"]), articles, found)
        return {"articles": len(articles), "seconds": seconds, "cpu_seconds": cpu}

    def _tag(self, pipeline: Any, texts: list[str], setting: Setting) -> list[list[dict[str, Any]]]:
        import torch

        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        if not setting.by_length:
            order = list(range(len(texts)))
        half = setting.precision == "autocast"
        with torch.autocast("cpu", dtype=torch.bfloat16) if half else nullcontext():
            found = pipeline([texts[place] for place in order], batch_size=setting.batch)
        by_place = dict(zip(order, found, strict=True))
        return [by_place[place] for place in range(len(texts))]

    def _pipeline(self, setting: Setting) -> Any:
        weights = "bf16" if setting.precision == "bf16" else "fp32"
        key = (weights, setting.window, setting.stride)
        if key not in self._pipelines:
            tokenizer = self._open(self._transformers.AutoTokenizer)
            tokenizer.model_max_length = setting.window
            self._pipelines[key] = self._transformers.pipeline(
                "token-classification",
                model=self._model(weights),
                tokenizer=tokenizer,
                aggregation_strategy="simple",
                stride=setting.stride,
                device="cpu",
            )
        return self._pipelines[key]

    def _model(self, weights: str) -> Any:
        import torch

        if weights not in self._models:
            dtype = torch.bfloat16 if weights == "bf16" else torch.float32
            kind = self._transformers.AutoModelForTokenClassification
            self._models[weights] = self._open(kind, dtype=dtype, use_safetensors=True)
        return self._models[weights]

    def _open(self, kind: Any, **options: Any) -> Any:
        try:
            return kind.from_pretrained(
                self._folder, local_files_only=True, trust_remote_code=False, **options
            )
        except load_errors() as error:
            raise ModelError("no trained model", where=str(self._folder), found=str(error)) from error

    def _describe(self) -> dict[str, Any]:
        """Return window and overlap of training, and the architecture's longest window, in tokens."""
        manifest = read_manifest(self._folder)
        special = special_ids(load_tokenizer(self._folder))
        config = self._model("fp32").config
        longest = config.max_position_embeddings
        if config.model_type in _OFFSET_POSITIONS:
            longest -= config.pad_token_id + 1
        window = manifest.windows.tokens + len(special.before) + len(special.after)
        return {"window": min(window, longest), "stride": manifest.windows.overlap, "longest": longest}


def read_entities(output: Path) -> dict[str, Extraction]:
    """Return what a run of the pipeline found, by article id, as extractions that have mentions alone."""
    with (output / ENTITIES).open(encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    return {line["id"]: Extraction.model_validate(line) for line in lines}


def as_extraction(article: Article, entities: list[dict[str, Any]]) -> Extraction:
    """Return the entities of a pipeline as mentions, white space around them stripped."""
    spans = [
        (entity["entity_group"], *_stripped(article.text, entity["start"], entity["end"]))
        for entity in entities
    ]
    mentions = tuple(
        Mention(id=f"m{place}", label=label, start=start, end=end, text=article.text[start:end])
        for place, (label, start, end) in enumerate(spans, start=1)
        if start < end
    )
    return Extraction(
        id=article.id,
        text_sha256=text_sha256(article.text),
        model=ModelInfo(name="pipeline", version=""),
        mentions=mentions,
    )


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return start, end


def _read(path: Path) -> list[Article]:
    with path.open(encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    return [Article(id=line["id"], text=line["text"]) for line in lines]


def _write(output: Path, articles: list[Article], found: list[list[dict[str, Any]]]) -> None:
    output.mkdir(parents=True, exist_ok=True)
    with (output / ENTITIES).open("w", encoding="utf-8") as file:
        for article, entities in zip(articles, found, strict=True):
            file.write(as_extraction(article, entities).model_dump_json() + "\n")
