"""The serving process does the command line's work: one process owns the library, the others ask it.

Only loopback callers that know the token of this run, kept in a file only its owner can read, are let in.
"""

from __future__ import annotations

import json
import os
import secrets
from contextlib import contextmanager
from pathlib import Path  # noqa: TC003  (FastAPI reads the annotations)
from typing import TYPE_CHECKING, Annotated, Any

import anyio
from fastapi import APIRouter, Depends, Header, HTTPException
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field
from starlette.concurrency import iterate_in_threadpool

from ingest.errors import LibraryError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from assistant.service import Service

RUN_FILE = "server.json"


class SearchBody(BaseModel):
    """What to search for."""

    query: str = Field(max_length=1000)
    k: int = Field(8, ge=1, le=100)
    filters: tuple[tuple[str, str | int], ...] = ()


class AskBody(BaseModel):
    """What to ask."""

    question: str = Field(max_length=1000)


class IngestBody(BaseModel):
    """Which files and folders to take in; `anew` rebuilds the index from the originals."""

    paths: list[str] = Field(max_length=10_000)
    anew: bool = False
    consent: str = Field("", max_length=300)


class StateBody(BaseModel):
    """Which documents take which state, and why."""

    paths: list[Path] = Field(max_length=10_000)
    state: str = Field(max_length=20)
    why: str = Field("", max_length=300)


class CorrectBody(BaseModel):
    """What a person says a document's fields are."""

    path: Path
    values: dict[str, str]


def local_router(service: Service, token: str) -> APIRouter:
    """Return the routes under `/local`; every call must carry the token of this run."""

    def authorise(x_zhujiao_token: Annotated[str, Header()] = "") -> None:
        if not secrets.compare_digest(x_zhujiao_token.encode(), token.encode()):
            raise HTTPException(403)

    router = APIRouter(prefix="/local", dependencies=[Depends(authorise)], include_in_schema=False)

    @router.get("/status")
    def status() -> dict[str, Any]:
        return service.status()

    @router.post("/search")
    def search(body: SearchBody) -> dict[str, Any]:
        return service.search(body.query, body.k, body.filters)

    @router.post("/ask")
    def ask(body: AskBody) -> StreamingResponse:
        return _lines(service.ask(body.question))

    @router.post("/ingest")
    def ingest(body: IngestBody) -> StreamingResponse:
        return _lines(service.ingest(body.paths, anew=body.anew, consent=body.consent))

    _add_curation(router, service)
    return router


def _add_curation(router: APIRouter, service: Service) -> None:
    """Add what content staff ask for."""

    @router.get("/documents")
    def documents(state: str = "") -> dict[str, Any]:
        return _told(lambda: service.documents(state))

    @router.get("/document")
    def document(path: Path) -> dict[str, Any]:
        return _told(lambda: service.document(path))

    @router.post("/state")
    def set_state(body: StateBody) -> dict[str, Any]:
        return _told(lambda: service.set_state(body.paths, body.state, body.why))

    @router.post("/correct")
    def correct(body: CorrectBody) -> dict[str, Any]:
        return _told(lambda: service.correct(body.path, body.values))


@contextmanager
def run_file(folder: Path, url: str) -> Iterator[str]:
    """Tell this user's other processes where the library is served; yields the token of this run."""
    token = secrets.token_urlsafe(32)
    path = folder / RUN_FILE
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({"url": url, "token": token}, file)
    try:
        yield token
    finally:
        path.unlink(missing_ok=True)


def _told(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return what the library answers, or its refusal as plain values."""
    try:
        return work()
    except LibraryError as error:
        return {"error": {"code": error.code, "message": error.message, "hint": error.hint}}


def _lines(events: Iterator[dict[str, Any]]) -> StreamingResponse:
    async def lines() -> AsyncIterator[str]:
        try:
            async for event in iterate_in_threadpool(events):
                yield json.dumps(event, ensure_ascii=False) + "\n"
        finally:
            # A caller that goes away ends the work here and now, not when the garbage collector comes by.
            close = getattr(events, "close", None)
            if close is not None:
                with anyio.CancelScope(shield=True):
                    await anyio.to_thread.run_sync(close)

    return StreamingResponse(lines(), media_type="application/x-ndjson")
