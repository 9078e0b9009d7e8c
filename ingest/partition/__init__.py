"""Read one file into its elements, in reading order: `partition(path, settings)`."""

from __future__ import annotations

import stat
from dataclasses import replace
from typing import TYPE_CHECKING

from ingest.partition.failures import failure
from ingest.partition.legacy import CONVERTED, converted
from ingest.partition.sniff import FORMATS, OLD_FORMATS, sniff

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from ingest.document import Element
    from ingest.settings import IngestSettings

__all__ = ["SUFFIXES", "page_count", "partition"]

SUFFIXES = frozenset((*FORMATS, *OLD_FORMATS))
MEGABYTE = 1024 * 1024
XML_BYTES_PER_CHARACTER = 24  # measured 8–15 in lesson plans: every run carries its fonts


def partition(
    path: Path, settings: IngestSettings, *, on_page: Callable[[int], None] = lambda _: None
) -> tuple[Element, ...]:
    """Read a file's elements; text is as found, `normalise` cleans it.

    `on_page` is told the number of each page of a PDF or picture that is done: reading scans takes seconds a page.

    Raises:
        SourceError: IN-01 … IN-18 or IN-24, see `ingest/README.md`.

    """
    try:
        status = path.stat()
    except OSError as error:
        raise failure("IN-17" if isinstance(error, FileNotFoundError) else "IN-02", detail=error.strerror) from error
    if not stat.S_ISREG(status.st_mode):  # a pipe would be waited for without end
        raise failure("IN-04", suffix="没有内容的特殊")
    size = status.st_size
    if size > settings.max_file_mb * MEGABYTE:
        raise failure("IN-03", size=round(size / MEGABYTE), limit=settings.max_file_mb)
    kind = sniff(
        path,
        max_xml_bytes=max(8 * MEGABYTE, settings.max_characters * XML_BYTES_PER_CHARACTER),
        max_total_bytes=4 * settings.max_file_mb * MEGABYTE,
    )
    if kind in CONVERTED:
        with converted(path, kind, settings.max_seconds) as newer:
            return partition(newer, settings, on_page=on_page)
    try:
        elements = tuple(_marked(element) for element in _read(kind, path, settings, on_page))
    except (RecursionError, MemoryError) as error:
        raise failure("IN-18", detail="层层嵌套或内容太多") from error
    if sum(len(element.text) for element in elements) > settings.max_characters:
        raise failure("IN-10", limit=settings.max_characters)
    if not any(character.isalnum() for element in elements for character in element.text):
        raise failure("IN-11")
    return elements


def _marked(element: Element) -> Element:
    """Show a character that was lost before the file came to us as lost, by a sign that every font has."""
    return replace(element, text=element.text.replace("\ufffd", "□")) if "\ufffd" in element.text else element


def page_count(elements: Iterable[Element]) -> int:
    """Return the highest page or slide number with text; 0 for formats that have neither."""
    return max((element.locator.page or element.locator.slide or 0 for element in elements), default=0)


def _read(  # noqa: PLR0911  (one return a format)
    kind: str, path: Path, settings: IngestSettings, on_page: Callable[[int], None]
) -> Iterable[Element]:
    # Readers are imported when their first file comes: unstructured alone takes two seconds.
    if kind == "docx":
        from ingest.partition.office import read_docx

        return read_docx(path)
    if kind == "pptx":
        from ingest.partition.slides import read_pptx

        return read_pptx(path)
    if kind == "pdf":
        from ingest.partition.pdf import read_pdf

        return read_pdf(path, settings.max_characters, ocr=settings.ocr, on_page=on_page)
    if kind == "photo":
        from ingest.partition.photo import read_photo

        return read_photo(path, settings.max_characters, ocr=settings.ocr, on_page=on_page)
    if kind == "xlsx":
        from ingest.partition.sheets import read_xlsx

        return read_xlsx(path, settings.max_characters)
    if kind == "xls":
        from ingest.partition.sheets_old import read_xls

        return read_xls(path, settings.max_characters)

    from ingest.partition.text import read_text

    text = read_text(path, settings.max_characters)
    if kind == "csv":
        from ingest.partition.sheets import read_csv

        return read_csv(text)
    if kind == "subtitles":
        from ingest.partition.subtitles import read_subtitles

        return read_subtitles(text)
    if kind == "txt":
        from ingest.partition.text import lines_to_elements

        return lines_to_elements(text)
    from ingest.partition.markup import read_html, read_markdown

    return read_markdown(text) if kind == "md" else read_html(text)
