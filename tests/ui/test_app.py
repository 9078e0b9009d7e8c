"""The whole app without a browser: what it leaves on disk, and how it ends."""

from __future__ import annotations

import stat
import threading
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.browser.conftest import served
from tests.fakes.assistant import FakeAssistant
from tests.fakes.curator import FakeCurator
from ui import app as app_module
from ui.library_handlers import LibraryHandlers

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow


def test_sent_files_lie_where_only_their_owner_looks_and_do_not_outlive_the_server(tmp_path: Path) -> None:
    incoming = tmp_path / "incoming"
    incoming.mkdir()
    (incoming / "left by a killed server").write_text("x")
    with served(FakeAssistant(), curator=FakeCurator(), home=tmp_path) as url:
        assert list(incoming.iterdir()) == []
        assert stat.S_IMODE(incoming.stat().st_mode) == 0o700
        answer = httpx.post(f"{url}gradio_api/upload", files={"files": ("../../《教案》.docx", b"bytes")})
        assert answer.status_code == 200
        (sent,) = [path for path in tmp_path.rglob("*") if path.is_file()]
        assert sent.is_relative_to(incoming)
        assert sent.read_bytes() == b"bytes"
        assert httpx.get(f"{url}gradio_api/file={sent}").status_code == 404
    assert not incoming.exists()


def test_a_file_over_the_limit_is_refused_by_the_server_too(tmp_path: Path) -> None:
    with served(FakeAssistant(), curator=FakeCurator(), home=tmp_path, ingest={"max_file_mb": 1}) as url:
        answer = httpx.post(f"{url}gradio_api/upload", files={"files": ("a.pdf", bytes(3 << 20))})
    assert answer.status_code == 413


def test_without_a_curator_nothing_is_kept_and_nothing_comes_in(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with served(FakeAssistant(), home=home) as url:
        assert httpx.post(f"{url}gradio_api/upload", files={"files": ("a.docx", b"x")}).status_code == 404
        assert "zj-library" not in httpx.get(url).text
    assert not home.exists()


def test_the_end_of_the_server_stops_the_run_and_waits_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[LibraryHandlers] = []

    class Remembered(LibraryHandlers):
        def __init__(self, *parts: Any) -> None:
            super().__init__(*parts)
            made.append(self)

    monkeypatch.setattr(app_module, "LibraryHandlers", Remembered)
    fake = FakeCurator(step_seconds=0.05)
    with served(FakeAssistant(), curator=fake, home=tmp_path):
        made[0].jobs.start(["/srv"], "", "srv")
        while not made[0].jobs.snapshot()[1][0].progress:
            time.sleep(0.01)
    assert fake.stopped == 1
    assert made[0].jobs.snapshot()[1][0].phase == "stopped"
    assert not [thread for thread in threading.enumerate() if thread.name == "ingest-jobs"]
