"""Pieces of text that stay whole, and packing them evenly into chunks."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ingest.document import Block, Span
from ingest.sentences import sentence_spans

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    Count = Callable[[str], int]

# The embedding model reads 2,048 tokens, its own marks among them: what is longer would not be found whole.
WINDOW = 2_000
_CLAUSE = re.compile(r"[，、；：,;:\s]+")
LEADS_ON = ("：", ":")
FEWEST_CELLS = 3  # in a table of two columns the same first cell says little


@dataclass(frozen=True, slots=True)
class Piece:
    """A span that is not cut, the tokens it takes, and its block; `holds` keeps the next piece in the same chunk."""

    span: Span
    tokens: int
    block: Block
    holds: bool = False


def pieces_of(text: str, block: Block, count: Count, limit: int, room: int | None = None) -> list[Piece]:
    """Cut one block: whole while it fits, a table between its rows, other text between its sentences.

    `room` is what the heading above leaves of the limit: a block that does not fit there is cut, or the heading would
    stand alone.
    """
    whole = count(text[block.span.start : block.span.end])
    leads = block.kind == "heading" or text[block.span.start : block.span.end].endswith(LEADS_ON)
    if whole <= (limit if room is None else room):
        return [Piece(block.span, whole, block, leads)]
    if block.kind == "table":
        return _rows(text, block, count, limit)
    found = [piece for span in _sentences(text, block.span) for piece in _sized(text, span, block, count)]
    return [*found[:-1], Piece(found[-1].span, found[-1].tokens, block, leads)] if found else []


def pieces_of_all(
    text: str, blocks: Sequence[Block], count: Count, limit: int, continued: frozenset[int] = frozenset()
) -> list[Piece]:
    """Cut blocks that belong together; a block whose start is in `continued` stays with the one before it if it can."""
    pieces: list[Piece] = []
    held = 0  # tokens of the headings and lead-ins that wait for what follows
    for block in blocks:
        if pieces and block.span.start in continued:
            pieces[-1] = replace(pieces[-1], holds=True)
        found = pieces_of(text, block, count, limit, limit - held if held * 2 < limit else limit)
        held = held + found[-1].tokens + 1 if found[-1].holds and len(found) == 1 else 0
        pieces += found
    return pieces


def whole_or_sentences(text: str, block: Block, count: Count) -> list[Piece]:
    """Leave a block whole up to the embedder's window, whatever the budget; beyond, cut it between sentences."""
    return pieces_of(text, block, count, WINDOW)


def pack(pieces: Sequence[Piece], limit: int) -> Iterator[list[Piece]]:
    """Yield runs of pieces of at most `limit` tokens and of much the same size; a longer piece stands alone.

    Filling up each chunk would leave a scrap at the end; so each run aims at an even share of what is left. White space
    between pieces counts as one token.
    """
    atoms = list(_atoms(pieces, limit))
    left = sum(cost for _, cost in atoms)
    run: list[Piece] = []
    total, share = 0, _share(left, limit)
    for atom, cost in atoms:
        if run and (total + cost > limit or total + cost / 2 > share):
            yield run
            run, total, share = [], 0, _share(left, limit)
        run.extend(atom)
        total += cost
        left -= cost
    if run:
        yield run


def _share(left: int, limit: int) -> float:
    return left / max(1, -(-left // limit))


def _atoms(pieces: Sequence[Piece], limit: int) -> Iterator[tuple[list[Piece], int]]:
    """Yield pieces that hold together, with their cost, while they fit in one chunk."""
    atom: list[Piece] = []
    total, end = 0, -1
    for piece in pieces:
        cost = piece.tokens + (piece.span.start > end)
        if atom and not (atom[-1].holds and total + cost <= limit):
            yield atom, total
            atom, total = [], 0
        atom.append(piece)
        total += cost
        end = piece.span.end
    if atom:
        yield atom, total


def _rows(text: str, block: Block, count: Count, limit: int) -> list[Piece]:
    """Cut a table between rows; the header keeps the first row, and rows of one first cell (one step) keep together."""
    lines = list(lines_of(text, block.span))
    firsts = [text[span.start : span.end].split(" | ") for span in lines]
    found: list[Piece] = []
    for index, span in enumerate(lines):
        following = firsts[index + 1] if index + 1 < len(lines) else []
        same = len(following) >= FEWEST_CELLS and firsts[index][0] == following[0] != ""
        tokens = count(text[span.start : span.end])
        if tokens <= limit:
            found.append(Piece(span, tokens, block, index == 0 or same))
            continue
        found += [piece for part in _sentences(text, span) for piece in _sized(text, part, block, count)]
    return found


def lines_of(text: str, span: Span) -> Iterator[Span]:
    """Yield the lines of a span that hold something, white space at their edges left out."""
    position = span.start
    while position < span.end:
        found = text.find("\n", position, span.end)
        end = span.end if found < 0 else found
        if line := trimmed(text, position, end):
            yield line
        position = end + 1


def trimmed(text: str, start: int, end: int) -> Span | None:
    """Return the span without white space at its edges, None when nothing is left."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end) if start < end else None


def _sentences(text: str, span: Span) -> tuple[Span, ...]:
    return sentence_spans(text, span.start, span.end, at_semicolons=False)


def _sized(text: str, sentence: Span, block: Block, count: Count) -> Iterator[Piece]:
    """Yield a sentence whole up to the embedder's window; beyond, its clauses, and parts of clauses without marks."""
    tokens = count(text[sentence.start : sentence.end])
    if tokens <= WINDOW:
        yield Piece(sentence, tokens, block)
        return
    for clause in _clauses(text, sentence):
        tokens = count(text[clause.start : clause.end])
        parts = 1 if tokens <= WINDOW else 2 * -(-tokens // WINDOW)
        size = -(-(clause.end - clause.start) // parts)
        for start in range(clause.start, clause.end, size):
            if span := trimmed(text, start, min(start + size, clause.end)):
                yield Piece(span, -(-tokens // parts), block)


def _clauses(text: str, sentence: Span) -> Iterable[Span]:
    ends = [match.end() for match in _CLAUSE.finditer(text, sentence.start, sentence.end)]
    start = sentence.start
    for end in [*ends, sentence.end]:
        if span := trimmed(text, start, end):
            yield span
        start = end
