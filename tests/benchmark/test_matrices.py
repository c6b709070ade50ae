"""Operations of the encoder from its own weights, and how fast a core multiplies."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ie_model.benchmark import matrices
from ie_model.benchmark.matrices import MatrixSide, encoder_size, measure_products
from ie_model.tagging.backends import ONNX_FILE

TEXT = "بانک ملی ۲۰ نفر را پذیرفت. " * 20


def test_operations_are_those_of_the_architecture(tiny_checkpoint: Path, tiny_release: Path) -> None:
    config = json.loads((tiny_checkpoint / "config.json").read_text(encoding="utf-8"))
    hidden, inner = config["hidden_size"], config["intermediate_size"]
    classes = len(config["id2label"])
    weights = config["num_hidden_layers"] * (4 * hidden * hidden + 2 * hidden * inner) + hidden * classes
    size = encoder_size(tiny_release / ONNX_FILE)
    assert size.per_token == 2 * weights
    assert size.per_pair == 4 * hidden * config["num_hidden_layers"]
    assert size.operations(10) == 20 * weights + 400 * hidden * config["num_hidden_layers"]


def test_every_way_of_multiplying_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matrices, "_SECONDS", 0.01)
    rows = measure_products(8, 16, 24)
    assert {row["kind"] for row in rows} == {"fp32", "int8"}
    assert all(row["gigaops"] > 0 and row["shape"] == [8, 16, 24] for row in rows)


def test_the_encoder_has_a_share_of_the_peak(tiny_release: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matrices, "_SECONDS", 0.01)
    monkeypatch.setattr(matrices, "SHAPES", ((32, 32, 64), (64, 64, 64)))
    found = MatrixSide(str(tiny_release)).run({"text": TEXT})
    for kind in ("fp32", "int8"):
        of_kind = [row["gigaops"] for row in found["products"] if row["kind"] == kind]
        assert found[f"peak_{kind}_gigaops"] == max(of_kind)
        share = found["encoder_gigaops"] / max(of_kind)
        assert found[f"share_of_{kind}_peak"] == pytest.approx(share, rel=1e-3)
