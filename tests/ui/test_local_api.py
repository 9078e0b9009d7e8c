"""The command line asks the serving process: the same values as from the library itself, and only with the token."""

from __future__ import annotations

import json
import os
import socket
import stat
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from assistant.service import LocalService
from ingest.errors import LibraryError
from tests.fakes.local import FILES, FOUND, OFF_TOPIC, local_assistant
from ui.local_api import RUN_FILE, local_router, run_file
from ui.remote import RemoteService, find_server
from ui.server import listen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ingest.settings import Settings

TOKEN = "令牌-0123456789"[3:]
PATIENCE = 20.0


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    import uvicorn

    with listen("127.0.0.1", 0) as listener:
        config = uvicorn.Config(app, log_config=None, log_level="error", ws="none", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        until = time.monotonic() + PATIENCE
        while not server.started and time.monotonic() < until:
            time.sleep(0.01)
        assert server.started
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(PATIENCE)
            assert not thread.is_alive()


@pytest.fixture
def local(settings: Settings, tmp_path: Path) -> Iterator[LocalService]:
    with local_assistant(settings, tmp_path / "资料") as assistant:
        yield LocalService(settings, assistant)


@pytest.fixture
def url(local: LocalService) -> Iterator[str]:
    app = FastAPI()
    app.include_router(local_router(local, TOKEN))
    with served(app) as address:
        yield address


@pytest.fixture
def remote(url: str) -> Iterator[RemoteService]:
    service = RemoteService(url, TOKEN)
    yield service
    service.close()


def timeless(value: Any) -> Any:
    """Return the value without what differs from run to run."""
    if isinstance(value, dict):
        return {name: timeless(inner) for name, inner in value.items() if not name.endswith(("seconds", "tokens"))}
    return [timeless(inner) for inner in value] if isinstance(value, list) else value


# --- who may ask ----------------------------------------------------------------------------------------------

CALLS: tuple[tuple[str, str, dict[str, Any] | None], ...] = (
    ("GET", "/local/status", None),
    ("POST", "/local/search", {"query": "面积"}),
    ("POST", "/local/ask", {"question": FOUND}),
    ("POST", "/local/ingest", {"paths": ["/"]}),
)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Zhujiao-Token": ""},
        {"X-Zhujiao-Token": "wrong"},
        {"X-Zhujiao-Token": TOKEN + "x"},
        {"X-Zhujiao-Token": TOKEN[:-1]},
        {"X-Zhujiao-Token": b"\xff\xfe"},
        {"Authorization": f"Bearer {TOKEN}"},
        {"Cookie": f"x-zhujiao-token={TOKEN}"},
    ],
    ids=["none", "empty", "wrong", "longer", "shorter", "bytes", "bearer", "cookie"],
)
def test_without_the_token_nothing_is_answered(url: str, headers: dict[str, Any], local: LocalService) -> None:
    for method, path, body in CALLS:
        answer = httpx.request(method, f"{url}{path}", json=body, headers=headers, trust_env=False)
        assert answer.status_code == 403, path
        assert "混淆" not in answer.text
    assert local.status()["documents"] == len(FILES)


def test_a_token_in_the_address_is_not_enough(url: str) -> None:
    answer = httpx.get(f"{url}/local/status", params={"x_zhujiao_token": TOKEN, "token": TOKEN}, trust_env=False)
    assert answer.status_code == 403


def test_the_wrong_token_is_an_error_a_teacher_can_read(url: str) -> None:
    stranger = RemoteService(url, "wrong")
    with pytest.raises(LibraryError) as raised:
        stranger.status()
    assert (raised.value.code, raised.value.retryable) == ("LB-09", True)
    with pytest.raises(LibraryError, match="LB-09"):
        list(stranger.ask(FOUND))
    stranger.close()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/local/search", {}),
        ("/local/search", {"query": "面" * 10_001}),
        ("/local/search", {"query": "面", "k": 0}),
        ("/local/search", {"query": "面", "k": 101}),
        ("/local/ask", {"question": ["面"]}),
        ("/local/ingest", {"paths": "面"}),
        ("/local/ingest", {"paths": ["x"] * 10_001}),
    ],
)
def test_requests_out_of_bounds_are_refused(url: str, path: str, body: dict[str, Any]) -> None:
    headers = {"X-Zhujiao-Token": TOKEN}
    assert httpx.post(f"{url}{path}", json=body, headers=headers, trust_env=False).status_code == 422


# --- the same values ------------------------------------------------------------------------------------------


def test_status_and_search_are_the_same(remote: RemoteService, local: LocalService) -> None:
    assert remote.status() == local.status()
    for query in ("面积和周长混淆", "", OFF_TOPIC, "'; DROP TABLE chunk"):
        assert remote.search(query, 3) == local.search(query, 3)


@pytest.mark.parametrize("question", [FOUND, OFF_TOPIC, "", "{question}"])
def test_the_events_of_a_question_are_the_same(remote: RemoteService, local: LocalService, question: str) -> None:
    assert timeless(list(remote.ask(question))) == timeless(list(local.ask(question)))


def test_taking_in_streams_progress_and_one_report(remote: RemoteService, local: LocalService, tmp_path: Path) -> None:
    (tmp_path / "资料" / "分数.txt").write_text("分数的初步认识。", encoding="utf-8")
    events = list(remote.ingest([str(tmp_path / "资料")], anew=False))
    assert [event["type"] for event in events[:-1]] == ["progress"] * (len(events) - 1)
    assert len(events) > 1
    report = events[-1]
    assert (report["type"], report["added"], report["unchanged"]) == ("report", 1, len(FILES))
    assert local.status()["documents"] == len(FILES) + 1
    *_, again = remote.ingest([], anew=True)
    assert (again["type"], len(again["files"])) == ("report", len(FILES) + 1)


def test_an_error_of_the_run_comes_as_an_event(remote: RemoteService, local: LocalService, tmp_path: Path) -> None:
    local.assistant.library.catalogue.set_meta("fingerprint", "another model")
    events = list(remote.ingest([str(tmp_path / "资料")], anew=False))
    assert [(event["type"], event["code"]) for event in events] == [("error", "LB-07")]


def test_questions_and_runs_may_overlap(remote: RemoteService, url: str, tmp_path: Path) -> None:
    for number in range(30):
        (tmp_path / "资料" / f"{number}.txt").write_text(f"第{number}份资料讲分数。", encoding="utf-8")
    second = RemoteService(url, TOKEN)
    run = remote.ingest([str(tmp_path / "资料")], anew=False)
    assert next(run)["type"] == "progress"
    assert list(second.ask(FOUND))[-1]["type"] == "answer"
    assert list(run)[-1]["type"] == "report"
    second.close()


def eventually(check: Callable[[], bool]) -> bool:
    until = time.monotonic() + PATIENCE
    while not check() and time.monotonic() < until:
        time.sleep(0.02)
    return check()


def test_a_caller_who_leaves_stops_the_run_and_the_page_goes_on(
    url: str, local: LocalService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ingest import pipeline

    folder = tmp_path / "很多"
    folder.mkdir()
    for number in range(300):
        (folder / f"{number}.txt").write_text(f"第{number}份资料。", encoding="utf-8")
    real = pipeline.signature

    def slowly(*given: Any) -> Any:
        time.sleep(0.02)
        return real(*given)

    monkeypatch.setattr(pipeline, "signature", slowly)
    leaving = RemoteService(url, TOKEN)
    run = leaving.ingest([str(folder)], anew=False)
    next(run)
    run.close()  # type: ignore[attr-defined]  # an iterator of the protocol, a generator in fact
    leaving.close()
    assert eventually(lambda: not any(thread.name == "ingest" for thread in threading.enumerate()))
    status = local.status()
    assert status["documents"] + status["pending"] < len(FILES) + 200
    coming = RemoteService(url, TOKEN)
    assert coming.status()["documents"] == status["documents"]
    coming.close()


# --- finding the server ---------------------------------------------------------------------------------------


def test_the_run_file_is_for_its_owner_only_and_goes_away(tmp_path: Path) -> None:
    path = tmp_path / RUN_FILE
    with run_file(tmp_path, "http://127.0.0.1:1") as token:
        told = json.loads(path.read_text(encoding="utf-8"))
        assert told == {"url": "http://127.0.0.1:1", "token": token}
        assert len(token) >= 32
        if os.name == "posix":
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not path.exists()


def test_every_run_has_a_token_of_its_own_and_leftovers_are_replaced(tmp_path: Path) -> None:
    path = tmp_path / RUN_FILE
    path.write_text('{"url": "http://127.0.0.1:1", "token": "old"}', encoding="utf-8")
    path.chmod(0o644)
    with run_file(tmp_path, "http://127.0.0.1:2") as first:
        assert "old" not in path.read_text(encoding="utf-8")
        if os.name == "posix":
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with run_file(tmp_path, "http://127.0.0.1:2") as second:
        assert first != second


@pytest.mark.skipif(os.name != "posix", reason="needs symbolic links")
def test_the_token_is_never_written_through_a_link(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("untouched", encoding="utf-8")
    home = tmp_path / "home"
    home.mkdir()
    (home / RUN_FILE).symlink_to(elsewhere)
    with run_file(home, "http://127.0.0.1:1"):
        assert elsewhere.read_text(encoding="utf-8") == "untouched"
        assert not (home / RUN_FILE).is_symlink()


def test_the_run_file_goes_away_after_a_failure_too(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), run_file(tmp_path, "http://127.0.0.1:1"):
        raise RuntimeError
    assert not (tmp_path / RUN_FILE).exists()


def test_a_running_server_is_found_through_the_file(local: LocalService, tmp_path: Path) -> None:
    app = FastAPI()
    with served(app) as address, run_file(tmp_path, address) as token:
        app.include_router(local_router(local, token))
        found = find_server(tmp_path)
        assert found is not None
        assert found.status()["documents"] == len(FILES)
        found.close()
    assert find_server(tmp_path) is None


def dead_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@pytest.mark.parametrize(
    "content",
    [
        None,
        "",
        "{",
        "[]",
        "null",
        "{}",
        '{"url": "http://127.0.0.1:PORT"}',
        '{"url": "http://127.0.0.1:PORT", "token": "left by a killed run"}',
        '{"url": "", "token": "t"}',
        '{"url": "file:///etc/passwd", "token": "t"}',
        '{"url": "http://127.0.0.1:PORT", "token": "令牌"}',
        '{"url": 5, "token": null}',
        '{"url": "http://[", "token": "t"}',
    ],
)
def test_a_stale_or_damaged_file_means_no_server(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / RUN_FILE).write_text(content.replace("PORT", str(dead_port())), encoding="utf-8")
    began = time.monotonic()
    assert find_server(tmp_path) is None
    assert time.monotonic() - began < 3


def test_another_program_on_the_old_port_is_no_server(tmp_path: Path) -> None:
    app = FastAPI()

    @app.get("/page/local/status")
    def status() -> HTMLResponse:
        return HTMLResponse("<p>another program</p>")

    with served(app) as address:
        for other in (address, f"{address}/page"):
            (tmp_path / RUN_FILE).write_text(json.dumps({"url": other, "token": "t"}), encoding="utf-8")
            assert find_server(tmp_path) is None


def test_a_server_that_goes_away_half_way_is_said_to_be_gone() -> None:
    """The stream breaks in the middle of a line."""
    with listen("127.0.0.1", 0) as listener:

        def half_an_answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(
                    b"HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n"
                    b'15\r\n{"type": "progress"}\n\r\n9\r\n{"type": \r\n'
                )

        thread = threading.Thread(target=half_an_answer)
        thread.start()
        remote = RemoteService(f"http://127.0.0.1:{listener.getsockname()[1]}", TOKEN)
        events = remote.ingest(["x"], anew=False)
        assert next(events) == {"type": "progress"}
        with pytest.raises(LibraryError, match="LB-09"):
            next(events)
        remote.close()
        thread.join(PATIENCE)


def test_proxies_of_the_environment_are_not_asked(
    url: str, monkeypatch: pytest.MonkeyPatch, local: LocalService
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{dead_port()}")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    service = RemoteService(url, TOKEN)
    assert service.status()["documents"] == len(FILES)
    service.close()
