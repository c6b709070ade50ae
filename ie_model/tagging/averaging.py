"""The mean of the weights over the last part of training, in place of the last step's.

Averaging the path of the weights finds flatter minima (Izmailov et al., "Averaging weights leads to wider
optima and better generalization", UAI 2018). The running mean is kept beside each checkpoint, so that a
stopped training goes on to the same result.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import torch

AVERAGE: Final = "average.safetensors"
_SAMPLES: Final = 100
"""Weights that are averaged, about: neighbouring steps hardly differ, and adding takes 2 % of a step."""
_COUNT: Final = "count"


class WeightMean:
    """The running mean of a model's weights.

    Attributes:
        count: How many weights were added.
    """

    def __init__(self) -> None:
        self.count = 0
        self._mean: dict[str, torch.Tensor] = {}

    def add(self, weights: Mapping[str, torch.Tensor]) -> None:
        """Take ``weights`` into the mean."""
        self.count += 1
        for name, value in weights.items():
            own = value.detach().float()
            if self.count == 1:
                self._mean[name] = own.clone()
            else:
                self._mean[name] += (own - self._mean[name]) / self.count

    def load_into(self, model: torch.nn.Module) -> None:
        """Put the mean in the place of the model's weights; nothing is done where nothing was added."""
        if self.count:
            model.load_state_dict(self._mean, strict=False)

    def save(self, folder: Path) -> None:
        """Write the mean into ``folder``."""
        from safetensors.torch import save_file

        if self.count:
            tensors = {name: value.contiguous().clone() for name, value in self._mean.items()}
            save_file(tensors, folder / AVERAGE, {_COUNT: str(self.count)})

    def restore(self, folder: Path) -> None:
        """Go on from what :meth:`save` wrote into ``folder``, if it did."""
        from safetensors import safe_open

        if (folder / AVERAGE).is_file():
            with safe_open(folder / AVERAGE, "pt") as file:
                self.count = int(file.metadata()[_COUNT])
                self._mean = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118


def averaging_callback(share: float, steps: int, resumed_from: Path | None) -> Any:
    """Return a Trainer callback that leaves the model with the mean of its last weights.

    Args:
        share: Of the steps, at the end.
        steps: Of the whole training.
        resumed_from: The checkpoint that training goes on from.
    """
    import transformers

    first = steps - max(1, round(steps * share))
    every = max(1, (steps - first) // _SAMPLES)
    mean = WeightMean()
    if resumed_from is not None:
        mean.restore(resumed_from)

    class Averaging(transformers.TrainerCallback):  # type: ignore[misc, unused-ignore]
        def on_step_end(self, args: Any, state: Any, control: Any, model: Any = None, **_: Any) -> None:
            step = state.global_step
            if step > first and (step - first) % every == 0:
                mean.add(dict(model.named_parameters()))

        def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            mean.save(Path(args.output_dir) / f"checkpoint-{state.global_step}")

        def on_train_end(self, args: Any, state: Any, control: Any, model: Any = None, **_: Any) -> None:
            mean.load_into(model)

    return Averaging()
