"""PowerPoint files by python-pptx: titles, bodies in reading order, groups, tables, charts, diagrams and notes."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from ingest.document import Element, ElementKind, Locator
from ingest.partition.failures import DAMAGE, failure
from ingest.partition.formula import MATH, equation
from ingest.partition.scripts import lowered, raised

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
SAME_ROW = 400_000  # EMU, about 1.1 cm: boxes that start this close are read from left to right
FOOT = 0.85  # of the slide's height; below it a lone number is the slide's
DEEPEST_GROUP = 20
# A text box that is on more than half of the slides, and on four at least, belongs to the deck and not to its content.
FEWEST_RUNNING = 4
RUNNING_SHARE = 0.5
LONGEST_RUNNING = 60
_EMPTY_PLACES = frozenset({"DATE", "FOOTER", "SLIDE_NUMBER"})


def read_pptx(path: Path) -> list[Element]:
    """Read a PowerPoint file that `sniff` has accepted; every element carries its slide's number.

    Raises:
        SourceError: IN-08 when the package is damaged.

    """
    from pptx import Presentation  # 0.3 s
    from pptx.exc import PythonPptxError

    try:
        deck = Presentation(str(path))
        foot = int((deck.slide_height or 0) * FOOT)
        slides = [list(_slide(slide, number, foot)) for number, slide in enumerate(deck.slides, start=1)]
    except (PythonPptxError, *DAMAGE) as error:
        raise failure("IN-08") from error
    return without_running_texts(slides)


def without_running_texts(slides: list[list[Element]]) -> list[Element]:
    """Join the slides and leave out the short texts that stand on most of them: the deck's footer, the school's name."""
    counts = Counter(text for slide in slides for text in {one.text for one in slide if one.kind == "text"})
    often = max(FEWEST_RUNNING, len(slides) * RUNNING_SHARE)
    running = {text for text, count in counts.items() if count >= often and len(text) <= LONGEST_RUNNING}
    return [one for slide in slides for one in slide if not (one.kind == "text" and one.text in running)]


def _slide(slide: Any, number: int, foot: int) -> Iterator[Element]:
    locator = Locator(slide=number)
    title = slide.shapes.title
    if title is not None and (text := " ".join(_paragraphs(title.text_frame))):
        yield Element("heading", text, locator, level=1)
    skipped = None if title is None else title.shape_id
    for shape in _in_reading_order(slide.shapes, 0):
        if shape.shape_id != skipped:
            yield from (element for element in _shape(shape, locator) if not _is_number(element, shape, foot))
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        for text in _paragraphs(slide.notes_slide.notes_text_frame):
            yield Element("note", text, locator)


def _is_number(element: Element, shape: Any, foot: int) -> bool:
    """Tell the slide's own number, which many decks carry in an ordinary text box."""
    return element.text == str(element.locator.slide) and (shape.top or 0) >= foot


def _in_reading_order(shapes: Any, depth: int) -> Iterator[Any]:
    """Yield shapes from top to bottom and left to right; a group is read as a whole at its own place."""
    placed = sorted(shapes, key=lambda shape: (shape.top or 0, shape.left or 0))
    row: list[Any] = []
    for shape in [*placed, None]:
        if row and (shape is None or (shape.top or 0) - (row[0].top or 0) > SAME_ROW):
            for member in sorted(row, key=lambda one: one.left or 0):
                if hasattr(member, "shapes") and depth < DEEPEST_GROUP:
                    yield from _in_reading_order(member.shapes, depth + 1)
                else:
                    yield member
            row = []
        if shape is not None:
            row.append(shape)


def _shape(shape: Any, locator: Locator) -> Iterator[Element]:
    if shape.is_placeholder and shape.placeholder_format.type.name in _EMPTY_PLACES:
        return
    if getattr(shape, "has_table", False) and shape.has_table:
        if text := _table(shape.table):
            yield Element("table", text, locator)
    elif getattr(shape, "has_chart", False) and shape.has_chart:
        if text := _chart(shape.chart):
            yield Element("table", text, locator)
    elif shape.has_text_frame:
        texts = list(_paragraphs(shape.text_frame))
        kind: ElementKind = "list" if shape.is_placeholder and len(texts) > 1 else "text"
        yield from (Element(kind, text, locator) for text in texts)
    else:
        yield from (Element("text", text, locator) for text in _diagram(shape))


def _paragraphs(frame: Any) -> Iterator[str]:
    for paragraph in frame.paragraphs:
        text = "".join(_runs(paragraph._p)).strip()  # noqa: SLF001  (its .text drops equations and line breaks)
        if text:
            yield text


def _runs(paragraph: Any) -> Iterator[str]:
    before = ""
    for node in paragraph:
        text = _piece(node, before)
        yield text
        before = text or before


def _piece(node: Any, before: str) -> str:
    if node.tag == A + "br":
        return "\n"
    if node.tag in {A + "r", A + "fld"}:
        return _run(node)
    is_choice = node.tag == MC + "AlternateContent"
    holder = node.find(MC + "Choice") if is_choice else node if str(node.tag).endswith("}m") else None
    text = ""
    for formula in () if holder is None else holder.iter(MATH + "oMath"):
        text += equation(formula, text or before)
    return text


def _run(node: Any) -> str:
    text = "".join(part.text or "" for part in node.findall(A + "t"))
    properties = node.find(A + "rPr")
    baseline = "0" if properties is None else properties.get("baseline", "0")
    if baseline.lstrip("-").rstrip("%") in {"", "0"}:
        return text
    return lowered(text) if baseline.startswith("-") else raised(text)


def _table(table: Any) -> str:
    lines = []
    for row in table.rows:
        cells = [" ".join(_paragraphs(cell.text_frame)).replace("\n", " ") for cell in row.cells if not cell.is_spanned]
        if any(cells):
            lines.append(" | ".join(cells))
    return "\n".join(lines)


def _chart(chart: Any) -> str:
    """Write a chart as the table it was drawn from."""
    lines = []
    if chart.has_title and chart.chart_title.has_text_frame:
        lines.append(" ".join(_paragraphs(chart.chart_title.text_frame)))
    for plot in chart.plots:
        lines.append(" | ".join(["", *(str(label) for label in plot.categories)]))
        for series in plot.series:
            values = ("" if value is None else format(value, ".10g") for value in series.values)
            lines.append(" | ".join([series.name or "", *values]))
    return "\n".join(line for line in lines if line.strip(" |"))


def _diagram(shape: Any) -> Iterator[str]:
    """Yield the texts of a SmartArt diagram, which stand in a part of their own."""
    relation = next(shape._element.iter(DIAGRAM + "relIds"), None)  # noqa: SLF001  (python-pptx knows no diagrams)
    key = None if relation is None else relation.get(RELATION + "dm")
    if key is None or key not in shape.part.rels:
        return
    from pptx.oxml import parse_xml

    for paragraph in parse_xml(shape.part.rels[key].target_part.blob).iter(A + "p"):
        text = "".join(_runs(paragraph)).strip()
        if text:
            yield text
