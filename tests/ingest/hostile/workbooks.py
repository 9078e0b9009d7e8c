"""Excel files: sizes and places that lie, values that are none, a million cells."""

from __future__ import annotations

import io
import random
from typing import TYPE_CHECKING

from tests.ingest.hostile.bases import part, repacked, xlsx
from tests.ingest.hostile.office import MAIN
from tests.ingest.hostile.spec import TEXT, made, spec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.ingest.hostile.spec import Spec


def specs() -> Iterator[Spec]:
    """Yield the Excel files."""
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'

    def sheet(word: str, expect: str, rows: Callable[[], str], before: str = "", *, slow: bool = False) -> Spec:
        def content() -> bytes:
            xml = f'<?xml version="1.0" encoding="UTF-8"?><worksheet {main}>{before}<sheetData>{rows()}</sheetData></worksheet>'
            return repacked(xlsx(), {MAIN["xlsx"]: xml})

        return spec(f"xlsx-{word}", "表.xlsx", expect, made(content), slow=slow)

    def text(place: str, value: str) -> str:
        return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'

    def row(number: object, cells: str) -> str:
        return f'<row r="{number}">{cells}</row>'

    good = row(1, text("A1", "题干") + text("B1", "答案")) + row(2, text("A2", "长方形的面积") + text("B2", "十二"))
    yield sheet(
        "formulas-only",
        "IN-11",
        lambda: row(1, '<c r="A1"><f>1+1</f></c><c r="B1"><f>WEBSERVICE("http://127.0.0.1:9")</f></c>'),
    )
    yield sheet("dimension-small", TEXT, lambda: good, '<dimension ref="A1"/>')
    yield sheet("dimension-huge", TEXT, lambda: good, '<dimension ref="A1:XFD1048576"/>')
    yield sheet("dimension-odd", "text IN-08", lambda: good, '<dimension ref="课:文"/>')
    yield sheet("row-last", "text IN-18", lambda: good + row(1048576, text("A1048576", "尾")))
    yield sheet("row-beyond", "text IN-08 IN-18", lambda: good + row(10**12, text(f"A{10**12}", "尾")))
    yield sheet("row-odd", "text IN-08", lambda: good + row("x", text("A3", "尾")) + row(-1, text("A4", "尾")))
    yield sheet("column-last", "text IN-08 IN-18", lambda: good + row(3, text("XFD3", "尾")))
    yield sheet("column-beyond", "text IN-08 IN-18", lambda: good + row(3, text("ZZZZ3", "尾")))
    yield sheet(
        "columns-last-often", "text IN-08 IN-18", lambda: "".join(row(n, text(f"XFD{n}", "尾")) for n in range(1, 400))
    )
    yield sheet(
        "places-odd",
        "text IN-08",
        lambda: row(1, text("课文", "a") + text("1A", "b") + text("", "c") + text("A0", "d") + text("$A$1", "e")),
    )
    yield sheet(
        "rows-backward", "text IN-08", lambda: "".join(row(n, text(f"A{n}", "课文")) for n in range(300, 0, -1))
    )
    yield sheet(
        "strings-nowhere",
        "text IN-08",
        lambda: row(1, '<c r="A1" t="s"><v>99999</v></c><c r="B1" t="s"><v>-1</v></c><c r="C1" t="s"><v>x</v></c>'),
    )
    yield sheet(
        "dates-odd",
        "text IN-08 IN-11",
        lambda: row(1, "".join(f'<c r="A1" s="1" t="d"><v>{value}</v></c>' for value in ("9999-99-99", "x", ""))),
    )
    yield sheet(
        "numbers-odd",
        "text IN-08",
        lambda: row(
            1, "".join(f'<c r="A1"><v>{value}</v></c>' for value in ("1e999", "-1e999", "nan", "1_000", "٣", "9" * 400))
        ),
    )
    yield sheet("numbers-text", "text IN-08", lambda: row(1, '<c r="A1"><v>课文</v></c>'))
    yield sheet(
        "errors",
        "text IN-08",
        lambda: row(1, "".join(f'<c r="A1" t="e"><v>{value}</v></c>' for value in ("#N/A", "#REF!", "x"))),
    )
    yield sheet(
        "kinds-odd",
        "text IN-08 IN-11",
        lambda: row(1, '<c r="A1" t="zzz"><v>课文</v></c><c r="B1" t="b"><v>7</v></c><c r="C1" s="9999"><v>1</v></c>'),
    )
    yield sheet(
        "merge-all",
        "text IN-08",
        lambda: good + '</sheetData><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells><sheetData>',
    )
    yield sheet("blank-rows", "text IN-18", lambda: good + "<row/>" * 30_000)
    yield sheet("text-long", "text IN-10", lambda: row(1, text("A1", "课文面积" * 50_000)))
    yield sheet(
        "wide",
        "text IN-18",
        lambda: row(1, "".join(f'<c t="inlineStr"><is><t>{n}</t></is></c>' for n in range(16_000))),
    )
    yield sheet("cells-million", "text IN-10", _million_cells, slow=True)
    yield sheet(
        "lost-characters", TEXT, lambda: row(1, text("A1", "丢\ufffd了\u202e字") + text("B1", "_x0000__xD800_"))
    )
    yield spec(
        "xlsx-no-strings", "表.xlsx", "text IN-08 IN-11", made(lambda: repacked(xlsx(), {"xl/sharedStrings.xml": None}))
    )
    yield spec("xlsx-no-styles", "表.xlsx", "text IN-08", made(lambda: repacked(xlsx(), {"xl/styles.xml": None})))
    yield spec("xlsx-styles-other", "表.xlsx", "text IN-08", made(lambda: repacked(xlsx(), {"xl/styles.xml": "<x/>"})))
    nowhere = made(
        lambda: repacked(xlsx(), {"xl/styles.xml": part(xlsx(), "xl/styles.xml").replace('xfId="0"', 'xfId="9"')})
    )
    yield spec("xlsx-style-nowhere", "表.xlsx", "text IN-08", nowhere)
    yield spec("xlsx-no-workbook", "表.xlsx", "IN-08 IN-11", made(lambda: repacked(xlsx(), {"xl/workbook.xml": None})))
    yield spec("xlsx-sheets-500", "表.xlsx", TEXT, made(_many_sheets))
    yield spec("xlsx-chart-only", "表.xlsx", "IN-08 IN-11", made(_chart_only))


def _million_cells() -> str:
    chance = random.Random(1)
    cells = [f"<c><v>{number}</v></c>" for number in range(10)]
    return "".join(f"<row>{''.join(chance.choices(cells, k=1000))}</row>" for _ in range(1000))


def _many_sheets() -> bytes:
    import openpyxl

    workbook = openpyxl.Workbook()
    for number in range(300):
        workbook.create_sheet(f"第{number}班").append(["课文", number])
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def _chart_only() -> bytes:
    import openpyxl

    workbook = openpyxl.Workbook()
    workbook.create_chartsheet("图")
    workbook.remove(workbook.active)
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()
