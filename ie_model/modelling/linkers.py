"""The linker of a model: trained beside its tagger, on what that tagger's encoder sees of each mention."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ie_model.config import LinkerConfig
from ie_model.corpus.model import AnnotatedArticle
from ie_model.extractor import assemble_tagger
from ie_model.linking import Linker, RuleLinker
from ie_model.linking.predicted import carry_links
from ie_model.linking.training import train_linker
from ie_model.model_folder import LINKER, Manifest
from ie_model.modelling.predicted import Predicted
from ie_model.schema import text_sha256
from ie_model.tagging.backends import StateBackend
from ie_model.tagging.encoders import import_transformers
from ie_model.token_states import TokenStates


def fit_linker(
    folder: Path,
    manifest: Manifest,
    articles: Sequence[AnnotatedArticle],
    config: LinkerConfig,
    predicted: Predicted | None = None,
) -> None:
    """Train a linker on ``articles`` with the states of the tagger saved in ``folder``, and save it there.

    Raises:
        CorpusError: The articles hold too few links to learn from.
    """
    states = article_states(folder, manifest, articles)
    make_linker(articles, config, states, predicted).save(folder / LINKER)


def make_linker(
    articles: Sequence[AnnotatedArticle],
    config: LinkerConfig,
    states: Sequence[TokenStates] | None = None,
    predicted: Predicted | None = None,
) -> Linker:
    """Return the linker that ``config.method`` names, trained on ``articles`` where it learns.

    Args:
        articles: With gold mentions and records.
        config: Method and seed.
        states: The encoder's states of each article.
        predicted: Mentions of some of them as a tagger finds them: learned from beside the gold.

    Raises:
        CorpusError: The articles hold too few links to learn from.
    """
    if config.method == "rules":
        return RuleLinker()
    known = predicted or {}
    marks = [text_sha256(article.text) for article in articles]
    again = [place for place, mark in enumerate(marks) if mark in known]
    among = [carry_links(articles[place], known[marks[place]]) for place in again]
    both = [*states, *(states[place] for place in again)] if states is not None else None
    return train_linker([*articles, *among], config, both)


def state_layer_of(folder: Path, config: LinkerConfig) -> int | None:
    """Return the layer of the encoder saved in ``folder`` whose states the linker sees; None for none."""
    if config.method == "rules" or not config.state_layer:
        return None
    # Not out of the file: architectures name it differently there.
    encoder = import_transformers().AutoConfig.from_pretrained(folder, trust_remote_code=False)
    return min(config.state_layer, int(encoder.num_hidden_layers))


def article_states(
    folder: Path, manifest: Manifest, articles: Sequence[AnnotatedArticle]
) -> list[TokenStates] | None:
    """Return the states that the tagger saved in ``folder`` gives of each article; None without a layer."""
    if manifest.state_layer is None:
        return None
    tagger = assemble_tagger(folder, manifest, StateBackend(folder, layer=manifest.state_layer))
    found = [tagger.states([article.text])[0] for article in articles]
    width = next((states.values.shape[1] for states in found if states is not None), 0)
    # An article of white space has no token.
    none = TokenStates(np.zeros((0, 2), dtype=np.int64), np.zeros((0, width), dtype=np.float32))
    return [none if states is None else states for states in found]
