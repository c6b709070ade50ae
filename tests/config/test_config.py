"""Configs: typed, whole, and every mistake named with its mend."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ie_model.config import Config, dump_config, known_keys, load_config, parse_config
from ie_model.errors import ConfigError

FOLDER = Path(__file__).parents[2] / "configs"
#: All but the one for adapting an encoder: tests/adapting/test_config.py loads that.
CONFIGS = sorted(path for path in FOLDER.glob("*.yaml") if path.name != "adapt.yaml")


@pytest.fixture
def config_file(tmp_path: Path) -> Path:
    path = tmp_path / "some.yaml"
    path.write_text("name: some\ntraining:\n  epochs: 2\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_the_configs_of_the_repository_load(path: Path) -> None:
    assert load_config(path).name == path.stem


def test_there_is_a_config_for_each_way_of_training() -> None:
    assert {"default", "parsbert", "tiny"} <= {path.stem for path in CONFIGS}


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_a_dumped_config_loads_as_the_same(path: Path, tmp_path: Path) -> None:
    config = load_config(path)
    copy = tmp_path / "copy.yaml"
    copy.write_text(dump_config(config), encoding="utf-8")
    assert load_config(copy) == config
    assert dump_config(load_config(copy)) == dump_config(config)


def test_a_dumped_config_is_whole() -> None:
    tree = yaml.safe_load(dump_config(Config()))
    keys = {key for key in known_keys() if "." not in key}
    assert set(tree) == keys
    assert set(tree["training"]) == {
        key.partition(".")[2] for key in known_keys() if key.startswith("training.")
    }


def test_an_empty_file_is_the_default_config(tmp_path: Path) -> None:
    (tmp_path / "empty.yaml").write_text("# nothing\n", encoding="utf-8")
    assert load_config(tmp_path / "empty.yaml") == Config()


def test_known_keys_are_dotted_with_sections_before_their_keys() -> None:
    keys = known_keys()
    assert keys.index("encoder") < keys.index("encoder.source") < keys.index("training.epochs")
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("override", "key", "value"),
    [
        ("training.epochs=3", "epochs", 3),
        ("training.learning_rate=3e-4", "learning_rate", 3e-4),
        ("training.learning_rate=3.0E-4", "learning_rate", 3e-4),
        ("training.schedule=cosine", "schedule", "cosine"),
        ("training.patience=0", "patience", 0),
    ],
)
def test_an_override_is_yaml(config_file: Path, override: str, key: str, value: object) -> None:
    assert getattr(load_config(config_file, [override]).training, key) == value


def test_overrides_reach_what_the_file_does_not_name_and_the_last_holds(config_file: Path) -> None:
    config = load_config(
        config_file, ["data.holdout=null", "data.articles=[a, b.jsonl]", "training.seed=1", "training.seed=2"]
    )
    assert (config.data.holdout, config.data.articles) == (None, ("a", "b.jsonl"))
    assert (config.training.seed, config.training.epochs) == (2, 2)


def test_a_value_may_hold_an_equals_sign(config_file: Path) -> None:
    config = load_config(config_file, ["encoder.source=local", "encoder.name=a=b"])
    assert config.encoder.name == "a=b"


@pytest.mark.parametrize(
    ("overrides", "parts"),
    [
        pytest.param(
            ["training.epoch=3"], ["unknown key 'training.epoch'", "'training.epochs'"], id="unknown key"
        ),
        pytest.param(["windws.tokens=3"], ["unknown key 'windws'", "'windows'"], id="unknown section"),
        pytest.param(["training.epochs=0"], ["training.epochs", "greater than 0", "found 0"], id="too small"),
        pytest.param(["training.dropout=1"], ["training.dropout", "less than 1", "found 1"], id="too big"),
        pytest.param(
            ["training.batch_size=many"], ["training.batch_size", "integer", "'many'"], id="wrong type"
        ),
        pytest.param(
            ["training.schedule=slow"], ["training.schedule", "'linear', 'cosine'", "'slow'"], id="choice"
        ),
        pytest.param(["training=3"], ["training", "found 3"], id="a value for a section"),
        pytest.param(["name.a=3"], ["name: is a value, not a section"], id="a section for a value"),
        pytest.param(["name=-x"], ["name", "pattern", "'-x'"], id="a name that is no file name"),
        pytest.param(
            ["training.epochs"], ["key=value", "'training.epochs'", "training.epochs=3"], id="no value"
        ),
        pytest.param(["=3"], ["key=value", "'=3'"], id="no key"),
        pytest.param(["data.articles=[a"], ["data.articles", "not YAML", "'[a'"], id="no YAML"),
        pytest.param(
            ["encoder.source=hub"], ["encoder.source=hub needs encoder.name"], id="hub without name"
        ),
        pytest.param(["encoder.name=x"], ["encoder.name is given", "offline"], id="name without hub"),
        pytest.param(
            ["windows.tokens=100"], ["windows.overlap=64", "windows.tokens=100"], id="options in conflict"
        ),
        pytest.param(
            ["data.held_out=[x.jsonl]"],
            ["data.held_out is given", "data.holdout=0", "set it to null"],
            id="two ways of holding out",
        ),
        pytest.param(
            ["decoding.min_confidence={AMOUNT: 90}"], ["decoding.min_confidence", "from 0 to 1"], id="percent"
        ),
        pytest.param(
            ["decoding.min_confidence={MONEY: 0.5}"], ["not learned", "'MONEY'"], id="a label of others"
        ),
        pytest.param(["decoding.drop_unsure={MONEY: 0.5}"], ["drop_unsure", "not learned"], id="nor to drop"),
        pytest.param(
            ["training.label_weights={TARGET: 0}"], ["label_weights", "above 0"], id="no weight at all"
        ),
        pytest.param(
            ["training.label_weights={MONEY: 2}"], ["not learned", "'MONEY'"], id="a weight of no label"
        ),
        pytest.param(
            ["training.average=0.2", "training.patience=2"],
            ["training.average=0.2", "training.patience=2"],
            id="two ways of ending",
        ),
        pytest.param(["labels=[A, A]"], ["distinct", "['A', 'A']"], id="a label twice"),
        pytest.param(["labels=[]"], ["at least one"], id="no label"),
    ],
)
def test_a_wrong_config_is_one_line_with_key_and_value(
    config_file: Path, overrides: list[str], parts: list[str]
) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(config_file, overrides)
    line = str(caught.value)
    assert "\n" not in line
    assert [part for part in parts if part not in line] == [], line
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("content", "part"),
    [(b"a: [", "YAML"), (b"\xff\xfe", "YAML"), (b"- a\n- b\n", "found list"), (b"words", "found str")],
)
def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, content: bytes, part: str) -> None:
    path = tmp_path / "broken.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=part) as caught:
        load_config(path)
    assert caught.value.where == str(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["missing.yaml", "."])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="no such config file") as caught:
        load_config(tmp_path / name)
    assert caught.value.where == str(tmp_path / name)


def test_a_config_does_not_change() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Config().training.epochs = 3  # type: ignore[misc]


@settings(max_examples=60)
@given(
    tokens=st.integers(32, 510),
    rate=st.floats(1e-7, 1.0),
    labels=st.lists(st.sampled_from("ABCDE"), min_size=1, unique=True),
    holdout=st.none() | st.integers(0, 9),
)
def test_any_config_is_equal_after_yaml(
    tokens: int, rate: float, labels: list[str], holdout: int | None
) -> None:
    config = parse_config(
        {
            "labels": labels,
            "windows": {"tokens": tokens, "overlap": tokens // 2},
            "training": {"learning_rate": rate},
            "data": {"holdout": holdout, "articles": ["داده"]},
        }
        if tokens // 2 <= 255
        else {}
    )
    assert parse_config(yaml.safe_load(dump_config(config))) == config


@pytest.mark.parametrize("times", [0, -1, 1000])
def test_emphasis_is_a_number_of_times(times: int) -> None:
    with pytest.raises(ConfigError, match="count from 1 to 100 times"):
        parse_config({"linker": {"emphasis": {"seeds": times}}})
