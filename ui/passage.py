"""Which blocks of a document the panel shows: the section around a citation, and more on request."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from assistant.chat.contracts import DocumentView
    from ingest.document import Block, Span

SECTION_CHARACTERS = 2_400
# A step the browser lays out well below a tenth of a second on an old notebook; a longer text comes in steps.
STEP_CHARACTERS = 40_000
STEP_BLOCKS = 600
Grow = Literal["full", "earlier", "later"]


@dataclass(frozen=True, slots=True)
class Window:
    """A half-open range of block indices."""

    first: int
    last: int


def block_at(view: DocumentView, offset: int) -> int:
    """Return the index of the block that holds an offset of the text, or the nearest before it; 0 when none is."""
    starts = [block.span.start for block in view.blocks]
    return max(0, bisect_right(starts, offset) - 1)


def section_around(view: DocumentView, span: Span) -> Window:
    """Return the blocks of the section a span stands in, cut to what can be read without scrolling far."""
    if not view.blocks:
        return Window(0, 0)
    first = block_at(view, span.start)
    last = max(first + 1, block_at(view, max(span.start, span.end - 1)) + 1)
    section = _section_of(view, view.blocks[last - 1])
    left = SECTION_CHARACTERS - _length(view.blocks, first, last)
    grew = True
    while grew:
        grew = False
        if last < len(view.blocks) and view.blocks[last].headings == section and left > 0:
            left -= _length(view.blocks, last, last + 1)
            last, grew = last + 1, True
        if first > 0 and _same_section(view.blocks[first - 1], section) and left > 0:
            first, grew = first - 1, True
            left -= _length(view.blocks, first, first + 1)
    return Window(first, last)


def _section_of(view: DocumentView, block: Block) -> tuple[str, ...]:
    """Return the heading path of the text a block stands in; a heading stands in the section it begins."""
    return (
        (*block.headings, view.text[block.span.start : block.span.end]) if block.kind == "heading" else block.headings
    )


def _same_section(block: Block, section: tuple[str, ...]) -> bool:
    """Tell whether a block before the section's text belongs to it; its heading carries the path above itself."""
    own_heading = block.kind == "heading" and bool(section) and block.headings == section[:-1]
    return block.headings == section or own_heading


def widen(view: DocumentView, window: Window, how: Grow) -> Window:
    """Return a larger window: the whole text when it is short enough, else one step before or after."""
    first, last = window.first, window.last
    budget = STEP_CHARACTERS
    blocks = STEP_BLOCKS
    if how in {"full", "later"}:
        while last < len(view.blocks) and budget > 0 and blocks > 0:
            budget -= _length(view.blocks, last, last + 1)
            last, blocks = last + 1, blocks - 1
    if how == "full":
        budget, blocks = STEP_CHARACTERS, STEP_BLOCKS
    if how in {"full", "earlier"}:
        while first > 0 and budget > 0 and blocks > 0:
            first, blocks = first - 1, blocks - 1
            budget -= _length(view.blocks, first, first + 1)
    return Window(first, last)


def _length(blocks: tuple[Block, ...], first: int, last: int) -> int:
    return sum(block.span.end - block.span.start for block in blocks[first:last])
