"""A server process: its socket, its start and its graceful end.

uvicorn serves, with its pure Python reading of HTTP (what is tested here) and without an access log. A
request that is no HTTP is answered by uvicorn itself, in plain text.
"""

from __future__ import annotations

import asyncio
import ipaddress
import math
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import uvicorn
from fastapi import FastAPI

from ie_model.errors import ConfigError
from ie_model.serve.service import Service

TOKEN_VARIABLE: Final = "IE_MODEL_TOKEN"  # noqa: S105 - a name, no token
#: Seconds after the time of grace in which answers may still go out before connections are cut.
LAST_ANSWERS_SECONDS: Final = 2


def bind(host: str, port: int) -> socket.socket:
    """Return a socket bound to ``host`` (a name or address) and ``port`` (0 for any that is free).

    Raises:
        ConfigError: No such host, or a port that is taken or not allowed.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        bound = socket.socket(family, kind, protocol)
        try:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind(address)
        except OSError:
            bound.close()
            raise
    except OSError as error:
        raise ConfigError(
            "no server can listen there",
            where=f"{host}:{port}",
            found=error.strerror or str(error),
            mend="Choose another --host or --port; --port 0 takes a free one.",
        ) from error
    return bound


def is_loopback(bound: socket.socket) -> bool:
    """Whether only this machine reaches ``bound``."""
    return ipaddress.ip_address(bound.getsockname()[0].partition("%")[0]).is_loopback


def address(bound: socket.socket) -> str:
    """Return the URL of ``bound``."""
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def read_token(environment: Mapping[str, str] = os.environ) -> str | None:
    """Return the token from ``IE_MODEL_TOKEN``; None where the variable is not set.

    Raises:
        ConfigError: A token that no header can carry as it is, or an empty one. It is not shown.
    """
    token = environment.get(TOKEN_VARIABLE)
    if token is not None and (not token or not token.isprintable() or " " in token or not token.isascii()):
        raise ConfigError(
            "the token cannot be used",
            where=TOKEN_VARIABLE,
            found=f"{len(token)} characters" if token else "nothing",
            expected="visible ASCII characters without spaces",
            mend=f"Unset {TOKEN_VARIABLE} to serve without a token.",
        )
    return token


def require_safe(bound: socket.socket, token: str | None, *, no_token: bool) -> None:
    """Check that a server which others can reach asks for a token, unless it is meant not to.

    Raises:
        ConfigError: It does not; or a token is set that is not to be asked for.
    """
    if no_token and token is not None:
        raise ConfigError(
            "a token is set, and none is to be asked for",
            where=f"--no-token, {TOKEN_VARIABLE}",
            mend="Leave one of them out.",
        )
    if token is None and not no_token and not is_loopback(bound):
        raise ConfigError(
            "other machines could use this server without a token",
            where=address(bound),
            expected=f"a token in {TOKEN_VARIABLE}",
            mend="Set one, listen on 127.0.0.1, or say --no-token.",
        )


def serve(app: FastAPI, service: Service, bound: socket.socket, ready: Callable[[], None]) -> None:
    """Serve ``app`` until SIGTERM or SIGINT; see :class:`Server`.

    Args:
        app: Around ``service``.
        service: As for :class:`Server`.
        bound: See :func:`bind`.
        ready: Called once the server answers.
    """
    with _signals_end_well():
        Server(app, service, ready).run(sockets=[bound])


class Server(uvicorn.Server):
    """Serves until ``should_exit``, which the signals set.

    Then nobody is let in any more, and requests that were let in are answered, within the time of grace.

    Args:
        app: Around ``service``.
        service: Closed when the server stops, abandoned after the time of grace.
        ready: Called once the server answers.
    """

    def __init__(self, app: FastAPI, service: Service, ready: Callable[[], None]) -> None:
        config = uvicorn.Config(
            app,
            http="h11",
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=math.ceil(service.limits.grace) + LAST_ANSWERS_SECONDS,
        )
        super().__init__(config)
        self._service = service
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        if self.started:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close the line, wait, stop."""
        self._service.close()
        loop = asyncio.get_running_loop()
        timer = loop.call_later(self._service.limits.grace, self._service.abandon)
        await super().shutdown(sockets)
        timer.cancel()


@contextmanager
def _signals_end_well() -> Iterator[None]:
    """Make a stop by a signal a normal end: uvicorn raises the signal again once it has stopped."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
