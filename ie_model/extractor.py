"""The extractor: an article in, an extraction out; the one object a program needs.

>>> from ie_model import Extractor
>>> extraction = Extractor.load().extract("بانک ملی ۵۰ میلیارد تومان پرداخت کرد.")
>>> [(mention.label, mention.text) for mention in extraction.mentions]
[('INSTITUTION', 'بانک ملی'), ('AMOUNT', '۵۰ میلیارد تومان')]
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ie_model.blas import one_blas_thread
from ie_model.cores import usable_cores
from ie_model.errors import ModelError
from ie_model.linking import Linker, load_linker
from ie_model.model_folder import GOALS, LINKER, SHIPPED, Manifest, read_manifest, verify_files
from ie_model.persian.calendar import parse_date
from ie_model.quantities import read_quantity
from ie_model.records import build_records
from ie_model.schema import QUANTITY_LABELS, Article, Extraction, Mention, ModelInfo, Record, text_sha256
from ie_model.tagging.backends import ONNX_FILE, Backend, OnnxBackend, TorchBackend
from ie_model.tagging.calibration import Calibration
from ie_model.tagging.confidence import SpanCalibration
from ie_model.tagging.goals import load_goals
from ie_model.tagging.openvino_backend import OpenVinoBackend
from ie_model.tagging.runtimes import Runtime
from ie_model.tagging.tagger import Tagger
from ie_model.tagging.tokenizers import load_tokenizer
from ie_model.token_states import TokenStates


class Extractor:
    """Reads articles. Use :meth:`load`; an extractor may be shared by threads.

    Args:
        tagger: Finds mentions.
        linker: Joins them into records.
        info: Named in every extraction.
        record_calibration: Map from a record's raw confidence to probability.
        training_fingerprints: SHA-256 of the texts that the model was trained on.
    """

    def __init__(
        self,
        tagger: Tagger,
        linker: Linker,
        info: ModelInfo,
        *,
        record_calibration: Calibration | None = None,
        training_fingerprints: frozenset[str] = frozenset(),
    ) -> None:
        self.tagger = tagger
        self.linker = linker
        self.info = info
        self.training_fingerprints = training_fingerprints
        self._calibrate_record = record_calibration or Calibration()

    @classmethod
    def load(
        cls,
        path: str | Path | None = None,
        *,
        threads: int | None = None,
        min_confidence: float = 0.0,
        runtime: Runtime = Runtime.ONNXRUNTIME,
    ) -> Extractor:
        """Load a model.

        Args:
            path: Folder of a release or a trained checkpoint; None for the shipped release.
            threads: Windows computed at once; None for one a processor core.
            min_confidence: Mentions less sure than this are left out before records are made.
            runtime: What computes the encoder of a release.

        Raises:
            ModelError: No model there, or a damaged one, or a checkpoint to be computed by OpenVINO.
            MissingExtraError: A checkpoint needs the extra ``train``, OpenVINO the extra ``openvino``.
        """
        folder = SHIPPED if path is None else Path(path)
        manifest = _only_sure(read_manifest(folder), min_confidence)
        backend = _backend(folder, manifest, runtime, threads or len(usable_cores()))
        return cls.assemble(folder, manifest, backend)

    @classmethod
    def assemble(cls, folder: Path, manifest: Manifest, backend: Backend) -> Extractor:
        """Build an extractor around ``backend`` from what else lies in ``folder``."""
        record_weights = manifest.record_calibration
        return cls(
            assemble_tagger(folder, manifest, backend),
            load_linker(folder / LINKER),
            ModelInfo(name=manifest.name, version=manifest.version),
            record_calibration=Calibration(record_weights.slope, record_weights.offset),
            training_fingerprints=frozenset(manifest.training_articles),
        )

    def extract(self, text: str, *, id: str = "article", meta: Mapping[str, Any] | None = None) -> Extraction:
        """Extract from one text; see :meth:`extract_many`."""
        return self.extract_many([Article(id=id, text=text, meta=dict(meta or {}))])[0]

    def extract_many(self, articles: Iterable[Article]) -> list[Extraction]:
        """Return one extraction an article, in order.

        An article's extraction does not depend on the others in the call.
        """
        batch = list(articles)
        with one_blas_thread():
            tagged = self.tagger.read([article.text for article in batch])
            return [
                self._finish(article, one.mentions, one.states)
                for article, one in zip(batch, tagged, strict=True)
            ]

    def finish(
        self, article: Article, mentions: Sequence[Mention], states: TokenStates | None = None
    ) -> Extraction:
        """Read the values of given mentions, link them and build the records.

        Args:
            article: Where they stand.
            mentions: In text order.
            states: The encoder's states, where they are known already.
        """
        if states is None and self.linker.wants_states:
            states = self.tagger.states([article.text])[0]
        return self._finish(article, mentions, states)

    def _finish(
        self, article: Article, mentions: Sequence[Mention], states: TokenStates | None
    ) -> Extraction:
        extraction = finish_extraction(article, mentions, self.linker, self.info, states)
        records = tuple(self._calibrated(record) for record in extraction.records)
        return extraction.model_copy(update={"records": records})

    def _calibrated(self, record: Record) -> Record:
        if record.confidence is None:
            return record
        return record.model_copy(update={"confidence": self._calibrate_record(record.confidence)})


def _only_sure(manifest: Manifest, min_confidence: float) -> Manifest:
    """Raise the least confidence of every label to ``min_confidence``."""
    own = manifest.decoding.min_confidence
    least = {label: max(own.get(label, 0.0), min_confidence) for label in manifest.labels}
    decoding = manifest.decoding.model_copy(update={"min_confidence": least})
    return manifest.model_copy(update={"decoding": decoding})


def assemble_tagger(folder: Path, manifest: Manifest, backend: Backend) -> Tagger:
    """Build a tagger around ``backend`` from the tokenizer in ``folder`` and the manifest."""
    return Tagger(
        backend,
        load_tokenizer(folder),
        manifest.labels,
        windows=manifest.windows,
        decoding=manifest.decoding,
        calibration=SpanCalibration(manifest.mention_calibration),
        goals=load_goals(folder / GOALS),
    )


def finish_extraction(
    article: Article,
    mentions: Sequence[Mention],
    linker: Linker,
    info: ModelInfo,
    states: TokenStates | None = None,
) -> Extraction:
    """Return the extraction of ``mentions``: values read, linked, built into records, nothing calibrated."""
    read, warnings = read_values(article.text, mentions)
    built = build_records(
        article.text,
        read,
        linker.link(article.text, read, states),
        reference=parse_date(article.meta.get("date")),
    )
    return Extraction(
        id=article.id,
        meta=article.meta,
        text_sha256=text_sha256(article.text),
        model=info,
        mentions=read,
        institutions=built.institutions,
        records=built.records,
        warnings=warnings,
    )


def read_values(text: str, mentions: Sequence[Mention]) -> tuple[tuple[Mention, ...], tuple[str, ...]]:
    """Return the mentions with their quantities, and what could not be read."""
    read: list[Mention] = []
    warnings: list[str] = []
    for mention in mentions:
        if mention.label not in QUANTITY_LABELS:
            read.append(mention)
            continue
        reading = read_quantity(text, mention.start, mention.end, label=mention.label)
        read.append(mention.model_copy(update={"quantity": reading.quantity}))
        warnings += [f"{mention.id}: {warning}" for warning in reading.warnings]
    return tuple(read), tuple(warnings)


def _backend(folder: Path, manifest: Manifest, runtime: Runtime, threads: int) -> Backend:
    if manifest.form == "crossval":
        raise ModelError(
            "a cross-validation holds no model of its own",
            where=str(folder),
            mend="Name the folder of one of its folds, or train a model with --scores-from.",
        )
    if manifest.form == "release":
        verify_files(folder, manifest)
        kind = OpenVinoBackend if runtime is Runtime.OPENVINO else OnnxBackend
        return kind(folder / ONNX_FILE, threads=threads)
    if runtime is not Runtime.ONNXRUNTIME:
        raise ModelError(
            f"{runtime.value} runs releases alone",
            where=str(folder),
            mend="Make a release: ie-model release MODEL",
        )
    return TorchBackend(folder, state_layer=manifest.state_layer)
