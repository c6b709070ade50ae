"""A small net over encoder states and readable features of a pair: what words mean, where trees count them.

``p = sigmoid(o2(gelu(o1([a, b, a*b, g, gelu(f)]))))`` with ``a``, ``b``, ``g`` the projected states of both
mentions and of the gap, and ``f`` the projected features. Trained by ``net_training`` with torch; here numpy
alone computes it. Weights are kept as 16-bit floats (the shipped linker's: half a megabyte a net).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ie_model.errors import ModelError
from ie_model.linking.features import Floats
from ie_model.linking.span_states import Floats32, PairStates, Scale

#: Names of the weight arrays, and their number of dimensions.
ARRAYS: Final = {
    "left": 2, "left_bias": 1, "right": 2, "right_bias": 1, "gap": 2, "gap_bias": 1, "features": 2,
    "features_bias": 1, "hidden": 2, "hidden_bias": 1, "out": 1,
}  # fmt: skip


@dataclass(frozen=True)
class PairNet:
    """Weights of a net and how its inputs are standardised.

    Attributes:
        states: Scale of the token states.
        features: Scale of the readable features.
        weights: By the names of :data:`ARRAYS`; matrices are (outputs, inputs).
        bias: Of the output.
    """

    states: Scale
    features: Scale
    weights: Mapping[str, Floats32]
    bias: float

    def probability(self, rows: Floats, pairs: PairStates) -> Floats:
        """Return the probability of each pair: from its features, and the states of its mentions and gap."""
        left, right = self._project("left", pairs.left), self._project("right", pairs.right)
        gap = self._project("gap", pairs.gap)
        own = gelu(self._project("features", self.features(rows)))
        to_left, to_right, to_both, to_gap, to_own = self._hidden
        # The hidden layer over [a, b, a*b, g, f] in parts: what is of one mention is computed once for it.
        summed = (left @ to_left)[pairs.left_index] + (right @ to_right)[pairs.right_index]
        summed += (left[pairs.left_index] * right[pairs.right_index]) @ to_both
        summed += gap @ to_gap + own @ to_own + self.weights["hidden_bias"]
        return sigmoid(gelu(summed) @ self.weights["out"] + self.bias)

    @cached_property
    def _hidden(self) -> list[Floats32]:
        """The hidden layer's matrix, transposed, in the five parts that meet in it."""
        width = len(self.weights["left"])
        return np.split(self.weights["hidden"].T, [width, 2 * width, 3 * width, 4 * width])

    def _project(self, name: str, values: Floats32) -> Floats32:
        projected: Floats32 = values @ self.weights[name].T + self.weights[f"{name}_bias"]
        return projected

    def to_json(self) -> dict[str, Any]:
        """Return what :meth:`from_json` reads."""
        arrays: Mapping[str, Floats32] = {
            "states_mean": self.states.mean,
            "states_spread": self.states.spread,
            "features_mean": self.features.mean,
            "features_spread": self.features.spread,
        }
        weights = {name: _packed(array, "float16") for name, array in self.weights.items()}
        scales = {name: _packed(array, "float32") for name, array in arrays.items()}
        return {"weights": weights, "scales": scales, "bias": self.bias}

    @classmethod
    def from_json(cls, tree: Any, *, features: int, where: str) -> PairNet:
        """Read a net over ``features`` readable features.

        Raises:
            ModelError: It is damaged or of other features.
        """
        try:
            weights = {name: _unpacked(tree["weights"][name]) for name in ARRAYS}
            scales = {name: _unpacked(array) for name, array in tree["scales"].items()}
            states = Scale(scales["states_mean"], scales["states_spread"])
            own = Scale(scales["features_mean"], scales["features_spread"])
            net = cls(states, own, weights, float(tree["bias"]))
        except (KeyError, TypeError, ValueError, AttributeError, binascii.Error) as error:
            raise ModelError("the pair net cannot be read", where=where, found=repr(error)) from error
        net._require_sound(features, where)
        return net

    def _require_sound(self, features: int, where: str) -> None:
        shapes = {name: self.weights[name].shape for name in ARRAYS}
        finite = all(np.isfinite(array).all() for array in self.weights.values())
        if not (finite and self._fits(shapes, features)):
            raise ModelError("the pair net's arrays do not fit together", where=where, found=str(shapes))

    def _fits(self, shapes: Mapping[str, tuple[int, ...]], features: int) -> bool:
        if any(len(shapes[name]) != dimensions for name, dimensions in ARRAYS.items()):
            return False
        states = ("left", "right", "gap")
        projected = 4 * shapes["left"][0] + shapes["features"][0]
        return (
            all(shapes[name] == (shapes["left"][0], len(self.states.mean)) for name in states)
            and shapes["features"][1] == len(self.features.mean) == features
            and shapes["hidden"] == (shapes["out"][0], projected)
            and all(shapes[f"{name}_bias"][0] == shapes[name][0] for name in (*states, "features", "hidden"))
        )


def gelu(values: Floats32) -> Floats32:
    """Gaussian error linear unit in its tanh form (Hendrycks and Gimpel 2016), as torch computes it."""
    # A product, since numpy takes four times as long for ``values**3``.
    inner = np.float32(np.sqrt(2.0 / np.pi)) * (values + np.float32(0.044715) * (values * values * values))
    return (np.float32(0.5) * values * (np.float32(1.0) + np.tanh(inner))).astype(np.float32)


def sigmoid(values: npt.ArrayLike) -> Floats:
    """Return ``1 / (1 + exp(-values))``."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.asarray(values, dtype=np.float64))), dtype=np.float64)


def mix(one: Floats, other: Floats) -> Floats:
    """Return the mean of two probabilities' log odds, as a probability."""
    return sigmoid((_log_odds(one) + _log_odds(other)) / 2.0)


_LEAST: Final = 1e-4


def _log_odds(probability: Floats) -> Floats:
    inside = np.clip(probability, _LEAST, 1.0 - _LEAST)
    return np.asarray(np.log(inside / (1.0 - inside)), dtype=np.float64)


_TYPES: Final[Mapping[str, str]] = {"float16": "<f2", "float32": "<f4"}


def _packed(array: Floats32, kind: str) -> dict[str, Any]:
    plain = np.ascontiguousarray(array, dtype=_TYPES[kind])
    return {
        "type": kind,
        "shape": list(plain.shape),
        "data": base64.b64encode(plain.tobytes()).decode("ascii"),
    }


def _unpacked(tree: Mapping[str, Any]) -> Floats32:
    raw = base64.b64decode(tree["data"], validate=True)
    array: Floats32 = np.frombuffer(raw, dtype=_TYPES[tree["type"]]).reshape(tree["shape"]).astype(np.float32)
    return array
