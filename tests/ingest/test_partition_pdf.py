import zlib

import pytest

from ingest.errors import SourceError
from ingest.partition import page_count, partition
from ingest.partition.layout import Line, lines_to_elements, without_running_lines
from ingest.partition.ocr import Reading
from ingest.settings import IngestSettings


def pdf(path, pages, *, picture=False, matrix="1 0 0 1", rotate=0):
    """Write a PDF by hand: each page a list of (x, y, size, text)."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    pixels = zlib.compress(b"\x7f" * 100)
    objects.append(
        f"<< /Type /XObject /Subtype /Image /Width 10 /Height 10 /BitsPerComponent 8 /ColorSpace /DeviceGray "
        f"/Filter /FlateDecode /Length {len(pixels)} >>\nstream\n{pixels.decode('latin-1')}\nendstream"
    )
    kids = []
    for lines in pages:
        content = "".join(f"BT /F1 {size} Tf {matrix} {x} {y} Tm ({text}) Tj ET\n" for x, y, size, text in lines)
        content += "q 400 0 0 400 50 50 cm /I1 Do Q\n" if picture else ""
        objects.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Rotate {rotate} /Contents {len(objects)} 0 R "
            "/Resources << /Font << /F1 3 0 R >> /XObject << /I1 4 0 R >> >> >>"
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    body, offsets = "%PDF-1.4\n", []
    for number, entry in enumerate(objects, start=1):
        offsets.append(len(body))
        body += f"{number} 0 obj\n{entry}\nendobj\n"
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    body += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    body += f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{body.index('xref')}\n%%EOF\n"
    path.write_bytes(body.encode("latin-1"))
    return path


def column(*texts, left=70.0, em=10.0, top=700.0, page=1, gap=1.5):
    """Set lines one under the other, an ideograph one em wide."""
    lines = []
    for index, text in enumerate(texts):
        indent = len(text) - len(text.lstrip())
        bottom = top - index * em * gap
        words = text.strip()
        lines.append(Line(words, page, left + indent * em, left + (indent + len(words)) * em, bottom - em, bottom))
    return lines


def texts(lines):
    return [element.text for element in lines_to_elements(lines)]


def test_pages_titles_and_wide_gaps(tmp_path):
    page = [
        (70, 800, 20, "Area"),
        (70, 760, 10, "The area of a square."),
        (70, 700, 10, "Item"),
        (200, 700, 10, "Score"),
    ]
    found = partition(pdf(tmp_path / "a.pdf", [page, [(70, 700, 10, "Second page text here")]]), IngestSettings())
    assert [(one.kind, one.text, one.locator.page) for one in found] == [
        ("heading", "Area", 1),
        ("text", "The area of a square.", 1),
        ("table", "Item | Score", 1),
        ("text", "Second page text here", 2),
    ]
    assert page_count(found) == 2


def test_a_page_turned_by_its_viewer_is_measured_as_it_is_seen(tmp_path):
    rows = [[(100 + 30 * n, 70, 10, f"Item {n}"), (100 + 30 * n, 200, 10, f"{n} points")] for n in range(3)]
    path = pdf(tmp_path / "a.pdf", [[cell for row in rows for cell in row]], matrix="0 1 -1 0", rotate=90)
    assert [(one.kind, one.text) for one in partition(path, IngestSettings())] == [
        ("table", "Item 0 | 0 points\nItem 1 | 1 points\nItem 2 | 2 points")
    ]


def test_marks_written_after_their_line_stand_where_they_are_seen(tmp_path):
    line = [(70, 700, 10, "He said"), (120, 700, 10, "come in"), (114, 700, 10, "<"), (160, 700, 10, ">")]
    [found] = partition(pdf(tmp_path / "a.pdf", [line]), IngestSettings())
    assert found.text.replace(" ", "") == "Hesaid<comein>"


def test_a_stamp_over_a_scan_is_not_its_text(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr("ingest.partition.pdf.read_picture", lambda *page: asked.append(page) or Reading((), (), 0.0))
    stamp = [(70, 20, 8, "Scanned by")]
    monkeypatch.setattr("ingest.partition.pdf.BIG", 0.3)  # the picture of these tests covers a third
    with pytest.raises(SourceError, match="3 页里有 3 页没有文字"):
        partition(pdf(tmp_path / "a.pdf", [stamp] * 3, picture=True), IngestSettings(ocr=False))
    assert asked == []
    partition(pdf(tmp_path / "b.pdf", [stamp], picture=True), IngestSettings())
    assert len(asked) == 1
    partition(pdf(tmp_path / "c.pdf", [[(70, 700, 10, "long enough " * 6)]], picture=True), IngestSettings())
    assert len(asked) == 1


@pytest.mark.parametrize("words", [[], [(70, 700, 10, "Scanned by")]])
def test_a_scan_says_that_it_is_one(tmp_path, words):
    with pytest.raises(SourceError, match="扫描件") as caught:
        partition(pdf(tmp_path / "a.pdf", [words, [], []], picture=True), IngestSettings())
    assert caught.value.code == "IN-12"


def test_an_empty_pdf_has_no_text(tmp_path):
    with pytest.raises(SourceError) as caught:
        partition(pdf(tmp_path / "a.pdf", [[]]), IngestSettings())
    assert caught.value.code == "IN-11"


def test_lines_of_a_paragraph_join_without_spaces_between_ideographs():
    full = "长方形的面积等于长乘宽这是本单元最重要的结论"
    assert texts(column(f"  {full[:18]}", full, "学生要会用。", f"  {full[:18]}", "下一段。")) == [
        full[:18] + full + "学生要会用。",
        full[:18] + "下一段。",
    ]


def test_latin_words_join_with_one_space_and_broken_ones_without():
    lines = [
        Line("read the fol-", 1, 70, 270, 690, 700),
        Line("lowing text and", 1, 70, 270, 675, 685),
        Line("answer.", 1, 70, 120, 660, 670),
    ]
    assert texts(lines) == ["read the following text and answer."]


def test_short_lines_items_and_verses_stand_alone():
    full = "长方形的面积等于长乘宽这是本单元最重要的结论"
    assert texts(column(full, "1. 第一题", "答案：4", "解析：略")) == [full, "1. 第一题", "答案：4", "解析：略"]
    verses = column("白日依山尽，黄河入海流。", "欲穷千里目，更上一层楼。", left=120)
    assert len(texts([*column(full, full, top=900), *verses])) == 3


def test_a_number_or_a_numeral_at_a_line_start_does_not_tear_a_sentence():
    full = "把三七二十一写成三七得二十一这是本单元常见的错"
    assert texts(column(full[:-1] + "十", "一、四七二十八也要背。")) == [full[:-1] + "十一、四七二十八也要背。"]
    assert texts(column(full, "1.5 米长的绳子。")) == [full + "1.5 米长的绳子。"]


def test_punctuation_that_may_not_start_a_line_does_not_end_a_paragraph():
    full = "掌握有理数的加减乘除乘方及简单的混合运算律的意"
    assert texts(column(full, full[:-2], "义”，理解。")) == [full + full[:-2] + "义”，理解。"]


def test_cells_of_a_table_join_line_by_line():
    full = "长方形的面积等于长乘宽这是本单元最重要的结论"
    cell = column("出示长江简图手", "指由西向东走。", left=100, top=600)
    other = column("看图说一说你看", "见了什么。", left=250, top=600)
    assert texts([*column(full, full), *cell, *other])[1:] == [
        "出示长江简图手指由西向东走。",
        "看图说一说你看见了什么。",
    ]


def test_running_heads_feet_and_page_numbers_go_and_the_rest_stays():
    pages = [
        [
            Line("实验小学 教案", page),
            Line("面积", page),
            Line(f"第{page + 5}段正文", page),
            Line(f"第 {page} 页 共 3 页", page),
        ]
        for page in (1, 2, 3)
    ]
    pages[1][1] = Line("周长", 2)
    kept = [[line.text for line in page] for page in without_running_lines(pages)]
    assert kept == [["第6段正文"], ["周长", "第7段正文"], ["第8段正文"]]


def test_a_number_that_is_an_answer_is_not_taken_for_a_page_number():
    assert [[line.text for line in page] for page in without_running_lines([[Line("答案", 1), Line("12", 1)]])] == [
        ["答案", "12"]
    ]


def test_lines_without_measures_stand_alone():
    assert texts([Line("甲", 1), Line("乙", 1)]) == ["甲", "乙"]
