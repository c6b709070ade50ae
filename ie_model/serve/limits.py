"""What a server lets in, at most, and how it batches.

Trade-off: a small batch keeps answers quick (nobody in it is answered before all of it is done), a large one
keeps all cores busy. Two cores read some 20 000 characters a second (the card of the shipped release:
10 274 on one core), so a batch of the default size takes about a second, a full line 25 seconds, which is
inside the default time a request may take, and the longest article 5 to 10.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from ie_model.errors import ConfigError

#: JSON values that a body may hold for each article allowed, and at least. Strings are cheap whatever their
#: length; 16 MB of small values take 10 s of checking and 250 MB, a quarter of a million of them 0.5 s and
#: 20 MB (measured on a busy core).
VALUES_PER_ARTICLE = 1000
LEAST_VALUES = 10_000


@dataclass(frozen=True, slots=True)
class Limits:
    """All of them at least 1, seconds above 0.

    Raises:
        ConfigError: Too small, or a line too short for one article.
    """

    max_body: int = 16_000_000
    """Bytes of a request's body."""
    max_chars: int = 100_000
    """Code points of one article."""
    max_articles: int = 256
    """Articles of one request; never more than the line holds."""
    max_bodies: int = 32_000_000
    """Bytes of the bodies of all requests under way; in memory they take up to 4 times as much."""
    queue_articles: int = 1024
    """Articles that wait."""
    queue_chars: int = 500_000
    """Code points of the articles that wait."""
    batch_articles: int = 16
    """Articles given to the extractor at one time."""
    batch_chars: int = 20_000
    """Their code points; a longer article goes alone."""
    linger: float = 0.003
    """Seconds that a batch with room left waits for more articles."""
    timeout: float = 30.0
    """Seconds from the start of a request to its answer."""
    grace: float = 30.0
    """Seconds that a stopping server gives to requests it has let in."""
    workers: int = 1
    """Threads that take batches."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(field.default, float):
                if not 0 < value < float("inf"):
                    raise ConfigError(
                        "no time", where=field.name, found=str(value), expected="seconds above 0"
                    )
            elif value < 1:
                raise ConfigError("too small", where=field.name, found=str(value), expected="at least 1")
        if self.queue_chars < self.max_chars:
            raise ConfigError(
                "an article of the greatest length would never find room",
                where="queue_chars",
                found=str(self.queue_chars),
                expected=f"at least {self.max_chars}, the characters of one article",
            )
        if self.max_bodies < self.max_body:
            raise ConfigError(
                "a body of the greatest size would never find room",
                where="max_bodies",
                found=str(self.max_bodies),
                expected=f"at least {self.max_body}, the bytes of one body",
            )

    @property
    def articles_per_request(self) -> int:
        """Articles that one request may hold."""
        return min(self.max_articles, self.queue_articles)

    @property
    def max_values(self) -> int:
        """JSON values that a body may hold, counted by what opens or separates them, in strings too."""
        return max(LEAST_VALUES, VALUES_PER_ARTICLE * self.articles_per_request)
