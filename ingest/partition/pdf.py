"""PDF files by their text layer, through PDFium; `layout` makes paragraphs of the lines found here."""

from __future__ import annotations

import re
import threading
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from ingest.partition.failures import failure
from ingest.partition.headings import promote
from ingest.partition.layout import Line, lines_to_elements, without_running_lines
from ingest.partition.turns import mark_turns

if TYPE_CHECKING:
    from pathlib import Path

    from ingest.document import Element

_LOCK = threading.Lock()  # PDFium is not thread-safe
PASSWORD_ERROR = 4  # FPDF_ERR_PASSWORD
MOST_PAGES = 3000
CELL_GAP = 1.1  # of the line's height; wider white between two characters is the border of table cells
_MARK = re.compile(r"[^\w（(“‘《]|\d{1,3}[.、．)）]")
_NO_INK = " \t\r\n\xa0\ufffe\uffff\x02"


def read_pdf(path: Path, max_characters: int) -> list[Element]:
    """Read the text layer of a PDF; every element carries its page's number.

    Raises:
        SourceError: IN-07 locked, IN-08 damaged, IN-10 too long, IN-12 a scan, IN-18 too many pages.

    """
    pages = without_running_lines(_pages(path, max_characters))
    return promote(mark_turns(lines_to_elements([line for page in pages for line in page])))


def _pages(path: Path, max_characters: int) -> list[list[Line]]:
    import pypdfium2 as pdfium

    with _LOCK:
        try:
            document = pdfium.PdfDocument(path)
        except pdfium.PdfiumError as error:
            locked = getattr(error, "err_code", None) == PASSWORD_ERROR
            raise failure("IN-07" if locked else "IN-08") from error
        try:
            return _read_pages(document, max_characters)
        except pdfium.PdfiumError as error:
            raise failure("IN-08") from error
        finally:
            document.close()


def _read_pages(document: Any, max_characters: int) -> list[list[Line]]:
    if len(document) > MOST_PAGES:
        raise failure("IN-18", detail=f"有 {len(document)} 页")
    if len(document) == 0:
        raise failure("IN-08")
    pages: list[list[Line]] = []
    characters = pictures = 0
    for number in range(1, len(document) + 1):
        page = document[number - 1]
        lines = _lines(page, number)
        if not lines and _has_picture(page):
            pictures += 1
        page.close()
        characters += sum(len(line.text) for line in lines)
        if characters > max_characters:
            raise failure("IN-10", limit=max_characters)
        pages.append(lines)
    if pictures and pictures * 2 >= len(pages):
        raise failure("IN-12", pages=len(pages), blank=pictures)
    return pages


def _has_picture(page: Any) -> bool:
    image = 3  # FPDF_PAGEOBJ_IMAGE
    return next(page.get_objects(filter=[image], max_depth=3), None) is not None


def _lines(page: Any, number: int) -> list[Line]:
    """Return the page's lines with their boxes; a character is looked up by its index in the page's text."""
    text_page = page.get_textpage()
    try:
        count = text_page.count_chars()
        text = text_page.get_text_range(0, count) if count else ""
        # PDFium counts UTF-16 units and leaves out what has no Unicode: then the indices do not fit the text.
        boxes = _Boxes(text_page if len(text) == count else None)
        lines, position = [], 0
        for raw in re.split(r"(\r\n|\n|\r)", text):
            if raw.strip(_NO_INK):
                lines.append(boxes.line(raw, position, number))
            position += len(raw)
        return lines
    finally:
        text_page.close()


class _Boxes:
    """Measure lines of one page; without a text page every line has the empty box."""

    def __init__(self, text_page: Any) -> None:
        self._text_page = text_page

    def line(self, raw: str, position: int, page: int) -> Line:
        """Return a line whose cells stand wide apart as cells joined by " | "."""
        if self._text_page is None:
            return Line(raw.strip(_NO_INK), page)
        ink = [
            (index, self._text_page.get_charbox(position + index, loose=True))
            for index, one in enumerate(raw)
            if one not in _NO_INK
        ]
        bottom, top = min(box[1] for _, box in ink), max(box[3] for _, box in ink)
        cells, start = [], ink[0][0]
        for (before, left_box), (after, right_box) in pairwise(ink):
            if after > before + 1 and right_box[0] - left_box[2] > CELL_GAP * (top - bottom):
                cells.append(raw[start : before + 1].strip())
                start = after
        cells.append(raw[start : ink[-1][0] + 1].strip())
        if len(cells) > 1 and _MARK.fullmatch(cells[0]):
            cells[:2] = [f"{cells[0]} {cells[1]}"]  # a bullet stands apart from its text
        return Line(" | ".join(cells), page, ink[0][1][0], ink[-1][1][2], bottom, top, len(cells))
