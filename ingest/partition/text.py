"""Plain text: find the encoding without guessing into mojibake, and read lines as paragraphs or turns."""

from __future__ import annotations

import codecs
import re
from itertools import islice
from typing import TYPE_CHECKING

from ingest.document import Element
from ingest.partition.failures import failure
from ingest.partition.frequent import FREQUENT
from ingest.partition.headings import promote
from ingest.partition.turns import mark_turns

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
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
MOSTLY = 0.8
# Encodings without a mark, each with the tables programs have for it: Windows writes some Big5 signs at its own places.
_WIDE = (("utf-32-le",), ("utf-32-be",), ("utf-16-le",), ("utf-16-be",))
_NARROW = (("gb18030",), ("big5", "cp950", "big5hkscs"))
_CONTROL = re.compile("[\0-\x08\x0e-\x19\x1c-\x1f\ud800-\udfff]")
ENOUGH = 5000  # characters beyond ASCII tell an encoding
PLAUSIBLE_LIKENESS = 0.4
CERTAIN_LIKENESS = 0.8
CLEAR_LEAD = 0.1
RARER, RAREST = 0.5, 0.1  # what ideographs outside the list of frequent ones count
MOST_LOST = 0.05


def read_text(path: Path, max_characters: int) -> str:
    """Return the text of a file, its line ends as single line feeds.

    Raises:
        SourceError: IN-02 unreadable, IN-06 binary, IN-10 too long, IN-13 no encoding fits.

    """
    most = max_characters * MOST_BYTES_PER_CHARACTER
    try:
        with path.open("rb") as stream:
            raw = stream.read(most + 1)
    except OSError as error:
        raise failure("IN-02", detail=error.strerror or "读取失败") from error
    if len(raw) > most:
        raise failure("IN-10", limit=max_characters)
    text = decode(raw, path.suffix)
    if text.count("\ufffd") > MOST_LOST * len(text):  # some program has already read it wrongly and saved it so
        raise failure("IN-13")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def decode(raw: bytes, suffix: str = "") -> str:
    """Decode by byte-order mark, then strict UTF-8, then whichever encoding reads as common Chinese.

    Raises:
        SourceError: IN-06 when the bytes are no text, IN-13 when every reading would be wrong.

    """
    for bom, name in _BOMS:
        if raw.startswith(bom):
            return _strict(raw, name)
    if b"\0" in raw:
        text = _most_chinese(raw, _WIDE)
        if text is None:
            raise failure("IN-06", named=suffix or "文本", actual="二进制数据")
        return text
    try:
        return _unless_by_accident(raw, raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        if _is_damaged_utf8(raw):
            if error.end >= len(raw) and len(raw) - error.start < LONGEST_UTF8:
                kept = raw[: error.start].decode("utf-8")  # the copy stopped inside its last character
                return _unless_by_accident(raw, kept)
            raise failure("IN-13") from error
    text = _most_chinese(raw, (*_WIDE, *_NARROW))
    if text is None:
        raise failure("IN-13")
    return text


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


def _is_damaged_utf8(raw: bytes) -> bool:
    """Tell UTF-8 with a few bad bytes from another encoding, which hardly ever forms valid sequences."""
    kept = raw.decode("utf-8", "ignore")
    valid = sum(len(character.encode()) for character in kept if character > "\x7f")
    return valid > MOSTLY * sum(byte > 0x7F for byte in raw)  # the end of ASCII


def _unless_by_accident(raw: bytes, text: str) -> str:
    """Return the UTF-8 reading, or what it hides: a word or two of Chinese in another encoding can be valid UTF-8."""
    odd = _CONTROL.search(text) is not None
    if _likeness(text) >= PLAUSIBLE_LIKENESS and not odd:
        return text
    other = _most_chinese(raw, (*_WIDE, *_NARROW))
    return other if other is not None and (odd or _likeness(other) >= CERTAIN_LIKENESS) else text


def _most_chinese(raw: bytes, encodings: Sequence[tuple[str, ...]]) -> str | None:
    """Return the reading that looks most like Chinese; None when none does, or when two do."""
    readings = [text for names in encodings if (text := _attempt(raw, names)) is not None]
    rated = sorted(((_likeness(text), text) for text in readings), reverse=True)
    if not rated or rated[0][0] < PLAUSIBLE_LIKENESS:
        return None
    if len(rated) > 1 and rated[0][0] - rated[1][0] < CLEAR_LEAD:
        return None
    return rated[0][1]


def _attempt(raw: bytes, names: Iterable[str]) -> str | None:
    """Decode by the first of several tables of one encoding that has all the characters."""
    for name in names:
        try:
            text = raw.decode(name)
        except UnicodeDecodeError:
            continue
        return None if _CONTROL.search(text) else text
    return None


def _likeness(text: str) -> float:
    """Return how much a text looks like Chinese, 0 … 1; of what is no Chinese at all only plain ASCII counts."""
    wide = list(islice((character for character in text if character > "\x7f"), ENOUGH))
    if not wide:
        return 1.0
    return sum(map(_weight, wide)) / len(wide)


def _is_current(character: str) -> bool:
    """Tell the ideographs in use, which names are made of: all of GB 2312, and those of Big5 up to row C6."""
    return bool(character.encode("gb2312", "ignore")) or b"\0" < character.encode("big5", "ignore") < b"\xc7"


def _weight(character: str) -> float:
    if character in FREQUENT:
        return 1.0
    if "\u4e00" <= character <= "\u9fa5":
        return RARER if _is_current(character) else RAREST
    return -1.0 if "\ue000" <= character <= "\uf8ff" else 0.0  # private use: what no table knows
