"""A large library of text mixed from outside passages, written through the library's own lower layers.

Embedding 100,000 chunks takes hours, so only some passages are embedded; a chunk takes sentences of two of them, and
its vector is their weighted mean with noise of unit length besides. Sizes are those of the sample library: 19 chunks a
document, about 210 characters a chunk.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ingest.catalogue import document_id_of, version_id_of
from ingest.document import Block, Chunk, Document, Locator, Metadata, Source, Span, content_id
from ingest.embed import document_input
from ingest.sentences import sentence_spans

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from ingest.embed import Embedder
    from ingest.library import Library

CHUNKS_A_DOCUMENT = 19
CHARACTERS = 210
# Shares of the two passages and of the noise in a chunk's vector before it is made a unit vector again.
FIRST, SECOND, NOISE = 0.7, 0.3, 0.5
DOCUMENTS_AT_ONCE = 100
KINDS = ("教案", "课件", "习题", "课堂实录", "教研记录")
SUBJECTS = ("语文", "数学", "英语", "科学", "道德与法治", "音乐", "美术")
SCOPES = ("school", "school", "school", "alliance", "public")


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage as its title, its sentences and its unit vector."""

    title: str
    sentences: tuple[str, ...]
    vector: NDArray[np.float32]


def embedded(texts: Sequence[tuple[str, str]], embedder: Embedder) -> list[Passage]:
    """Return passages, given as (title, text), with their vectors."""
    vectors = embedder.encode_documents([document_input(title, (), text) for title, text in texts])
    cut = (tuple(text[span.start : span.end] for span in sentence_spans(text)) for _, text in texts)
    return [
        Passage(title, sentences, vector)
        for (title, _), sentences, vector in zip(texts, cut, vectors, strict=True)
        if sentences
    ]


def fill(library: Library, passages: Sequence[Passage], chunks: int, embedder: Embedder, seed: int = 1) -> None:
    """Write so many chunks into an empty library; the same seed gives the same library."""
    library.check_fingerprint(embedder)
    random = np.random.default_rng(seed)
    documents = (chunks + CHUNKS_A_DOCUMENT - 1) // CHUNKS_A_DOCUMENT
    for start in range(0, documents, DOCUMENTS_AT_ONCE):
        ids: list[str] = []
        versions: list[str] = []
        vectors: list[NDArray[np.float32]] = []
        with library.catalogue.database.write():
            for number in range(start, min(start + DOCUMENTS_AT_ONCE, documents)):
                size = min(CHUNKS_A_DOCUMENT, chunks - number * CHUNKS_A_DOCUMENT)
                document, made, rows = _document(number, size, passages, random)
                library.catalogue.put_version(
                    document, made, document_id_of(document.source.path), datetime(2026, 9, 1, tzinfo=UTC)
                )
                ids += [chunk.id for chunk in made]
                versions += [chunk.version_id for chunk in made]
                vectors += rows
        library.vectors.put(ids, np.stack(vectors))
        with library.catalogue.database.write():
            for version_id in dict.fromkeys(versions):
                library.catalogue.activate(version_id)


def _document(
    number: int, size: int, passages: Sequence[Passage], random: np.random.Generator
) -> tuple[Document, list[Chunk], list[NDArray[np.float32]]]:
    path = Path(f"/outside/{number:06d}.md")
    sha256 = content_id("outside", str(number)) * 2
    version_id = version_id_of(document_id_of(path), sha256)
    mixed = [_mixed(passages, random) for _ in range(size)]
    text = "\n".join(body for body, _, _ in mixed)
    chunks, blocks = [], []
    at = 0
    for ordinal, (body, title, _) in enumerate(mixed):
        span = Span(at, at + len(body))
        at = span.end + 1
        chunk_id = content_id(version_id, str(span.start), str(span.end))
        chunks.append(Chunk(chunk_id, version_id, ordinal, span, body, (title,), Locator()))
        blocks.append(Block(span, "text", Locator(), (title,)))
    document = Document(Source(path, sha256, len(text)), text, tuple(blocks), _metadata(number, mixed[0][1]))
    return document, chunks, [vector for _, _, vector in mixed]


def _metadata(number: int, title: str) -> Metadata:
    return Metadata(
        title=f"{title}·{number}",
        kind=KINDS[number % len(KINDS)],
        grade=number % 9 + 1,
        subject=SUBJECTS[number % len(SUBJECTS)],
        scope=SCOPES[number % len(SCOPES)],
    )


def _mixed(passages: Sequence[Passage], random: np.random.Generator) -> tuple[str, str, NDArray[np.float32]]:
    """Return a text of sentences of two passages, the title of the first, and the vector."""
    first, second = (passages[at] for at in random.integers(len(passages), size=2))
    sentences = _drawn(first, second, random)
    body = ""
    while len(body) < CHARACTERS:
        body += next(sentences)
    noise = random.standard_normal(len(first.vector)).astype(np.float32)
    vector = FIRST * first.vector + SECOND * second.vector + NOISE * noise / np.linalg.norm(noise)
    return body[: 2 * CHARACTERS], first.title, vector / np.linalg.norm(vector)


def _drawn(first: Passage, second: Passage, random: np.random.Generator) -> Iterator[str]:
    while True:
        source = first if random.random() < FIRST else second
        yield source.sentences[random.integers(len(source.sentences))]
