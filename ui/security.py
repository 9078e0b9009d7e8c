"""What every request and response must keep: who may ask, and what the browser may run."""

from __future__ import annotations

import ipaddress
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Gradio's templates are compiled in the browser, hence 'unsafe-eval'; it sets style attributes, hence 'unsafe-inline'
# for styles. Scripts in the page need the nonce of the response: an injected script or handler does not have it.
_POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
# Doors Gradio opens that this page does not use: fetching other addresses, handing out files, describing its own API.
_CLOSED = ("upload", "proxy=", "mcp", "monitoring", "deep_link", "info", "openapi", "runs", "run_history", "file=")
# Of these, the two that bring files in: open where there is a place that takes them.
_TAKING = frozenset({"upload", "upload_progress"})
_LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})
_ANY = frozenset({"0.0.0.0", "::", ""})  # noqa: S104  (compared with, not bound to)


def host_name(value: str) -> str:
    """Return the name in a Host header or an origin, without scheme, port and brackets."""
    name = value.rsplit("//", 1)[-1].strip().lower()
    if name.startswith("["):
        return name[1:].partition("]")[0]
    return name.partition(":")[0] if name.count(":") <= 1 else name


def allowed_hosts(configured: str) -> Callable[[str], bool]:
    """Return the check of a host name against DNS rebinding.

    A page of another site can make its own name point here; the browser then sends that name. On all interfaces any
    IP address is allowed, since such an attack needs a name.
    """
    names = _LOCAL | {configured.lower()} - _ANY
    any_address = configured in _ANY

    def check(name: str) -> bool:
        return name in names or (any_address and _is_address(name))

    return check


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


class Guard:
    """ASGI middleware: refuses foreign hosts and origins, closes unused doors, sets the headers, rewrites the page.

    `rewrite` takes the HTML of the page and a nonce and returns the HTML to send; `takes_files` opens the upload.
    """

    def __init__(
        self, app: ASGIApp, host: str, rewrite: Callable[[str, str], str], *, takes_files: bool = False
    ) -> None:
        self._app = app
        self._open = _TAKING if takes_files else frozenset()
        self._allowed = allowed_hosts(host)
        self._rewrite = rewrite

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is not None:
            await _refuse(scope, send, *refusal)
            return
        response = _Response(send, secrets.token_urlsafe(16), self._rewrite)
        await self._app(scope, receive, response.send)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        if not self._allowed(host_name(headers.get(b"host", ""))):
            return 421, "这个地址没有列在设置里，请用 127.0.0.1 打开助教。（代码 PG-03）"
        origin = headers.get(b"origin")
        if origin is not None and origin.rsplit("//", 1)[-1].lower() != headers.get(b"host", "").lower():
            return 403, "这个请求来自别的网页，没有处理。（代码 PG-04）"
        door = scope["path"].removeprefix("/gradio_api").lstrip("/")
        if door.startswith(_CLOSED) and door not in self._open:
            return 404, "没有这个地址。（代码 PG-05）"
        return None


async def _refuse(scope: Scope, send: Send, status: int, text: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    headers = [(b"content-type", b"text/plain; charset=utf-8"), *_encoded(_HEADERS.items())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})


def _encoded(pairs: Iterable[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs]


class _Response:
    """Change one response on its way out; only the page itself is held back until it is whole."""

    def __init__(self, send: Send, nonce: str, rewrite: Callable[[str, str], str]) -> None:
        self._send = send
        self._nonce = nonce
        self._rewrite = rewrite
        self._start: Message | None = None
        self._body: list[bytes] = []

    async def send(self, message: Message) -> None:
        """Pass a message on, changed."""
        if message["type"] == "http.response.start":
            kept = [
                (name, value)
                for name, value in message["headers"]
                if not name.lower().startswith(b"access-control-") and name.lower() != b"server"
            ]
            policy = ("content-security-policy", _POLICY.format(nonce=self._nonce))
            message["headers"] = [*kept, *_encoded([*_HEADERS.items(), policy])]
            if any(name.lower() == b"content-type" and value.startswith(b"text/html") for name, value in kept):
                self._start = message
                return
        elif message["type"] == "http.response.body" and self._start is not None:
            self._body.append(message.get("body", b""))
            if not message.get("more_body", False):
                await self._send_page(self._start)
            return
        await self._send(message)

    async def _send_page(self, start: Message) -> None:
        body = self._rewrite(b"".join(self._body).decode("utf-8", "replace"), self._nonce).encode()
        dropped = {b"content-length", b"cache-control"}
        kept = [(name, value) for name, value in start["headers"] if name.lower() not in dropped]
        start["headers"] = [*kept, (b"content-length", str(len(body)).encode()), (b"cache-control", b"no-store")]
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})
