"""The tagger: article text in, mentions with calibrated confidence out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from ie_model.config import DecodingConfig, WindowConfig
from ie_model.schema import Mention
from ie_model.tagging.backends import Backend
from ie_model.tagging.calibration import Calibration
from ie_model.tagging.dataset import with_special
from ie_model.tagging.decoding import TaggedSpan, decode, log_softmax
from ie_model.tagging.encoders import SpecialIds, special_ids
from ie_model.tagging.encoding import EncodedArticle, encode_article
from ie_model.tagging.windows import Window, cut_windows, merge_windows


@dataclass(frozen=True)
class _Job:
    article: EncodedArticle
    windows: list[Window]


class Tagger:
    """Finds mentions. Same text, same mentions, whatever else is tagged in the same call.

    Args:
        backend: Computes token scores.
        tokenizer: With our folding in its normalizer.
        labels: In the order of the backend's classes.
        windows: As in training.
        decoding: How scores become mentions.
        calibration: Map from the decoder's confidence to probability.
    """

    def __init__(
        self,
        backend: Backend,
        tokenizer: Tokenizer,
        labels: tuple[str, ...],
        *,
        windows: WindowConfig | None = None,
        decoding: DecodingConfig | None = None,
        calibration: Calibration | None = None,
    ) -> None:
        self.labels = labels
        self._backend = backend
        self._tokenizer = tokenizer
        self._special: SpecialIds = special_ids(tokenizer)
        self._windows = windows or WindowConfig()
        self._decoding = decoding or DecodingConfig()
        self._calibration = calibration or Calibration()

    def set_calibration(self, calibration: Calibration) -> None:
        """Use ``calibration`` from now on (fitting it needs the tagger without one first)."""
        self._calibration = calibration

    def spans(self, texts: Sequence[str]) -> list[list[TaggedSpan]]:
        """Return the mentions of each text with the decoder's own, uncalibrated confidence."""
        jobs = [self._prepare(text) for text in texts]
        batch = [
            with_special(job.article.ids[window.start : window.end], self._special)
            for job in jobs
            for window in job.windows
        ]
        logits = iter(self._backend.logits(batch))
        return [self._decode(job, [next(logits) for _ in job.windows]) for job in jobs]

    def tag(self, texts: Sequence[str]) -> list[tuple[Mention, ...]]:
        """Return the mentions of each text, ids ``m1`` on in text order, without quantities yet."""
        return [
            tuple(
                Mention(
                    id=f"m{place}",
                    label=span.label,
                    start=span.start,
                    end=span.end,
                    text=text[span.start : span.end],
                    confidence=self._calibration(span.confidence),
                )
                for place, span in enumerate(spans, start=1)
            )
            for text, spans in zip(texts, self.spans(texts), strict=True)
        ]

    def _prepare(self, text: str) -> _Job:
        article = encode_article(text, self._tokenizer)
        cut = cut_windows(article, tokens=self._windows.tokens, overlap=self._windows.overlap)
        return _Job(article, cut)

    def _decode(self, job: _Job, logits: Sequence[npt.NDArray[np.float32]]) -> list[TaggedSpan]:
        if not logits:
            return []
        before = len(self._special.before)
        merged = merge_windows(
            len(job.article),
            job.windows,
            [
                scores[before : before + w.end - w.start]
                for w, scores in zip(job.windows, logits, strict=True)
            ],
        )
        return decode(log_softmax(merged), job.article, self.labels, label_by=self._decoding.label_by)
