"""The one seam to language models: what an engine takes, what it gives, and how it is stopped."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

Role = Literal["system", "user", "assistant"]
Finish = Literal["stop", "length", "cancelled", "timeout"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation as the model sees it."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Request:
    """What to generate, and the limits it must keep.

    `schema` is a JSON schema and `grammar` a GBNF grammar (local engine only); at most one of them is set.
    Bound every string and array in a schema: unbounded ones run to the token limit and end as broken JSON.
    `timeout_seconds` counts from the call, waiting included. `prefix` is how the assistant's turn begins: the model
    goes on from there, the prefix itself is not yielded, and a schema or grammar describes only what comes after it.
    `owner` names whose request it is, such as a tab: who asks many things at once does not keep others waiting for all.
    """

    messages: tuple[Message, ...]
    max_tokens: int = 400
    temperature: float = 0.0
    stop: tuple[str, ...] = ()
    schema: dict[str, Any] | None = None
    grammar: str | None = None
    seed: int = 0
    timeout_seconds: float = 240.0
    prefix: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Usage:
    """What one generation cost, in tokens and seconds; `cached_tokens` of the prompt were not read again."""

    prompt_tokens: int
    cached_tokens: int
    generated_tokens: int
    prompt_seconds: float
    generation_seconds: float
    finish: Finish


@dataclass(slots=True)
class StopSignal:
    """Ask a running generation to end; safe to use from any thread."""

    _event: threading.Event = field(default_factory=threading.Event)

    def set(self) -> None:
        """Ask for the end."""
        self._event.set()

    def is_set(self) -> bool:
        """Return whether the end was asked for."""
        return self._event.is_set()


class Engine(Protocol):
    """A language model that streams text.

    Every adapter passes `tests/contracts/test_engine_contract.py`. One generation runs at a time; further callers
    wait their turn. Errors are `EngineError`s; a timeout or a stop is not an error but a `finish` of the usage.
    """

    name: str
    context_tokens: int

    def count_tokens(self, text: str) -> int:
        """Return how many tokens the text takes, special tokens not counted; an upper bound where not exact."""
        ...

    def stream(self, request: Request, stop: StopSignal | None = None) -> Iterator[str | Usage]:
        """Yield pieces of text as they come, and last, exactly once, a `Usage`.

        Concatenated, the pieces are valid text: no piece ends inside a character. A stop string and what follows it
        are never yielded. Closing the iterator ends the generation.
        """
        ...

    def weigh(
        self, request: Request, options: tuple[str, ...], stop: StopSignal | None = None
    ) -> tuple[float, ...] | None:
        """Return the natural logarithm of the probability of each option's first token right after the prompt.

        The request's limits on what is written (tokens, schema, grammar, temperature, stop strings) play no part.
        Options that begin with the same token weigh the same; an option without a token weighs minus infinity, as
        does one that is not among the tokens a server names. Takes its turn like `stream`, which can go on from the
        same request without reading the prompt again. None where the engine cannot tell, or when stopped or timed out.
        """
        ...

    def close(self) -> None:
        """Free the model; the engine cannot be used afterwards."""
        ...


def deadline(request: Request) -> float:
    """Return the monotonic time at which the request times out."""
    return time.monotonic() + request.timeout_seconds
