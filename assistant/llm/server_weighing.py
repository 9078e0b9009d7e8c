"""Read from a server's answer how likely each option's first token was."""

from __future__ import annotations

import math
from typing import Any

MOST_NAMED = 20  # the protocol's limit
WEIGH_BODY: dict[str, Any] = {"logprobs": True, "top_logprobs": MOST_NAMED}


def named_tokens(chunk: Any) -> dict[bytes, float] | None:  # noqa: ANN401  (a chunk of the openai package)
    """Return the first token's candidates and their log probabilities; None when the chunk names none."""
    choices = getattr(chunk, "choices", None)
    said = getattr(choices[0], "logprobs", None) if choices else None
    content = getattr(said, "content", None)
    if not content:
        return None
    return {_bytes_of(named): float(named.logprob) for named in content[0].top_logprobs or ()} or None


def weights_of(named: dict[bytes, float], options: tuple[str, ...]) -> tuple[float, ...] | None:
    """Return each option's weight; None when none of the options begins with a named token.

    How the server would cut an option into tokens is not known: the longest named token the option begins with counts
    as its first, as tokenizers of byte pairs mostly do.
    """
    weights = tuple(_weight(named, option.encode("utf-8", "replace")) for option in options)
    return weights if not options or max(weights) > -math.inf else None


def _weight(named: dict[bytes, float], option: bytes) -> float:
    begins = [token for token in named if token and option.startswith(token)]
    return named[max(begins, key=len)] if begins else -math.inf


def _bytes_of(named: Any) -> bytes:  # noqa: ANN401
    raw = getattr(named, "bytes", None)
    return bytes(raw) if raw else str(named.token).encode("utf-8", "replace")
