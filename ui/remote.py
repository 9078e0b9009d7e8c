"""Ask the serving process instead of opening the library a second time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import httpx

from ingest.errors import LibraryError
from ui.local_api import RUN_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from ingest.access import Filters

WORK_SECONDS = 600.0
STATUS_SECONDS = 15.0


class RemoteService:
    """The operations of the command line, done by the serving process; gives the same values as the local one."""

    def __init__(self, url: str, token: str) -> None:
        # Proxies of the environment are for the outside world, not for this machine.
        self._client = httpx.Client(
            base_url=url,
            headers={"X-Zhujiao-Token": token},
            timeout=httpx.Timeout(WORK_SECONDS, connect=5),
            trust_env=False,
        )

    def search(self, query: str, k: int, filters: Filters = ()) -> dict[str, Any]:
        """Return the hits."""
        return self._json("POST", "/local/search", {"query": query, "k": k, "filters": filters})

    def ask(self, question: str) -> Iterator[dict[str, Any]]:
        """Yield the events of one question."""
        return self._events("/local/ask", {"question": question})

    def ingest(self, paths: Sequence[str], *, anew: bool, consent: str = "") -> Iterator[dict[str, Any]]:
        """Yield progress and the report."""
        return self._events("/local/ingest", {"paths": list(paths), "anew": anew, "consent": consent})

    def documents(self, state: str = "") -> dict[str, Any]:
        """Return the documents of a state, or all."""
        return self._told("GET", f"/local/documents?{urlencode({'state': state})}")

    def document(self, path: Path) -> dict[str, Any]:
        """Return all that is known about one document."""
        return self._told("GET", f"/local/document?{urlencode({'path': str(path)})}")

    def set_state(self, paths: Sequence[Path], state: str, why: str) -> dict[str, Any]:
        """Give documents a state; one row a path."""
        return self._told("POST", "/local/state", {"paths": [str(path) for path in paths], "state": state, "why": why})

    def correct(self, path: Path, values: Mapping[str, str]) -> dict[str, Any]:
        """Replace what was read about a document by what a person knows."""
        return self._told("POST", "/local/correct", {"path": str(path), "values": dict(values)})

    def status(self) -> dict[str, Any]:
        """Return counts and the state of the models; a server that is there answers at once."""
        return self._json("GET", "/local/status", None, seconds=STATUS_SECONDS)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _told(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = self._json(method, path, body)
        if "error" in answer:
            raise LibraryError(**answer["error"])
        return answer

    def _json(
        self, method: str, path: str, body: dict[str, Any] | None, seconds: float = WORK_SECONDS
    ) -> dict[str, Any]:
        try:
            answer = self._client.request(method, path, json=body, timeout=seconds)
            answer.raise_for_status()
            parsed: dict[str, Any] = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise _gone() from error
        return parsed

    def _events(self, path: str, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
        try:
            with self._client.stream("POST", path, json=body) as answer:
                answer.raise_for_status()
                for line in answer.iter_lines():
                    yield json.loads(line)
        except (httpx.HTTPError, ValueError) as error:
            raise _gone() from error


def find_server(folder: Path) -> RemoteService | None:
    """Return the process that serves this home folder, None when there is none."""
    try:
        told = json.loads((folder / RUN_FILE).read_text(encoding="utf-8"))
        service = RemoteService(str(told["url"]), str(told["token"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    try:
        is_ours = "documents" in service.status()
    except LibraryError:
        is_ours = False
    if is_ours:
        return service
    service.close()
    return None


def _gone() -> LibraryError:
    return LibraryError(
        "LB-09", "正在运行的页面没有回应，什么都没有改动。", "稍等再试；或关掉页面程序后重试。", retryable=True
    )
