"""A trained tagger on disk: weights, tokenizer and config, as transformers opens them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ie_model.config import Config, dump_config
from ie_model.files import write_whole
from ie_model.model_folder import CONFIG, TAGGER
from ie_model.tagging.tokenizers import TOKENIZER_FILE
from ie_model.tagging.training import TrainedTagger


def save_tagger(tagger: TrainedTagger, config: Config, output: Path) -> None:
    """Write weights (safetensors), tokenizer and resolved config, as transformers opens them.

    How long it trained, and its last scores, lie beside them (:func:`read_training`).
    """
    from transformers import PreTrainedTokenizerFast

    tagger.model.save_pretrained(output, safe_serialization=True)
    wrap: Any = PreTrainedTokenizerFast  # untyped
    wrapper = wrap(tokenizer_object=tagger.tokenizer, **_special_names(tagger))
    wrapper.save_pretrained(output)
    write_whole(output / TOKENIZER_FILE, tagger.tokenizer.to_str(pretty=True) + "\n")
    write_whole(output / CONFIG, dump_config(config))
    facts = {"steps": tagger.steps, "seqeval": tagger.scores}
    write_whole(output / TAGGER, json.dumps(facts, indent=1) + "\n")


def read_training(folder: Path) -> dict[str, Any]:
    """Return the steps of the tagger saved in ``folder``, and its last scores while it trained."""
    found: dict[str, Any] = json.loads((folder / TAGGER).read_text(encoding="utf-8"))
    return found


def _special_names(tagger: TrainedTagger) -> dict[str, str]:
    names = {
        "pad_token": ("<pad>", "[PAD]"),
        "unk_token": ("<unk>", "[UNK]"),
        "cls_token": ("<s>", "[CLS]"),
        "sep_token": ("</s>", "[SEP]"),
        "mask_token": ("<mask>", "[MASK]"),
    }
    known = tagger.tokenizer.token_to_id
    return {role: name for role, spellings in names.items() for name in spellings if known(name) is not None}
