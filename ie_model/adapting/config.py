"""Typed configs of adaptation, read as the configs of training are."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ie_model.config import EncoderConfig, Section


class TextConfig(Section):
    """Which articles the encoder reads."""

    articles: tuple[str, ...] = Field(min_length=1)
    """Files and folders, of every kind that ``predict`` reads."""
    exclude: tuple[str, ...] = ()
    """Annotated articles (folders or gold JSON Lines): what shares text with them is left out."""
    densest: float = Field(default=1.0, gt=0, le=1)
    """Share of the articles that is kept: those with the most quantities for their length."""
    held_out: int = Field(default=200, ge=1)
    """Articles on which perplexity is measured, taken evenly; they are not trained on."""


class AdaptConfig(Section):
    """One way of adapting an encoder, whole."""

    name: str = Field(default="adapted", pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    """Name of the encoder that comes out."""
    encoder: EncoderConfig = EncoderConfig()
    """Where it starts from."""
    text: TextConfig
    tokens: int = Field(default=10_000_000, ge=1)
    """Tokens to train on, repeats counted."""
    block: int = Field(default=256, ge=16, le=512)
    """Tokens of one block, special tokens counted."""
    batch_size: int = Field(default=8, ge=1, le=4096)
    """Blocks per step."""
    masked: float = Field(default=0.2, gt=0, lt=1)
    """Share of the words that are masked; see :mod:`ie_model.adapting.masking`."""
    learning_rate: float = Field(default=5e-4, gt=0, le=1)
    """Peak AdamW step size."""
    warmup: float = Field(default=0.05, ge=0, lt=1)
    """Share of the steps over which the step size rises."""
    decay: float = Field(default=0.2, gt=0, lt=1)
    """Share of the steps, at the end, over which the step size falls to nothing; it is constant between."""
    weight_decay: float = Field(default=0.01, ge=0, le=1)
    """AdamW decay of the matrices; biases and norms have none."""
    dropout: float = Field(default=0.0, ge=0, lt=1)
    """Dropout of the encoder: text that is read once or twice is not learned by heart."""
    evaluations: int = Field(default=5, ge=1)
    """How often perplexity is measured on the way."""
    checkpoints: int = Field(default=10, ge=1)
    """How many checkpoints are written on the way (for ``--resume``); the last few are kept."""
    precision: Literal["auto", "bf16", "fp32"] = "auto"
    """``auto`` takes bf16 where the processor or accelerator computes in it."""
    seed: int = Field(default=13, ge=0)
    """Seed of order and masks."""
