from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from ui.server import listen

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PROGRAM = """
import logging, sys
logging.basicConfig(filename=sys.argv[2])
from ingest.settings import Settings
from tests.fakes.assistant import FakeAssistant
from ui.app import build_app
from ui.server import serve
settings = Settings.model_validate({"page": {"port": int(sys.argv[1])}})
serve(build_app(FakeAssistant(), settings), settings, lambda address: print(address, flush=True))
print("ended", flush=True)
"""


@pytest.mark.skipif(os.name != "posix", reason="sends an interrupt as a terminal does")
def test_the_page_is_served_and_ends_quietly(tmp_path: Path) -> None:
    with listen("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-c", PROGRAM, str(port), str(tmp_path / "log")]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == f"http://127.0.0.1:{port}\n"
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as answer:
        html = answer.read().decode()
    assert "/zhujiao/page.js" in html
    assert "og:image" not in html
    # A page that is open holds a connection; the end must not wait for it, nor complain about it.
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/gradio_api/heartbeat/abc", timeout=10):
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        said, complained = process.communicate(timeout=20)
    assert said == "ended\n"
    assert complained == ""
    assert time.monotonic() - began < 10
