"""A trained tagger on disk, as transformers opens it: from training, or out of a release."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from ie_model.config import Config, dump_config
from ie_model.errors import ModelError
from ie_model.files import write_whole
from ie_model.model_folder import CONFIG, TAGGER, read_manifest, write_manifest
from ie_model.tagging.backends import ONNX_FILE
from ie_model.tagging.restoring import restore_weights
from ie_model.tagging.tokenizers import TOKENIZER_FILE
from ie_model.tagging.training import TrainedTagger

TRANSFORMERS_FILES: Final = ("config.json", "tokenizer_config.json")
"""What transformers needs beside the weights and the tokenizer."""


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


def restore_checkpoint(release: Path, output: Path) -> None:
    """Write the tagger of a release as a checkpoint: its 8-bit weights in full precision.

    It tags, and opens in every tool that opens checkpoints; a linker it has not.

    Args:
        release: A release that took :data:`TRANSFORMERS_FILES` along.
        output: A folder; made if need be.

    Raises:
        ModelError: No such release.
        MissingExtraError: The extra ``train`` is not installed.
    """
    manifest = read_manifest(release)
    missing = [name for name in TRANSFORMERS_FILES if not (release / name).is_file()]
    if manifest.form != "release" or missing:
        raise ModelError(
            "no checkpoint can be made of this model",
            where=str(release),
            found=f"a {manifest.form} without {', '.join(missing)}" if missing else f"a {manifest.form}",
            expected=f"a release with {' and '.join(TRANSFORMERS_FILES)}",
        )
    weights = restore_weights(release / ONNX_FILE)
    from safetensors.numpy import save

    write_whole(output / "model.safetensors", save(weights, metadata={"format": "pt"}))
    for name in (*TRANSFORMERS_FILES, TOKENIZER_FILE, CONFIG):
        write_whole(output / name, (release / name).read_bytes())
    write_manifest(output, manifest.model_copy(update={"form": "checkpoint", "files": {}}))


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
