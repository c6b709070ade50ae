"""Typed configs: what one way of training is, read from YAML and overridden from the command line.

Unknown keys are refused with the nearest known one; values out of range with the range. A config is
resolved once and then only read: it is saved whole beside the model that it made.
"""

from ie_model.config.files import dump_config, known_keys, load_config, load_section, parse_config
from ie_model.config.sections import (
    Config,
    DataConfig,
    DecodingConfig,
    DistillationConfig,
    EncoderConfig,
    LinkerConfig,
    Section,
    TrainingConfig,
    WindowConfig,
)

__all__ = [
    "Config",
    "DataConfig",
    "DecodingConfig",
    "DistillationConfig",
    "EncoderConfig",
    "LinkerConfig",
    "Section",
    "TrainingConfig",
    "WindowConfig",
    "dump_config",
    "known_keys",
    "load_config",
    "load_section",
    "parse_config",
]
