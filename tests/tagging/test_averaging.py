"""The mean of the last weights."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from ie_model.tagging.averaging import WeightMean


def model(value: float) -> torch.nn.Linear:
    linear = torch.nn.Linear(2, 1)
    with torch.no_grad():
        for parameter in linear.parameters():
            parameter.fill_(value)
    return linear


def mean_of(*values: float) -> WeightMean:
    mean = WeightMean()
    for value in values:
        mean.add(dict(model(value).named_parameters()))
    return mean


def weight(linear: torch.nn.Linear) -> float:
    assert linear.weight.eq(linear.bias).all()
    return float(linear.bias.detach())


def test_the_model_gets_the_mean_of_what_was_added() -> None:
    target = model(9.0)
    mean_of(1.0, 2.0, 6.0).load_into(target)
    assert weight(target) == pytest.approx(3.0)


def test_nothing_added_changes_nothing() -> None:
    target = model(9.0)
    WeightMean().load_into(target)
    assert weight(target) == 9.0


def test_what_is_added_is_not_changed_later() -> None:
    source = model(1.0)
    mean = WeightMean()
    mean.add(dict(source.named_parameters()))
    with torch.no_grad():
        source.bias.fill_(5.0)
    target = model(9.0)
    mean.load_into(target)
    assert weight(target) == 1.0


def test_a_mean_goes_on_from_where_it_was_written(tmp_path: Path) -> None:
    mean_of(1.0, 2.0).save(tmp_path)
    again = WeightMean()
    again.restore(tmp_path)
    again.add(dict(model(6.0).named_parameters()))
    target = model(9.0)
    again.load_into(target)
    assert (again.count, weight(target)) == (3, pytest.approx(3.0))


def test_without_a_file_a_mean_begins_anew(tmp_path: Path) -> None:
    WeightMean().save(tmp_path)
    assert not list(tmp_path.iterdir())
    mean = WeightMean()
    mean.restore(tmp_path)
    assert mean.count == 0
