"""A page served from a thread of the test, and a real Chromium that may only talk to it."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from ingest.settings import Settings
from tests.fakes.assistant import FakeAssistant
from ui.server import listen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fastapi import FastAPI
    from playwright.sync_api import Browser, Page

    from ui.library_contracts import Curator


@contextmanager
def served(fake: FakeAssistant, language: str = "zh", curator: Curator | None = None, **more: object) -> Iterator[str]:
    import uvicorn

    from ui.app import build_app

    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        settings = Settings.model_validate(
            {"home": "/nonexistent", "page": {"port": port}, "language": language, **more}
        )

        async def build() -> FastAPI:
            return build_app(fake, settings, (), curator)

        # Where no event loop runs, Gradio makes one for each of its locks and never closes it.
        with ThreadPoolExecutor(1) as aside:
            app = aside.submit(asyncio.run, build()).result()
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="none", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        deadline = time.monotonic() + 30
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.05)
        assert server.started
        yield f"http://127.0.0.1:{port}/"
        server.should_exit = True
        thread.join(10)


@pytest.fixture(scope="session")
def fake() -> FakeAssistant:
    return FakeAssistant()


@pytest.fixture(scope="session")
def url(fake: FakeAssistant) -> Iterator[str]:
    with served(fake) as address:
        yield address


@pytest.fixture
def open_page(browser: Browser, url: str, fake: FakeAssistant) -> Iterator[Callable[..., Page]]:
    """Open the page at a size; afterwards fail if it asked another address or its script failed."""
    fake.search_seconds = fake.read_seconds = fake.piece_seconds = 0.0
    with watched(browser, url) as opened:
        yield opened


@contextmanager
def watched(browser: Browser, url: str) -> Iterator[Callable[..., Page]]:
    foreign: list[str] = []
    failures: list[str] = []
    contexts = []

    def opened(width: int = 1440, height: int = 900, **more: object) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, **more)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: foreign.append(request.url) if not _local(request.url, url) else None)
        page.on("pageerror", lambda error: failures.append(str(error)))
        page.on("console", lambda line: failures.append(line.text) if line.type == "error" else None)
        page.on("dialog", lambda dialog: failures.append(f"dialog: {dialog.message}"))
        page.goto(url)
        page.wait_for_selector(".first", state="attached")
        page.wait_for_function("document.documentElement.hasAttribute('data-shown')")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert foreign == []
    assert failures == []


def _local(asked: str, url: str) -> bool:
    return asked.startswith((url, "data:", "blob:"))
