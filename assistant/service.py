"""What the command line may ask, as plain JSON values: of the library in this process, or of the one being served."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from queue import SimpleQueue
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, Protocol

from assistant.chat.answer import Answer, Checked, Claim, Delta, Event, Search
from assistant.chat.local import LocalAssistant
from assistant.curation import Curation, user_name
from assistant.llm.factory import open_engine
from assistant.llm.model_files import model_path
from ingest.embed import DeferredEmbedder, SentenceTransformerEmbedder, fingerprint_of
from ingest.errors import ZhujiaoError
from ingest.lexical import content_words
from ingest.library import Library
from ingest.pipeline import Surroundings, ingest, rebuild
from ingest.readers import ReaderProcesses

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from assistant.chat.answer import Evidence, Filter
    from assistant.chat.retrieve import Found
    from ingest.access import Filters
    from ingest.document import Locator
    from ingest.embed import Embedder
    from ingest.report import IngestReport, Progress
    from ingest.settings import Settings

Json = dict[str, Any]


class Service(Protocol):
    """The operations of the command line; the local and the remote one give the same values."""

    def search(self, query: str, k: int, filters: Filters = ()) -> Json:
        """Return `hits: [{document, version, locator, score, text}]`, best first."""
        ...

    def ask(self, question: str) -> Iterator[Json]:
        """Yield events, each with a `type`: search, delta, checked, answer."""
        ...

    def ingest(self, paths: Sequence[str], *, anew: bool, consent: str = "") -> Iterator[Json]:
        """Yield events: any number of type progress, then one report; or one error."""
        ...

    def documents(self, state: str = "") -> Json:
        """Return the documents of a state, or all."""
        ...

    def document(self, path: Path) -> Json:
        """Return all that is known about one document."""
        ...

    def set_state(self, paths: Sequence[Path], state: str, why: str) -> Json:
        """Give documents a state; one row a path."""
        ...

    def correct(self, path: Path, values: Mapping[str, str]) -> Json:
        """Replace what was read about a document by what a person knows."""
        ...

    def status(self) -> Json:
        """Return counts and the state of the models."""
        ...

    def close(self) -> None:
        """Let go of the library."""
        ...


class LocalService(Curation):
    """Serve the operations from the library of this process."""

    def __init__(self, settings: Settings, assistant: LocalAssistant) -> None:
        super().__init__(assistant.library)
        self._settings = settings
        self.assistant = assistant
        self._ingesting = Lock()

    def search(self, query: str, k: int, filters: Filters = ()) -> Json:
        """Return the hits; waits for the embedding model, and goes by words alone when it cannot be opened."""
        self.assistant.embedder.wait()
        found = self.assistant.find(query, k, filters)
        return {
            "query": query,
            "notice": str(self.assistant.embedder.error or "") or _only_near(query, found),
            "terms": list(found.terms),
            "hits": [
                {
                    "document": item.stored.path,
                    "title": item.stored.metadata.title,
                    "version": item.stored.version,
                    "locator": _place(item.stored.chunk.locator, item.stored.chunk.headings, item.stored.chunk.ordinal),
                    "headings": list(item.stored.chunk.headings),
                    "score": round(item.score, 6),
                    "text": item.stored.chunk.text,
                }
                for item in found.chunks
            ],
        }

    def ask(self, question: str) -> Iterator[Json]:
        """Yield the events of one question."""
        self.assistant.embedder.wait()
        for event in self.assistant.ask(question):
            yield event_json(event)

    def ingest(
        self, paths: Sequence[str], *, anew: bool, consent: str = "", stopped: Callable[[], bool] = lambda: False
    ) -> Iterator[Json]:
        """Yield progress and the report; what is finished when it is stopped is kept.

        `stopped` is asked between files and batches, and the report still comes; closing the iterator stops the run
        without one. Two runs at once take turns.
        """
        events: SimpleQueue[Json | None] = SimpleQueue()
        stopping: list[bool] = []

        def tell(progress: Progress) -> None:
            events.put({"type": "progress", **asdict(progress)})

        def work() -> None:
            try:
                with self._ingesting, closing(ReaderProcesses(self._settings.ingest)) as readers:
                    around = Surroundings(
                        readers, user_name(), consent, on_progress=tell, stopped=lambda: bool(stopping) or stopped()
                    )
                    events.put({"type": "report", **self._run(paths, around, anew=anew).as_json()})
            except ZhujiaoError as error:
                events.put({"type": "error", "code": error.code, "message": error.message, "hint": error.hint})
            finally:
                events.put(None)

        worker = Thread(target=work, name="ingest")
        worker.start()
        try:
            while (event := events.get()) is not None:
                yield event
        finally:
            stopping.append(True)
            worker.join()

    def status(self) -> Json:
        """Return counts and the state of the models."""
        return self.assistant.status()

    def close(self) -> None:
        """Let go of the library."""
        self.assistant.close()

    def _run(self, paths: Sequence[str], around: Surroundings, *, anew: bool) -> IngestReport:
        embedder = DeferredEmbedder(fingerprint_of(self._settings.embedding), self._open_embedder)
        library = self.assistant.library
        if anew:
            return rebuild(library, embedder, self._settings, around)
        return ingest(library, embedder, [Path(path) for path in paths], self._settings, around)

    def _open_embedder(self) -> Embedder:
        embedder = self.assistant.embedder.wait()
        if embedder is None:
            raise self.assistant.embedder.error or RuntimeError("the embedder failed without an error")
        return embedder


def open_local(settings: Settings, *, wait_seconds: float = 0.0) -> LocalService:
    """Open the library in this process; the models are loaded when first needed, or at `assistant.start()`.

    Raises:
        LibraryError: LB-06 when another process has the library.

    """
    library = Library(settings.library_dir, wait_seconds=wait_seconds)
    assistant = LocalAssistant(
        settings, library, open_embedder=lambda: open_embedder(settings), open_engine=lambda: open_engine(settings)
    )
    return LocalService(settings, assistant)


def open_embedder(settings: Settings) -> Embedder:
    """Open the embedding model of the settings from its verified files."""
    folder = settings.embedding.model_path or model_path(settings.embedding.model, settings)
    return SentenceTransformerEmbedder(folder, settings.embedding)


def event_json(event: Event) -> Json:
    """Return an event of a question as plain values."""
    match event:
        case Search():
            return {"type": "search", **_search_json(event)}
        case Delta():
            return {"type": "delta", "text": event.text}
        case Checked():
            return {"type": "checked", "text": event.claim.text, "support": event.claim.support}
        case Answer():
            return {"type": "answer", **_answer_json(event)}


def _answer_json(answer: Answer) -> Json:
    passages = {passage.number: passage for passage in answer.search.evidence}
    return {
        "status": answer.status,
        "question": answer.search.question,
        "shape": answer.search.shape,
        "sentences": [_claim_json(claim, passages) for claim in answer.claims],
        "searched": _search_json(answer.search),
        "gate": {**asdict(answer.signs), "score": answer.signs.score} if answer.signs else None,
        "notice": answer.notice,
        "model": answer.model,
        "prompt": answer.prompt_hash,
        "timings": {
            "search_seconds": round(answer.search.seconds, 3),
            "seconds": round(answer.seconds, 3),
            **(asdict(answer.usage) if answer.usage else {}),
        },
    }


def _claim_json(claim: Claim, passages: dict[int, Evidence]) -> Json:
    return {
        "text": claim.text,
        "support": claim.support,
        "quoted": claim.quoted,
        "group": claim.group,
        "heading": claim.heading,
        "conflict": claim.conflict,
        "reason": claim.reason,
        "citations": [
            {
                "number": citation.number,
                "document": passages[citation.number].metadata.title,
                "version": passages[citation.number].version,
                "locator": _place_of(passages[citation.number]),
                "quote": citation.quote,
            }
            for citation in claim.citations
        ],
    }


def _search_json(search: Search) -> Json:
    return {
        "question": search.question,
        "terms": list(search.terms),
        "filters": [_filter_json(item) for item in search.filters],
        "relaxed": [_filter_json(item) for item in search.relaxed],
        "respelled": [list(pair) for pair in search.respelled],
        "choices": list(search.choices),
        "documents": search.documents_searched,
        "chunks": search.chunks_searched,
        "seconds": round(search.seconds, 3),
        "expected_seconds": search.expected_seconds,
        "evidence": [
            {
                "number": item.number,
                "document": item.metadata.title,
                "version": item.version,
                "locator": _place_of(item),
                "text": item.text,
            }
            for item in search.evidence
        ],
    }


def _filter_json(item: Filter) -> Json:
    return {"name": item.name, "value": item.value, "words": item.words, "carried": item.carried}


def _only_near(query: str, found: Found) -> str:
    """Say so when nothing found holds a word of the query: vectors always find something."""
    texts = [
        " ".join((item.stored.metadata.title, *item.stored.chunk.headings, item.stored.chunk.text)).lower()
        for item in found.chunks
    ]
    words = content_words(query)
    if not texts or not words or any(word in text for word in words for text in texts):
        return ""
    return "没有哪份资料写着这些词，下面只是意思相近的。"


def _place_of(passage: Evidence) -> str:
    return _place(passage.locator, passage.headings, passage.ordinal)


def _place(locator: Locator, headings: tuple[str, ...], ordinal: int) -> str:
    """Say where something stands; in a file without pages and headings only the count of its passages tells."""
    return locator.label() or " › ".join(headings) or f"第{ordinal + 1}段"
