"""What the product is compared with: the nearest chunks whole in one prompt, and nothing around the model.

llama-cpp-python as it comes: its own chat completion with the chat template of the model file, its own settings but for
the context length and the number of threads, which are ours; it keeps what it read last and reads on from where a
prompt differs. The question goes behind the five best chunks of our own retrieval, whole. In a conversation the earlier
prompts and answers stand before it unchanged, so that they need not be read again; the oldest go when they no longer fit.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from assistant.chat.retrieve import ScoredChunk

CHUNKS = 5
SYSTEM = "你是教师的助手。根据给出的资料回答问题；资料里没有答案时，就说资料里没有答案。"
# What the marks of a turn take at most, in tokens.
MARKS = 8


@dataclass(frozen=True, slots=True)
class Said:
    """One answer: when its first word came (monotonic seconds), and the prompt it answers."""

    text: str
    first: float
    prompt: str
    prompt_tokens: int


class Stuffing:
    """Answer by stuffing chunks into the prompt."""

    def __init__(self, path: Path, context_tokens: int, threads: int, answer_tokens: int) -> None:
        import llama_cpp

        # Questions are embedded in the caller's thread, and where PyTorch has used AMX llama.cpp cannot (llama_binding.py).
        self._thread = ThreadPoolExecutor(1, "stuffing")
        self._model: Any = self._thread.submit(
            llama_cpp.Llama, str(path), n_ctx=context_tokens, n_threads=threads, n_threads_batch=threads, verbose=False
        ).result()
        self._room = context_tokens - answer_tokens
        self._answer_tokens = answer_tokens
        self.answer("你好", (), ())  # as ours does, it has read its system prompt when the first question comes

    def close(self) -> None:
        """Free the model."""
        self._thread.submit(self._model.close).result()
        self._thread.shutdown()

    def answer(self, question: str, chunks: Sequence[ScoredChunk], before: Sequence[Said]) -> Said:
        """Answer a question from chunks, with the exchanges before it; at least one chunk is kept of those that fit."""
        return self._thread.submit(self._answer, question, chunks, before).result()

    def _answer(self, question: str, chunks: Sequence[ScoredChunk], before: Sequence[Said]) -> Said:
        kept, turns = list(chunks), list(before)
        while self._tokens(prompt := _prompt(question, kept), turns) > self._room and (turns or len(kept) > 1):
            if turns:
                turns.pop(0)
            else:
                kept.pop()
        messages = [{"role": "system", "content": SYSTEM}]
        for turn in turns:
            messages += [{"role": "user", "content": turn.prompt}, {"role": "assistant", "content": turn.text}]
        messages.append({"role": "user", "content": prompt})
        text, first = "", 0.0
        for part in self._model.create_chat_completion(
            messages, stream=True, temperature=0.0, max_tokens=self._answer_tokens
        ):
            piece = part["choices"][0]["delta"].get("content") or ""
            if piece.strip() and not first:
                first = time.monotonic()
            text += piece
        return Said(text, first or time.monotonic(), prompt, self._tokens(prompt, turns))

    def _tokens(self, prompt: str, turns: Sequence[Said]) -> int:
        texts = [SYSTEM, prompt, *(text for turn in turns for text in (turn.prompt, turn.text))]
        return sum(len(self._model.tokenize(text.encode(), add_bos=False)) + MARKS for text in texts)


def _prompt(question: str, chunks: Sequence[ScoredChunk]) -> str:
    parts = []
    for number, item in enumerate(chunks, start=1):
        place = " › ".join(dict.fromkeys((item.stored.metadata.title, *item.stored.chunk.headings)))
        parts.append(f"资料{number}（{place}）：\n{item.stored.chunk.text}")
    return "\n\n".join([*parts, f"问题：{question}"])
