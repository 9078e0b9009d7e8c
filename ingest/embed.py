"""Text to vectors: the Embedder seam and its sentence-transformers adapter."""

from __future__ import annotations

import time
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Literal, Protocol

from ingest.environment import prepare_environment
from ingest.errors import LibraryError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from ingest.settings import EmbeddingSettings

    Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """Turn texts into unit vectors; passes `tests/contracts/test_embedder_contract.py`.

    Threads may share one: a question waits for one batch of documents at most, and counting for less.
    """

    fingerprint: str

    @property
    def window(self) -> int:
        """Most tokens of a text that the model reads; what is longer loses its end, so cut it before."""
        ...

    def count_tokens(self, text: str) -> int:
        """Return how many tokens the model reads for a text."""
        ...

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector a text, one row a text, in the order given."""
        ...

    def encode_query(self, text: str) -> Vectors:
        """Return the unit vector of a question, one-dimensional."""
        ...


class DeferredEmbedder:
    """Open an embedder at its first use: a run that finds nothing new never loads the model."""

    def __init__(self, fingerprint: str, opener: Callable[[], Embedder]) -> None:
        self.fingerprint = fingerprint
        self._opener = opener
        self._opened: Embedder | None = None
        self._opening = Lock()  # two threads at first use must not load it twice

    @property
    def window(self) -> int:
        """Most tokens of a text that the model reads."""
        return self._embedder().window

    def count_tokens(self, text: str) -> int:
        """Return how many tokens the model reads for a text."""
        return self._embedder().count_tokens(text)

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector a text."""
        return self._embedder().encode_documents(texts)

    def encode_query(self, text: str) -> Vectors:
        """Return the unit vector of a question."""
        return self._embedder().encode_query(text)

    def _embedder(self) -> Embedder:
        with self._opening:
            if self._opened is None:
                self._opened = self._opener()
            return self._opened


def fingerprint_of(settings: EmbeddingSettings) -> str:
    """Name what makes vectors comparable; precision is left out, bfloat16 and float32 vectors of one model mix."""
    return settings.model_path.name if settings.model_path else settings.model


def document_input(title: str, headings: Sequence[str], text: str) -> str:
    """Lay a chunk out as EmbeddingGemma was trained to read documents: `title: … | text: …`."""
    place = " › ".join(dict.fromkeys(part for part in (title, *headings) if part))
    return f"title: {place or 'none'} | text: {text}"


class SentenceTransformerEmbedder:
    """Embed with a sentence-transformers folder on disk; never fetches anything."""

    def __init__(self, folder: Path, settings: EmbeddingSettings) -> None:
        prepare_environment()
        import torch  # 1 s and 300 MB: loaded when an embedder is opened
        from sentence_transformers import SentenceTransformer  # 5 s

        # Its progress bars are for people who load a model by hand.
        from transformers.utils import logging as transformers_logging

        transformers_logging.disable_progress_bar()
        self.precision = fastest_precision() if settings.precision == "auto" else settings.precision
        dtype = torch.bfloat16 if self.precision == "bfloat16" else torch.float32
        try:
            self._model = SentenceTransformer(
                str(folder), device="cpu", local_files_only=True, model_kwargs={"dtype": dtype}
            ).eval()
        except (OSError, ValueError, RuntimeError) as error:
            raise LibraryError(
                "LB-05", "向量模型打不开，资料库没有改动。", "运行 zhujiao models verify 检查模型文件。"
            ) from error
        if self.precision == "int8":
            from ingest.int8 import quantise

            quantise(self._model[0])  # the layers after it are small, and most of the loss would come from them
        self._most_texts = settings.batch_size
        self.window = self._model.max_seq_length - self._model.tokenizer.num_special_tokens_to_add()
        self.fingerprint = fingerprint_of(settings)
        # Neither the tokenizer nor the model can be shared. A question holds the first while it waits for the second,
        # so documents, which take the two in turn for each batch, cannot overtake it.
        self._tokenizing, self._computing = Lock(), Lock()
        self._asked_until = 0.0
        self._asked: tuple[str, Vectors] | None = None

    def count_tokens(self, text: str) -> int:
        """Return how many tokens the model reads for a text; the marks of its beginning and end are not counted."""
        return self._lengths([text])[0]

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector a text; the texts come from `document_input`."""
        import numpy as np

        vectors = np.zeros((len(texts), self._model.get_embedding_dimension()), np.float32)
        is_asked = time.monotonic() < self._asked_until
        budget = BATCH_TOKENS_WHILE_ASKED if is_asked else BATCH_TOKENS
        for batch in batches(self._lengths(texts), self._most_texts, budget):
            vectors[batch] = self._encode([texts[at] for at in batch])
        return vectors

    def encode_query(self, text: str) -> Vectors:
        """Return the unit vector of a question, with the model's own query prompt."""
        self._asked_until = time.monotonic() + ASKED_SECONDS
        with self._tokenizing, self._computing:
            # A question is searched for with its filters and then with less of them, each time by the same vector.
            if self._asked is None or self._asked[0] != text:
                with _one_thread():
                    vector: Vectors = self._model.encode_query(text, normalize_embeddings=True, show_progress_bar=False)
                self._asked = text, vector
            return self._asked[1]

    def _lengths(self, texts: Sequence[str]) -> list[int]:
        if not texts:
            return []
        with self._tokenizing:
            return [len(ids) for ids in self._model.tokenizer(list(texts), add_special_tokens=False)["input_ids"]]

    def _encode(self, texts: list[str]) -> Vectors:
        """Do what `SentenceTransformer.encode` does for a batch, but let others in between tokens and numbers."""
        import torch

        with self._tokenizing:
            features = self._model.preprocess(texts)
        with self._computing, torch.inference_mode():
            vectors = torch.nn.functional.normalize(self._model(features)["sentence_embedding"].float())
        numbers: Vectors = vectors.numpy()
        return numbers


@contextmanager
def _one_thread() -> Iterator[None]:
    """Compute in one thread: that is as fast for a question, and does not wait for a core that is writing an answer.

    While the language model writes on both of two cores, a question takes 340 ms in two threads and 80 to 270 in one.
    """
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


# Tokens a batch, with padding. The large one is the fastest where bfloat16 has AMX, and no slower elsewhere; but a
# question waits for a batch, a second or more, so batches stay small for a while after one was asked.
BATCH_TOKENS, BATCH_TOKENS_WHILE_ASKED = 2048, 512
ASKED_SECONDS = 120.0


def batches(lengths: Sequence[int], most_texts: int, most_tokens: int) -> list[list[int]]:
    """Put texts of like length together: places in `lengths`, the longest first, each place once.

    A batch has at most `most_texts`, and `most_tokens` with its padding unless a single text has more.
    """
    made: list[list[int]] = []
    for at in sorted(range(len(lengths)), key=lambda place: (-lengths[place], place)):
        if made and len(made[-1]) < most_texts and (len(made[-1]) + 1) * lengths[made[-1][0]] <= most_tokens:
            made[-1].append(at)
        else:
            made.append([at])
    return made


def fastest_precision() -> Literal["bfloat16", "int8", "float32"]:
    """Choose by what this processor computes in natively, of what was measured not to lower retrieval.

    bfloat16 with AVX-512 BF16, AMX or Arm BF16; 8-bit integers with VNNI; elsewhere float32.
    """
    import torch  # loaded already by the time an embedder is opened

    able = {name for name, present in torch.cpu.get_capabilities().items() if present is True}
    if able & {"avx512_bf16", "amx_bf16", "arm_bf16"}:
        return "bfloat16"
    return "int8" if able & {"avx512_vnni", "avx_vnni"} and torch.backends.mkldnn.is_available() else "float32"
