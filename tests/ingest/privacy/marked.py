"""Read sentences in which ⟦ ⟧ mark what is private."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ingest.document import Element, Metadata
from ingest.privacy import find_private

if TYPE_CHECKING:
    from collections.abc import Iterator

_MARK = re.compile(r"⟦([^⟦⟧]*)⟧")


def sentences(block: str) -> list[str]:
    """Return the lines of a block that hold something."""
    return [line for line in block.split("\n") if line]


def plain(marked: str) -> str:
    """Return a sentence without its marks."""
    return _MARK.sub(r"\1", marked)


def wanted(marked: str) -> list[tuple[int, str]]:
    """Return where each marked piece stands in the plain sentence, and the piece."""
    return [(match.start() - 2 * number, match[1]) for number, match in enumerate(_MARK.finditer(marked))]


def element_of(text: str, *, spoken: bool = False) -> Element:
    """Make the element that a transcript's reader makes of a line."""
    speaker, colon, _ = text.partition("：")
    return Element("turn", text, speaker=speaker) if spoken and colon else Element("text", text)


def found(text: str, kind: str, *, spoken: bool = False, author: str = "") -> list[tuple[int, str]]:
    """Return where each private piece begins in a file of this one line, the word 学生 before a name left out."""
    element = element_of(text, spoken=spoken)
    return list(_pieces(element, Metadata(kind=kind, author=author)))


def _pieces(element: Element, metadata: Metadata) -> Iterator[tuple[int, str]]:
    for item in find_private([element], metadata):
        piece = element.text[item.span.start : item.span.end]
        skipped = 2 if item.kind == "pupil" and piece.startswith("学生") else 0
        yield item.span.start + skipped, piece[skipped:]
