"""The machine that a figure belongs to, and keeping what is measured on some of its cores."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from ie_model.benchmark import machine as module
from ie_model.benchmark.machine import (
    commit_of_package,
    describe_machine,
    on_cores,
    processor_flags,
    slug,
    today,
)
from ie_model.cores import usable_cores

binds = pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="processes cannot be bound here")


def test_only_flags_that_matter_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "cpuinfo"
    path.write_text("model name\t: A\nflags\t\t: fpu avx512f sse avx2 avx2x\n", encoding="utf-8")
    monkeypatch.setattr(module, "_CPUINFO", path)
    assert processor_flags() == ["avx2", "avx512f"]
    monkeypatch.setattr(module, "_CPUINFO", tmp_path / "none")
    assert processor_flags() == []


def test_the_description_has_what_figures_need_and_no_place_of_this_machine() -> None:
    found = describe_machine()
    assert {"processor", "flags", "cores", "memory_mb", "python", "onnxruntime", "torch"} <= found.keys()
    assert found["cores"] == len(usable_cores())
    assert str(Path.cwd()) not in str(found)


def test_a_machine_has_a_name_for_files() -> None:
    assert slug({"processor": "AMD EPYC 9R14 (TM)", "cores": 2}) == "amd-epyc-9r14-tm-2"
    assert slug({"processor": "", "cores": 1}) == "processor-1"


@binds
def test_cores_are_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    before = usable_cores()
    with on_cores(1):
        assert usable_cores() == before[-1:]
    with on_cores(None):
        assert usable_cores() == before
    with pytest.raises(ValueError, match="stop"), on_cores(1):
        raise ValueError("stop")
    assert usable_cores() == before


@binds
def test_more_cores_than_there_are_is_all_of_them() -> None:
    with on_cores(1000):
        assert usable_cores() == usable_cores()[-1000:]


def test_the_commit_is_of_the_package_or_of_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = commit_of_package()
    assert found is None or re.fullmatch(r"[0-9a-f]{7,40}(-dirty)?", found)
    shutil.copy(Path(module.__file__), tmp_path / "__init__.py")
    monkeypatch.setattr(module, "_PACKAGE", tmp_path)
    assert commit_of_package() is None  # not of whatever repository lies around it
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert commit_of_package() is None


def test_the_date_is_a_day() -> None:
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", today())
