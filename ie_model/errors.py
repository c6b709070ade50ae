"""The one exception family of the package.

Every error says what failed, where, what was found and expected, and how to mend it. The command
line prints exactly that and exits with :attr:`IeModelError.exit_code`; a program catches
:class:`IeModelError` and reads the parts.
"""

from __future__ import annotations

from typing import Any, ClassVar

EXIT_OK = 0
EXIT_FAILED_CHECK = 1
EXIT_WRONG_CALL = 2
EXIT_SOME_REJECTED = 3


class IeModelError(Exception):
    """Base of all errors that the package raises on purpose.

    Args:
        what: What failed, in one clause.
        where: The file, line, article id or config key concerned.
        found: What was there.
        expected: What should have been there.
        mend: The command or value that mends it.
    """

    exit_code: ClassVar[int] = EXIT_WRONG_CALL

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        found: str | None = None,
        expected: str | None = None,
        mend: str | None = None,
    ) -> None:
        self.what = what
        self.where = where
        self.found = found
        self.expected = expected
        self.mend = mend
        super().__init__(self.__str__())

    def __reduce__(self) -> tuple[Any, ...]:
        # The parts are keyword-only, and some errors take others: a worker's error is rebuilt by its parts.
        return _rebuild, (type(self), dict(self.__dict__))

    def __str__(self) -> str:
        line = f"{self.where}: {self.what}" if self.where else self.what
        if self.found is not None:
            line += f"; found {self.found}"
        if self.expected is not None:
            line += f"; expected {self.expected}"
        if self.mend is not None:
            line += f". {self.mend}"
        return line


def _rebuild(kind: type[IeModelError], parts: dict[str, Any]) -> IeModelError:
    error = kind.__new__(kind)
    error.__dict__.update(parts)
    error.args = (str(error),)
    return error


class ConfigError(IeModelError):
    """A config file or override that cannot be used."""


class ArticleError(IeModelError):
    """An article, or a file of articles, that cannot be read. Batches turn it into a reject."""


class CorpusError(IeModelError):
    """Annotations that break the corpus format."""


class OutputError(IeModelError):
    """A file that cannot be written."""


class EncoderError(IeModelError):
    """An encoder that cannot be found, verified or unpacked."""


class ModelError(IeModelError):
    """A model folder or release that is missing, damaged or of another format version."""


class ParityError(IeModelError):
    """An exported model that does not agree with the model it was exported from."""

    exit_code = EXIT_FAILED_CHECK


class GateError(IeModelError):
    """A new model that is worse than the one it would replace."""

    exit_code = EXIT_FAILED_CHECK


class LabelStudioError(IeModelError):
    """A Label Studio server that cannot be reached, or does not do what it was asked."""


class MissingExtraError(IeModelError):
    """An optional dependency is not installed."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(
            f"this needs the package {package!r}, which is not installed",
            mend=f'Install it with: pip install "ie-model[{extra}]"',
        )
        self.package = package
        self.extra = extra
