"""The installed product with its real models: a library of ten files, and a page served by a child that may not leave.

The models are linked, not copied. Every child runs with an audit hook that refuses any address but this machine's and
notes the attempt.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assistant.llm.model_files import list_models
from ingest.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parents[2]
COMMAND = Path(sys.executable).with_name("zhujiao")
# Everything about one lesson, of every kind there is, and four files about something else.
FILES = (
    "数学/三年级下册/*长方形正方形面积的计算_教案.docx",
    "数学/三年级下册/*_课件.pptx",
    "数学/三年级下册/*_分层题库.docx",
    "数学/三年级下册/*对比_练习课教案.docx",
    "教研/*面积单元检测_小题得分*.xlsx",
    "课堂实录/*长方形正方形面积的计算_课堂实录*.srt",
    "科学/实验室管理/*.html",
    "教研/语文组_*.md",
    "数学/二年级上册/*.pdf",
    "数学/一年级下册/*_教案.docx",
)
QUESTION = "三年级《长方形和正方形的面积》怎样突破面积与周长混淆的难点？"
SECOND_QUESTION = "一年级《十几减9》要准备哪些学具？"
OUTSIDE_QUESTION = "恐龙是怎么灭绝的？"
PATIENCE = 240

GUARD = """
import os, sys

LOG = os.environ["VIOLATIONS_FILE"]
HERE = ("127.", "::1", "localhost", "0.0.0.0")


def hook(event, arguments):
    if event in ("socket.connect", "socket.sendto"):
        address = arguments[-1]
        host = address[0] if isinstance(address, tuple) else None
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0]
    else:
        return
    host = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if host and not host.startswith(HERE):
        with open(LOG, "a", encoding="utf-8") as file:
            file.write(f"{event} {arguments!r} {sys.argv!r}\\n")
        raise OSError(f"{event} to {host} is not allowed")


sys.addaudithook(hook)
with open(LOG + ".guarded", "a", encoding="utf-8") as file:
    file.write(f"{os.getpid()}\\n")
"""


class Product:
    """The `zhujiao` command over one home folder, and the page it serves."""

    def __init__(self, home: Path, guard: Path) -> None:
        self.home = home
        self.violations_file = guard / "violations"
        self.asked = 0
        self.starting_seconds = 0.0
        self._server: subprocess.Popen[bytes] | None = None
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("ZHUJIAO_")},
            "ZHUJIAO_HOME": str(home),
            "VIOLATIONS_FILE": str(self.violations_file),
            "PYTHONPATH": str(guard),
        }
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/"

    def run(self, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run one command to its end."""
        done = subprocess.run(
            [COMMAND, *words],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            env={**self._environment, **settings},
            stdin=subprocess.DEVNULL,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done

    def json(self, *words: str, **settings: str) -> dict[str, Any]:
        """Run one command that succeeds; return what it prints as JSON."""
        done = self.run(*words, "--json", **settings)
        assert done.returncode == 0, done.stderr
        parsed: dict[str, Any] = json.loads(done.stdout)
        return parsed

    def violations(self) -> str:
        """Return what tried to leave the machine."""
        return self.violations_file.read_text("utf-8") if self.violations_file.exists() else ""

    def guarded(self) -> set[int]:
        """Return the processes in which the guard was at work."""
        return set(map(int, Path(f"{self.violations_file}.guarded").read_text("ascii").split()))

    def start(self) -> None:
        """Serve the page until `stop`, unless it is served already."""
        if self._server is not None:
            assert self._server.poll() is None, "the server ended by itself"
            return
        began = time.monotonic()
        log = self.home / "serve.log"
        with log.open("wb") as out:
            self._server = subprocess.Popen(
                [COMMAND, "serve", "--port", str(self.port)], stdout=out, stderr=out, env=self._environment
            )
        while time.monotonic() - began < PATIENCE:
            assert self._server.poll() is None, log.read_text("utf-8")
            try:
                with urllib.request.urlopen(self.url, timeout=5) as page:
                    assert page.status == 200
                    break
            except OSError:
                time.sleep(0.1)
        else:
            pytest.fail("the page did not come")
        self.starting_seconds = time.monotonic() - began
        assert self.server_id in self.guarded()

    def stop(self) -> int | None:
        """End the page as Ctrl+C does; return its exit code, None when it was not running."""
        if self._server is None:
            return None
        self._server.send_signal(signal.SIGINT)
        try:
            return self._server.wait(30)
        except subprocess.TimeoutExpired:
            self._server.kill()
            raise
        finally:
            self._server = None

    @property
    def server_id(self) -> int:
        """Return the process id of the page."""
        assert self._server is not None
        return self._server.pid


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The product over a fresh library of `FILES`, with the verified models of the real home linked in."""
    real = load_settings({name: value for name, value in os.environ.items() if name == "ZHUJIAO_HOME"})
    missing = [model.name for model in list_models(real) if model.state not in {"ready", "unverified"}]
    if missing:
        message = f"models are not in {real.models_dir}: run zhujiao models pull {' '.join(missing)}"
        if os.environ.get("ZHUJIAO_REQUIRE_MODELS") == "1":
            pytest.fail(message)
        pytest.skip(message)
    home, guard = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("guard")
    (home / "models").symlink_to(real.models_dir, target_is_directory=True)
    (guard / "sitecustomize.py").write_text(GUARD, "utf-8")
    product = Product(home, guard)
    found = [next((ROOT / "corpus").glob(pattern)) for pattern in FILES]
    report = product.json("ingest", *map(str, found))
    assert report["added"] == len(FILES), report["files"]
    print(f"\ningest of {len(FILES)} files took {report['seconds']:.1f} s")  # noqa: T201  (shown with -s)
    yield product
    product.stop()


@pytest.fixture
def serving(product: Product) -> Product:
    """The product with its page being served."""
    product.start()
    return product


@pytest.fixture
def alone(product: Product) -> Product:
    """The product with no page being served."""
    product.stop()
    return product


@pytest.fixture(autouse=True)
def _nothing_leaves(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "product" in request.fixturenames:
        assert request.getfixturevalue("product").violations() == ""


@pytest.fixture
def open_page(browser: Browser, serving: Product) -> Iterator[Callable[[], Page]]:
    """Open the real page; afterwards fail if it asked another address or its script failed."""
    foreign: list[str] = []
    failures: list[str] = []
    contexts = []

    def opened() -> Page:
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE * 1000)
        page.on("request", lambda asked: None if asked.url.startswith(LOCAL) else foreign.append(asked.url))
        page.on("pageerror", lambda error: failures.append(str(error)))
        page.goto(serving.url)
        page.wait_for_selector(".first")
        # Until both models are loaded a question is searched by its words alone, and may find less.
        page.wait_for_function("document.querySelector('#zj-state')?.innerText.includes('全部在本机运行')")
        return page

    LOCAL = (serving.url, "data:", "blob:")  # noqa: N806  (fixed for this page)
    yield opened
    for context in contexts:
        context.close()
    assert foreign == []
    assert failures == []
