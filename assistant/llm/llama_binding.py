"""The one importer of llama-cpp-python: load a GGUF, read a prompt, sample, and nothing about requests.

Prompts are read in pieces of `PIECE_TOKENS` (the system prompt ends one), and only whole pieces are used again.
llama.cpp's kernels give slightly different numbers for different numbers of rows (logits differ by up to 0.7), so that
reuse down to the token would make an answer depend on what was asked before. With pieces it is the same to the last
bit, for 0–127 tokens read again; when exactly the prompt read last is wanted again, none. Pieces of 128 read as fast as
512 (98 tokens/s; 64: 90), flash attention 4 % faster. What another prompt would overwrite is saved first: putting 768
tokens back took 1/290 of reading them.
"""

from __future__ import annotations

import contextlib
import ctypes
import io
import sys
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.llm.llama_sampling import Native, Sampler, log_probabilities
from assistant.llm.prompt_states import (
    NOTHING,
    PIECE_TOKENS,
    STATE_BYTES,
    PromptState,
    PromptStates,
    Reading,
    reading_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PIECE_BYTES = 512
WATCH_SECONDS = 0.02
LOG_LEVEL_ERROR = 4
# The converter lets line breaks stand in a JSON string as they are, which no JSON parser takes.
LOOSE_CHARACTER = r'[^"\\] |'
STRICT_CHARACTER = r'[^"\\\x7F\x00-\x1F] |'

recent_errors: deque[str] = deque(maxlen=20)
_loading = threading.Lock()
_log_callback: Native = None


class LoadError(Exception):
    """Say why a model file cannot be loaded, in llama.cpp's words."""


class DecodeError(Exception):
    """Say that llama.cpp could not read tokens."""


class ReadingAbortedError(Exception):
    """Say that reading the prompt was ended on request; the model can be used again at once."""


class LlamaBinding:
    """A loaded model and its one context. Not safe for several threads at once.

    Args:
        path: a GGUF file.
        context_tokens: tokens that fit, prompt and answer together.
        threads: CPU threads for reading and writing.
        state_bytes: memory for the states of prompts read before.

    Raises:
        LoadError: the file is damaged or not a language model, or llama-cpp-python is not usable.

    """

    def __init__(self, path: Path, context_tokens: int, threads: int, state_bytes: int = STATE_BYTES) -> None:
        try:
            import llama_cpp  # 0.2 s and a shared library: only when a model is wanted
            from llama_cpp import llama_chat_format
        except (ImportError, OSError, RuntimeError) as error:
            raise LoadError(str(error)) from error
        self._api = llama_cpp
        with _loading:
            self._llama = _load(llama_cpp, path, context_tokens, threads)
        self._computer = ThreadPoolExecutor(1, thread_name_prefix="llama")
        self._vocabulary = llama_cpp.llama_model_get_vocab(self._llama.model)
        self._buffer = ctypes.create_string_buffer(PIECE_BYTES)
        self._flag = ctypes.create_string_buffer(2)
        self._read = NOTHING
        self._at_end = False  # the prompt's last logits are still there: it was read to its end, nothing appended since
        self.states = PromptStates(state_bytes)
        self.build = _build_of(llama_cpp)
        template = self._llama.metadata.get("tokenizer.chat_template")
        if not template:
            raise LoadError("no chat template in the file")
        self._formatter = llama_chat_format.Jinja2ChatFormatter(
            template=template,
            eos_token=self._text_of(self._llama.token_eos()),
            bos_token=self._text_of(self._llama.token_bos()),
        )

    def render(self, messages: list[dict[str, str]]) -> str:
        """Return the prompt the model's own chat template makes; ValueError when the template refuses."""
        try:
            return str(self._formatter(messages=messages).prompt)
        except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError) as error:
            raise ValueError(str(error)) from error

    def tokenize(self, text: str, *, special: bool) -> list[int]:
        """Return the tokens of a text; with `special`, names of special tokens are taken as those tokens."""
        data = text.encode("utf-8", "replace")
        return list(self._llama.tokenize(data, add_bos=False, special=special)) if data else []

    def piece(self, token: int) -> bytes:
        """Return the bytes of a token; none for special tokens."""
        size = self._api.llama_token_to_piece(self._vocabulary, token, self._buffer, PIECE_BYTES, 0, False)  # noqa: FBT003  (a C signature)
        return self._buffer.raw[: max(size, 0)]

    def ends(self, token: int) -> bool:
        """Return whether the token ends the model's turn."""
        return bool(self._api.llama_vocab_is_eog(self._vocabulary, token))

    def read(self, tokens: list[int], aborted: Callable[[], bool], fixed: int = 0) -> int:
        """Read a prompt, keeping what was already read of it; return how many tokens were kept.

        Args:
            tokens: the whole prompt, at least one token.
            aborted: asked every 20 ms, from another thread, whether to end.
            fixed: so many tokens at the beginning are the system prompt; its state is kept by itself.

        Raises:
            ReadingAbortedError: `aborted` said so. DecodeError: llama.cpp failed.

        """
        wanted = reading_of(tokens, fixed)
        if self._at_end and wanted == self._read:
            return len(tokens)
        self._at_end = False
        kept = self._go_back(wanted)
        self._llama.n_tokens = kept
        with self._watch(aborted):
            try:
                if kept < fixed and fixed in wanted.cuts and fixed < len(tokens):
                    self._compute(tokens[kept:fixed])
                    self._save(wanted.until(fixed))
                self._compute(tokens[self._llama.n_tokens :])
            except RuntimeError as error:
                if self._flag.raw[0]:
                    raise ReadingAbortedError from error
                self.forget()
                raise DecodeError(_last_words(str(error))) from error
            finally:
                self._read = wanted.until(self._llama.n_tokens)
        self._at_end = True
        return kept

    def weigh(self, tokens: list[int]) -> list[float]:
        """Return the natural logarithm of each given token's probability to follow what was read last."""
        weights = log_probabilities(self._api, self._llama.ctx, self._vocabulary)
        return [float(weights[token]) for token in tokens]

    def append(self, token: int) -> None:
        """Read one generated token; DecodeError when llama.cpp fails."""
        self._at_end = False
        try:
            self._compute([token])
        except RuntimeError as error:
            self.forget()
            raise DecodeError(_last_words(str(error))) from error

    def _compute(self, tokens: list[int]) -> None:
        """Have the model's own thread compute.

        On processors with AMX llama.cpp sets a thread's tile registers up once and trusts them from then on. PyTorch,
        which embeds questions, sets them otherwise: in a thread of both the next token ends in an illegal instruction.
        """
        self._computer.submit(self._llama.eval, tokens).result()

    def forget(self) -> None:
        """Drop everything that was read."""
        self._llama.reset()
        self._read, self._at_end = NOTHING, False

    def sampler(self, temperature: float, seed: int, grammar: str | None) -> Sampler:
        """Return a sampler of what was read last; GrammarError when the grammar cannot be parsed."""
        return Sampler(
            self._api, self._llama.ctx, self._vocabulary, temperature=temperature, seed=seed, grammar=grammar
        )

    def grammar_of(self, schema_json: str) -> str:
        """Return a GBNF grammar for a JSON schema; ValueError when it cannot be expressed."""
        try:
            grammar = str(self._api.llama_grammar.json_schema_to_gbnf(schema_json))
        except (ValueError, TypeError, LookupError, AttributeError, AssertionError, RecursionError) as error:
            raise ValueError(str(error)) from error
        return grammar.replace(LOOSE_CHARACTER, STRICT_CHARACTER)

    def close(self) -> None:
        """Free the model."""
        self._computer.shutdown()
        self._llama.close()

    def _go_back(self, wanted: Reading) -> int:
        """Take the model to where the prompt goes on; return how many tokens that spares."""
        kept = wanted.shared(self._read)
        found = self.states.best(wanted)
        left = self._read.whole()
        if len(left.tokens) > kept:
            self._save(left)
        if found is None or found[1] <= kept:
            return kept
        state, spared = found
        if self._restore(state):
            return spared
        self.states.drop(state.reading)
        self.forget()
        return 0

    def _save(self, reading: Reading) -> None:
        """Keep the state of what was read, whose whole pieces `reading` is; what was read after it is dropped."""
        if reading in self.states:
            return
        count, context = len(reading.tokens), self._llama.ctx
        self._api.llama_memory_seq_rm(self._api.llama_get_memory(context), -1, count, -1)
        size = self._api.llama_state_seq_get_size(context, 0)
        data = bytearray(size)
        if size and self._api.llama_state_seq_get_data(context, _c_bytes(data), size, 0) == size:
            self.states.keep(PromptState(reading, data))

    def _restore(self, state: PromptState) -> bool:
        context, size = self._llama.ctx, len(state.data)
        # Into an empty memory: where numbers lie decides in which order they are added.
        self._api.llama_memory_clear(self._api.llama_get_memory(context), False)  # noqa: FBT003  (a C signature)
        return bool(self._api.llama_state_seq_set_data(context, _c_bytes(state.data), size, 0) == size)

    @contextlib.contextmanager
    def _watch(self, aborted: Callable[[], bool]) -> Iterator[None]:
        """Let `aborted` end llama.cpp's computing while the block runs.

        llama.cpp asks a C function between the operations of its graph, about a thousand times a block. A Python
        function would have to win the interpreter lock each time. `strlen` of a two-byte buffer needs no lock: it
        is 0 until the watching thread writes a character into the buffer.
        """
        self._flag[0] = b"\0"
        done = threading.Event()

        def watch() -> None:
            while not done.wait(WATCH_SECONDS):
                if aborted():
                    self._flag[0] = b"\1"
                    return

        library = ctypes.cdll.msvcrt if sys.platform == "win32" else ctypes.CDLL(None)
        ask = ctypes.cast(library.strlen, self._api.ggml_abort_callback)
        never = self._api.ggml_abort_callback(0)
        watcher = threading.Thread(target=watch, name="stop-watch", daemon=True)
        watcher.start()
        self._api.llama_set_abort_callback(self._llama.ctx, ask, ctypes.cast(self._flag, ctypes.c_void_p))
        try:
            yield
        finally:
            self._api.llama_set_abort_callback(self._llama.ctx, never, None)
            done.set()
            watcher.join()

    def _text_of(self, token: int) -> str:
        if token < 0:
            return ""
        return bytes(self._api.llama_vocab_get_text(self._vocabulary, token)).decode("utf-8", "replace")


def _c_bytes(data: bytearray) -> Native:
    return (ctypes.c_uint8 * len(data)).from_buffer(data)


def _build_of(llama_cpp: Native) -> str:
    """Say which build of llama.cpp computes here: version, the processor's features in use, sizes of its libraries."""
    libraries = sorted((Path(llama_cpp.__file__).parent / "lib").iterdir())
    sizes = [f"{path.name} {path.stat().st_size}" for path in libraries]
    return " | ".join([llama_cpp.__version__, llama_cpp.llama_print_system_info().decode(errors="replace"), *sizes])


def _load(llama_cpp: Native, path: Path, context_tokens: int, threads: int) -> Native:
    """Load quietly: llama.cpp's log goes to `recent_errors`, the wrapper's own chatter nowhere.

    `verbose=False` would point the whole process's stdout and stderr at nothing while the file loads, and so hide
    other threads' words and a crash's; hence verbose, with only Python's `sys.stderr` set aside.
    """
    _silence(llama_cpp)
    recent_errors.clear()
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            llama = llama_cpp.Llama(
                str(path),
                n_ctx=context_tokens,
                n_batch=PIECE_TOKENS,
                n_ubatch=PIECE_TOKENS,
                n_threads=threads,
                n_threads_batch=threads,
                flash_attn=True,
                # The weights are repacked for this CPU: the mapped file would only stay in memory beside them (0.6 GB).
                use_mmap=False,
                verbose=True,
            )
    except (ValueError, RuntimeError, OSError, MemoryError, AssertionError, UnicodeError) as error:
        raise LoadError(_last_words(str(error))) from error
    llama.verbose = False
    return llama


def _silence(llama_cpp: Native) -> None:
    global _log_callback  # noqa: PLW0603  (C keeps only the address: the object must live as long as the process)
    if _log_callback is None:

        def collect(level: int, text: bytes, _data: Native) -> None:
            if level == LOG_LEVEL_ERROR:
                recent_errors.append(text.decode("utf-8", "replace").strip())

        _log_callback = llama_cpp.llama_log_callback(collect)
        llama_cpp.llama_log_set(_log_callback, None)


def _last_words(fallback: str) -> str:
    return next((line for line in recent_errors if line), fallback)[:300]
