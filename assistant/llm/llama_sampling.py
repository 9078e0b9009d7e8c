"""Choose the next token, with a grammar that costs almost nothing while the model keeps to it.

llama.cpp's grammar sampler judges every token of the vocabulary: 10–22 ms a token for Qwen's 152,000 on 2 cores, a
third of a whole token's time. So the model chooses first, the grammar judges that one token (0.06 ms), and only a
refusal makes it judge the most likely tokens, and at last all of them. The outcome is the same.
"""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Native: TypeAlias = Any
"""An object of the C library, which has no types."""
CANDIDATE = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])
TOP_K = 40
TOP_P = 0.95
MIN_P = 0.05
FIRST_WIDTH = 128


def log_probabilities(api: Native, context: Native, vocabulary: Native) -> NDArray[np.float64]:
    """Return the natural logarithm of each token's probability to come next, [vocabulary], without temperature."""
    size = int(api.llama_vocab_n_tokens(vocabulary))
    logits = np.ctypeslib.as_array(api.llama_get_logits_ith(context, -1), shape=(size,)).astype(np.float64)
    logits -= logits.max()
    result: NDArray[np.float64] = logits - np.log(np.exp(logits).sum())
    return result


class GrammarError(ValueError):
    """Say that a grammar cannot be parsed, or leaves no token to go on with."""


class Sampler:
    """Sample tokens from a llama.cpp context.

    Args:
        api: the llama.cpp binding's module of C functions.
        context: the `llama_context` whose last logits are sampled.
        vocabulary: the model's `llama_vocab`.
        temperature: 0 takes the most likely token; above 0 draws by `seed`.
        grammar: a GBNF grammar with a `root` rule, or None.

    Raises:
        GrammarError: the grammar cannot be parsed.

    """

    def __init__(
        self, api: Native, context: Native, vocabulary: Native, *, temperature: float, seed: int, grammar: str | None
    ) -> None:
        self._api, self._context, self._vocabulary = api, context, vocabulary
        self._size = int(api.llama_vocab_n_tokens(vocabulary))
        self._greedy = temperature <= 0
        self._grammar = None
        if grammar is not None:
            self._grammar = api.llama_sampler_init_grammar(vocabulary, grammar.encode(), b"root")
            if not self._grammar:
                raise GrammarError("unparsable grammar")
        self._chain = self._build_chain(temperature, seed)

    def next(self) -> int:
        """Return the next token's id; a token that ends the text is returned like any other.

        Raises:
            GrammarError: the grammar allows no token at all here.

        """
        token = int(self._api.llama_sampler_sample(self._chain, self._context, -1))
        if self._grammar is None:
            return token
        if not self._allowed(np.array([token], dtype=np.int32), np.zeros(1, dtype=np.float32)).size:
            token = self._choose_allowed()
        if not self._api.llama_vocab_is_eog(self._vocabulary, token):
            self._api.llama_sampler_accept(self._grammar, token)
        return token

    def close(self) -> None:
        """Free the samplers."""
        for name in ("_chain", "_grammar"):
            sampler = getattr(self, name, None)
            if sampler:
                self._api.llama_sampler_free(sampler)
            setattr(self, name, None)

    def _build_chain(self, temperature: float, seed: int) -> Native:
        api = self._api
        chain = api.llama_sampler_chain_init(api.llama_sampler_chain_default_params())
        if self._greedy:
            parts = [api.llama_sampler_init_greedy()]
        else:
            parts = [
                api.llama_sampler_init_top_k(TOP_K),
                api.llama_sampler_init_top_p(TOP_P, 1),
                api.llama_sampler_init_min_p(MIN_P, 1),
                api.llama_sampler_init_temp(temperature),
                api.llama_sampler_init_dist(seed % 0xFFFFFFFF),  # all bits set would mean "random"
            ]
        for part in parts:
            api.llama_sampler_chain_add(chain, part)
        return chain

    def _choose_allowed(self) -> int:
        """Return what the chain takes from the tokens the grammar allows.

        Narrow sets first: the survivors of the most likely tokens are the whole answer as soon as there are as many
        of them as the chain looks at (one when greedy, else `TOP_K`).
        """
        pointer = self._api.llama_get_logits_ith(self._context, -1)
        logits: NDArray[np.float32] = np.ctypeslib.as_array(pointer, shape=(self._size,))
        wanted = 1 if self._greedy else TOP_K
        width = FIRST_WIDTH
        while True:
            whole = width >= self._size
            ids = np.arange(self._size) if whole else np.sort(np.argpartition(logits, -width)[-width:])
            left = self._allowed(ids.astype(np.int32), logits[ids])
            if left.size >= wanted or whole:
                break
            width *= 32
        if not left.size:
            raise GrammarError("no token allowed")
        return self._take(left)

    def _allowed(self, ids: NDArray[np.int32], logits: NDArray[np.float32]) -> NDArray[Any]:
        """Return the candidates that the grammar allows, in the order given."""
        candidates = np.zeros(len(ids), dtype=CANDIDATE)
        candidates["id"], candidates["logit"] = ids, logits
        self._apply(self._grammar, candidates)
        allowed: NDArray[Any] = candidates[np.isfinite(candidates["logit"])]
        return allowed

    def _take(self, candidates: NDArray[Any]) -> int:
        array = self._apply(self._chain, np.ascontiguousarray(candidates))
        return int(array.data[array.selected].id)

    def _apply(self, sampler: Native, candidates: NDArray[Any]) -> Native:
        data = candidates.ctypes.data_as(ctypes.POINTER(self._api.llama_token_data))
        array = self._api.llama_token_data_array(data=data, size=len(candidates), selected=-1, sorted=False)
        self._api.llama_sampler_apply(sampler, ctypes.byref(array))
        return array
