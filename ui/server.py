"""Serve the page on its address."""

from __future__ import annotations

import errno
import os
import socket
from contextlib import closing, suppress
from typing import TYPE_CHECKING

from ui.errors import PageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI

    from ingest.settings import Settings

_SHUTDOWN_SECONDS = 3


def serve(app: FastAPI, settings: Settings, on_ready: Callable[[str], None] | None = None) -> None:
    """Serve until interrupted; `on_ready` is called once with the page's address when it can be opened.

    Raises:
        PageError: PG-01 when the port is taken, PG-02 when the address cannot be used.

    """
    import uvicorn  # only needed to serve

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            if on_ready is not None and self.started:
                on_ready(address(settings))

    listener = listen(settings.page.host, settings.page.port)
    config = uvicorn.Config(
        app,
        # Without a configuration of its own uvicorn logs where the program logs, not on the teacher's screen.
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        ws="none",
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
    )
    # The server ends in order on Ctrl+C and then hands the interrupt on; it has done its work by then.
    with closing(listener), suppress(KeyboardInterrupt):
        Server(config).run(sockets=[listener])


def address(settings: Settings) -> str:
    """Return the address a browser on this computer opens."""
    host = settings.page.host
    shown = "127.0.0.1" if host in {"0.0.0.0", "::", ""} else host  # noqa: S104  (compared with, not bound to)
    return f"http://{f'[{shown}]' if ':' in shown else shown}:{settings.page.port}"


def listen(host: str, port: int) -> socket.socket:
    """Take the port before anything heavy starts.

    Raises:
        PageError: PG-01 when the port is taken, PG-02 when the address cannot be used.

    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":
            # Lets a restarted server take its port at once; on Windows it would let two servers share one.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PageError(
                "PG-01",
                f"端口 {port} 已被占用，页面没有打开，资料没有变动。",
                f"可能助教已经打开了，先看看 http://127.0.0.1:{port}；或者换一个端口，如 ZHUJIAO_PAGE__PORT={port + 1}。",
            ) from error
        raise PageError(
            "PG-02",
            f"地址 {host}:{port} 用不了，页面没有打开，资料没有变动。",
            "检查设置 page.host 和 page.port，一般用 127.0.0.1 和 7860。",
        ) from error
    return listener
