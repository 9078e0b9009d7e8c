"""Write out what plain readers of Word files drop: equations, indices, text boxes, notes, insertions, heading levels.

Works on the opened document in place, before it is read; nothing is written back to the teacher's file.
"""

from __future__ import annotations

import re
from typing import Any

from ingest.partition import fields
from ingest.partition.failures import failure
from ingest.partition.formula import MATH, equation
from ingest.partition.scripts import lowered, raised
from ingest.partition.structured import EATEN, KEEP

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_REMOVED = tuple(
    W + name
    for name in (
        "del",
        "moveFrom",
        "lastRenderedPageBreak",
        "commentReference",
        "softHyphen",
        "headerReference",
        "footerReference",
    )
)
_UNWRAPPED = tuple(W + name for name in ("ins", "moveTo", "smartTag", "customXml", "fldSimple", "bdo", "dir"))
_HEADING_NAME = re.compile(r"heading ([1-9])", re.IGNORECASE)
OLE_OBJECT = "{urn:schemas-microsoft-com:office:office}OLEObject"
MOST_BOXES = 2000
LONGEST_CHAIN = 12
LONGEST_MERGE = 250  # rows, read in 2 s; twice as many take eight times as long
BODY_LEVEL = 9


def make_explicit(document: Any) -> None:
    """Change an opened python-docx document so that its paragraphs and tables hold all of its visible text."""
    body = document.element.body
    _refuse_long_merges(body)
    notes = _notes(document)
    _drop_pictures(document)
    _settle(body)
    for note in notes.values():
        _settle(note)
    _write_notes(body, notes)
    _write_equations(body)
    _write_objects(body)
    _write_fields(body)
    _write_runs(body)
    _lift_boxes(body)
    _name_headings(document, body)
    _open_forms(document, body)
    _guard_signs(body)


def _refuse_long_merges(body: Any) -> None:
    """Refuse cells merged over hundreds of rows: python-docx climbs from each row to the first, and readers wait minutes."""
    for table in body.iter(W + "tbl"):
        run = 0
        for row in table.iterchildren(W + "tr"):
            merges = row.iterfind(f"{W}tc/{W}tcPr/{W}vMerge")
            run = run + 1 if any(merge.get(W + "val", "continue") == "continue" for merge in merges) else 0
            if run > LONGEST_MERGE:
                raise failure("IN-18", detail="表格里合并的行太多")


def _settle(body: Any) -> None:
    """Accept tracked changes, keep one reading of alternatives, and unwrap containers readers do not enter."""
    for fallback in list(body.iter(MC + "Fallback")):
        fallback.getparent().remove(fallback)
    for name in _REMOVED:
        for node in list(body.iter(name)):
            node.getparent().remove(node)
    for node in list(body.iter(W + "gridSpan")):
        if not re.fullmatch(r"[1-9]\d{0,3}", node.get(W + "val", "")):
            node.getparent().remove(node)  # a cell of no columns, or of no number, would be lost
    for node in list(body.iter(W + "sdt")):
        content = node.find(W + "sdtContent")
        _replace(node, [] if content is None else list(content))
    for name in _UNWRAPPED:
        for node in list(body.iter(name)):
            _replace(node, [child for child in node if not str(child.tag).endswith("Pr")])


def _replace(node: Any, children: list[Any]) -> None:
    parent = node.getparent()
    if parent is None:
        return
    position = parent.index(node)
    parent.remove(node)
    for offset, child in enumerate(children):
        parent.insert(position + offset, child)


def _drop_pictures(document: Any) -> None:
    """Forget pictures and embedded files, which may be most of the bytes."""
    for key, relation in list(document.part.rels.items()):
        if not relation.is_external and relation.reltype.rsplit("/", 1)[-1] in {"image", "oleObject", "video", "audio"}:
            del document.part.rels[key]


def _notes(document: Any) -> dict[tuple[str, str], Any]:
    """Return the footnotes and endnotes by (kind, id)."""
    from docx.oxml import parse_xml

    found: dict[tuple[str, str], Any] = {}
    for relation in document.part.rels.values():
        kind = relation.reltype.rsplit("/", 1)[-1].removesuffix("s")
        if relation.is_external or kind not in {"footnote", "endnote"}:
            continue
        for note in parse_xml(relation.target_part.blob).iter(W + kind):
            if note.get(W + "type") in {None, "normal"}:
                found[kind, note.get(W + "id", "")] = note
    return found


def _write_notes(body: Any, notes: dict[tuple[str, str], Any]) -> None:
    """Say each note in brackets where its number stands."""
    for kind in ("footnote", "endnote"):
        for mark in list(body.iter(W + kind + "Reference")):
            note = notes.get((kind, mark.get(W + "id", "")))
            text = "" if note is None else "".join(node.text or "" for node in note.iter(W + "t")).strip()
            run = mark.getparent()
            if text and run is not None:
                _drop_raise(run)
                run.replace(mark, _text_node(f"〔注：{text}〕"))


def _drop_raise(run: Any) -> None:
    properties = run.find(W + "rPr")
    if properties is not None:
        run.remove(properties)


def _write_equations(body: Any) -> None:
    for block in list(body.iter(MATH + "oMathPara")):
        _replace(block, [child for child in block if child.tag == MATH + "oMath"])
    for node in list(body.iter(MATH + "oMath")):
        parent, before = node.getparent(), node.getprevious()
        if parent is None:
            continue
        run = _element("r")
        run.append(_text_node(equation(node, "" if before is None else _text(before))))
        parent.replace(node, run)


def _write_objects(body: Any) -> None:
    """Say where a formula is that only MathType can read; a sentence without it would mislead."""
    for node in list(body.iter(W + "object")):
        if any((part.get("ProgID") or "").startswith("Equation") for part in node.iter(OLE_OBJECT)):
            node.getparent().replace(node, _text_node("〔公式〕"))


def _write_fields(body: Any) -> None:
    """Write EQ fields, the equations of older papers, in the place of their code and of the picture Word made of it."""
    for paragraph in body.iter(W + "p"):
        opened: list[Any] = []  # the runs since the outermost field began
        depth = 0
        for run in list(paragraph.iterchildren(W + "r")):
            marks = [mark.get(W + "fldCharType") for mark in run.iter(W + "fldChar")]
            depth += marks.count("begin") - marks.count("end")
            if depth > 0 or opened:
                opened.append(run)
            if depth <= 0 and opened:
                _write_field(opened)
                opened, depth = [], 0


def _write_field(runs: list[Any]) -> None:
    code = ""
    for run in runs:
        align = run.find(f"{W}rPr/{W}vertAlign")
        kind = "" if align is None else align.get(W + "val", "")
        text = "".join(node.text or "" for node in run.iter(W + "instrText"))
        sign = {"superscript": fields.RAISED, "subscript": fields.LOWERED}.get(kind, "")
        code += f"{sign}{text}{fields.END}" if sign and text.strip() else text
    text = fields.equation(code)
    if not text:
        return
    formula = _element("r")
    formula.append(_text_node(text))
    runs[0].addprevious(formula)
    for run in runs:
        run.getparent().remove(run)


def _write_runs(body: Any) -> None:
    """Drop hidden runs, write indices, and move the pinyin of ruby behind its paragraph's text."""
    for ruby in list(body.iter(W + "ruby")):
        _write_ruby(ruby)
    for properties in list(body.iter(W + "rPr")):
        run = properties.getparent()
        if run is None or run.tag != W + "r":
            continue
        if _is_on(properties.find(W + "vanish")):
            run.getparent().remove(run)
            continue
        align = properties.find(W + "vertAlign")
        write = {"superscript": raised, "subscript": lowered}.get("" if align is None else align.get(W + "val", ""))
        if write is not None:
            for text in run.iter(W + "t"):
                text.text = write(text.text or "")


def _is_on(switch: Any) -> bool:
    return switch is not None and switch.get(W + "val", "1") not in {"0", "false", "off"}


def _write_ruby(ruby: Any) -> None:
    """Keep words whole for searching: 登鹳雀楼（guàn què），not 登鹳（guàn）雀（què）楼."""
    base = "".join(node.text or "" for part in ruby.iter(W + "rubyBase") for node in part.iter(W + "t"))
    above = "".join(node.text or "" for part in ruby.iter(W + "rt") for node in part.iter(W + "t"))
    paragraph = next(ruby.iterancestors(W + "p"), None)
    run = ruby.getparent()
    run.replace(ruby, _text_node(base))
    if paragraph is None or not above.strip():
        return
    last = paragraph[-1]
    if last.get("pinyin"):
        last[0].text = f"{last[0].text[:-1]} {above.strip()}）"
        return
    tail = _element("r")
    tail.set("pinyin", "1")
    tail.append(_text_node(f"（{above.strip()}）"))
    paragraph.append(tail)


def _lift_boxes(body: Any) -> None:
    """Set the paragraphs of each text box behind the paragraph it is anchored to, innermost first."""
    boxes = list(body.iter(W + "txbxContent"))[:MOST_BOXES]
    for box in reversed(boxes):
        anchor = next(box.iterancestors(W + "p"), None)
        children = list(box)
        box.getparent().remove(box)
        if anchor is None:
            continue
        for child in reversed(children):
            anchor.addnext(child)


def _name_headings(document: Any, body: Any) -> None:
    """Give every paragraph with an outline level, its own or its style's, the built-in heading style."""
    levels = _StyleLevels(document)
    for paragraph in body.iter(W + "p"):
        level = levels.of(paragraph)
        if level is not None:
            paragraph.style = levels.style_id(level)


class _StyleLevels:
    """Find heading levels (1 … 9) through styles and the styles they are based on."""

    def __init__(self, document: Any) -> None:
        self._styles = document.styles
        self._by_id = {style.style_id: style for style in document.styles}
        self._levels: dict[str, int | None] = {}
        self._ids: dict[int, str] = {}

    def of(self, paragraph: Any) -> int | None:
        own = paragraph.find(f"{W}pPr/{W}outlineLvl")
        if own is not None:
            value = own.get(W + "val", "")
            if value.isdigit():
                return int(value) + 1 if int(value) < BODY_LEVEL else None
        style = paragraph.style
        if style is None:
            return None
        if style not in self._levels:
            self._levels[style] = self._through(style)
        return self._levels[style]

    def style_id(self, level: int) -> str:
        """Return the id of the style named Heading `level`, made when the file lacks it."""
        if level not in self._ids:
            from docx.enum.style import WD_STYLE_TYPE

            name = f"Heading {level}"
            if name not in self._styles:
                self._styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH, builtin=True)
            self._ids[level] = self._styles[name].style_id
        return self._ids[level]

    def _through(self, style_id: str) -> int | None:
        for _ in range(LONGEST_CHAIN):
            style = self._by_id.get(style_id)
            if style is None:
                return None
            outline = style.element.find(f"{W}pPr/{W}outlineLvl")
            if outline is not None and outline.get(W + "val", "").isdigit():
                level = int(outline.get(W + "val")) + 1
                return level if level <= BODY_LEVEL else None
            name = style.name or ""
            if name in {"Title", "标题"}:
                return 1
            match = _HEADING_NAME.fullmatch(name)
            if match:
                return int(match[1])
            base = style.element.find(W + "basedOn")
            if base is None:
                return None
            style_id = base.get(W + "val", "")
        return None


def _open_forms(document: Any, body: Any) -> None:
    """Turn rows of form tables (label on the left, many paragraphs on the right) into a heading and its paragraphs.

    County offices print whole lesson plans as one such table; as table lines each row would be one endless line.
    """
    levels = _StyleLevels(document)
    deepest = max((levels.of(node) or 0 for node in body.iterchildren(W + "p")), default=0)
    for table in list(body.iterchildren(W + "tbl")):
        rows = list(table.iterchildren(W + "tr"))
        if not any(_form_row(row) for row in rows):
            continue
        _replace(table, _opened(table, rows, levels.style_id(min(deepest + 1, BODY_LEVEL))))


def _opened(table: Any, rows: list[Any], style_id: str) -> list[Any]:
    """Return what stands in the place of a form table: paragraphs for its form rows, tables for the rows between."""
    pieces: list[Any] = []
    rest: Any = None
    for row in rows:
        form = _form_row(row)
        if form is None:
            if rest is None:
                rest = _element("tbl")
                rest.extend([node for name in ("tblPr", "tblGrid") if (node := table.find(W + name)) is not None])
                pieces.append(rest)
            rest.append(row)
            continue
        rest = None
        label, content = form
        if label:
            heading = _element("p")
            run = _element("r")
            run.append(_text_node(label))
            heading.append(run)
            heading.style = style_id
            pieces.append(heading)
        pieces.extend(node for node in content if node.tag in {W + "p", W + "tbl"})
    return pieces


LONGEST_LABEL = 14
FEWEST_PARAGRAPHS = 3
FEWEST_CHARACTERS = 80


def _form_row(row: Any) -> tuple[str, Any] | None:
    """Return (label, cell) when the row is a label and one long cell, or one long cell alone."""
    cells = list(row.iterchildren(W + "tc"))
    filled = [cell for cell in cells if _text(cell)]
    if not filled or len(filled) > 2 or len(cells) > 3:  # label, content and perhaps one empty margin
        return None
    content = filled[-1]
    paragraphs = sum(bool(_text(node)) for node in content.iterchildren(W + "p"))
    nested = content.find(W + "tbl") is not None
    if not nested and (paragraphs < FEWEST_PARAGRAPHS or len(_text(content)) < FEWEST_CHARACTERS):
        return None
    label = _text(filled[0]) if len(filled) == 2 else ""
    return (label, content) if len(label) <= LONGEST_LABEL else None


def _guard_signs(body: Any) -> None:
    """Keep a leading minus: unstructured takes `- 3 + 5` for a bullet."""
    for paragraph in body.iterchildren(W + "p"):
        first = next(paragraph.iter(W + "t"), None)
        if first is not None and EATEN.match(_text(paragraph)):
            first.text = KEEP + (first.text or "")


def _text(node: Any) -> str:
    return "".join(part.text or "" for part in node.iter(W + "t")).strip()


def _element(name: str) -> Any:
    from docx.oxml import OxmlElement

    return OxmlElement(f"w:{name}")


def _text_node(text: str) -> Any:
    node = _element("t")
    node.text = text
    node.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    return node
