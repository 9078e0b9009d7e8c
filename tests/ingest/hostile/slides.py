"""PowerPoint files: missing parts, groups in groups, tables, charts and diagrams that lead nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.ingest.hostile.bases import part, pptx, repacked
from tests.ingest.hostile.office import MAIN
from tests.ingest.hostile.spec import TEXT, made, spec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.ingest.hostile.spec import Spec


def specs() -> Iterator[Spec]:
    """Yield the PowerPoint files."""

    def changed(word: str, expect: str, changes: Callable[[], dict[str, bytes | str | None]]) -> Spec:
        return spec(f"pptx-{word}", "课件.pptx", expect, made(lambda: repacked(pptx(), changes())))

    slide = MAIN["pptx"]
    rels = "ppt/slides/_rels/slide1.xml.rels"

    def tree(inside: str) -> str:
        head, rest = (
            part(pptx(), slide).split("</p:grpSpPr>", 1)
            if "</p:grpSpPr>" in part(pptx(), slide)
            else part(pptx(), slide).split("<p:grpSpPr/>", 1)
        )
        return f"{head}<p:grpSpPr/>{inside}{rest}" if "<p:grpSpPr/>" not in head else head + inside + rest

    group = '<p:grpSp><p:nvGrpSpPr><p:cNvPr id="9" name="g"/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>'
    shape = (
        '<p:sp><p:nvSpPr><p:cNvPr id="8" name="s"/><p:cNvSpPr txBox="1"/><p:nvPr/></p:nvSpPr><p:spPr><a:xfrm><a:off x="{x}" y="{y}"/>'
        '<a:ext cx="1" cy="1"/></a:xfrm></p:spPr><p:txBody><a:bodyPr/><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:txBody></p:sp>'
    )
    one = shape.format(x=0, y=0, text="课文")
    yield changed(
        "no-layout", "text IN-08", lambda: {rels: part(pptx(), rels).replace("slideLayout2", "slideLayout99")}
    )
    yield changed("no-slide-rels", "text IN-08", lambda: {rels: None})
    yield changed("no-notes", "text IN-08", lambda: {"ppt/notesSlides/notesSlide1.xml": None})
    yield changed("no-master", "text IN-08", lambda: {"ppt/slideMasters/slideMaster1.xml": None})
    yield changed("no-theme", "text IN-08", lambda: {"ppt/theme/theme1.xml": None})
    yield changed("notes-other", "text IN-08", lambda: {"ppt/notesSlides/notesSlide1.xml": "<x/>"})
    yield changed("groups-15", TEXT, lambda: {slide: tree(group * 15 + one + "</p:grpSp>" * 15)})
    yield changed("groups-100", "text IN-08 IN-18", lambda: {slide: tree(group * 100 + one + "</p:grpSp>" * 100)})
    yield changed("groups-3000", "text IN-08 IN-18", lambda: {slide: tree(group * 3000 + one + "</p:grpSp>" * 3000)})
    yield changed("shapes-many", "text IN-18", lambda: {slide: tree(one * 2000)})
    yield changed(
        "places-odd",
        "text IN-08",
        lambda: {slide: tree("".join(shape.format(x=x, y=x, text="课文") for x in ("-9", "x", "9" * 30, "1.5", "")))},
    )
    yield changed("ids-same", TEXT, lambda: {slide: tree(one * 50)})
    yield changed("table-odd", "text IN-08", lambda: {slide: tree(_slide_table())})
    yield changed(
        "chart-nowhere",
        "text IN-08",
        lambda: {
            slide: tree(
                _frame(
                    "chart", '<c:chart xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" r:id="rId99"/>'
                )
            )
        },
    )
    yield changed(
        "diagram-nowhere",
        "text IN-08",
        lambda: {
            slide: tree(
                _frame(
                    "diagram",
                    '<dgm:relIds xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram" r:dm="rId99"/>',
                )
            )
        },
    )
    yield changed("text-long", TEXT, lambda: {slide: tree(shape.format(x=0, y=0, text="课文面积" * 40_000))})
    yield changed(
        "baseline-odd",
        "text IN-08",
        lambda: {slide: part(pptx(), slide).replace("<a:r>", '<a:r><a:rPr baseline="x%"/>')},
    )
    yield changed("lost-characters", TEXT, lambda: {slide: tree(shape.format(x=0, y=0, text="丢\ufffd了\u202e字"))})


def _frame(kind: str, inside: str) -> str:
    uri = f"http://schemas.openxmlformats.org/drawingml/2006/{kind}"
    names = '<p:nvGraphicFramePr><p:cNvPr id="7" name="f"/><p:cNvGraphicFramePr/><p:nvPr/></p:nvGraphicFramePr>'
    return (
        f'<p:graphicFrame>{names}<p:xfrm><a:off x="0" y="0"/><a:ext cx="1" cy="1"/></p:xfrm>'
        f'<a:graphic><a:graphicData uri="{uri}">{inside}</a:graphicData></a:graphic></p:graphicFrame>'
    )


def _slide_table() -> str:
    cell = "<a:tc {}><a:txBody><a:bodyPr/><a:p><a:r><a:t>课</a:t></a:r></a:p></a:txBody><a:tcPr/></a:tc>"
    spans = ('gridSpan="999999999"', 'rowSpan="-1"', 'hMerge="1"', 'vMerge="x"', "")
    rows = "".join(f'<a:tr h="1">{"".join(cell.format(span) for span in spans)}</a:tr>' for _ in range(3))
    return _frame("table", f'<a:tbl><a:tblPr/><a:tblGrid><a:gridCol w="1"/></a:tblGrid>{rows}</a:tbl>')
