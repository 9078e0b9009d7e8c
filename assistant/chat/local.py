"""The assistant of this process: it owns the library, loads the models in the background, and answers."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from assistant.chat.answer import Answer, Checked, Claim, Event, Evidence, Search, Turn
from assistant.chat.compose import Composition, answer_messages, compose, followed_by
from assistant.chat.conflicts import conflicts
from assistant.chat.contracts import DocumentView, Readiness
from assistant.chat.evidence import choose_evidence, coverage, term_weights
from assistant.chat.gate import Opinions, Signs, asks_for_a_fact
from assistant.chat.layout import lay_out
from assistant.chat.misspelling import respelled
from assistant.chat.place import best_holds
from assistant.chat.prompt import Prompt, disarm, load_prompt
from assistant.chat.query import Understood, understand
from assistant.chat.quote import quote
from assistant.chat.retrieve import Found, retrieve
from assistant.errors import AssistantError
from assistant.llm.engine import Request, StopSignal, Usage
from assistant.loading import Loading
from ingest.access import Access
from ingest.lexical import content_words

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping, Sequence

    from assistant.chat.answer import Filter
    from assistant.chat.place import Place
    from assistant.chat.retrieve import ScoredChunk
    from assistant.llm.engine import Engine
    from ingest.access import Filters
    from ingest.embed import Embedder
    from ingest.library import Library
    from ingest.settings import Settings

log = logging.getLogger(__name__)

CHUNKS_CONSIDERED = 16
MAX_QUESTION = 1000
# Seconds a question waits for the embedding model; it opens in ten on an ordinary PC.
LONGEST_OPENING = 90.0
SPEED_KEY = "prompt_tokens_per_second"
# Evidence is budgeted before the engine is there: a Chinese character is at most one token.
_count_characters = len


@dataclass(frozen=True, slots=True)
class _Finding:
    """What a search found, what speaks for it, the weights of the question's terms, and all the chunks it came from."""

    search: Search
    signs: Signs
    weights: Mapping[str, float]
    others: Sequence[ScoredChunk]


class LocalAssistant:
    """Answer from a library this process owns; passes `tests/contracts/test_assistant_contract.py`."""

    def __init__(
        self,
        settings: Settings,
        library: Library,
        open_embedder: Callable[[], Embedder],
        open_engine: Callable[[], Engine],
    ) -> None:
        self._settings = settings
        self._access = Access(settings.page.reader)
        self.library = library
        self._answer_prompt = load_prompt("answer")
        self._infer_prompt = load_prompt("infer")
        self._points_prompt = load_prompt("points")
        self._opinions = Opinions(self._answer_prompt, load_prompt("short"), load_prompt("right"))
        self.embedder = Loading("embedder", open_embedder)
        self.engine = Loading("engine", lambda: self._open_engine(open_engine))

    def start(self) -> None:
        """Load both models in the background, the one that searches first."""
        self.embedder.start()
        self.engine.start()

    def close(self) -> None:
        """Free the models and the library."""
        engine = self.engine.get()
        if engine is not None:
            engine.close()
        self.library.close()

    def readiness(self) -> Readiness:
        """Return at once what can be used now."""
        counts = self.library.catalogue.counts(self._access)
        errors = [part.error for part in (self.embedder, self.engine) if part.error]
        return Readiness(
            search=self.embedder.state,
            model=self.engine.state,
            documents=counts["documents"],
            chunks=counts["chunks"],
            notice=" ".join(str(error) for error in errors),
        )

    def view(self, version_id: str) -> DocumentView | None:
        """Return a version of a document, current or old; None when it is unknown or not open to the reader."""
        stored = self.library.version(version_id)
        if stored is None or not self._access.may_open(stored.scope):
            return None
        return DocumentView(
            stored.document_id,
            stored.id,
            stored.number,
            stored.is_current,
            stored.state == "retired",
            stored.path,
            stored.metadata,
            stored.text,
            stored.blocks,
        )

    def status(self) -> dict[str, Any]:
        """Return counts, models and versions as plain values."""
        readiness = self.readiness()
        return {
            **self.library.catalogue.counts(self._access),
            "kinds": self.library.catalogue.kinds(self._access),
            "search": readiness.search,
            "model": readiness.model,
            "model_name": self._model_name(),
            "notice": readiness.notice,
            "home": str(self._settings.home),
        }

    def find(self, question: str, k: int, filters: Filters = ()) -> Found:
        """Return at most k chunks for a question; by words alone while the embedding model is not there."""
        access = replace(self._access, filters=filters)
        return retrieve(_whole(question)[:MAX_QUESTION], self.library, self.embedder.get(), k, access)

    def weigh(self, terms: Sequence[str]) -> dict[str, float]:
        """Return how much each term tells, rare ones most."""
        return self._weights(tuple(terms), self.library.catalogue.counts(self._access)["chunks"])

    def decide(self, question: str, stop: StopSignal | None = None, *, model: bool = True) -> Signs:
        """Return the signs by which a question would be answered or refused; with `model` it is asked as it would be."""
        finding = self._search(self._understand(question), time.monotonic())
        return self._judged(finding, stop or StopSignal())[0] if model else finding.signs

    def ask(
        self,
        question: str,
        history: tuple[Turn, ...] = (),
        stop: StopSignal | None = None,
        *,
        infer: bool = False,
        without: frozenset[str] = frozenset(),
    ) -> Iterator[Event]:
        """Yield one Search, then Deltas and Checked sentences, then one Answer."""
        started = time.monotonic()
        stop = stop or StopSignal()
        self._wait_for_search(stop)
        understood = self._understand(question, history, without)
        wanted = understood.question
        if understood.choices and not infer:
            search = replace(
                self._nothing_searched(wanted, started), filters=understood.filters, choices=understood.choices
            )
            yield search
            yield Answer("unclear", search, (), "", "", seconds=time.monotonic() - started)
            return
        finding = self._search(understood, started)
        search, laid_out = finding.search, None
        told: tuple[Claim, ...] = ()
        if not infer:
            search, laid_out = lay_out(question, understood, search, self)
            if laid_out is None and finding.signs.enough:
                search, told = self._with_conflicts(search, finding.others)
        wanted, signs = search.question, finding.signs
        yield search
        if laid_out is not None:
            yield from map(Checked, laid_out)
            yield Answer("grounded", search, laid_out, "", "", seconds=time.monotonic() - started, signs=signs)
            return
        prompt = self._infer_prompt if infer else self._answer_prompt
        into = Composition(shape=search.shape)
        if not infer:
            signs, place = self._judged(finding, stop)
            if not signs.answers:
                notice = self._why_nothing(search)
                seconds = time.monotonic() - started
                yield Answer("not_found", search, (), prompt.sha256, "", notice, seconds=seconds, signs=signs)
                return
            into.claims.extend((*told, *quote(finding.search.evidence, finding.weights, place)))
            yield from map(Checked, tuple(into.claims))
        notice = yield from self._phrase(wanted, () if infer else search.evidence, prompt, stop, into)
        yield Answer(
            status="unavailable" if notice else into.status(),
            search=search,
            claims=tuple(into.claims),
            prompt_hash=prompt.sha256,
            model=self._model_name(),
            notice=notice,
            usage=into.usage,
            seconds=time.monotonic() - started,
            signs=None if infer else signs,
        )

    # --- inside -----------------------------------------------------------------------------------------------

    def _phrase(
        self, wanted: str, evidence: tuple[Evidence, ...], prompt: Prompt, stop: StopSignal, into: Composition
    ) -> Generator[Event, None, str]:
        """Yield what the model writes; return why it could not, empty when it could."""
        engine = self._wait_for_engine(stop)
        if engine is None:
            into.stopped = stop.is_set()
            return "" if stop.is_set() else str(self.engine.error or "")
        messages = answer_messages(prompt, wanted, evidence) if evidence else prompt.messages(question=disarm(wanted))
        if into.shape == "points":
            messages = followed_by(messages, self._points_prompt.messages())
        try:
            yield from compose(engine, messages, evidence, settings=self._settings.llm, stop=stop, into=into)
        except AssistantError as error:
            log.warning("generation failed: %s", error.code)
            return str(error)
        self._learn_speed(into.usage)
        return ""

    def _judged(self, finding: _Finding, stop: StopSignal) -> tuple[Signs, Place | None]:
        """Return what speaks for the evidence, the model's opinion too where a few words can answer the question."""
        signs, search = finding.signs, finding.search
        if not signs.enough or signs.narrowed or not asks_for_a_fact(search.question):
            return signs, None
        engine = self._wait_for_engine(stop)
        if engine is None:
            return signs, None
        try:
            return self._opinions.ask(engine, search.question, search.evidence, signs, stop)
        except AssistantError as error:
            log.warning("no opinion on the evidence: %s", error.code)
            return signs, None

    def _why_nothing(self, search: Search) -> str:
        """Say what other than the question may be the cause that nothing was found; empty when nothing is."""
        if not search.documents_searched:
            return "资料库里还没有资料。先运行 zhujiao ingest，后面写上资料所在的文件夹。"
        return str(self.embedder.error or "")

    def _weights(self, terms: tuple[str, ...], chunks: int) -> dict[str, float]:
        return term_weights(self.library.catalogue.document_frequency(terms), chunks)

    def _understand(
        self, question: str, history: tuple[Turn, ...] = (), without: frozenset[str] = frozenset()
    ) -> Understood:
        text = _whole(question).strip()[:MAX_QUESTION]
        understood = understand(text, history, self.library.catalogue.holdings(self._access), without)
        # A chain of follow-ups grows; its newest words are the ones asked for.
        return replace(understood, question=understood.question[-MAX_QUESTION:])

    def _nothing_searched(self, wanted: str, started: float) -> Search:
        counts = self.library.catalogue.counts(self._access)
        return Search(wanted, (), counts["documents"], counts["chunks"], (), time.monotonic() - started)

    def _search(self, understood: Understood, started: float) -> _Finding:
        """Search for the question; when that finds nothing for an answer, for what it may have been meant to say."""
        finding = self._search_narrowed(understood, started)
        if not finding.signs.enough and understood.may_respell:
            text, changes = respelled(understood.question, self.library.catalogue.document_frequency)
            if changes:
                other = self._search_narrowed(replace(understood, question=text), started)
                if other.signs.enough:
                    return replace(other, search=replace(other.search, respelled=changes))
        return finding

    def _search_narrowed(self, understood: Understood, started: float) -> _Finding:
        """Search with what the question is narrowed to, and with less of it while that finds nothing for an answer."""
        for filters in understood.attempts():
            finding = self._search_with(understood, filters, started)
            if finding.signs.enough:
                break
        put_aside = tuple(item for item in understood.filters if item not in filters)
        search = replace(finding.search, filters=filters, relaxed=(*put_aside, *understood.unheld))
        return replace(finding, search=search)

    def _search_with(self, understood: Understood, filters: tuple[Filter, ...], started: float) -> _Finding:
        """Return what was found with just these filters."""
        wanted = understood.question
        narrowed = tuple((item.name, item.value) for item in filters)
        found = self.find(wanted, CHUNKS_CONSIDERED, narrowed)
        counts = self.library.catalogue.counts(self._access)
        searched = self.library.catalogue.counts(replace(self._access, filters=narrowed)) if filters else counts
        weights = self._weights(found.terms, counts["chunks"])
        evidence = choose_evidence(found.chunks, weights, _count_characters)
        # The words of a filter are answered by where was searched; a question of nothing else asks to see what there is.
        about = understood.about(filters) if filters else wanted
        signs = Signs(
            nearest=max((chunk.similarity for chunk in found.chunks if chunk.similarity is not None), default=None),
            covered=coverage(self._weights(content_words(about), counts["chunks"]), evidence),
            held=best_holds(about, evidence),
            narrowed=bool(evidence) and not about,
        )
        search = Search(
            question=wanted,
            terms=found.terms,
            documents_searched=searched["documents"],
            chunks_searched=searched["chunks"],
            evidence=evidence,
            seconds=time.monotonic() - started,
            expected_seconds=self._expected_seconds(evidence),
        )
        return _Finding(search, signs, weights, (*found.chunks, *found.repeats))

    def _with_conflicts(self, search: Search, others: Sequence[ScoredChunk]) -> tuple[Search, tuple[Claim, ...]]:
        """Return the search with the passages that say otherwise than its own, and the notices of it."""
        more, told = conflicts(search.evidence, others, self._arrived)
        return replace(search, evidence=(*search.evidence, *more)), told

    def _arrived(self, passage: Evidence) -> str:
        """Return when a passage's version was taken in."""
        versions = self.library.catalogue.versions(passage.document_id)
        return next((str(row["created"]) for row in versions if row["id"] == passage.version_id), "")

    def _expected_seconds(self, evidence: tuple[Evidence, ...]) -> float | None:
        speed = self.library.catalogue.get_meta(SPEED_KEY)
        engine = self.engine.get()
        if speed is None or engine is None:
            return None
        return sum(engine.count_tokens(passage.text) + 40 for passage in evidence) / float(speed)

    def _wait_for_search(self, stop: StopSignal) -> None:
        """Wait while the embedding model is being opened: by words alone a question may seem to have no answer."""
        until = time.monotonic() + LONGEST_OPENING
        while self.embedder.has_started and self.embedder.state == "loading" and not stop.is_set():
            if time.monotonic() > until:
                return
            self.embedder.wait(0.1)

    def _wait_for_engine(self, stop: StopSignal) -> Engine | None:
        engine = self.engine.wait(0)
        while engine is None and self.engine.state == "loading" and not stop.is_set():
            engine = self.engine.wait(0.2)
        return engine

    def _open_engine(self, open_engine: Callable[[], Engine]) -> Engine:
        """Open the engine after the embedder, when that is being opened: searching comes first, and both need memory."""
        if self.embedder.has_started:
            self.embedder.wait()
        return self._warm(open_engine())

    def _warm(self, engine: Engine) -> Engine:
        """Read the system prompt once, so that it is in the cache and this machine's speed is known."""
        system = answer_messages(self._answer_prompt, "", ())
        for piece in engine.stream(Request(system, max_tokens=1)):
            if isinstance(piece, Usage):
                self._learn_speed(piece)
        return engine

    def _learn_speed(self, usage: Usage | None) -> None:
        """Remember the measured reading speed; a handful of tokens tells nothing."""
        read = usage.prompt_tokens - usage.cached_tokens if usage else 0
        if usage is None or read < 100 or usage.prompt_seconds <= 0 or usage.finish in {"cancelled", "timeout"}:
            return
        before = self.library.catalogue.get_meta(SPEED_KEY)
        now = read / usage.prompt_seconds
        self.library.catalogue.set_meta(SPEED_KEY, f"{now if before is None else (float(before) + now) / 2:.2f}")

    def _model_name(self) -> str:
        engine = self.engine.get()
        return engine.name if engine else self._settings.llm.model


def _whole(question: str) -> str:
    """Replace half characters, as a terminal of another encoding gives them: nothing that reads text can take them."""
    return question.encode("utf-8", "replace").decode()
