"""Put the page together: static files, Gradio, and the guard before both."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
from fastapi import FastAPI
from starlette.responses import Response

from ingest.environment import prepare_environment
from ui.handlers import Handlers
from ui.library_handlers import LibraryHandlers
from ui.markup import esc
from ui.names import MEGABYTE
from ui.security import Guard
from ui.words import Words, words_for

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from fastapi import APIRouter

    from assistant.chat.contracts import Assistant
    from ingest.settings import Settings
    from ui.library_contracts import Curator

STATIC = Path(__file__).parent / "static"
_FILES = {
    "tokens.css": "text/css", "page.css": "text/css", "shapes.css": "text/css", "evidence.css": "text/css", "library.css": "text/css",
    "scores.css": "text/css", "page.js": "text/javascript", "places.js": "text/javascript", "library.js": "text/javascript",
}  # fmt: skip
_ICON = "image/svg+xml"
_META = re.compile(r'\s*<meta\s+(?:property="og:|name="twitter:)[^>]*>|\s*<link rel="manifest"[^>]*>')
_SCRIPT = re.compile(r"<script(?=[\s>])")


def build_app(
    assistant: Assistant, settings: Settings, routers: Sequence[APIRouter] = (), curator: Curator | None = None
) -> FastAPI:
    """Return the whole page as an ASGI app; it asks nothing of the network.

    `routers` are further addresses of the same process, behind the same guard. With a curator the page has the 资料库
    place and takes files; they are kept in `settings.home`. Without one it keeps nothing on disk.
    """
    prepare_environment()
    incoming = settings.home / "incoming"
    if curator is not None:
        # Files of a school do not lie in the folder for everyone's temporary files, not even for a moment.
        os.environ["GRADIO_TEMP_DIR"] = str(incoming)
    # Gradio takes seconds to import and reads its environment then.
    import gradio as gr

    from ui.layout import build_blocks
    from ui.theme import page_theme

    words = words_for(settings.language)
    handlers = Handlers(assistant, words, settings.home)
    library = LibraryHandlers(curator, settings, words, handlers.sessions) if curator is not None else None

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if library is not None:
            # What a server that was killed had received and nobody took in.
            shutil.rmtree(incoming, ignore_errors=True)
            incoming.mkdir(mode=0o700, parents=True, exist_ok=True)
        yield
        handlers.sessions.stop_all()
        if library is not None:
            await anyio.to_thread.run_sync(library.jobs.close)
            shutil.rmtree(incoming, ignore_errors=True)

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    version = _add_static(app)
    for router in routers:
        app.include_router(router)
    blocks = build_blocks(handlers, words, library, settings.ingest.max_file_mb)
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
        max_file_size=settings.ingest.max_file_mb * MEGABYTE,
        theme=page_theme(),
    )
    app.add_middleware(
        Guard, host=settings.page.host, rewrite=page_rewriter(words, version), takes_files=library is not None
    )
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
    scripts = "".join(
        f'<script src="/zhujiao/{name}?v={version}"></script>' for name, kind in _FILES.items() if "javascript" in kind
    )
    own = f'<link rel="icon" href="/zhujiao/icon.svg?v={version}" type="{_ICON}">{links}{scripts}'
    splash = (
        f'<div id="zj-splash" role="status">{esc(words("app.opening"))}</div>'
        f"<noscript>{esc(words('app.noscript'))}</noscript>"
    )

    def rewrite(html: str, nonce: str) -> str:
        html = _META.sub("", html).replace('lang="en"', f'lang="{language}"', 1)
        html = html.replace("<head>", f"<head>{own}", 1).replace("<gradio-app", f"{splash}<gradio-app", 1)
        return _SCRIPT.sub(f'<script nonce="{nonce}"', html)

    return rewrite
