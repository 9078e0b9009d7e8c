"""An engine behind any OpenAI-compatible server (vLLM, llama-server, Ollama), by the `openai` package."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from assistant.errors import EngineError
from assistant.llm.engine import Finish, Message, Request, StopSignal, Usage, deadline
from assistant.llm.server_errors import broken_off, translated
from assistant.llm.server_request import NEWER_FORM, OLDER_FORM, most_tokens, request_body
from assistant.llm.server_weighing import WEIGH_BODY, named_tokens, weights_of
from assistant.llm.text_stream import StopFilter
from assistant.llm.turns import POLL_SECONDS, Turns

if TYPE_CHECKING:
    from collections.abc import Iterator

LOOPBACK = {"127.0.0.1", "localhost", "::1"}
CONNECT_SECONDS = 10.0
TIMED_OUT = "timed out"
PROBE_GRAMMAR = 'root ::= "鹅鲸" "鸭鹿"'
PROBE_ANSWER = "鹅鲸鸭鹿"


class EstimatedUsage(Usage):
    """A usage the server did not report: prompt tokens are an upper bound, generated tokens count pieces."""

    __slots__ = ()


@dataclass(slots=True)
class _Run:
    """What is known about a generation while it runs; times are monotonic seconds."""

    began: float
    first: float | None = None
    pieces: int = 0
    finish: Finish = "stop"
    ended: bool = False
    reported: Any = None


@dataclass(slots=True)
class _Reader:
    """A thread that reads the server's answer, so that a stop or a timeout need not wait for the next word."""

    items: queue.Queue[Any] = field(default_factory=lambda: queue.Queue(maxsize=1024))
    abandoned: threading.Event = field(default_factory=threading.Event)


class OpenAIServerEngine:
    """Generate on a server that speaks the OpenAI chat protocol. Nothing is tried twice.

    Args:
        base_url: such as http://127.0.0.1:8000/v1.
        model: the model's name on the server.
        key: the server's key; empty when it needs none.
        context_tokens: tokens that fit, prompt and answer together.

    Raises:
        EngineError: EN-10 the address or the model's name is missing or unusable.

    """

    def __init__(self, base_url: str, model: str, key: str = "", context_tokens: int = 4096) -> None:
        import openai  # only when an administrator named a server

        address = urlsplit(base_url)
        if address.scheme not in {"http", "https"} or not address.hostname or not model:
            raise EngineError(
                "EN-10", "模型服务器的地址或模型名没有填对。", "检查设置 llm.server_url 和 llm.server_model。"
            )
        self.name = model
        self.context_tokens = context_tokens
        self._host = f"{address.hostname}:{address.port}" if address.port else address.hostname
        self._client: Any = openai.OpenAI(
            base_url=base_url,
            api_key=key or "none",
            max_retries=0,
            # A connection kept from the last answer may be dead by now, and nothing is tried twice: take a new one.
            default_headers={"Connection": "close"},
            http_client=openai.DefaultHttpxClient(trust_env=address.hostname not in LOOPBACK),
        )
        self._turns = Turns()
        self._closed = False
        self._schema_form = NEWER_FORM
        self._grammar_works: bool | None = None
        self._names_tokens = True

    def count_tokens(self, text: str) -> int:
        """Return an upper bound: the server's tokenizer is not at hand.

        One token for an ASCII character, two for a common Chinese one (GB 2312), else one for each byte.
        """
        return most_tokens(text)

    def stream(self, request: Request, stop: StopSignal | None = None) -> Iterator[str | Usage]:
        """Yield pieces of text and last a Usage; see the seam.

        Raises:
            EngineError: EN-04 both a schema and a grammar, EN-06 closed, EN-11 to EN-16 as `server_errors` says, EN-17
                a prefix: servers differ in what they make of a last message of the assistant. Some go on from it;
                llama_cpp.server ends its turn and has the model begin another. Only an error is no wrong text.

        """
        self._check_open()
        if request.prefix:
            raise EngineError("EN-17", "模型服务器不能从给定的开头往下写，没有生成。", "改用本机模型。")
        if request.schema is not None and request.grammar is not None:
            raise EngineError("EN-04", "格式要求给了两种，没有生成。", "这是程序的问题，请把代码告诉维护人员。")
        return self._generate(request, stop or StopSignal(), deadline(request))

    def weigh(
        self, request: Request, options: tuple[str, ...], stop: StopSignal | None = None
    ) -> tuple[float, ...] | None:
        """Return the log probability of each option's first token to come next; see the seam.

        None also when the server does not name its candidates, names none an option begins with, refuses the question,
        or the request has a prefix. A server that does not name its candidates is asked only once.

        Raises:
            EngineError: EN-06 closed, EN-11 to EN-14 as `server_errors` says.

        """
        self._check_open()
        stop, until = stop or StopSignal(), deadline(request)
        if not self._names_tokens or request.prefix or self._turns.enter(until, stop, request.owner) != "entered":
            return None
        asked = replace(request, max_tokens=1, stop=(), schema=None, grammar=None, temperature=0.0)
        try:
            self._check_open()
            named = self._named(asked, stop, until)
        finally:
            self._turns.leave()
        return weights_of(named, options) if named else None

    def close(self) -> None:
        """Close the connections; the engine cannot be used afterwards."""
        self._closed = True
        self._turns.close()
        self._client.close()

    def _generate(self, request: Request, stop: StopSignal, until: float) -> Iterator[str | Usage]:
        run = _Run(began=time.monotonic())
        entry = self._turns.enter(until, stop, request.owner)
        if entry != "entered":
            run.finish = entry
            yield self._usage(request, run)
            return
        try:
            self._check_open()
            run.began = time.monotonic()
            if request.grammar is not None:
                self._check_grammar(until)
            with self._reading(request, until) as reader:
                yield from self._text(reader, request, run, stop, until)
        finally:
            self._turns.leave()
        yield self._usage(request, run)

    def _named(self, request: Request, stop: StopSignal, until: float) -> dict[bytes, float] | None:
        """Ask for the candidates of the next token; None when stopped, timed out, or the server does not name them."""
        run = _Run(began=time.monotonic())
        named: dict[bytes, float] | None = None
        try:
            with self._reading(request, until, WEIGH_BODY) as reader:
                for chunk in self._chunks(reader, run, stop, until):
                    self._take(chunk, run)
                    named = named or named_tokens(chunk)
        except EngineError as error:
            if "logprobs" in str(error.__cause__):
                self._names_tokens = False
            elif error.code != "EN-15":
                raise
            return None
        if run.finish in {"cancelled", "timeout"}:
            return None
        self._names_tokens = named is not None
        return named

    @contextlib.contextmanager
    def _reading(self, request: Request, until: float, more: dict[str, Any] | None = None) -> Iterator[_Reader]:
        """Have a thread read the answer while the block runs; `more` is added to the server's arguments."""
        reader = _Reader()
        threading.Thread(
            target=self._read, args=(reader, request, until, more), name="server-reader", daemon=True
        ).start()
        try:
            yield reader
        finally:
            reader.abandoned.set()

    def _text(self, reader: _Reader, request: Request, run: _Run, stop: StopSignal, until: float) -> Iterator[str]:
        shown = StopFilter(request.stop)
        for chunk in self._chunks(reader, run, stop, until):
            text = self._take(chunk, run)
            if text and (piece := shown.feed(text)):
                yield piece
            if shown.stopped:
                run.finish = "stop"
                break
        rest = shown.flush()
        if rest:
            yield rest

    def _chunks(self, reader: _Reader, run: _Run, stop: StopSignal, until: float) -> Iterator[Any]:
        """Yield the server's chunks until it ends, is stopped, or the time is up; note the reason."""
        while True:
            if stop.is_set() or self._closed:
                run.finish = "cancelled"
                return
            if time.monotonic() >= until:
                run.finish = "timeout"
                return
            try:
                item = reader.items.get(timeout=POLL_SECONDS)
            except queue.Empty:
                continue
            if isinstance(item, EngineError):
                raise item
            if item is None and not run.ended:
                raise broken_off(self._host)
            if item is None:
                return
            if item == TIMED_OUT:
                run.finish = "timeout"
                return
            yield item

    def _take(self, chunk: Any, run: _Run) -> str:  # noqa: ANN401  (a chunk of the openai package)
        """Note what a chunk says and return its text."""
        run.reported = getattr(chunk, "usage", None) or run.reported
        choices = getattr(chunk, "choices", None)
        if not choices:
            return ""
        choice = choices[0]
        run.ended = run.ended or choice.finish_reason is not None
        if choice.finish_reason == "length":
            run.finish = "length"
        text = (choice.delta.content if choice.delta else None) or ""
        if text:
            run.first = run.first or time.monotonic()
            run.pieces += 1
        return str(text)

    def _read(self, reader: _Reader, request: Request, until: float, more: dict[str, Any] | None = None) -> None:
        """Put the chunks into the queue, then None; an EngineError when the server fails (thread)."""
        import openai

        last: EngineError | str | None = None
        opened = False
        try:
            with self._open(request, until, more or {}) as chunks:
                opened = True
                for chunk in chunks:
                    if not _put(reader, chunk):
                        return
        except openai.OpenAIError as error:
            late = isinstance(error, openai.APITimeoutError) and time.monotonic() >= until - POLL_SECONDS
            unreachable = isinstance(error, openai.APIConnectionError)
            if late:
                last = TIMED_OUT
            elif opened and unreachable:
                last = broken_off(self._host)
            else:
                last = translated(error, self._host, self.name, unreachable=unreachable)
        except (ValueError, TypeError, LookupError, AttributeError) as error:  # an answer that is not the protocol's
            last = translated(error, self._host, self.name, unreachable=False)
        _put(reader, last)

    def _open(self, request: Request, until: float, more: dict[str, Any]) -> Any:  # noqa: ANN401  (a stream of the openai package)
        """Start a generation; a server that only knows the older form of JSON schemas is asked in that form."""
        import openai

        try:
            return self._create(request, until, more)
        except openai.APIStatusError as error:
            if request.schema is None or self._schema_form == OLDER_FORM or "response_format" not in str(error):
                raise
            self._schema_form = OLDER_FORM
            return self._create(request, until, more)

    def _create(self, request: Request, until: float, more: dict[str, Any]) -> Any:  # noqa: ANN401
        import openai

        left = max(0.1, until - time.monotonic())
        return self._client.chat.completions.create(
            **request_body(request, self.name, self._schema_form),
            **more,
            stream=True,
            stream_options={"include_usage": True},
            timeout=openai.Timeout(left, connect=min(left, CONNECT_SECONDS)),
        )

    def _check_grammar(self, until: float) -> None:
        """Ask once for words no model would choose: a server that ignores the grammar must not pass for one that keeps it."""
        if self._grammar_works is None:
            probe = Request(messages=(Message("user", "1+1="),), max_tokens=24, grammar=PROBE_GRAMMAR)
            reader = _Reader()
            self._read(reader, probe, until)
            run, text = _Run(time.monotonic()), ""
            while (item := reader.items.get_nowait()) is not None:
                if item == TIMED_OUT:
                    return
                if isinstance(item, EngineError):
                    if item.code != "EN-15":
                        raise item
                    break
                text += self._take(item, run)
            self._grammar_works = text.strip() == PROBE_ANSWER
        if not self._grammar_works:
            raise EngineError(
                "EN-16", "这台模型服务器不支持按语法约束输出。", "改用本机模型，或请管理员换用 llama-server。"
            )

    def _usage(self, request: Request, run: _Run) -> Usage:
        now = time.monotonic()
        first = now if run.first is None else run.first
        seconds = (first - run.began, now - first)
        if run.reported is not None:
            details = getattr(run.reported, "prompt_tokens_details", None)
            cached = (getattr(details, "cached_tokens", None) or 0) if details else 0
            return Usage(run.reported.prompt_tokens, cached, run.reported.completion_tokens, *seconds, run.finish)
        prompt = sum(self.count_tokens(message.content) for message in request.messages)
        return EstimatedUsage(prompt, 0, run.pieces, *seconds, run.finish)

    def _check_open(self) -> None:
        if self._closed:
            raise EngineError("EN-06", "模型已经关闭。", "重新启动助教后再试。")


def _put(reader: _Reader, item: object) -> bool:
    """Queue an item; False once nobody wants any more."""
    while not reader.abandoned.is_set():
        try:
            reader.items.put(item, timeout=POLL_SECONDS)
        except queue.Full:
            continue
        return True
    return False
