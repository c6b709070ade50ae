"""Writes small encoder files in the layout of the packed offline encoder."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

BLOCK = 32


@dataclass
class PackedFile:
    """A file of two layers, 32 wide; ``quantised`` holds the raw blocks and ``plain`` the floats by name."""

    pieces: list[str]
    hidden: int = 32
    layers: int = 2
    heads: int = 2
    feed_forward: int = 64
    positions: int = 40
    token_types: int = 2
    version: int = 1
    surplus_rows: int = 3
    """Rows of the embedding behind the last piece."""
    quantised: dict[str, npt.NDArray[np.uint8]] = field(default_factory=dict)
    plain: dict[str, npt.NDArray[np.float32]] = field(default_factory=dict)

    @property
    def scores(self) -> list[float]:
        """Of the pieces: longer ones first."""
        return [-10.0 + 0.5 * len(piece) for piece in self.pieces]

    def data(self) -> bytes:
        """The whole file."""
        self._draw()
        head = self._header() + self._tokenizer() + struct.pack("<i", len(self.quantised) + len(self.plain))
        tensors = [(name, 1, 32 * raw.size // 18, raw.tobytes()) for name, raw in self.quantised.items()]
        tensors += [(name, 0, values.size, values.tobytes()) for name, values in self.plain.items()]
        place = len(head) + sum(2 + len(name) + struct.calcsize("<BIQQ") for name, *_ in tensors)
        for name, kind, elements, raw in tensors:
            head += struct.pack("<H", len(name)) + name.encode()
            head += struct.pack("<BIQQ", kind, elements, place, len(raw))
            place += len(raw)
        return head + b"".join(raw for *_, raw in tensors)

    def _header(self) -> bytes:
        rows = len(self.pieces) + self.surplus_rows
        sizes = (
            self.hidden,
            self.layers,
            self.heads,
            self.feed_forward,
            rows,
            self.positions,
            self.token_types,
        )
        return b"E5S1" + struct.pack("<I7ifi", self.version, *sizes, 1e-12, BLOCK)

    def _tokenizer(self) -> bytes:
        raw = [piece.encode() for piece in self.pieces]
        offsets = np.cumsum([0, *map(len, raw)]).astype("<u4")
        blob = b"".join(raw)
        rule = struct.pack("<IBI", 0x200C, 1, 0x20)
        return (
            struct.pack("<5iQ", len(raw), 0, 2, 1, 3, len(blob))
            + offsets.tobytes()
            + np.array(self.scores, "<f4").tobytes()
            + blob
            + struct.pack("<iI", 1, len(rule))
            + rule
        )

    def _draw(self) -> None:
        generator = np.random.default_rng(11)

        def q4(name: str, rows: int, width: int) -> None:
            blocks = generator.integers(0, 256, (rows, width // BLOCK, 18), dtype=np.uint8)
            scales = generator.uniform(0.001, 0.02, (rows, width // BLOCK, 1)).astype("<f2")
            blocks[..., :2] = scales.view(np.uint8).reshape(rows, width // BLOCK, 2)
            self.quantised[name] = blocks

        def floats(name: str, *shape: int) -> None:
            self.plain[name] = generator.normal(scale=0.1, size=shape).astype("<f4")

        width, wide = self.hidden, self.feed_forward
        q4("emb.word", len(self.pieces) + self.surplus_rows, width)
        floats("emb.pos", self.positions, width)
        floats("emb.type", self.token_types, width)
        for name in ("emb.ln.w", "emb.ln.b"):
            floats(name, width)
        shapes = {"q": (width, width), "k": (width, width), "v": (width, width), "ao": (width, width)}
        shapes |= {"fi": (wide, width), "fo": (width, wide)}
        for layer in range(self.layers):
            for short, (outputs, inputs) in shapes.items():
                q4(f"l{layer}.{short}.w", outputs, inputs)
                floats(f"l{layer}.{short}.b", outputs)
            for name in ("aln.w", "aln.b", "oln.w", "oln.b"):
                floats(f"l{layer}.{name}", width)
