"""The model that is served, its successors and its predecessors: one swap at a time, whoever asks for it.

A new extractor is loaded and tried beside the old one, so for a moment there are two in memory; then it takes
the old one's place behind the line (:meth:`ie_model.serve.service.Service.replace`).
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from ie_model.batch.protocol import ArticleExtractor
from ie_model.errors import ConfigError, IeModelError, ModelError
from ie_model.labelstudio.predictions import model_version
from ie_model.loading import ModelSource
from ie_model.rules import RULES
from ie_model.schema import Article
from ie_model.serve.backend.history import FINISHED, RUNNING, History, Run, Version
from ie_model.serve.backend.ledger import Ledger
from ie_model.serve.backend.trainer import Trainer, TrainingOptions
from ie_model.serve.errors import ConflictError
from ie_model.serve.service import Service

#: A sentence that a new model has to read before it is served.
TRIAL: Final = Article(id="trial", text="بانک ملی ۵۰ میلیارد تومان پرداخت کرد.")

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Loader:
    """Loads models as the server was told to."""

    source: ModelSource
    threads: int | None = None

    def load(self, folder: Path | None) -> ArticleExtractor:
        """Load the model in ``folder``; None for the release of the package."""
        return replace(self.source, model=folder).load(threads=self.threads)


class Learning:
    """What the backend of one folder knows; started and stopped with the server.

    Args:
        folder: Its ledger and runs.
        loader: Of models; its source is the one that the server was started with.
        options: How to train; None for not at all.

    Raises:
        ConfigError: Another server has the folder, or a model that cannot be trained on is to be trained on.
        OutputError: The folder cannot be written.
    """

    def __init__(self, folder: Path, loader: Loader, options: TrainingOptions | None = None) -> None:
        if options is not None and loader.source.model == Path(RULES):
            raise ConfigError(
                "the rule baseline cannot be trained",
                where="--train-config",
                mend="Serve a release, or leave --train-config out.",
            )
        self.ledger = Ledger(folder.resolve())
        self.history = History(self.ledger)
        self.options = options
        self._loader = loader
        self._swap = threading.Lock()
        self._service: Service | None = None
        self.trainer = Trainer(folder.resolve(), self.ledger, self.history, options, self._publish)

    def first_extractor(self) -> ArticleExtractor:
        """Load what is to be served at the start: the newest version that still loads.

        Raises:
            ModelError: Not even the model that the server was started with loads.
        """
        source = self._loader.source
        place = source.model if source.model in (None, Path(RULES)) else source.model.resolve()
        version = self.history.start_from(model_version(source.info()), place)
        while True:
            try:
                return self._load(version)
            except ModelError as error:
                before = self.history.version(version.before)
                if version.is_base or before is None:
                    raise
                _log.error("%s cannot be served, %s is: %s", version.name, before.name, error)
                self.history.go_to(before.number)
                version = before

    def start(self, service: Service) -> None:
        """Begin to sort and train; what passes is served by ``service``."""
        self._service = service
        self.trainer.start()

    def stop(self) -> None:
        """End both, and let go of the folder."""
        self.trainer.stop()
        self.ledger.close()

    def demand(self, cause: str) -> Run:
        """Queue a training.

        Raises:
            ConflictError: The server does not train, or has nothing to train on.
        """
        if self.options is None:
            raise ConflictError("this server does not train", mend="Start it with --train-config.")
        if not self.ledger.corrected_tasks() and not self.ledger.waiting():
            raise ConflictError(
                "there is no corrected task to train on", mend="Submit an annotation in Label Studio."
            )
        return self.trainer.demand(cause)

    def roll_back(self, name: str | None = None) -> Version:
        """Serve an earlier version again and return it.

        Args:
            name: Which; None for the one that was served before.

        Raises:
            ConflictError: There is none, or it cannot be loaded any more.
        """
        with self._swap:
            serving = self.history.serving()
            others = [one for one in self.history.versions() if serving and one.number != serving.number]
            if name is None:
                others = [one for one in others if serving and one.number == serving.before]
            else:
                others = [one for one in others if one.name == name]
            if not others:
                raise ConflictError("no such version to go back to", mend="GET /train/status lists them.")
            version = others[0]
            try:
                extractor = self._load(version)
            except IeModelError as error:
                raise ConflictError("the version cannot be loaded any more", found=error.what) from error
            self.history.go_to(version.number)
            self._replace(extractor)
        return version

    def status(self) -> dict[str, Any]:
        """Return what ``GET /train/status`` says."""
        runs, serving = self.history.runs(), self.history.serving()
        shown = [
            {**run.to_json(), "progress": self.trainer.progress(run) if run.state == RUNNING else None}
            for run in runs
        ]
        return {
            "state": runs[0].state if runs else "idle",
            "serving": serving.name if serving else None,
            "trains": self.options is not None,
            "train_after": self.options.after if self.options else None,
            "events_waiting": self.ledger.waiting(),
            "tasks_corrected": self.ledger.corrected_tasks(),
            "tasks_corrected_since": self.ledger.corrected_tasks(self.history.last_event()),
            "runs": shown,
            "versions": [
                {"name": one.name, "run": one.run, "created": one.created} for one in self.history.versions()
            ],
        }

    def _load(self, version: Version) -> ArticleExtractor:
        extractor = self._loader.load(version.path)
        list(extractor.extract_many([TRIAL]))
        return extractor

    def _publish(self, run: Run, release: Path, figures: dict[str, Any] | None) -> None:
        extractor = self._loader.load(release)
        list(extractor.extract_many([TRIAL]))
        with self._swap:
            with self.ledger.writing():  # both or neither, whenever the server is cut off
                self.history.serve(model_version(extractor.info), str(release), run=run)
                self.history.end(run, FINISHED, None, figures)
            self._replace(extractor)

    def _replace(self, extractor: ArticleExtractor) -> None:
        if self._service is not None:
            self._service.replace(extractor)
