"""Cut a document into chunks: sections, slides and table rows stay whole while they fit; sentences always do."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from ingest.document import Block, Chunk, Document, Span, content_id
from ingest.sentences import sentence_spans

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Part of the index fingerprint: raise it when the same document would be cut differently.
CHUNKING = "sections-1"

# A piece is a span with the tokens it takes.
_Piece = tuple[Span, int]


def chunk(
    document: Document, version_id: str, count_tokens: Callable[[str], int], max_tokens: int
) -> tuple[Chunk, ...]:
    """Cut a document into chunks of at most `max_tokens`; only a single longer sentence may exceed it.

    Every character that is not white space is in exactly one chunk, in order, and
    `document.text[chunk.span.start:chunk.span.end] == chunk.text`.
    """
    chunks: list[Chunk] = []
    for section in _sections(document.blocks):
        pieces = [piece for block in section for piece in _pieces(document.text, block, count_tokens, max_tokens)]
        for span in _pack(pieces, max_tokens):
            first = next(block for block in section if block.span.end > span.start)
            body = next((block for block in section if block.kind != "heading" and block.span.end > span.start), first)
            chunks.append(
                Chunk(
                    id=content_id(version_id, str(span.start), str(span.end)),
                    version_id=version_id,
                    ordinal=len(chunks),
                    span=span,
                    text=document.text[span.start : span.end],
                    headings=body.headings,
                    locator=body.locator,
                )
            )
    return tuple(chunks)


def _sections(blocks: tuple[Block, ...]) -> Iterator[list[Block]]:
    """Group blocks of one place (heading path, page or slide); headings go with what follows them."""
    waiting: list[Block] = []
    for (is_heading, _), group in groupby(blocks, key=_place):
        section = list(group)
        if is_heading:
            waiting += section
        else:
            yield waiting + section
            waiting = []
    if waiting:
        yield waiting


def _place(block: Block) -> tuple[bool, tuple[object, ...]]:
    where = block.locator
    return block.kind == "heading", (block.headings, where.slide, where.sheet) if block.kind != "heading" else ()


def _pieces(text: str, block: Block, count_tokens: Callable[[str], int], max_tokens: int) -> Iterator[_Piece]:
    whole = count_tokens(text[block.span.start : block.span.end])
    if whole <= max_tokens:
        yield block.span, whole
        return
    for span in sentence_spans(text, block.span.start, block.span.end):
        yield span, count_tokens(text[span.start : span.end])


def _pack(pieces: list[_Piece], max_tokens: int) -> Iterator[Span]:
    start, end, total = -1, -1, 0
    for span, tokens in pieces:
        if start >= 0 and total + tokens > max_tokens:
            yield Span(start, end)
            start, total = -1, 0
        start = span.start if start < 0 else start
        end, total = span.end, total + tokens
    if start >= 0:
        yield Span(start, end)
