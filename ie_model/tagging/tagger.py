"""The tagger: article text in, mentions with calibrated confidence out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from ie_model.config import DecodingConfig, WindowConfig
from ie_model.schema import Mention
from ie_model.tagging.backends import Backend, WindowOutput
from ie_model.tagging.confidence import SpanCalibration
from ie_model.tagging.dataset import with_special
from ie_model.tagging.decoding import Floats, decode, log_softmax
from ie_model.tagging.encoders import SpecialIds, special_ids
from ie_model.tagging.encoding import EncodedArticle, encode_article
from ie_model.tagging.goals import GoalReader
from ie_model.tagging.grammar import WeighedSpan, weigh
from ie_model.tagging.windows import Window, cut_windows, merge_windows
from ie_model.token_states import TokenStates


@dataclass(frozen=True)
class _Job:
    article: EncodedArticle
    windows: list[Window]


@dataclass(frozen=True)
class Tagged:
    """One article as tagged: its mentions, and the encoder's states of its tokens if the model gives them."""

    mentions: tuple[Mention, ...]
    states: TokenStates | None


@dataclass(frozen=True)
class Look:
    """One article as tagged, with all that the model said of it (:mod:`ie_model.tagging.doubts`).

    ``log_probs`` has shape (tokens, classes), empty for an article without a token.
    """

    mentions: tuple[Mention, ...]
    states: TokenStates | None
    article: EncodedArticle
    log_probs: Floats


class Tagger:
    """Finds mentions. Same text, same mentions, whatever else is tagged in the same call.

    Args:
        backend: Computes token scores.
        tokenizer: With our folding in its normalizer.
        labels: In the order of the backend's classes.
        windows: As in training.
        decoding: How scores become mentions.
        calibration: Map from what speaks for a mention to its probability.
        goals: Decides between AMOUNT and TARGET from the sentence.
    """

    def __init__(
        self,
        backend: Backend,
        tokenizer: Tokenizer,
        labels: tuple[str, ...],
        *,
        windows: WindowConfig | None = None,
        decoding: DecodingConfig | None = None,
        calibration: SpanCalibration | None = None,
        goals: GoalReader | None = None,
    ) -> None:
        self.labels = labels
        self._backend = backend
        self._tokenizer = tokenizer
        self._special: SpecialIds = special_ids(tokenizer)
        self._windows = windows or WindowConfig()
        self._decoding = decoding or DecodingConfig()
        self._calibration = calibration or SpanCalibration()
        self._goals = goals or GoalReader()

    def set_calibration(self, calibration: SpanCalibration) -> None:
        """Use ``calibration`` from now on (fitting it needs the tagger without one first)."""
        self._calibration = calibration

    def spans(self, texts: Sequence[str]) -> list[list[WeighedSpan]]:
        """Return all mentions of each text with what speaks for them, uncalibrated."""
        return [self._decode(job, outputs) for job, outputs in self._run(texts)]

    def tag(self, texts: Sequence[str]) -> list[tuple[Mention, ...]]:
        """Return the mentions of each text, ids ``m1`` on in text order, without quantities yet."""
        return [self._mentions(text, spans) for text, spans in zip(texts, self.spans(texts), strict=True)]

    def read(self, texts: Sequence[str]) -> list[Tagged]:
        """Return the mentions of each text, as :meth:`tag` does, with the encoder's states."""
        return [
            Tagged(self._mentions(text, self._decode(job, outputs)), self._states(job, outputs))
            for text, (job, outputs) in zip(texts, self._run(texts), strict=True)
        ]

    def look(self, texts: Sequence[str]) -> list[Look]:
        """Return the mentions of each text, as :meth:`tag` does, with the scores they were decoded from."""
        return [
            Look(
                self._mentions(text, self._decode(job, outputs)),
                self._states(job, outputs),
                job.article,
                self._log_probs(job, outputs),
            )
            for text, (job, outputs) in zip(texts, self._run(texts), strict=True)
        ]

    def states(self, texts: Sequence[str]) -> list[TokenStates | None]:
        """Return the encoder's states of each text; None where the model gives none."""
        return [self._states(job, outputs) for job, outputs in self._run(texts)]

    def _run(self, texts: Sequence[str]) -> list[tuple[_Job, list[WindowOutput]]]:
        jobs = [self._prepare(text) for text in texts]
        batch = [
            with_special(job.article.ids[window.start : window.end], self._special)
            for job in jobs
            for window in job.windows
        ]
        outputs = iter(self._backend.run(batch))
        return [(job, [next(outputs) for _ in job.windows]) for job in jobs]

    def _mentions(self, text: str, spans: Sequence[WeighedSpan]) -> tuple[Mention, ...]:
        least = self._decoding.min_confidence
        sure = [(one.span, self._calibration(one)) for one in spans]
        kept = [(span, sure_of) for span, sure_of in sure if sure_of >= least.get(span.label, 0.0)]
        return tuple(
            Mention(
                id=f"m{place}",
                label=span.label,
                start=span.start,
                end=span.end,
                text=text[span.start : span.end],
                confidence=confidence,
            )
            for place, (span, confidence) in enumerate(kept, start=1)
        )

    def _prepare(self, text: str) -> _Job:
        article = encode_article(text, self._tokenizer)
        cut = cut_windows(article, tokens=self._windows.tokens, overlap=self._windows.overlap)
        return _Job(article, cut)

    def _merged(self, job: _Job, arrays: Sequence[npt.NDArray[np.float32]]) -> npt.NDArray[np.float64]:
        before = len(self._special.before)
        inner = [
            array[before : before + w.end - w.start] for w, array in zip(job.windows, arrays, strict=True)
        ]
        return merge_windows(len(job.article), job.windows, inner)

    def _log_probs(self, job: _Job, outputs: Sequence[WindowOutput]) -> Floats:
        if not outputs:
            return np.zeros((0, 1 + 2 * len(self.labels)))
        return log_softmax(self._merged(job, [output.logits for output in outputs]))

    def _states(self, job: _Job, outputs: Sequence[WindowOutput]) -> TokenStates | None:
        arrays = [output.states for output in outputs if output.states is not None]
        if not arrays:
            return None
        spans = np.asarray(job.article.spans, dtype=np.int64).reshape(len(job.article), 2)
        return TokenStates(spans, self._merged(job, arrays).astype(np.float32))

    def _decode(self, job: _Job, outputs: Sequence[WindowOutput]) -> list[WeighedSpan]:
        if not outputs:
            return []
        log_probs = self._log_probs(job, outputs)
        spans = decode(log_probs, job.article, self.labels, label_by=self._decoding.label_by)
        text = job.article.text
        return weigh(text, self._goals.relabel(text, spans, self.labels), self._decoding)
