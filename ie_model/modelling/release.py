"""From a trained checkpoint to the release that people use: ONNX int8, checked against its origin.

The check runs both models over the same articles. It stops when strict mention F1 differs by more
than :data:`MAX_F1_LOSS` or fewer than :data:`MIN_SPAN_AGREEMENT` of the mentions are the same:
quantisation has cost other projects 17 points unnoticed.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from ie_model.config import load_config
from ie_model.corpus.model import AnnotatedArticle
from ie_model.errors import ModelError, ParityError
from ie_model.extractor import Extractor
from ie_model.files import write_whole
from ie_model.model_folder import (
    CARD,
    CONFIG,
    GOALS,
    LINKER,
    METRICS,
    SCORES,
    Manifest,
    file_sha256,
    is_release,
    read_checkpoint,
    read_manifest,
    write_manifest,
)
from ie_model.modelling.card import CardFacts, model_card
from ie_model.modelling.checkpoint import TRANSFORMERS_FILES
from ie_model.modelling.data import load_data
from ie_model.modelling.gate import compare_models, require_not_worse
from ie_model.modelling.plots import reliability_plot
from ie_model.modelling.speed import measure_speed
from ie_model.tagging.backends import ONNX_FILE, OnnxBackend
from ie_model.tagging.dataset import with_special
from ie_model.tagging.encoders import special_ids
from ie_model.tagging.encoding import encode_article
from ie_model.tagging.export import export_onnx_int8
from ie_model.tagging.tokenizers import TOKENIZER_FILE, load_tokenizer

MAX_F1_LOSS: Final = 0.005
"""Strict mention F1 that 8 bits may cost (or gain) on the evaluation articles."""
MIN_SPAN_AGREEMENT: Final = 0.98
"""Share of mentions that both models find alike: F1 of one's mentions against the other's."""
SAMPLED_ARTICLES: Final = 8
"""Articles that show the export which layers have outliers."""
MAX_BYTES: Final = 40_000_000
"""A release must fit into the package."""
IF_THERE: Final = (GOALS, *TRANSFORMERS_FILES)
"""Files of a checkpoint that a release takes along where there are such."""


MentionKey = tuple[str, int, int]
"""Label, start, end."""


@dataclass(frozen=True)
class Parity:
    """How the exported model compares with the one it was made from."""

    articles: int
    f1_checkpoint: float
    f1_release: float
    span_agreement: float

    @property
    def holds(self) -> bool:
        """Whether the release may go out."""
        loss = abs(self.f1_checkpoint - self.f1_release)
        return loss <= MAX_F1_LOSS and self.span_agreement >= MIN_SPAN_AGREEMENT

    def to_json(self) -> dict[str, float]:
        """Return the figures, to four places."""
        return {name: round(value, 4) for name, value in asdict(self).items()}


def release_model(
    checkpoint: Path,
    output: Path,
    *,
    articles: Sequence[AnnotatedArticle] | None = None,
    parity_unseen: Parity | None = None,
    against: Path | None = None,
    judges: Sequence[AnnotatedArticle] | None = None,
    stage: Callable[[str], None] | None = None,
) -> Parity:
    """Export ``checkpoint`` to a release in ``output``; an older release there is replaced only on success.

    Args:
        checkpoint: A folder that training wrote.
        output: The release folder.
        articles: Annotated articles for the parity check; None for the config's held-out fold, or else
            all of its articles.
        parity_unseen: For a model trained on every article: the parity of its sibling on unseen ones,
            for the card.
        against: An older model, checkpoint or release: where the new one is worse on the same articles,
            which neither may have trained on, nothing is written (:mod:`ie_model.modelling.gate`).
        judges: Annotated articles for that comparison; None for those of the parity check.
        stage: Called with the name of each stage as it begins.

    Raises:
        ModelError: ``checkpoint`` is none, or ``output`` holds something other than a release.
        ParityError: The exported model disagrees with the checkpoint; nothing is written.
        GateError: The model is worse than ``against``; nothing is written.
        CorpusError: One of the two was trained on the articles they would be compared on.
        MissingExtraError: The extra ``train`` is not installed.
    """
    say = stage or (lambda _: None)
    manifest = read_checkpoint(checkpoint, "released")
    _require_replaceable(output)
    chosen = _evaluation_articles(checkpoint) if articles is None else articles
    measured: dict[str, Any] = {"parity_unseen": parity_unseen.to_json()} if parity_unseen else {}
    if against is not None:
        judged = chosen if judges is None else judges
        say(f"compare with {against.name} on {len(judged)} articles")
        measured["against"] = _pass_gate(checkpoint, against, judged)
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{output.name}.", dir=output.parent) as scratch:
        folder = Path(scratch) / "release"
        folder.mkdir()
        say("export and quantise")
        export_onnx_int8(
            checkpoint,
            folder / ONNX_FILE,
            sample=_sample(checkpoint, manifest, chosen),
            state_layer=manifest.state_layer,
        )
        for name in (TOKENIZER_FILE, LINKER, CONFIG, *IF_THERE):
            if name not in IF_THERE or (checkpoint / name).is_file():
                shutil.copyfile(checkpoint / name, folder / name)
        say(f"compare with the checkpoint on {len(chosen)} articles")
        parity = measure_parity(checkpoint, folder, manifest, chosen)
        if not parity.holds:
            raise _parity_error(checkpoint, parity)
        say("write the release")
        measured["parity"] = parity.to_json()
        measured["speed"] = measure_speed(_released(folder, manifest, threads=1), chosen)
        _complete(checkpoint, folder, manifest, measured)
        if output.exists():
            output.rename(Path(scratch) / "before")
        folder.rename(output)
    return parity


def _pass_gate(checkpoint: Path, against: Path, articles: Sequence[AnnotatedArticle]) -> dict[str, Any]:
    """Return how the model compares with an older one, for the card; raises where it is worse."""
    differences = compare_models(Extractor.load(checkpoint), Extractor.load(against), articles)
    require_not_worse(differences)
    old = read_manifest(against)
    return {
        "model": f"{old.name} {old.version}",
        "articles": len(articles),
        "scores": {kind: one.to_json() for kind, one in differences.items()},
    }


def _sample(checkpoint: Path, manifest: Manifest, articles: Sequence[AnnotatedArticle]) -> list[list[int]]:
    """The first window of some articles, for the export to find layers that 8 bits would hurt."""
    tokenizer = load_tokenizer(checkpoint)
    special = special_ids(tokenizer)
    encoded = [encode_article(article.text, tokenizer) for article in articles[:SAMPLED_ARTICLES]]
    return [with_special(article.ids[: manifest.windows.tokens], special) for article in encoded]


def _require_replaceable(output: Path) -> None:
    """Refuse a folder of anything but a release: what lies there is removed in the end."""
    empty = not output.exists() or (output.is_dir() and not any(output.iterdir()))
    if empty or is_release(output):
        return
    raise ModelError(
        "what lies here is no release and is not replaced",
        where=str(output),
        mend="Name another folder by --output.",
    )


def _evaluation_articles(checkpoint: Path) -> list[AnnotatedArticle]:
    corpus = load_data(load_config(checkpoint / CONFIG))
    return corpus.held_out or corpus.train


def measure_parity(
    checkpoint: Path, folder: Path, manifest: Manifest, articles: Sequence[AnnotatedArticle]
) -> Parity:
    """Run the checkpoint and the exported model in ``folder`` over ``articles`` and compare mentions."""
    texts = [article.text for article in articles]
    gold = [{(m.label, m.start, m.end) for m in article.mentions} for article in articles]
    full = _mentions(Extractor.load(checkpoint), texts)
    small = _mentions(_released(folder, manifest, threads=2), texts)
    return Parity(
        articles=len(articles),
        f1_checkpoint=mention_f1(gold, full),
        f1_release=mention_f1(gold, small),
        span_agreement=mention_f1(full, small),
    )


def _released(folder: Path, manifest: Manifest, *, threads: int) -> Extractor:
    """Return the exported model in ``folder``, which has no manifest yet."""
    release = manifest.model_copy(update={"form": "release"})
    return Extractor.assemble(folder, release, OnnxBackend(folder / ONNX_FILE, threads=threads))


def mention_f1(gold: Sequence[set[MentionKey]], found: Sequence[set[MentionKey]]) -> float:
    """Return strict micro F1 of mentions (label, start, end), article by article; 1 for nothing in either."""
    common = sum(len(expected & seen) for expected, seen in zip(gold, found, strict=True))
    total = sum(map(len, gold)) + sum(map(len, found))
    return 2 * common / total if total else 1.0


def _mentions(extractor: Extractor, texts: Sequence[str]) -> list[set[MentionKey]]:
    found: list[set[MentionKey]] = []
    for text in texts:
        (spans,) = extractor.tagger.spans([text])
        found.append({(one.span.label, one.span.start, one.span.end) for one in spans})
    return found


def _complete(checkpoint: Path, folder: Path, manifest: Manifest, measured: Mapping[str, Any]) -> None:
    metrics: dict[str, Any] = json.loads((checkpoint / METRICS).read_text(encoding="utf-8"))
    metrics.update(measured)
    write_whole(folder / SCORES, json.dumps(metrics, ensure_ascii=False, indent=1) + "\n")
    config = load_config(folder / CONFIG)
    reliability_plot(metrics.get("confidence"), folder)
    write_whole(folder / CARD, model_card(CardFacts(manifest, config, metrics)))
    files = {path.name: file_sha256(path) for path in sorted(folder.iterdir())}
    size = sum(path.stat().st_size for path in folder.iterdir())
    if size > MAX_BYTES:
        raise ModelError(
            "the release is too big", where=str(folder), found=f"{size} bytes", expected=f"{MAX_BYTES}"
        )
    write_manifest(folder, manifest.model_copy(update={"form": "release", "files": files}))


def _parity_error(checkpoint: Path, parity: Parity) -> ParityError:
    return ParityError(
        "the exported model does not agree with the checkpoint, nothing was written",
        where=str(checkpoint),
        found=(
            f"strict F1 {parity.f1_release:.4f} against {parity.f1_checkpoint:.4f}, "
            f"{parity.span_agreement:.1%} of the mentions alike on {parity.articles} articles"
        ),
        expected=f"F1 within {MAX_F1_LOSS}, at least {MIN_SPAN_AGREEMENT:.0%} alike",
        mend="Train longer or on more articles: 8 bits cost a model most that is unsure of its spans.",
    )
