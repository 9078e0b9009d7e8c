"""Make one clean text of a file's elements, with a block for each: the last place where characters may change."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from ingest.document import Block, Document, Element, Metadata, Source, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Only these code points are replaced by their compatibility forms; NFKC of everything would turn x² into x2.
_LOOKALIKES = {
    code: plain
    for start, end in ((0x2E80, 0x2FDF), (0xF900, 0xFAFF))
    for code in range(start, end + 1)
    if (plain := unicodedata.normalize("NFKC", chr(code))) != chr(code)
}
# Bullets of the Symbol and Wingdings fonts, which Word and PDF files keep in the private use area.
_PRIVATE = {
    0xF0B7: "•", 0xF0A7: "▪", 0xF06C: "●", 0xF06E: "■", 0xF075: "◆", 0xF0D8: "➢", 0xF0E0: "→",
    0xF0FC: "✓", 0xF0FE: "☑", 0xF0A8: "□", 0xF06F: "□", 0xF02D: "-",
}  # fmt: skip
_SPACES = dict.fromkeys(
    (0x09, 0x0B, 0x0C, 0x1C, 0x1D, 0x1E, 0x1F, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F), " "
)
_LINE_ENDS = {0x0D: "\n", 0x85: "\n", 0x2028: "\n", 0x2029: "\n"}
_REMOVED = dict.fromkeys(
    (
        *range(0x09), *range(0x0E, 0x1C), 0x7F, *range(0x80, 0x85), *range(0x86, 0xA0),
        0xAD, 0x061C, 0x180E, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070),
        0xFEFF, *range(0xFFF9, 0xFFFC), 0xFFFE, 0xFFFF, *range(0xD800, 0xE000), *range(0xE0000, 0xE0080),
    )
)  # fmt: skip
_LOST = {0xFFFD: "□", 0xFFFC: " "}  # a character that was lost before the file came to us stays visible as lost
_TABLE = {**_LOOKALIKES, **_PRIVATE, **_SPACES, **_LINE_ENDS, **_REMOVED, **_LOST}
_RUNS = re.compile(r" {2,}")
_AROUND_LINE_END = re.compile(r" *\n[ \n]*")


def clean(text: str) -> str:
    """Return text without control, zero-width and look-alike characters, single-spaced, its blank lines removed.

    Cleaning twice changes nothing more. Full-width spaces stay: they are how Chinese sets things apart.
    """
    text = text.replace("\r\n", "\n").translate(_TABLE)
    return _AROUND_LINE_END.sub("\n", _RUNS.sub(" ", text)).strip(" \n\u3000")


def assemble(source: Source, elements: Iterable[Element], metadata: Metadata) -> Document:
    """Join the cleaned elements with line ends; `document.text[block.span.start:block.span.end]` is each one's text.

    Elements of which cleaning leaves nothing are dropped. A heading's own block carries the headings above it.
    """
    texts: list[str] = []
    blocks: list[Block] = []
    position = 0
    for element, headings in _with_headings(elements):
        text = clean(element.text)
        if not text:
            continue
        span = Span(position, position + len(text))
        speaker = clean(element.speaker) if element.speaker else None
        blocks.append(Block(span, element.kind, element.locator, headings, element.level, speaker or None))
        texts.append(text)
        position = span.end + 1
    return Document(source, "\n".join(texts), tuple(blocks), metadata)


def _with_headings(elements: Iterable[Element]) -> Iterator[tuple[Element, tuple[str, ...]]]:
    """Yield each element with the headings it stands under, outermost first."""
    above: list[tuple[int, str]] = []
    for element in elements:
        if element.kind != "heading":
            yield element, tuple(text for _, text in above)
            continue
        text = " ".join(clean(element.text).split("\n"))
        level = element.level or 1
        while above and above[-1][0] >= level:
            above.pop()
        yield element, tuple(text for _, text in above)
        if text:
            above.append((level, text))
