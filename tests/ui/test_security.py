from __future__ import annotations

import asyncio
import re
import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest

from ui.errors import PageError
from ui.security import Guard, allowed_hosts, host_name
from ui.server import address, listen

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

    from ingest.settings import Settings

PAGE = "<html><head></head><body><script>1</script></body></html>"


async def page(scope: Scope, receive: Receive, send: Send) -> None:
    headers = [(b"content-type", b"text/html"), (b"content-length", b"9"), (b"access-control-allow-origin", b"*")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    half = len(PAGE) // 2
    await send({"type": "http.response.body", "body": PAGE[:half].encode(), "more_body": True})
    await send({"type": "http.response.body", "body": PAGE[half:].encode()})


def get(
    path: str = "/",
    host: str = "127.0.0.1:7860",
    configured: str = "127.0.0.1",
    *,
    takes_files: bool = False,
    **headers: str,
) -> tuple[int, dict[str, str], str]:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request"}

    given = [(b"host", host.encode()), *((name.encode(), value.encode()) for name, value in headers.items())]
    scope: dict[str, Any] = {"type": "http", "path": path, "headers": given}
    guard = Guard(
        page,
        configured,
        lambda html, nonce: html.replace("<script", f'<script nonce="{nonce}"'),
        takes_files=takes_files,
    )
    asyncio.run(guard(scope, receive, send))
    found = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], found, b"".join(message.get("body", b"") for message in sent[1:]).decode()


@pytest.mark.parametrize("host", ["127.0.0.1:7860", "localhost", "LOCALHOST:1", "[::1]:7860", "[::1]"])
def test_this_machine_may_ask(host: str) -> None:
    assert get(host=host)[0] == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "192.168.1.9", "", "localhost.evil.example:7860", "[::2]"]
)
def test_another_name_for_this_machine_is_refused(host: str) -> None:
    status, headers, text = get(host=host)
    assert status == 421
    assert "PG-03" in text
    assert "x-content-type-options" in headers


def test_on_all_interfaces_addresses_are_allowed_and_names_are_not() -> None:
    assert get(host="192.168.1.9:7860", configured="0.0.0.0")[0] == 200
    assert get(host="evil.example", configured="0.0.0.0")[0] == 421
    assert get(host="zhujiao.school:7860", configured="zhujiao.school")[0] == 200
    assert not allowed_hosts("0.0.0.0")("")


def test_another_page_may_not_send() -> None:
    assert get(origin="http://evil.example")[0] == 403
    assert get(origin="null")[0] == 403
    assert get(origin="http://127.0.0.1:9999")[0] == 403
    assert get(origin="http://127.0.0.1:7860")[0] == 200


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/upload",
        "/upload",
        "/gradio_api/proxy=http://x",
        "/gradio_api/mcp/",
        "/monitoring",
        "/gradio_api/file=/etc/passwd",
    ],
)
def test_unused_doors_are_closed(path: str) -> None:
    assert get(path)[0] == 404


@pytest.mark.parametrize("path", ["/gradio_api/upload", "/gradio_api/upload_progress"])
def test_files_come_in_only_where_a_place_takes_them(path: str) -> None:
    assert get(path)[0] == 404
    assert get(path, takes_files=True)[0] == 200
    assert get(path, takes_files=True, origin="http://evil.example")[0] == 403


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/proxy=http://x",
        "/gradio_api/upload/x",
        "/gradio_api/upload_other",
        "/gradio_api/deep_link",
        "/monitoring",
        "/gradio_api/info",
    ],
)
def test_taking_files_opens_no_other_door(path: str) -> None:
    assert get(path, takes_files=True)[0] == 404


def test_headers_and_a_nonce_of_its_own_for_every_page() -> None:
    _, headers, text = get()
    policy = headers["content-security-policy"]
    nonce = re.search(r"'nonce-([\w-]{20,})'", policy)
    assert nonce
    assert f'<script nonce="{nonce[1]}">' in text
    assert "unsafe-inline" not in policy.split("script-src")[1].split(";")[0]
    assert "http" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["content-length"] == str(len(text.encode()))
    assert not [name for name in headers if name.startswith("access-control")]
    assert get()[1]["content-security-policy"] != policy


@pytest.mark.parametrize(
    ("value", "name"),
    [("http://A.b:1", "a.b"), ("[::1]:80", "::1"), ("::1", "::1"), ("a", "a"), ("", "")],
)
def test_host_names(value: str, name: str) -> None:
    assert host_name(value) == name


def test_a_taken_port_is_told_with_a_way_out(settings: Settings) -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PageError) as error:
            listen("127.0.0.1", port)
    assert error.value.code == "PG-01"
    assert str(port) in error.value.message
    assert str(port + 1) in error.value.hint


def test_an_address_of_another_machine_is_told() -> None:
    with pytest.raises(PageError) as error:
        listen("203.0.113.1", 7860)
    assert error.value.code == "PG-02"


def test_address_is_one_a_browser_opens(settings: Settings) -> None:
    def at(host: str) -> str:
        return address(settings.model_copy(update={"page": settings.page.model_copy(update={"host": host})}))

    assert at("0.0.0.0") == "http://127.0.0.1:7860"
    assert at("::1") == "http://[::1]:7860"


def test_nothing_is_left_listening() -> None:
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0
    assert threading.active_count() < 50
