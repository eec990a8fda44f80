"""Where a server listens: the address is taken first, so that nothing is done for nothing."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gongji.wording import Bilingual, Refused

if TYPE_CHECKING:
    from starlette.types import ASGIApp

__all__ = ["listening_at", "serve_until_stopped", "url_of"]

_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - not listened at, but replaced
"""All addresses of this machine, and the one among them by which it calls itself."""


@contextmanager
def listening_at(host: str, port: int) -> Iterator[socket.socket]:
    """A socket that listens; port 0 is any that is free.

    Raises `Refused`: `port_taken`, `no_rights`, `bad_input` for what is no address of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        found = socket.create_server((host, port), family=family)
    except OSError as error:
        raise _refusal(host, port, error) from None
    with found:
        yield found


def url_of(listening: socket.socket) -> str:
    """What to type into a browser on this machine."""
    host, port, *_ = listening.getsockname()
    host = _ANYWHERE.get(host, host)
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def serve_until_stopped(app: ASGIApp, listening: socket.socket) -> None:
    """Serve until Ctrl-C, or until a signal ends the program."""
    import uvicorn

    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,  # it writes addresses as they were sent
        server_header=False,
    )
    try:
        uvicorn.Server(config).run(sockets=[listening])
    except KeyboardInterrupt:  # the way to stop it
        return


def _refusal(host: str, port: int, error: OSError) -> Refused:
    if error.errno == errno.EADDRINUSE:
        return Refused(
            "port_taken",
            Bilingual(
                f"端口 {port} 已被占用；请停掉占用它的程序，或用 --port 换一个，0 为任一空闲的",
                f"port {port} is taken; stop the program that holds it, or choose another with "
                "--port; --port 0 takes any that is free",
            ),
            {"field": "--port"},
        )
    if error.errno == errno.EACCES:
        return Refused(
            "no_rights",
            Bilingual(
                f"没有权限使用端口 {port}；请用 --port 换一个 1024 以上的",
                f"port {port} may not be used; choose one from 1024 on with --port",
            ),
            {"field": "--port"},
        )
    reason = str(error.strerror).partition(" (")[0]
    return Refused(
        "bad_input",
        Bilingual(
            f"--host {host} 不是本机的地址（{reason}）；只在本机用是 127.0.0.1，对外是 0.0.0.0",
            f"--host {host} is no address of this machine ({reason}); 127.0.0.1 serves "
            "this machine alone, 0.0.0.0 others too",
        ),
        {"field": "--host"},
    )
