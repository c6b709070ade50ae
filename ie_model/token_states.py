"""What the encoder knows of each token of an article: what tagging computes and linking uses."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt


class TokenStates(NamedTuple):
    """Hidden states of one encoder layer for every token of an article.

    ``spans`` has shape (tokens, 2): half-open code points ``[start, end)`` into the article, in order; a
    piece that only marks the beginning of a word is empty. ``values`` has shape (tokens, width).
    """

    spans: npt.NDArray[np.int64]
    values: npt.NDArray[np.float32]
