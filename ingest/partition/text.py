"""Plain text: find the encoding without guessing into mojibake, and read lines as paragraphs or turns."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from ingest.document import Element
from ingest.partition.failures import failure
from ingest.partition.headings import promote
from ingest.partition.turns import mark_turns

if TYPE_CHECKING:
    from pathlib import Path

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
MOST_BYTES_PER_CHARACTER = 4
LONGEST_UTF8 = 4
PLAUSIBLE = 0.8
CERTAIN = 0.95


def read_text(path: Path, max_characters: int) -> str:
    """Return the text of a file, its line ends as single line feeds.

    Raises:
        SourceError: IN-02 unreadable, IN-06 binary, IN-10 too long, IN-13 no encoding fits.

    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise failure("IN-02", detail=error.strerror or "读取失败") from error
    if len(raw) > max_characters * MOST_BYTES_PER_CHARACTER:
        raise failure("IN-10", limit=max_characters)
    text = decode(raw, path.suffix)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def decode(raw: bytes, suffix: str = "") -> str:
    """Decode by byte-order mark, then strict UTF-8, then GB18030 or Big5, whichever reads as common Chinese.

    Raises:
        SourceError: IN-06 when the bytes are no text, IN-13 when every reading would be wrong.

    """
    for bom, name in _BOMS:
        if raw.startswith(bom):
            return _strict(raw, name)
    if b"\0" in raw:
        return _without_mark(raw, suffix)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        if _is_damaged_utf8(raw):
            if error.end >= len(raw) and len(raw) - error.start < LONGEST_UTF8:
                return raw[: error.start].decode("utf-8")  # the copy stopped inside its last character
            raise failure("IN-13") from error
    return _legacy_chinese(raw)


def lines_to_elements(text: str) -> list[Element]:
    """Read every line that is not blank as a paragraph; transcripts become turns."""
    paragraphs = [Element("text", line.strip()) for line in text.split("\n") if line.strip()]
    turns = mark_turns(paragraphs)
    return turns if any(element.kind == "turn" for element in turns) else promote(paragraphs)


def _strict(raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise failure("IN-13") from error


def _without_mark(raw: bytes, suffix: str) -> str:
    """Read UTF-16 written without a mark: every second byte of its ASCII is zero."""
    even, odd = raw[0::2].count(0), raw[1::2].count(0)
    if max(even, odd) > 8 * min(even, odd) and len(raw) % 2 == 0:
        text = _attempt(raw, "utf-16-be" if even > odd else "utf-16-le")
        if text and sum(character.isprintable() or character.isspace() for character in text) > CERTAIN * len(text):
            return text
    raise failure("IN-06", named=suffix or "文本", actual="二进制数据")


def _is_damaged_utf8(raw: bytes) -> bool:
    """Tell UTF-8 with a few bad bytes from another encoding, which hardly ever forms valid sequences."""
    kept = raw.decode("utf-8", "ignore")
    valid = sum(len(character.encode()) for character in kept if character > "\x7f")
    return valid > PLAUSIBLE * sum(byte > 0x7F for byte in raw)  # the end of ASCII


def _legacy_chinese(raw: bytes) -> str:
    simplified, traditional = _attempt(raw, "gb18030"), _attempt(raw, "big5")
    # Rows B0–D7 of GB 2312 and A4–C6 of Big5 hold the common ideographs; A1–A3 the punctuation of both.
    gb = _share(simplified, "gb18030", ((0xB0, 0xD7), (0xA1, 0xA3)))
    big5 = _share(traditional, "big5", ((0xA4, 0xC6), (0xA1, 0xA3)))
    if traditional is not None and big5 >= CERTAIN and gb < PLAUSIBLE:
        return traditional
    if simplified is not None and gb >= 0.5:  # below half common characters it is mojibake
        return simplified
    raise failure("IN-13")


def _attempt(raw: bytes, encoding: str) -> str | None:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return None


def _share(text: str | None, encoding: str, rows: tuple[tuple[int, int], ...]) -> float:
    """Return which share of the characters beyond ASCII stands in rows of common ones, 0 … 1."""
    wide = [character.encode(encoding, "ignore") for character in text or "" if character > "\x7f"]
    common = sum(len(code) == 2 and any(low <= code[0] <= high for low, high in rows) for code in wide)  # two-byte code
    return common / len(wide) if wide else 0.0
