"""What every test gets: no network but loopback, and a count of the real-model and real-browser tests at the end."""

from __future__ import annotations

import os
import shutil
import socket
from collections import Counter
from typing import TYPE_CHECKING

import hypothesis
import pytest

from assistant.errors import ModelFileError
from assistant.llm.model_files import model_path
from ingest.embed import SentenceTransformerEmbedder
from ingest.environment import prepare_environment
from ingest.settings import Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from ingest.embed import Embedder

prepare_environment()

# The same examples each time and no time limit on one of them: whether a change is green must depend on the change
# only. `pytest --hypothesis-profile=searching` looks for new counter-examples.
hypothesis.settings.register_profile("repeatable", derandomize=True, deadline=None)
hypothesis.settings.register_profile("searching", max_examples=2000, deadline=None)
hypothesis.settings.load_profile("repeatable")

LOOPBACK = ("127.", "::1", "localhost")
MARKERS = {"model": "real-model", "browser": "real-browser"}
_ran: Counter[str] = Counter()
_left_out: Counter[str] = Counter()
_connect = socket.socket.connect


class OutsideConnectionError(AssertionError):
    """A test tried to leave the machine."""


def _connect_to_loopback_only(self: socket.socket, address: object) -> None:
    host = address[0] if isinstance(address, tuple) else ""
    if self.family != socket.AF_UNIX and not str(host).startswith(LOOPBACK):
        msg = f"a test connects to {address}"
        raise OutsideConnectionError(msg)
    _connect(self, address)


@pytest.fixture(autouse=True)
def _no_outside_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket.socket, "connect", _connect_to_loopback_only)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Default settings with an empty home."""
    return load_settings({"ZHUJIAO_HOME": str(tmp_path / "home")})


@pytest.fixture(scope="session")
def real_settings() -> Settings:
    """Settings of the home whose verified models the real-model tests use."""
    return load_settings({name: value for name, value in os.environ.items() if name == "ZHUJIAO_HOME"})


@pytest.fixture(scope="session")
def real_embedder(real_settings: Settings) -> Embedder:
    """EmbeddingGemma from the verified files."""
    try:
        folder = model_path(real_settings.embedding.model, real_settings)
    except ModelFileError as error:
        if os.environ.get("ZHUJIAO_REQUIRE_MODELS"):
            pytest.fail(str(error))
        pytest.skip(str(error))
    return SentenceTransformerEmbedder(folder, real_settings.embedding)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a real Chromium."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        if os.environ.get("ZHUJIAO_REQUIRE_BROWSER"):
            pytest.fail("no Chromium on this machine, and ZHUJIAO_REQUIRE_BROWSER is set")
        pytest.skip("no Chromium on this machine")
    return found


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """One Chromium for all tests: Playwright's event loop allows no second one in a process."""
    from playwright.sync_api import sync_playwright

    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield launched
        launched.close()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Count what ran and what was left out, by marker."""
    for marker in MARKERS:
        if marker not in report.keywords:
            continue
        if report.when == "call" and not report.skipped:
            _ran[marker] += 1
        elif report.skipped:
            _left_out[marker] += 1


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how many tests used real models and a real browser, and how many of them were left out."""
    for marker, name in MARKERS.items():
        terminalreporter.write_line(f"{name} tests: {_ran[marker]} ran, {_left_out[marker]} left out")
