from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from assistant.errors import EngineError
from assistant.loading import Loading

if TYPE_CHECKING:
    import pytest

PATIENCE = 10.0


def test_nothing_is_opened_before_it_is_asked_for() -> None:
    opened: list[int] = []
    part = Loading("part", lambda: opened.append(1) or "part")
    assert (part.state, part.get(), part.error) == ("loading", None, None)
    time.sleep(0.02)
    assert opened == []


def test_waiting_opens_the_part_and_gives_it() -> None:
    part = Loading("part", lambda: "part")
    assert part.wait(PATIENCE) == "part"
    assert (part.state, part.get(), part.error) == ("ready", "part", None)


def test_the_start_returns_at_once_and_the_state_follows() -> None:
    gate = threading.Event()
    part = Loading("part", lambda: gate.wait(PATIENCE) and "part")
    part.start()
    assert (part.state, part.get()) == ("loading", None)
    assert part.wait(0) is None
    assert part.wait(0.01) is None
    gate.set()
    assert part.wait(PATIENCE) == "part"
    assert part.state == "ready"


def test_it_is_opened_once_however_many_ask() -> None:
    opened: list[int] = []

    def opener() -> str:
        opened.append(1)
        time.sleep(0.05)
        return "part"

    part = Loading("part", opener)
    got: list[str | None] = []
    threads = [threading.Thread(target=lambda: got.append(part.wait(PATIENCE))) for _ in range(8)]
    for thread in threads:
        thread.start()
    part.start()
    for thread in threads:
        thread.join()
    part.start()
    assert opened == [1]
    assert got == ["part"] * 8


def test_a_part_that_cannot_be_opened_is_missing_and_says_why() -> None:
    def fail() -> str:
        raise EngineError("EN-01", "模型打不开。", "重新下载。")

    part = Loading("part", fail)
    assert part.wait(PATIENCE) is None
    assert (part.state, part.get()) == ("missing", None)
    assert part.error is not None
    assert part.error.code == "EN-01"
    assert part.wait(PATIENCE) is None, "it is not opened again"


def test_an_unexpected_failure_ends_the_waiting_and_is_told_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    def crash() -> str:
        raise MemoryError

    part = Loading("part", crash)
    assert part.wait(PATIENCE) is None
    assert part.state == "missing"
    assert part.error is not None
    assert part.error.code == "EN-30"
    assert "MemoryError" in caplog.text
