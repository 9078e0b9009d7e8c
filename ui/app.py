"""Put the page together: static files, Gradio, and the guard before both."""

from __future__ import annotations

import contextlib
import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.responses import Response

from ingest.environment import prepare_environment
from ui.handlers import Handlers
from ui.markup import esc
from ui.security import Guard
from ui.words import Words, words_for

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from fastapi import APIRouter

    from assistant.chat.contracts import Assistant
    from ingest.settings import Settings

STATIC = Path(__file__).parent / "static"
_FILES = {"tokens.css": "text/css", "page.css": "text/css", "evidence.css": "text/css", "page.js": "text/javascript"}
_ICON = "image/svg+xml"
_META = re.compile(r'\s*<meta\s+(?:property="og:|name="twitter:)[^>]*>|\s*<link rel="manifest"[^>]*>')
_SCRIPT = re.compile(r"<script(?=[\s>])")


def build_app(assistant: Assistant, settings: Settings, routers: Sequence[APIRouter] = ()) -> FastAPI:
    """Return the whole page as an ASGI app; it keeps nothing on disk and asks nothing of the network.

    `routers` are further addresses of the same process, behind the same guard.
    """
    prepare_environment()
    # Gradio takes seconds to import and reads its environment then.
    import gradio as gr

    from ui.layout import build_blocks
    from ui.theme import page_theme

    words = words_for(settings.language)
    handlers = Handlers(assistant, words)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        handlers.sessions.stop_all()

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    version = _add_static(app)
    for router in routers:
        app.include_router(router)
    blocks = build_blocks(handlers, words)
    gr.mount_gradio_app(
        app,
        blocks,
        path="/",
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        ssr_mode=False,
        mcp_server=False,
        pwa=False,
        show_error=False,
        theme=page_theme(),
    )
    app.add_middleware(Guard, host=settings.page.host, rewrite=page_rewriter(words, version))
    return app


def _add_static(app: FastAPI) -> str:
    """Serve the page's own files from memory; returns a digest that changes with them."""
    digest = hashlib.sha256()
    for name, kind in {**_FILES, "icon.svg": _ICON}.items():
        content = (STATIC / name).read_bytes()
        digest.update(content)
        app.add_api_route(f"/zhujiao/{name}", _sender(content, kind), methods=["GET"], response_class=Response)
    app.add_api_route("/favicon.ico", _sender((STATIC / "icon.svg").read_bytes(), _ICON), response_class=Response)
    return digest.hexdigest()[:12]


def _sender(content: bytes, kind: str) -> Callable[[], Response]:
    def send() -> Response:
        charset = "" if kind == _ICON else "; charset=utf-8"
        headers = {"cache-control": "public, max-age=31536000, immutable"}
        return Response(content, headers={**headers, "content-type": f"{kind}{charset}"})

    return send


def page_rewriter(words: Words, version: str) -> Callable[[str, str], str]:
    """Return what makes Gradio's HTML ours: language, our files first, a nonce on each script, no foreign addresses."""
    language = "zh-CN" if words.language == "zh" else "en"
    links = "".join(
        f'<link rel="stylesheet" href="/zhujiao/{name}?v={version}">' for name, kind in _FILES.items() if "css" in kind
    )
    own = (
        f'<link rel="icon" href="/zhujiao/icon.svg?v={version}" type="{_ICON}">{links}'
        f'<script src="/zhujiao/page.js?v={version}"></script>'
    )
    splash = (
        f'<div id="zj-splash" role="status">{esc(words("app.opening"))}</div>'
        f"<noscript>{esc(words('app.noscript'))}</noscript>"
    )

    def rewrite(html: str, nonce: str) -> str:
        html = _META.sub("", html).replace('lang="en"', f'lang="{language}"', 1)
        html = html.replace("<head>", f"<head>{own}", 1).replace("<gradio-app", f"{splash}<gradio-app", 1)
        return _SCRIPT.sub(f'<script nonce="{nonce}"', html)

    return rewrite
