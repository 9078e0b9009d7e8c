"""PDF files through PDFium: the text layer of a page, or, when it has none of use, what is read from its picture."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from unicodedata import bidirectional, category

from ingest.partition.columns import Piece
from ingest.partition.failures import failure
from ingest.partition.grid import BLANK, GRID_SCALE, Blank, Rules, find_rules
from ingest.partition.ocr import LONGEST_SIDE, read_picture
from ingest.partition.page import CELL_GAP, PageText, page_elements, page_lines

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from ingest.document import Element
_LOCK = threading.Lock()  # PDFium is not thread-safe
PASSWORD_ERROR = 4  # FPDF_ERR_PASSWORD
MOST_PAGES = 3000
READ_SCALE = 200 / 72  # pixels a point of pages that are read from their picture
SHORTEST_SIDE = 1600  # pixels of the longer side: small pages are enlarged to it
LONGEST_PAGE = 1300.0  # points of the longer side of a page whose points are points; scans may count pixels
FEWEST_LETTERS = 50  # on a page that is one big picture; fewer are a scanner's stamp, not its text
BIG = 0.6  # of the page
STRANGE = 0.3  # of the characters without a meaning: the fonts do not say what their signs are
FEWEST_A_PAGE = 20  # characters for every page that could not be read; with fewer the file is not worth keeping
SPACE = 0.2  # of a line's height; wider white between letters is a space
_TEXT, _PATH, _IMAGE, _FORM = 1, 2, 3, 5  # FPDF_PAGEOBJ_…
_NO_INK = " \t\r\n\xa0\ufffe\uffff\x02\0"


def read_pdf(
    path: Path, max_characters: int, *, ocr: bool = True, on_page: Callable[[int], None] = lambda _: None
) -> list[Element]:
    """Read a PDF page by page; every element carries its page's number.

    Args:
        path: the file.
        max_characters: a longer text is refused.
        ocr: whether pages without a text layer are read from their picture, seconds a page.
        on_page: told the number of each page that is done.

    Raises:
        SourceError: IN-07 locked, IN-08 damaged, IN-10 too long, IN-12 a scan that cannot be read, IN-18 too many pages.

    """
    import pypdfium2 as pdfium

    with _LOCK:
        try:
            document = pdfium.PdfDocument(path)
        except pdfium.PdfiumError as error:
            locked = getattr(error, "err_code", None) == PASSWORD_ERROR
            raise failure("IN-07" if locked else "IN-08") from error
        try:
            return page_elements(_pages(document, max_characters, ocr=ocr, on_page=on_page))
        except pdfium.PdfiumError as error:
            raise failure("IN-08") from error
        finally:
            document.close()


def _pages(document: Any, max_characters: int, *, ocr: bool, on_page: Callable[[int], None]) -> list[PageText]:
    if len(document) > MOST_PAGES:
        raise failure("IN-18", detail=f"有 {len(document)} 页")
    if len(document) == 0:
        raise failure("IN-08")
    pages: list[PageText] = []
    characters = unread = 0
    for number in range(1, len(document) + 1):
        page = document[number - 1]
        text = _read(page, number, ocr=ocr)
        page.close()
        size = sum(len(line.text) for line in text.lines)
        unread += text.pictured and not size
        characters += size
        if characters > max_characters:
            raise failure("IN-10", limit=max_characters)
        pages.append(text)
        on_page(number)
    # With reading switched off nothing is known of the pictures; with it they may well be photographs.
    if unread and unread * 2 >= len(pages) and (not ocr or characters < FEWEST_A_PAGE * unread):
        raise failure("IN-12", detail=f"{len(pages)} 页里有 {unread} 页没有文字")
    return pages


def _read(page: Any, number: int, *, ocr: bool) -> PageText:
    """Return the lines of a page from its text layer or its picture."""
    text_page = page.get_textpage()
    try:
        count = text_page.count_chars()
        text = text_page.get_text_range(0, count) if count else ""
        if len(text) != count:  # characters outside the first plane count twice, those without a meaning not at all
            text = _units(text_page, count)
        pictured = not _is_text(text, page) and _shows(page)
        if pictured and ocr:
            reading = read_picture(*_picture(page))
            if reading.has_words:
                lines = page_lines([[piece] for piece in reading.pieces], reading.tables, number, in_order=False)
                return PageText(lines, reading.confidence, pictured=True)
        if pictured and not ocr:
            return PageText([], pictured=True)
        rules = _rules(page)
        rows = _Rows(text_page, _placing(page), rules).read(text)
        return PageText(page_lines(rows, rules.tables, number, in_order=True), pictured=pictured)
    finally:
        text_page.close()


def _units(text_page: Any, count: int) -> str:
    from pypdfium2.raw import FPDFText_GetUnicode

    return "".join(chr(FPDFText_GetUnicode(text_page.raw, index)) for index in range(count))


def _is_text(text: str, page: Any) -> bool:
    """Tell whether a text layer says what is on the page."""
    signs = [one for one in text if one not in _NO_INK]
    letters = sum(one.isalnum() for one in signs)
    strange = sum(category(one) in {"Cn", "Co", "Cc"} for one in signs)
    if not letters or strange > STRANGE * len(signs):
        return False
    return letters >= FEWEST_LETTERS or _pictured_share(page) < BIG


def _pictured_share(page: Any) -> float:
    """Return the part of the page that pictures cover; one inside a form counts for the whole page."""
    width, height = page.get_size()
    area = 0.0
    for picture in page.get_objects(filter=[_IMAGE], max_depth=3):
        if picture.level:
            return 1.0
        left, bottom, right, top = picture.get_bounds()
        area += (right - left) * (top - bottom)
    return float(area / max(width * height, 1.0))


def _shows(page: Any) -> bool:
    """Tell whether anything but text is drawn on the page: a picture, or letters turned to outlines."""
    return next(page.get_objects(filter=[_IMAGE, _PATH, _TEXT], max_depth=3), None) is not None


def _picture(page: Any) -> tuple[NDArray[np.uint8], float]:
    """Return the page as a picture, and the points a pixel of it."""
    longer = max(page.get_size())
    scale = min(max(READ_SCALE, SHORTEST_SIDE / longer), LONGEST_SIDE / longer)
    picture = page.render(scale=scale, rev_byteorder=True, prefer_bgrx=False).to_numpy()[:, :, :3]
    return picture, min(longer, LONGEST_PAGE) / (longer * scale)


def _rules(page: Any) -> Rules:
    """Return the tables and blanks ruled on a page; one without drawings is not even looked at."""
    drawn = next(page.get_objects(filter=[_PATH, _IMAGE], max_depth=3), None) is not None
    if not drawn or max(page.get_size()) > LONGEST_PAGE:
        return Rules()
    return find_rules(page.render(scale=GRID_SCALE, grayscale=True).to_numpy(), GRID_SCALE)


_Box = tuple[float, float, float, float]


def _placing(page: Any) -> Callable[[_Box], _Box]:
    """Return what moves a box of the file's coordinates to where it is seen: cut to the page's box and turned."""
    left, bottom, right, top = page.get_bbox()
    turn = page.get_rotation()

    def place(box: _Box) -> _Box:
        x0, y0, x1, y1 = box[0] - left, box[1] - bottom, box[2] - left, box[3] - bottom
        width, height = right - left, top - bottom
        if turn == 90:
            return y0, width - x1, y1, width - x0
        if turn == 180:
            return width - x1, height - y1, width - x0, height - y0
        if turn == 270:
            return height - y1, x0, height - y0, x1
        return x0, y0, x1, y1

    return place


class _Rows:
    """Read the printed lines of one page as pieces; a character is looked up by its index in the page's text."""

    def __init__(self, text_page: Any, place: Callable[[_Box], _Box], rules: Rules) -> None:
        self._text_page = text_page
        self._place = place
        self._rules = rules

    def read(self, text: str) -> list[list[Piece]]:
        """Return the pieces of each line in the order of the file."""
        rows, position = [], 0
        for raw in re.split(r"(\r\n|\n|\r)", text):
            if raw.strip(_NO_INK):
                rows.append(self._pieces(raw, position))
            position += len(raw)
        return rows

    def _pieces(self, raw: str, position: int) -> list[Piece]:
        """Cut a line where a blank, the border of a table or white wider than a character parts it."""
        ink = self._ink(raw, position)
        bottom, top = min(one.box[1] for one in ink), max(one.box[3] for one in ink)
        blanks = [
            Piece(BLANK, blank.left, blank.right, bottom, top)
            for blank in self._rules.blanks
            if blank.is_in_line(bottom, top) and _is_beside(blank, [one.box for one in ink], top - bottom)
        ]
        cells = [self._cell(one.box) for one in ink]
        starts = [0]
        for at, (left, right) in enumerate(pairwise(ink), start=1):
            wide = right.white and right.box[0] - left.box[2] > CELL_GAP * (top - bottom)
            blank = any(left.box[2] - 2 < piece.x < right.box[0] + 2 for piece in blanks)
            if wide or blank or cells[at] != cells[at - 1]:
                starts.append(at)
        pieces = [_piece(ink[start:end]) for start, end in pairwise([*starts, len(ink)])]
        return sorted([*pieces, *blanks], key=lambda piece: piece.left) if blanks else pieces

    def _ink(self, raw: str, position: int) -> list[_Ink]:
        """Return the characters of a line that can be seen, in the order in which they stand on the page."""
        ink: list[_Ink] = []
        last = -1
        for index, one in enumerate(raw):
            if one not in _NO_INK:
                box = self._place(self._text_page.get_charbox(position + index, loose=True))
                ink.append(_Ink(one, box, raw[last + 1 : index] if ink else ""))
                last = index
        height = max(one.box[3] - one.box[1] for one in ink)
        middles = [one.box[1] + one.box[3] for one in ink]
        back = any(right.box[0] < left.box[0] - height / 2 for left, right in pairwise(ink))
        leftward = any(bidirectional(one.sign) in {"R", "AL"} for one in ink)
        if not back or leftward or max(middles) - min(middles) > height:
            return ink
        # Some programs write the marks of another font after the rest of the line.
        ink.sort(key=lambda one: one.box[0])
        gaps = [right.box[0] - left.box[2] for left, right in pairwise(ink)]
        whites = ["", *(" " if gap > SPACE * height else "" for gap in gaps)]
        return [replace(one, white=white) for one, white in zip(ink, whites, strict=True)]

    def _cell(self, box: _Box) -> object:
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        return next((cell for table in self._rules.tables if (cell := table.cell_at(x, y))), None)


@dataclass(frozen=True, slots=True)
class _Ink:
    """A character, or half of one, that can be seen; where; and the white space before it."""

    sign: str
    box: _Box
    white: str


def _piece(ink: list[_Ink]) -> Piece:
    text = ink[0].sign + "".join(one.white + one.sign for one in ink[1:])
    if any("\ud800" <= one <= "\udfff" for one in text):  # two halves of one character
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    bottom, top = min(one.box[1] for one in ink), max(one.box[3] for one in ink)
    return Piece(text.strip(), ink[0].box[0], ink[-1].box[2], bottom, top)


def _is_beside(blank: Blank, boxes: list[_Box], near: float) -> bool:
    """Tell whether a blank stands free between the characters of a line or next to them."""
    free = not any(min(box[2], blank.right) - max(box[0], blank.left) > 2 for box in boxes)
    return free and any(box[0] - near < blank.right and blank.left < box[2] + near for box in boxes)
