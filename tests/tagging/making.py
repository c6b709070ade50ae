"""Small encoders, articles and texts for the tests of the tagging room."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from ie_model.config import Config
from ie_model.corpus.model import AnnotatedArticle, GoldMention
from ie_model.persian.folding import DIGITS, LETTERS, fold
from ie_model.tagging.tokenizers import build_unigram_tokenizer, save_tokenizer
from ie_model.tagging.windows import bio_labels, gold_tags

ROOT = Path(__file__).parents[2]

LETTERS_FA = "ءآئابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی"
SIGNS = ".,:;!?«»()[]{}<>#-/%٪٫٬،؛؟…\"'"
ASCII = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
WORDS = (
    "بانک",
    "سپه",
    "میلیارد",
    "تومان",
    "درصد",
    "می",
    "شود",
    "طرح",
    "استان",
    "کشور",
    "هزار",
    "پرداخت",
    "کرد",
)

# --- text ----------------------------------------------------------------------------------------------

_WRITING = (
    *LETTERS_FA,
    *LETTERS,  # Arabic ي ك and their kin
    *DIGITS,
    *"۰۱۲۳۴۵۶۷۸۹0123456789",
    "\u200c",
    *"\u064b\u064c\u064e\u0650\u0651\u0652\u0654\u0670\u06dd",  # vowel marks, a superscript alef, a sign
    "ـ",
    *"\u200e\u200f\u202a\u202b\u202c\u202e\u2066\u2069\u200b\u200d\ufeff\u00ad",  # invisible and bidi marks
    *"ﮐﯽﯾﺍﺎﻟﻠﺳﺴﻣﻤﻡﮔﭘﭼﮊ",  # presentation forms
    *"ﻻﻼﷲ﷼ﷺﷻﯿﮥ",  # ligatures
    *"½¼²㎏℃№…Ⅳ①",  # one character, several letters
    *"😀💰🇮👍🏽",
    *"\u0001\u0007\u000b\u001f\u007f\u0085",
    *" \t\n\r\u00a0\u2028\u2029\u3000\u2581\ufffd",
    *SIGNS,
    *"aZéß中",
    "\u0301",
    "\u0653",
)
_PHRASES = (*WORDS, "۵۰میلیارد", "۱۲٬۵۰۰", "2.5", "می‌شود", "كتاب هاي", "<s>", "</s>", "<pad>", "[CLS]", "##")
_ANY = st.characters(exclude_categories=("Cs", "Cn", "Co"), exclude_characters="\0")
TEXTS = st.lists(
    st.sampled_from(_WRITING) | st.sampled_from(_PHRASES) | st.sampled_from(LETTERS_FA + " ") | _ANY,
    max_size=24,
).map("".join)
"""Any text an article may hold: Persian as it is typed, and now and then any other character."""

NEWS = st.lists(
    st.sampled_from(
        (*WORDS, "۵۰", "۲٫۵", "٪", "،", "می‌شود", ".", "؟", "\n", "«", "»", "ﻻ", "½", "يَك", "۵۰میلیارد")
    ),
    max_size=60,
).map(" ".join)
"""Something like an article: words, sentences and lines."""


def no_spaces(text: str) -> str:
    """``text`` without white space."""
    return re.sub(r"\s+", "", text)


# --- tokenizers ----------------------------------------------------------------------------------------


def words_of(texts: Iterable[str]) -> list[str]:
    """The words of ``texts``, folded, in order of their first occurrence."""
    return list(dict.fromkeys(word for text in texts for word in re.findall(r"[^\W\d_]+", fold(text))))


def unigram(words: Sequence[str] = WORDS, *, zwnj: str = "space", digits: str = "ascii") -> Tokenizer:
    """The offline encoder's kind of tokenizer over letters, signs and ``words``; XLM-R's special ids."""
    alphabet = dict.fromkeys(LETTERS_FA + ASCII + SIGNS + "۰۱۲۳۴۵۶۷۸۹")
    vocabulary = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -6.0)]
    vocabulary += [(letter, -8.0) for letter in alphabet]
    vocabulary += [("▁" + word, -9.0) for word in words if len(word) > 1]
    vocabulary += [("ان", -8.0), ("های", -8.0), ("▁50", -9.0), ("<mask>", 0.0)]
    return build_unigram_tokenizer(list(dict(vocabulary).items()), zwnj=zwnj, digits=digits)


def wordpiece(words: Sequence[str] = WORDS, *, lowercase: bool = True) -> Tokenizer:
    """ParsBERT's kind of tokenizer: WordPiece behind BERT's normalizer, special tokens found in text."""
    alphabet = list(dict.fromkeys(LETTERS_FA.lower() + ASCII.lower() + SIGNS + "۰۱۲۳۴۵۶۷۸۹"))
    special = ["[PAD]", "[UNK]", "[CLS]", "[MASK]", "[SEP]"]
    pieces = [*special, *alphabet, *("##" + letter for letter in alphabet), *words, "##های", "##ان"]
    vocabulary = {piece: place for place, piece in enumerate(dict.fromkeys(pieces))}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token=special[1]))
    tokenizer.normalizer = normalizers.BertNormalizer(
        lowercase=lowercase, strip_accents=None if lowercase else False
    )
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.add_special_tokens(special)
    around = [("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])]
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=around)
    return tokenizer


# --- encoders ------------------------------------------------------------------------------------------

TINY = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "layer_norm_eps": 1e-12,
}


def save_bert(folder: Path, tokenizer: Tokenizer, *, positions: int = 130, **sizes: Any) -> Path:
    """A BERT of two small layers with random weights, as a local encoder folder."""
    import torch
    from transformers import BertConfig, BertModel

    torch.manual_seed(3)
    pad = tokenizer.token_to_id("<pad>") or tokenizer.token_to_id("[PAD]") or 0
    config = BertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        max_position_embeddings=positions,
        pad_token_id=pad,
        **{**TINY, **sizes},
    )
    BertModel(config).save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def save_xlm_roberta(folder: Path, tokenizer: Tokenizer, *, positions: int = 130) -> Path:
    """An XLM-R of two small layers with random weights; ``positions`` as the config counts them."""
    import torch
    from transformers import XLMRobertaConfig, XLMRobertaModel

    torch.manual_seed(3)
    config = XLMRobertaConfig(
        vocab_size=tokenizer.get_vocab_size(),
        max_position_embeddings=positions,
        pad_token_id=1,
        bos_token_id=0,
        eos_token_id=2,
        type_vocab_size=1,
        **TINY,
    )
    XLMRobertaModel(config).save_pretrained(folder)
    save_tokenizer(tokenizer, folder, max_length=positions - 2)
    return folder


def save_adapted(folder: Path, *, zwnj: str = "space", digits: str = "ascii") -> Path:
    """A folder as adaptation leaves it: a BERT with a masked language modelling head, and its own folding."""
    import torch
    from transformers import BertConfig, BertForMaskedLM

    torch.manual_seed(3)
    tokenizer = unigram(zwnj=zwnj, digits=digits)
    config = BertConfig(
        vocab_size=tokenizer.get_vocab_size(), max_position_embeddings=130, pad_token_id=1, **TINY
    )
    BertForMaskedLM(config).save_pretrained(folder)
    save_tokenizer(tokenizer, folder, max_length=130)
    settings = {
        "name": "tiny",
        "encoder": {"source": "local", "name": str(folder.parent / "start"), "zwnj": zwnj, "digits": digits},
        "text": {"articles": [str(folder / "news.jsonl")], "exclude": [str(folder / "gold") + "/"]},
        "tokens": 1000,
    }
    (folder / "adaptation.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    (folder / "adaptation.json").write_text('{"steps": 1}\n', encoding="utf-8")
    return folder


def tiny_config(encoder: Path, **training: Any) -> Config:
    """A config over a local encoder folder that trains in seconds, in full precision."""
    settings = {
        "epochs": 6,
        "batch_size": 4,
        "learning_rate": 3e-3,
        "head_learning_rate": 1e-2,
        "evaluations": 1,
        "checkpoints": 0,
        "dropout": 0.0,
        "precision": "fp32",
        **training,
    }
    return Config.model_validate(
        {
            "name": "tiny",
            "encoder": {"source": "local", "name": str(encoder)},
            "windows": {"tokens": 126, "overlap": 16},
            "training": settings,
        }
    )


# --- gold ----------------------------------------------------------------------------------------------


def gold(text: str, *surfaces: tuple[str, str], id: str = "a") -> AnnotatedArticle:
    """An article with the first occurrence, after the one before, of each (surface, label)."""
    mentions: list[GoldMention] = []
    place = 0
    for number, (surface, label) in enumerate(surfaces):
        place = text.index(surface, place)
        mentions.append(GoldMention(f"m{number}", label, place, place + len(surface), surface))
        place += len(surface)
    return AnnotatedArticle(id=id, text=text, mentions=tuple(mentions))


def perfect_logits(article: Any, annotated: AnnotatedArticle, labels: Sequence[str]) -> Any:
    """Scores of a model that is right and sure, shape (tokens, classes)."""
    tags = gold_tags(article, annotated, labels)
    logits = np.zeros((len(tags), len(bio_labels(labels))), dtype=np.float32)
    logits[np.arange(len(tags)), tags] = 12.0
    return logits
