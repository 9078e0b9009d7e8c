"""Word files: wrong parts, and bodies with loops, nesting, spans and fields that mislead a reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.ingest.hostile.bases import body_xml, docx, paragraph, part, repacked
from tests.ingest.hostile.office import MAIN
from tests.ingest.hostile.spec import TEXT, made, spec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.ingest.hostile.spec import Spec

R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
M = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'


def specs() -> Iterator[Spec]:
    """Yield the Word files."""
    yield from _parts()
    yield from _bodies()


def _parts() -> Iterator[Spec]:
    def changed(word: str, expect: str, changes: Callable[[], dict[str, bytes | str | None]]) -> Spec:
        return spec(f"docx-{word}", "教案.docx", expect, made(lambda: repacked(docx(), changes())))

    rels = "word/_rels/document.xml.rels"
    yield changed("no-styles", "text IN-08", lambda: {"word/styles.xml": None})
    yield changed("styles-empty", "text IN-08", lambda: {"word/styles.xml": ""})
    yield changed("styles-other", "text IN-08", lambda: {"word/styles.xml": "<x/>"})
    yield changed("styles-loop", TEXT, lambda: _styles(docx(), loop=True))
    yield changed("styles-many", TEXT, lambda: _styles(docx(), loop=False))
    yield changed("no-numbering", "text IN-08", lambda: {"word/numbering.xml": None})
    yield changed("no-settings", "text IN-08", lambda: {"word/settings.xml": None})
    yield changed("no-document-rels", "text IN-08", lambda: {rels: None})
    yield changed("rels-same-id", "text IN-08", lambda: {rels: part(docx(), rels).replace('Id="rId2"', 'Id="rId1"')})
    yield changed("rels-nowhere", "text IN-08", lambda: {rels: part(docx(), rels).replace("styles.xml", "nowhere.xml")})
    yield changed(
        "rels-upwards", "text IN-08", lambda: {rels: part(docx(), rels).replace("styles.xml", "../../../../etc/passwd")}
    )
    yield changed(
        "rels-itself", "text IN-08 IN-18", lambda: {rels: part(docx(), rels).replace("styles.xml", "document.xml")}
    )
    yield changed("strict", "text IN-08", lambda: _strict(docx()))
    yield changed("core-broken", "text IN-08", lambda: {"docProps/core.xml": "<x"})
    yield changed(
        "chunk-inside",
        "text IN-11",
        lambda: {MAIN["docx"]: body_xml('<w:altChunk r:id="rId1"/>' + paragraph("课文"), R)},
    )


def _styles(package: bytes, *, loop: bool) -> dict[str, bytes | str | None]:
    def style(name: str, base: str) -> str:
        return f'<w:style w:type="paragraph" w:styleId="{name}"><w:name w:val="{name}"/><w:basedOn w:val="{base}"/></w:style>'

    made_up = style("A", "B") + style("B", "A") if loop else "".join(style(f"S{n}", f"S{n + 1}") for n in range(2000))
    first = "A" if loop else "S0"
    body = f'<w:p><w:pPr><w:pStyle w:val="{first}"/></w:pPr><w:r><w:t>课文面积</w:t></w:r></w:p>'
    styles = part(package, "word/styles.xml").replace("</w:styles>", f"{made_up}</w:styles>")
    return {"word/styles.xml": styles, MAIN["docx"]: body_xml(body * 20)}


def _strict(package: bytes) -> dict[str, bytes | str | None]:
    """Write the namespaces of "Strict Open XML"."""
    old, new = "http://schemas.openxmlformats.org/", "http://purl.oclc.org/ooxml/"
    return {
        name: part(package, name).replace(old, new)
        for name in ("_rels/.rels", MAIN["docx"], "word/_rels/document.xml.rels")
    }


def _bodies() -> Iterator[Spec]:
    def body(word: str, expect: str, inside: str, namespaces: str = "") -> Spec:
        content = made(lambda: repacked(docx(), {MAIN["docx"]: body_xml(inside, namespaces)}))
        return spec(f"docx-{word}", "教案.docx", expect, content, holds="课文" if "课文" in inside else "")

    def nest(opening: str, closing: str, times: int, core: str = paragraph("课文面积")) -> str:
        return opening * times + core + closing * times

    cell = "<w:tc><w:p><w:r><w:t>课</w:t></w:r></w:p></w:tc>"
    row_start, row_end = "<w:tbl><w:tr><w:tc>", "<w:p/></w:tc></w:tr></w:tbl>"
    yield body("only-breaks", "IN-11", "<w:p><w:r><w:br/><w:tab/></w:r></w:p>" * 300)
    yield body("only-marks", "IN-11", paragraph("……，。！") * 9)
    yield body("only-hidden", "IN-11", "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>课文</w:t></w:r></w:p>")
    yield body("only-deleted", "IN-11", '<w:p><w:del w:id="1"><w:r><w:delText>课文</w:delText></w:r></w:del></w:p>')
    yield body("only-picture", "IN-11 IN-12", "<w:p><w:r><w:drawing/></w:r></w:p>")
    yield body("deep-controls", "text IN-08 IN-18", nest("<w:sdt><w:sdtContent>", "</w:sdtContent></w:sdt>", 60))
    yield body("deep-controls-2000", "text IN-08 IN-18", nest("<w:sdt><w:sdtContent>", "</w:sdtContent></w:sdt>", 2000))
    yield body("deep-tables-30", "text IN-08 IN-18", nest(row_start, row_end, 30))
    yield body("deep-tables-80", "text IN-08 IN-18", nest(row_start, row_end, 80))
    yield body("deep-tables-1000", "text IN-08 IN-18", nest(row_start, row_end, 1000))
    yield body(
        "deep-insertions",
        "text IN-08 IN-18",
        f"<w:p>{nest('<w:ins>', '</w:ins>', 200, '<w:r><w:t>课文</w:t></w:r>')}</w:p>",
    )
    yield body("deep-unknown", "text IN-08 IN-11 IN-18", nest("<w:x>", "</w:x>", 200_000))
    box_start, box_end = "<w:p><w:r><w:drawing><w:txbxContent>", "</w:txbxContent></w:drawing></w:r></w:p>"
    yield body("deep-boxes", "text IN-08 IN-18", nest(box_start, box_end, 50))
    yield body("boxes-many", "text IN-08 IN-18", (box_start + paragraph("课文") + box_end) * 3000)
    fraction = nest(
        "<m:f><m:num>", "</m:num><m:den><m:r><m:t>2</m:t></m:r></m:den></m:f>", 60, "<m:r><m:t>x</m:t></m:r>"
    )
    yield body("deep-fraction", "text IN-08 IN-18", f"<w:p><m:oMath>{fraction}</m:oMath></w:p>{paragraph('课文')}", M)
    bars = nest("<m:bar><m:e>", "</m:e></m:bar>", 60, "<m:r><m:t>x</m:t></m:r>")
    yield body("deep-bars", "text IN-08 IN-18", f"<w:p><m:oMath>{bars}</m:oMath></w:p>{paragraph('课文')}", M)
    yield body(
        "equations-many", "text IN-08 IN-18", f"<w:p>{'<m:oMath><m:r><m:t>x+1</m:t></m:r></m:oMath>' * 3000}</w:p>", M
    )
    yield body("runs-many", TEXT, f"<w:p>{'<w:r><w:t>课文</w:t></w:r>' * 20_000}</w:p>")
    yield body("paragraphs-many", "text IN-18", paragraph("课文面积。") * 4_000)
    yield body("paragraph-long", TEXT, paragraph("课文面积" * 50_000))
    yield body("spaces-long", TEXT, paragraph("师" + " " * 19_000 + "x") * 12)
    yield body("table-long", "text IN-18", f"<w:tbl>{f'<w:tr>{cell * 4}</w:tr>' * 700}</w:tbl>")
    yield body("table-wide", "text IN-18", f"<w:tbl><w:tr>{cell * 1500}</w:tr></w:tbl>")
    yield body("table-empty", "IN-11", "<w:tbl/>" + "<w:tbl><w:tr/></w:tbl>" + "<w:tbl><w:tr><w:tc/></w:tr></w:tbl>")
    span = '<w:tc><w:tcPr><w:gridSpan w:val="{}"/></w:tcPr><w:p><w:r><w:t>课文</w:t></w:r></w:p></w:tc>'
    for value in ("0", "-1", "20000", "999999999", "x", "99999999999999999999"):
        yield body(
            f"span-{value[:10]}",
            "text IN-08 IN-18",
            f"<w:tbl><w:tr>{span.format(value)}</w:tr><w:tr>{cell}</w:tr></w:tbl>",
        )
    merge = '<w:tc><w:tcPr><w:vMerge w:val="{}"/></w:tcPr><w:p><w:r><w:t>课文</w:t></w:r></w:p></w:tc>'
    yield body(
        "merge-first", "text IN-08", f"<w:tbl><w:tr>{merge.format('continue')}</w:tr></w:tbl>{paragraph('课文')}"
    )
    merged = f"<w:tr>{merge.format('continue')}</w:tr>"
    yield body("merge-long", "text IN-08 IN-18", f"<w:tbl><w:tr>{merge.format('restart')}</w:tr>{merged * 900}</w:tbl>")
    level = '<w:p><w:pPr><w:outlineLvl w:val="{}"/></w:pPr><w:r><w:t>课文</w:t></w:r></w:p>'
    yield body(
        "levels-odd",
        "text IN-08",
        "".join(level.format(value) for value in ("-1", "x", "²", "99999999999999999999", "", "8")),
    )
    numbered = '<w:p><w:pPr><w:numPr><w:ilvl w:val="{}"/><w:numId w:val="{}"/></w:numPr></w:pPr><w:r><w:t>课文</w:t></w:r></w:p>'
    yield body(
        "numbers-nowhere", "text IN-08", "".join(numbered.format(value, value) for value in ("9", "99999", "-1", "0"))
    )
    yield body(
        "style-nowhere", "text IN-08", '<w:p><w:pPr><w:pStyle w:val="没有"/></w:pPr><w:r><w:t>课文</w:t></w:r></w:p>'
    )
    field = '<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>{}</w:instrText></w:r><w:r><w:t>课文</w:t></w:r></w:p>'
    yield body(
        "fields",
        "text IN-08",
        "".join(
            field.format(code) for code in ('INCLUDETEXT "file:///etc/passwd"', "DDEAUTO c:\\\\x cmd", "MACROBUTTON x")
        ),
    )
    yield body(
        "notes-nowhere",
        "text IN-08",
        '<w:p><w:r><w:t>课文</w:t><w:footnoteReference w:id="77"/><w:endnoteReference w:id="x"/></w:r></w:p>',
    )
    yield body(
        "symbols",
        "text IN-08 IN-11",
        '<w:p><w:r><w:sym w:font="Wingdings" w:char="F0FC"/><w:sym w:char="ZZZZ"/><w:t>课文</w:t></w:r></w:p>',
    )
    yield body("lost-characters", TEXT, paragraph("这里丢了\ufffd字。\u202e\u200b\ufdd0 ") * 9)
    yield body("speaker", TEXT, "".join(paragraph(f"师：第{number}句。") for number in range(600)))
