"""The local engine: llama.cpp behind the seam of `engine.py`."""

from __future__ import annotations

import json
import math
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.errors import EngineError
from assistant.llm.chat_prompt import PromptTokens, prompt_tokens
from assistant.llm.engine import Finish, Request, StopSignal, Usage, deadline
from assistant.llm.llama_binding import DecodeError, LlamaBinding, LoadError, ReadingAbortedError
from assistant.llm.llama_sampling import GrammarError
from assistant.llm.prompt_states import STATE_BYTES, reading_of
from assistant.llm.state_folder import StateFolder
from assistant.llm.text_stream import CharacterDecoder, StopFilter
from assistant.llm.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from assistant.llm.llama_sampling import Sampler


@dataclass(slots=True)
class _Run:
    """What is known about a generation while it runs; times are monotonic seconds."""

    prompt: int
    began: float
    cached: int = 0
    first: float | None = None
    generated: int = 0
    finish: Finish = "stop"

    def usage(self) -> Usage:
        now = time.monotonic()
        first = now if self.first is None else self.first
        return Usage(self.prompt, self.cached, self.generated, first - self.began, now - first, self.finish)


class LlamaCppEngine:
    """Run a GGUF model on this machine's processor.

    Args:
        path: the GGUF file.
        name: what the model is called in answers.
        context_tokens: tokens that fit, prompt and answer together.
        threads: CPU threads; 0 means one for each physical core.
        state_bytes: memory for the states of prompts read before; see `prompt_states`.
        state_folder: where states of system prompts outlive the process; None keeps none.
        sha256: of the file; without it nothing is read from or written to the folder.

    Raises:
        EngineError: EN-01 the file is missing, EN-02 it cannot be loaded.

    """

    def __init__(
        self,
        path: Path,
        name: str = "",
        context_tokens: int = 4096,
        threads: int = 0,
        *,
        state_bytes: int = STATE_BYTES,
        state_folder: Path | None = None,
        sha256: str = "",
    ) -> None:
        self.name = name or path.stem
        self.context_tokens = context_tokens
        if not path.is_file():
            raise EngineError(
                "EN-01", f"没有找到模型文件 {path}。", "运行 zhujiao models pull 下载，或在设置里改正路径。"
            )
        try:
            self._model = LlamaBinding(path, context_tokens, threads or physical_cores(), state_bytes)
        except LoadError as error:
            raise EngineError(
                "EN-02",
                f"模型文件 {path.name} 不能加载（{error}），资料没有受影响。",
                "运行 zhujiao models verify 检查文件；文件是自己指定的，就改正设置 llm.model_path。",
            ) from error
        self._turns = Turns()
        self._closed = False
        self._folder: StateFolder | None = None
        if state_folder is not None and sha256:
            owner = {"model": f"{sha256} {path.stat().st_size}", "build": self._model.build}
            owner["context"] = f"{context_tokens} {threads or physical_cores()}"
            self._folder = StateFolder(state_folder, owner)
            for state in self._folder.load():
                self._model.states.keep(state)

    def count_tokens(self, text: str) -> int:
        """Return how many tokens the text takes, special tokens not counted."""
        self._check_open()
        return len(self._model.tokenize(text, special=False))

    def stream(self, request: Request, stop: StopSignal | None = None) -> Iterator[str | Usage]:
        """Yield pieces of text and last a Usage; see the seam.

        Raises:
            EngineError: EN-03 the prompt does not fit, EN-04 schema or grammar unusable, EN-05 generation failed,
                EN-06 the engine is closed, EN-07 the chat template refuses the messages.

        """
        self._check_open()
        prompt = self._prompt(request)
        grammar = self._grammar(request)
        return self._generate(request, prompt, grammar, stop or StopSignal(), deadline(request))

    def weigh(
        self, request: Request, options: tuple[str, ...], stop: StopSignal | None = None
    ) -> tuple[float, ...] | None:
        """Return the log probability of each option's first token to come next; see the seam.

        Raises:
            EngineError: EN-03 the prompt does not fit, EN-05 reading failed, EN-06 the engine is closed, EN-07 the
                chat template refuses the messages.

        """
        until, stop = deadline(request), stop or StopSignal()
        self._check_open()
        prompt = self._prompt(request)
        firsts = [self._model.tokenize(option, special=False)[:1] for option in options]
        if self._turns.enter(until, stop, request.owner) != "entered":
            return None
        try:
            self._check_open()
            self._read(prompt, lambda: self._ending(stop, until) is not None)
            weights = iter(self._model.weigh([token for first in firsts for token in first]))
        except ReadingAbortedError:
            return None
        except DecodeError as error:
            raise _failed(error) from error
        finally:
            self._leave()
        return tuple(next(weights) if first else -math.inf for first in firsts)

    def close(self) -> None:
        """Free the model; a running generation ends first, as cancelled, and so does everyone's waiting."""
        self._closed = True
        self._turns.close()
        if self._turns.enter_now():
            self._leave()

    def _generate(
        self, request: Request, prompt: PromptTokens, grammar: str | None, stop: StopSignal, until: float
    ) -> Iterator[str | Usage]:
        run = _Run(prompt=len(prompt.tokens), began=time.monotonic())
        entry = self._turns.enter(until, stop, request.owner)
        if entry != "entered":
            run.finish = entry
            yield run.usage()
            return
        sampler: Sampler | None = None
        try:
            self._check_open()
            run.began = time.monotonic()
            sampler = self._model.sampler(request.temperature, request.seed, grammar)
            yield from self._text(request, prompt, sampler, run, lambda: self._ending(stop, until))
        except GrammarError as error:
            raise EngineError(
                "EN-04", "这次输出的格式要求有误，没有生成。", "这是程序的问题，请把代码告诉维护人员。"
            ) from error
        except DecodeError as error:
            raise _failed(error) from error
        finally:
            if sampler is not None:
                sampler.close()
            self._leave()
        yield run.usage()

    def _text(
        self, request: Request, prompt: PromptTokens, sampler: Sampler, run: _Run, ending: Callable[[], Finish | None]
    ) -> Iterator[str | Usage]:
        try:
            run.cached = self._read(prompt, lambda: ending() is not None)
        except ReadingAbortedError:
            run.finish = ending() or "cancelled"
            return
        decoder, shown = CharacterDecoder(), StopFilter(request.stop)
        limit = min(request.max_tokens, self.context_tokens - len(prompt.tokens))
        run.finish = "length"
        while run.generated < limit:
            ended: Finish | None = ending()
            if ended is not None:
                run.finish = ended
                break
            token = sampler.next()
            run.first = run.first or time.monotonic()
            if self._model.ends(token):
                run.finish = "stop"
                break
            run.generated += 1
            piece = shown.feed(decoder.feed(self._model.piece(token)))
            if piece:
                yield piece
            if shown.stopped:
                run.finish = "stop"
                break
            if run.generated < limit:
                self._model.append(token)
        rest = shown.flush()
        if rest:
            yield rest

    def _ending(self, stop: StopSignal, until: float) -> Finish | None:
        if stop.is_set() or self._closed:
            return "cancelled"
        return "timeout" if time.monotonic() >= until else None

    def _read(self, prompt: PromptTokens, aborted: Callable[[], bool]) -> int:
        """Read the prompt; the state of a system prompt that is new is written to the folder."""
        kept = self._model.read(prompt.tokens, aborted, prompt.fixed)
        if self._folder is not None:
            fixed = reading_of(prompt.tokens, prompt.fixed).until(prompt.fixed)
            for state in self._model.states:
                if state.reading == fixed:
                    self._folder.keep(state)
        return kept

    def _prompt(self, request: Request) -> PromptTokens:
        prompt = prompt_tokens(self._model, request.messages, request.prefix)
        if len(prompt.tokens) >= self.context_tokens:
            raise EngineError(
                "EN-03",
                f"问题连同资料有 {len(prompt.tokens)} 个词元，超过模型一次能读的 {self.context_tokens} 个，没有生成。",
                "缩短问题或对话，或把设置 llm.context_tokens 调大。",
            )
        return prompt

    def _grammar(self, request: Request) -> str | None:
        if request.schema is None:
            return request.grammar
        if request.grammar is not None:
            raise EngineError("EN-04", "格式要求给了两种，没有生成。", "这是程序的问题，请把代码告诉维护人员。")
        try:
            _refuse_outside_references(request.schema)
            return self._model.grammar_of(json.dumps(request.schema, ensure_ascii=False))
        except (ValueError, TypeError) as error:
            raise EngineError(
                "EN-04", f"这次输出的格式要求有误（{error}），没有生成。", "这是程序的问题，请把代码告诉维护人员。"
            ) from error

    def _check_open(self) -> None:
        if self._closed:
            raise EngineError("EN-06", "模型已经关闭。", "重新启动助教后再试。")

    def _leave(self) -> None:
        """End the turn; whoever leaves a closed engine frees the model, and the turn is never given again."""
        if self._closed:
            self._model.close()
        else:
            self._turns.leave()


def physical_cores() -> int:
    """Return how many physical cores this process may use, at least 1."""
    import psutil  # only when a model is loaded

    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(psutil.cpu_count(logical=False) or usable, usable))


def _failed(error: DecodeError) -> EngineError:
    return EngineError(
        "EN-05",
        f"模型生成时出错（{error}），资料没有受影响。",
        "再试一次；仍不行就运行 zhujiao doctor。",
        retryable=True,
    )


def _refuse_outside_references(schema: object) -> None:
    """Refuse a `$ref` to anything but the schema itself: the converter would fetch it from the network."""
    if isinstance(schema, dict):
        reference = schema.get("$ref", "#")
        if isinstance(reference, str) and not reference.startswith("#"):
            raise ValueError("a reference outside the schema")
        for value in schema.values():
            _refuse_outside_references(value)
    elif isinstance(schema, list):
        for value in schema:
            _refuse_outside_references(value)
