"""Tokenizers whose normalizer folds Persian spelling, so that offsets always point into the original.

The article is never rewritten. Folding is put in front of the tokenizer's own normalizer as steps of the
``tokenizers`` library, which keeps the alignment of every character: the offsets of a token are those of
its own surface in the article as it was given. The table is the one of :mod:`ie_model.persian.folding`.

Trade-off: a chain of replacements makes tokenising slower by a quarter (measured on news, one core: 1.2
against 1.6 million characters a second without it), which is about 1 % of the time of tagging.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final, Literal

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

from ie_model.errors import EncoderError
from ie_model.persian.folding import DIGITS, DROPPED, LETTERS, ZWNJ

ZwnjPolicy = Literal["space", "drop", "keep"]
DigitPolicy = Literal["ascii", "keep"]

TOKENIZER_FILE: Final = "tokenizer.json"
_CONTROLS: Final = r"[\u0001-\u0008\u000b\u000e-\u001f\u007f\u008f\u009f]"
_ODD_SPACES: Final = r"[\u1680\u2028\u2029\u2581\ufffd]"
_PERSIAN_DIGITS: Final = {chr(0x06F0 + n): str(n) for n in range(10)}

#: Where digits and letters are written without a space, «۵۰میلیارد»: two words all the same.
_GLUED: Final = r"(?<=\p{N})(?=\p{L})|(?<=\p{L})(?=\p{N})"
#: Letters, digits and every other character apart: a piece then never runs from one into the other, so a
#: mention can end at «۵۰» of «۵۰میلیارد» and before the full stop of «تومان.».
_PIECE_BORDERS: Final = r"▁?[\p{L}\p{M}]+|▁?\p{N}+|▁?[^\p{L}\p{M}\p{N}▁]|▁"


def folding_normalizer(*, zwnj: str = "space", digits: str = "keep") -> normalizers.Normalizer:
    """Return the normalizer that folds characters as :func:`ie_model.persian.folding.fold` does.

    Args:
        zwnj: ``space`` makes ZWNJ a word break, ``drop`` joins what it parts, ``keep`` leaves it.
        digits: ``ascii`` also folds Persian digits to ASCII (for encoders that know those better).
    """
    steps: list[normalizers.Normalizer] = [
        normalizers.NFKC(),
        normalizers.Replace(Regex(f"[{DROPPED}]"), ""),
        normalizers.Replace(Regex(_CONTROLS), ""),
        normalizers.Replace(Regex(_ODD_SPACES), " "),
    ]
    if zwnj != "keep":
        steps.append(normalizers.Replace(ZWNJ, " " if zwnj == "space" else ""))
    table = {**LETTERS, **DIGITS}
    steps += [normalizers.Replace(old, new) for old, new in table.items()]
    steps.append(normalizers.Replace(Regex(_GLUED), " "))
    if digits == "ascii":
        steps += [normalizers.Replace(old, new) for old, new in _PERSIAN_DIGITS.items()]
    return normalizers.Sequence(steps)


def add_folding(tokenizer: Tokenizer, *, zwnj: str, digits: str) -> Tokenizer:
    """Return a copy of ``tokenizer`` that folds first and then does what it always did."""
    copy = Tokenizer.from_str(tokenizer.to_str())
    folding = folding_normalizer(zwnj=zwnj, digits=digits)
    own = copy.normalizer
    copy.normalizer = folding if own is None else normalizers.Sequence([folding, own])
    return _for_whole_articles(copy)


def _for_whole_articles(tokenizer: Tokenizer) -> Tokenizer:
    tokenizer.no_padding()
    tokenizer.no_truncation()
    tokenizer.encode_special_tokens = True  # "[SEP]" in an article is five characters, not the end of it
    return tokenizer


def build_unigram_tokenizer(
    vocabulary: list[tuple[str, float]], *, zwnj: str = "space", digits: str = "ascii"
) -> Tokenizer:
    """Return a Unigram tokenizer over ``vocabulary`` (piece, log probability), ids in list order.

    The vocabulary must hold ``<s>``, ``</s>``, ``<pad>``, ``<unk>`` and ``<mask>``.
    """
    pieces = [piece for piece, _ in vocabulary]
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=pieces.index("<unk>"), byte_fallback=False))
    tokenizer.normalizer = folding_normalizer(zwnj=zwnj, digits=digits)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.WhitespaceSplit(),
            pre_tokenizers.Metaspace(prepend_scheme="always", split=False),
            pre_tokenizers.Split(Regex(_PIECE_BORDERS), "isolated"),
        ]
    )
    bos, eos = ("<s>", pieces.index("<s>")), ("</s>", pieces.index("</s>"))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[bos, eos]
    )
    return tokenizer


def save_tokenizer(tokenizer: Tokenizer, folder: Path, *, max_length: int) -> None:
    """Write ``tokenizer.json`` and the ``tokenizer_config.json`` by which transformers opens it."""
    # Special tokens are found in text before normalisation: an article that holds "<s>" must not become one.
    tokenizer.save(str(folder / TOKENIZER_FILE))
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": "<s>",
        "eos_token": "</s>",
        "cls_token": "<s>",
        "sep_token": "</s>",
        "pad_token": "<pad>",
        "unk_token": "<unk>",
        "mask_token": "<mask>",
        "model_max_length": max_length,
        "clean_up_tokenization_spaces": False,
    }
    text = json.dumps(config, indent=2) + "\n"
    (folder / "tokenizer_config.json").write_text(text, encoding="utf-8")


def load_tokenizer(folder: Path) -> Tokenizer:
    """Read the tokenizer of a model folder.

    Raises:
        EncoderError: The file is missing or damaged.
    """
    path = folder / TOKENIZER_FILE
    try:
        tokenizer = Tokenizer.from_str(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise EncoderError("no tokenizer", where=str(path), found=str(error.strerror)) from error
    except Exception as error:  # the library raises bare Exception for every parse failure
        raise EncoderError("the tokenizer is damaged", where=str(path), found=str(error)) from error
    return _for_whole_articles(tokenizer)
