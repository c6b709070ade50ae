"""``scripts/fuzz.py``: a short run of every target, and that the fuzzer finds what it looks for."""

from __future__ import annotations

import importlib
import random
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ie_model.config import load_config
from ie_model.errors import ConfigError, IeModelError

pytest.importorskip("pyarrow")
pytest.importorskip("zstandard")

TARGETS = [
    *("jsonl", "text", "csv", "gzip", "xz", "zstd", "parquet", "check_text", "read_quantity"),
    *("find_quantities", "read_number", "parse_date", "find_wordings", "split_sentences"),
    *("labelstudio", "config", "rules"),
]  # fmt: skip


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "scripts"))
    return importlib.import_module("fuzz")


@pytest.mark.parametrize("name", TARGETS)
def test_a_short_run_finds_nothing(script: ModuleType, tmp_path: Path, name: str) -> None:
    target = script.make_targets(tmp_path)[name]
    outcome = script.fuzz(name, target, iterations=150, seed=7, seconds=60)
    assert outcome.inputs == 150
    assert [trace for _, trace in outcome.failures.values()] == []


def test_every_target_has_its_short_run(script: ModuleType, tmp_path: Path) -> None:
    assert set(script.make_targets(tmp_path)) == set(TARGETS)


def test_an_undamaged_seed_is_read_by_every_target(script: ModuleType, tmp_path: Path) -> None:
    """What is damaged was right before: a seed that fails by itself tests nothing."""
    for name, target in script.make_targets(tmp_path).items():
        assert any(_is_read(target, seed) for seed in target.seeds), name


def _is_read(target: Any, seed: bytes) -> bool:
    try:
        target.run(seed)
    except IeModelError:
        return False
    return True


def fragile(data: bytes) -> None:
    if b"\x00" in data:
        raise ZeroDivisionError("a bug")
    if b'"' in data:
        raise IeModelError("a reason")


def test_a_failure_is_written_with_its_input_and_makes_the_run_fail(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    target = script.Target(fragile, (b"abcdefgh",))
    monkeypatch.setattr(script, "make_targets", lambda folder: {"fragile": target})
    arguments = ["--output", str(tmp_path / "failures"), "--iterations", "2000"]
    assert script.main(arguments) == 1
    assert "fragile: 2000 inputs" in capsys.readouterr().out
    (found,) = (tmp_path / "failures").glob("*.hex")
    assert b"\x00" in bytes.fromhex(found.read_text(encoding="ascii"))
    assert "ZeroDivisionError: a bug" in found.with_suffix(".txt").read_text(encoding="utf-8")
    with pytest.raises(ZeroDivisionError):
        script.main(["--target", "fragile", "--replay", str(found)])


def test_an_input_that_takes_too_long_is_a_failure(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless(_data: bytes) -> None:
        while True:
            pass

    monkeypatch.setattr(script, "MAX_SECONDS", 0.05)
    outcome = script.fuzz("endless", script.Target(endless, (b"a",)), iterations=1, seed=0, seconds=9)
    (place,) = outcome.failures
    assert place.startswith("TooSlowError")


def test_a_run_is_repeatable_and_inputs_differ(script: ModuleType) -> None:
    seeds = (b"one seed", b"another")
    made = [[script.mutate(random.Random(f"0 a {n}"), seeds) for n in range(99)] for _ in range(2)]
    assert made[0] == made[1]
    assert len(set(made[0])) > 80


def test_an_unknown_target_is_a_wrong_call(script: ModuleType) -> None:
    with pytest.raises(SystemExit) as caught:
        script.main(["--target", "nothing"])
    assert caught.value.code == 2


# --- what it has found ---------------------------------------------------------------------------------

NOT_YAML = {
    "no day of the calendar": "training: 2024-13-45",
    "no number": "training: !!int x",
    "an empty number": 'training: !!int ""',
    "no time": "training: !!timestamp x",
    "no truth": "training: !!bool maybe",
    "more digits than Python reads": "training: " + "9" * 5_000,
    "nested too deep": "[" * 600,
}


@pytest.mark.parametrize("text", NOT_YAML.values(), ids=NOT_YAML.keys())
def test_what_yaml_itself_stumbles_over_is_a_config_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="not readable as YAML"):
        load_config(path)
    path.write_text("", encoding="utf-8")
    with pytest.raises(ConfigError, match="not YAML"):
        load_config(path, ["training.epochs=" + text.removeprefix("training: ")])
