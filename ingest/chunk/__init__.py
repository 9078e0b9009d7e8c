"""Cut a document into chunks that fit what it is: items, exchanges, slides, rows of sheets, sections.

A sentence, a turn and an item are never cut, unless one alone is longer than the embedding model reads.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ingest.chunk.exchanges import exchange_locator, exchange_pieces
from ingest.chunk.items import Item, find_items
from ingest.chunk.pieces import WINDOW, Piece, pack, pieces_of, pieces_of_all, trimmed, whole_or_sentences
from ingest.document import Block, Chunk, ChunkKind, Document, Field, Locator, Span, content_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ingest.chunk.pieces import Count

# Part of the index fingerprint: raise it when the same document would be cut differently.
CHUNKING = "kinds-1"

SMALL = 4  # sections of less than a quarter of the budget are packed with their neighbours under the same heading
MOST_TOKENS_A_CHARACTER = 4  # the tokenizer reads a character it does not know byte by byte

_Place = tuple[ChunkKind, object]
_Part = tuple[Block, Item | None]


@dataclass(frozen=True, slots=True)
class _Draft:
    span: Span
    kind: ChunkKind
    headings: tuple[str, ...]
    locator: Locator
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True)
class _Section:
    """The pieces under one heading, or of several small neighbours; `open` while more small ones may join."""

    pieces: tuple[Piece, ...]
    headings: tuple[str, ...]
    tokens: int
    open: bool
    joined: bool = False


def chunk(document: Document, version_id: str, count_tokens: Count, max_tokens: int) -> tuple[Chunk, ...]:
    """Cut a document into chunks of at most `max_tokens`.

    Longer than that may be a single sentence, a turn, an item and a row or block of a sheet; none is longer than the
    embedder's window. Every character that is not white space is in exactly one chunk, in order, and
    `document.text[chunk.span.start:chunk.span.end] == chunk.text`. `fields` of an item may lie outside its span: the
    answer in a key at the end of the paper, the tier in a heading. An item that had to be cut has all its fields on
    each part, so that no question is without its answer.
    """
    return tuple(
        Chunk(
            id=content_id(version_id, str(draft.span.start), str(draft.span.end)),
            version_id=version_id,
            ordinal=ordinal,
            span=draft.span,
            text=document.text[draft.span.start : draft.span.end],
            headings=draft.headings,
            locator=draft.locator,
            kind=draft.kind,
            fields=draft.fields,
        )
        for ordinal, draft in enumerate(_drafts(document, count_tokens, max_tokens))
    )


def _drafts(document: Document, count: Count, limit: int) -> Iterator[_Draft]:
    text = document.text
    found = find_items(document)
    title = _title(document)
    waiting: _Section | None = None  # a small section, until it is known what follows
    for kind, blocks, item in _groups(document, found.items):
        section = _section(text, blocks, found.continued, count, limit) if kind == "section" else None
        both = _together(waiting, section, limit, title) if waiting and section else None
        if waiting and both is None:
            yield from _of_section(waiting, limit)
        waiting = both or section
        if item is not None:
            yield from _of_item(text, item, count)
        elif kind == "exchange":
            yield from _of_exchanges(text, blocks, count, limit)
        elif kind == "rows":
            pieces = [piece for block in blocks for piece in whole_or_sentences(text, block, count)]
            yield from _packed(kind, pieces, limit)
        elif kind == "slide":
            yield from _packed(kind, pieces_of_all(text, blocks, count, limit), limit)
    if waiting:
        yield from _of_section(waiting, limit)


def _packed(kind: ChunkKind, pieces: Sequence[Piece], limit: int) -> Iterator[_Draft]:
    for run in pack(pieces, limit):
        body = next((piece.block for piece in run if piece.block.kind != "heading"), run[0].block)
        yield _Draft(Span(run[0].span.start, run[-1].span.end), kind, body.headings, body.locator)


def _of_item(text: str, item: Item, count: Count) -> Iterator[_Draft]:
    block = replace(item.block, span=item.span, kind="text")
    short = (item.span.end - item.span.start) * MOST_TOKENS_A_CHARACTER <= WINDOW
    pieces = [Piece(item.span, 0, block)] if short else pieces_of(text, block, count, WINDOW)
    for draft in _packed("item", pieces, WINDOW):
        yield replace(draft, fields=item.fields)


def _of_exchanges(text: str, blocks: Sequence[Block], count: Count, limit: int) -> Iterator[_Draft]:
    runs = list(pack(exchange_pieces(text, blocks, count), limit))
    for run, following in zip(runs, [*runs[1:], None], strict=True):
        [draft] = _packed("exchange", run, sum(piece.tokens + 1 for piece in run))
        yield replace(draft, locator=exchange_locator(run, following[0].block if following else None))


def _section(text: str, blocks: Sequence[Block], continued: frozenset[int], count: Count, limit: int) -> _Section:
    pieces = pieces_of_all(text, blocks, count, limit, continued)
    tokens = sum(piece.tokens + 1 for piece in pieces)
    return _Section(tuple(pieces), blocks[-1].headings, tokens, tokens * SMALL < limit)


def _title(document: Document) -> tuple[str, ...]:
    """Return the one heading above all others, if there is one: what it joins is no section."""
    tops = {block.headings[:1] for block in document.blocks if block.headings}
    return tops.pop() if len(tops) == 1 else ()


def _together(one: _Section, other: _Section, limit: int, title: tuple[str, ...]) -> _Section | None:
    """Join a small section with the next small one under the same heading, and lines below a heading with its first part.

    The sections of the document itself, 教学重点 and 教学难点, stay apart however small.
    """
    parent = other.headings[:-1]
    tokens = one.tokens + other.tokens
    if parent in {(), title} or not one.open or tokens > limit:
        return None
    leads = one.headings == parent and not one.joined
    if not leads and not (other.open and parent in {one.headings, one.headings[:-1]}):
        return None
    return _Section((*one.pieces, *other.pieces), parent, tokens, other.open, joined=True)


def _of_section(section: _Section, limit: int) -> Iterator[_Draft]:
    for draft in _packed("section", section.pieces, limit):
        yield replace(draft, headings=section.headings) if section.joined else draft


def _groups(document: Document, items: Sequence[Item]) -> Iterator[tuple[ChunkKind, list[Block], Item | None]]:
    """Yield each item, and the runs of blocks that belong to one section, slide, sheet or stretch of talk."""
    parts: list[_Part] = [(block, None) for block in _outside(document, items)]
    parts += [(replace(item.block, span=item.span), item) for item in items]
    parts.sort(key=lambda part: part[0].span.start)
    run: list[Block] = []
    run_place: _Place | None = None
    for (block, item), place in zip(parts, _places(parts), strict=True):
        new_head = place[0] == "section" and block.kind == "heading" and run and run[-1].kind != "heading"
        if run_place and (place != run_place or new_head or item is not None):
            yield run_place[0], run, None
            run, run_place = [], None
        if item is not None:
            yield "item", [block], item
        else:
            run.append(block)
            run_place = place
    if run_place:
        yield run_place[0], run, None


def _outside(document: Document, items: Sequence[Item]) -> Iterator[Block]:
    """Yield the blocks, or what is left of them, outside the items."""
    at = 0
    for block in document.blocks:
        start = block.span.start
        while at < len(items) and items[at].span.start < block.span.end:
            item = items[at].span
            if span := trimmed(document.text, start, item.start):
                yield replace(block, span=span)
            start = max(start, item.end)
            if item.end > block.span.end:
                break
            at += 1
        if span := trimmed(document.text, start, block.span.end):
            yield block if span == block.span else replace(block, span=span)


def _places(parts: Sequence[_Part]) -> list[_Place]:
    """Return where each part belongs; headings belong to what follows them, remarks between turns to the talk."""
    places = [_place(block, item) for block, item in parts]
    turn: int | None = None
    for index, (block, item) in enumerate(parts):
        if block.kind == "turn" and item is None:
            if turn is not None:
                places[turn:index] = [places[turn]] * (index - turn)
            turn = index
        elif block.kind in {"heading", "table"} or places[index][0] != "section":
            turn = None
    for index in range(len(parts) - 2, -1, -1):
        is_head = parts[index][0].kind == "heading" and places[index][0] == "section"
        if is_head and places[index + 1][0] != "item":
            places[index] = places[index + 1]
    return places


def _place(block: Block, item: Item | None) -> _Place:
    where = block.locator
    if item is not None:
        return "item", block.span.start
    if where.slide is not None:
        return "slide", where.slide
    if block.kind == "turn":
        return "exchange", block.headings
    if where.row is not None:
        return "rows", where.sheet
    return "section", block.headings
