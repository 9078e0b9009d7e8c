"""An Engine without a model: what it writes is told beforehand, everything else is as the seam says.

Specification: one token is one character. A reply is written in pieces of `piece_size` characters, each after `delay`
seconds. Without a script it repeats the last message. With a schema it writes the smallest fitting JSON, unless the
script says otherwise. Grammars are refused (EN-16) unless the script answers them. A prefix counts as part of the
prompt. Options weigh what `weights` says: a function of request and options, or the probability of each first
character (one it does not name: 0); without it the engine cannot tell, like a server without log probabilities.
"""

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from assistant.errors import EngineError
from assistant.llm.engine import Finish, Request, StopSignal, Usage, deadline
from assistant.llm.text_stream import StopFilter
from assistant.llm.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Iterator

Weights = dict[str, float] | Callable[[Request, tuple[str, ...]], tuple[float, ...] | None] | None
Script = str | list[str] | Callable[[Request], str] | None


class FakeEngine:
    """Answer from a script: a text for every call, a list used up call by call, or a function of the request."""

    def __init__(
        self,
        script: Script = None,
        *,
        context_tokens: int = 4096,
        piece_size: int = 3,
        delay: float = 0.0,
        error: EngineError | None = None,
        weights: Weights = None,
    ) -> None:
        self.name = "fake"
        self.context_tokens = context_tokens
        self.requests: list[Request] = []
        self.weighed: list[tuple[Request, tuple[str, ...]]] = []
        self._weights = weights
        self._script = list(script) if isinstance(script, list) else script
        self._piece_size, self._delay, self._error = piece_size, delay, error
        self._turns = Turns()
        self._last_prompt = ""
        self._closed = threading.Event()

    def count_tokens(self, text: str) -> int:
        self._check_open()
        return len(text)

    def stream(self, request: Request, stop: StopSignal | None = None) -> Iterator[str | Usage]:
        self._check_open()
        if request.schema is not None and request.grammar is not None:
            raise EngineError("EN-04", "格式要求给了两种，没有生成。", "这是程序的问题，请把代码告诉维护人员。")
        if request.grammar is not None and self._script is None:
            raise EngineError("EN-16", "这个引擎不支持按语法约束输出。", "改用本机模型。")
        return self._generate(request, self._prompt(request), stop or StopSignal(), deadline(request))

    def weigh(
        self, request: Request, options: tuple[str, ...], stop: StopSignal | None = None
    ) -> tuple[float, ...] | None:
        self._check_open()
        prompt, stop, until = self._prompt(request), stop or StopSignal(), deadline(request)
        if self._turns.enter(until, stop, request.owner) != "entered":
            return None
        try:
            self._check_open()
            if self._error is not None:
                raise self._error
            self.weighed.append((request, options))
            self._last_prompt = prompt
            if self._wait(stop, until) != "stop":
                return None
        finally:
            self._turns.leave()
        if self._weights is None or callable(self._weights):
            return self._weights and self._weights(request, options)
        chances = [self._weights.get(option[:1], 0.0) for option in options]
        return tuple(math.log(chance) if chance else -math.inf for chance in chances)

    def close(self) -> None:
        self._closed.set()
        self._turns.close()

    def _generate(self, request: Request, prompt: str, stop: StopSignal, until: float) -> Iterator[str | Usage]:
        entry = self._turns.enter(until, stop, request.owner)
        if entry != "entered":
            yield Usage(len(prompt), 0, 0, 0.0, 0.0, entry)
            return
        began = time.monotonic()
        written = 0
        finish: Finish = "stop"
        try:
            self._check_open()
            if self._error is not None:
                raise self._error
            self.requests.append(request)
            cached = _common_prefix(self._last_prompt, prompt)
            self._last_prompt = prompt
            reply, shown = self._reply(request), StopFilter(request.stop)
            for start in range(0, min(len(reply), request.max_tokens), self._piece_size):
                finish = self._wait(stop, until)
                if finish != "stop":
                    break
                text = reply[start : min(start + self._piece_size, request.max_tokens)]
                written += len(text)
                if piece := shown.feed(text):
                    yield piece
                if shown.stopped:
                    break
            else:
                finish = "length" if len(reply) > request.max_tokens else "stop"
            if rest := shown.flush():
                yield rest
        finally:
            self._turns.leave()
        yield Usage(len(prompt), cached, written, 0.0, time.monotonic() - began, finish)

    def _prompt(self, request: Request) -> str:
        prompt = "".join(message.content for message in request.messages) + request.prefix
        if len(prompt) >= self.context_tokens:
            raise EngineError("EN-03", f"问题连同资料有 {len(prompt)} 个词元，超过上下文。", "缩短问题。")
        return prompt

    def _wait(self, stop: StopSignal, until: float) -> Finish:
        end = time.monotonic() + self._delay
        while True:
            if stop.is_set() or self._closed.is_set():
                return "cancelled"
            now = time.monotonic()
            if now >= until:
                return "timeout"
            if now >= end:
                return "stop"
            time.sleep(min(0.01, end - now))

    def _reply(self, request: Request) -> str:
        if isinstance(self._script, list):
            return self._script.pop(0)
        if isinstance(self._script, str):
            return self._script
        if self._script is not None:
            return self._script(request)
        if request.schema is not None:
            return json.dumps(smallest(request.schema), ensure_ascii=False)
        return request.messages[-1].content

    def _check_open(self) -> None:
        if self._closed.is_set():
            raise EngineError("EN-06", "模型已经关闭。", "重新启动助教后再试。")


def smallest(schema: dict[str, Any]) -> Any:
    """Return a small value that fits a schema of objects, arrays, strings, numbers, booleans and enums."""
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    if kind == "object":
        return {name: smallest(inner) for name, inner in schema.get("properties", {}).items()}
    if kind == "array":
        return [smallest(schema["items"]) for _ in range(schema.get("minItems", 0))]
    plain = {"string": "文" * schema.get("minLength", 1), "integer": schema.get("minimum", 0), "boolean": True}
    return plain.get(kind, schema.get("minimum", 0.5))


def _common_prefix(old: str, new: str) -> int:
    return next((at for at, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
