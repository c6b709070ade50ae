"""The process that trains: ``python -m ie_model.serve.backend.job SPEC``.

It reads ``spec.json``, writes ``progress.json`` while it works and ``outcome.json`` when it has come to an
end, good or bad; its own messages go to where the server points them. It steps back for the server's answers
(nice 10) and ends when the server is gone, which it learns from its standard input.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from ie_model.config import load_config
from ie_model.corpus.store import load_corpus
from ie_model.errors import GateError, IeModelError, ParityError
from ie_model.files import write_whole
from ie_model.serve.backend.corrections import CORRECTIONS
from ie_model.serve.backend.history import FAILED, FINISHED, REFUSED

SPEC: Final = "spec.json"
PROGRESS: Final = "progress.json"
OUTCOME: Final = "outcome.json"
LOG: Final = "log.txt"
NICENESS: Final = 10
#: Exit status of a job whose server is gone.
ORPHANED: Final = 75

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Spec:
    """What to train.

    Attributes:
        config: The config's file.
        served: The folder of the model that would be replaced.
        folder: Of the run: ``corrections/`` lies in it, everything else is made there.
        mark: Ends the version.
    """

    config: str
    served: str
    folder: str
    mark: str

    def write(self) -> Path:
        """Write it into its folder and return the file."""
        path = Path(self.folder) / SPEC
        write_whole(path, json.dumps(asdict(self), ensure_ascii=False) + "\n")
        return path


def run(spec: Spec) -> dict[str, Any]:
    """Train, and return how it ended: ``state``, ``reason``, ``figures``."""
    from ie_model.modelling.retrain import retrain

    folder = Path(spec.folder)

    def note(stage: str, step: int | None = None, steps: int | None = None) -> None:
        write_whole(folder / PROGRESS, json.dumps({"stage": stage, "step": step, "steps": steps}) + "\n")

    try:
        figures = retrain(
            load_config(spec.config),
            load_corpus([folder / CORRECTIONS]),
            Path(spec.served),
            folder,
            mark=spec.mark,
            stage=note,
            progress=lambda at: note("train the tagger", at.step, at.steps),
        )
    except GateError as error:
        return {"state": REFUSED, "reason": str(error), "figures": {"against": {"scores": error.figures}}}
    except ParityError as error:
        return {"state": REFUSED, "reason": str(error), "figures": None}
    except IeModelError as error:
        return {"state": FAILED, "reason": str(error), "figures": None}
    return {"state": FINISHED, "reason": None, "figures": figures}


def main(arguments: list[str]) -> int:
    """Run the spec that is named; return the exit status."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    os.nice(NICENESS)
    threading.Thread(target=_end_with_the_server, daemon=True).start()
    spec = Spec(**json.loads(Path(arguments[0]).read_text(encoding="utf-8")))
    outcome = run(spec)
    write_whole(Path(spec.folder) / OUTCOME, json.dumps(outcome, ensure_ascii=False) + "\n")
    _log.info("%s %s", outcome["state"], outcome["reason"] or "")
    return 0


def _end_with_the_server() -> None:
    # The server never writes there; the end of the stream is its end. Not sys.stdin: a thread that waits in
    # its buffer would hold a lock that the interpreter needs to finish.
    if not os.read(0, 1):
        os._exit(ORPHANED)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
