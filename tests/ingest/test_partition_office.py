import docx
import pytest
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from ingest.partition import partition
from ingest.settings import IngestSettings

MATH = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
W = nsdecls("w")


@pytest.fixture
def document():
    return docx.Document()


def read(document, tmp_path):
    path = tmp_path / "a.docx"
    document.save(str(path))
    return partition(path, IngestSettings())


def texts(elements):
    return [element.text for element in elements]


def insert(document, xml):
    document.element.body.insert_element_before(parse_xml(xml), "w:sectPr")


def test_paragraphs_and_tables_keep_their_order_and_headings_their_level(document, tmp_path):
    document.add_heading("面积", 0)
    document.add_heading("教学目标", 1)
    document.add_paragraph("能说出公式。")
    table = document.add_table(2, 2)
    for cell, text in zip(table._cells, ["环节", "教师活动", "导入", "提问"], strict=True):
        cell.text = text
    document.add_paragraph("表后。")
    document.add_heading("第一课时", 3)
    found = read(document, tmp_path)
    assert [(one.kind, one.level, one.text) for one in found] == [
        ("heading", 1, "面积"),
        ("heading", 1, "教学目标"),
        ("text", None, "能说出公式。"),
        ("table", None, "环节 | 教师活动\n导入 | 提问"),
        ("text", None, "表后。"),
        ("heading", 3, "第一课时"),
    ]


def test_headings_by_outline_level_and_by_a_style_built_on_one(document, tmp_path):
    document.styles.add_style("一级标题", WD_STYLE_TYPE.PARAGRAPH).base_style = document.styles["Heading 2"]
    document.add_paragraph("学情", style="一级标题")
    insert(document, f'<w:p {W}><w:pPr><w:outlineLvl w:val="2"/></w:pPr><w:r><w:t>前测</w:t></w:r></w:p>')
    insert(document, f'<w:p {W}><w:pPr><w:outlineLvl w:val="9"/></w:pPr><w:r><w:t>正文</w:t></w:r></w:p>')
    assert [(one.kind, one.level) for one in read(document, tmp_path)] == [
        ("heading", 2),
        ("heading", 3),
        ("text", None),
    ]


def test_typed_headings_count_where_no_styles_are_used(document, tmp_path):
    for text in ("一、教学目标", "会算面积。", "二、教学过程", "（一）导入", "看图。", "板书设计"):
        document.add_paragraph(text)
    found = read(document, tmp_path)
    assert [one.level for one in found] == [1, None, 1, 2, None, 1]


def test_signs_indices_and_breaks_survive(document, tmp_path):
    document.add_paragraph("- 3 + 5 = 2")
    document.add_paragraph("-3 + 5 = 2")
    document.add_paragraph("12. 计算")
    paragraph = document.add_paragraph("面积 x")
    paragraph.add_run("2").font.superscript = True
    paragraph.add_run(" H")
    paragraph.add_run("2").font.subscript = True
    paragraph.add_run("O a")
    paragraph.add_run("m+1").font.superscript = True
    document.add_paragraph("A. 一").add_run().add_break()
    assert texts(read(document, tmp_path)) == ["- 3 + 5 = 2", "-3 + 5 = 2", "12. 计算", "面积 x² H₂O a^(m+1)", "A. 一"]


def test_equations_are_written_out(document, tmp_path):
    fraction = "<m:f><m:num><m:r><m:t>a+b</m:t></m:r></m:num><m:den><m:r><m:t>2</m:t></m:r></m:den></m:f>"
    root = "<m:rad><m:deg/><m:e><m:sSup><m:e><m:r><m:t>x</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup></m:e></m:rad>"
    insert(
        document,
        f"<w:p {W} {MATH}><w:r><w:t>求</w:t></w:r><m:oMath>{fraction}{root}</m:oMath><w:r><w:t>。</w:t></w:r></w:p>",
    )
    assert texts(read(document, tmp_path)) == [r"求$\frac{a+b}{2}\sqrt{x^2}$。"]


def test_changes_are_read_as_accepted_and_hidden_text_is_not_read(document, tmp_path):
    runs = (
        '<w:ins w:id="1" w:author="a"><w:r><w:t>新</w:t></w:r></w:ins>'
        '<w:del w:id="2" w:author="a"><w:r><w:delText>旧</w:delText></w:r></w:del>'
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>藏</w:t></w:r>"
        "<w:sdt><w:sdtContent><w:r><w:t>控件</w:t></w:r></w:sdtContent></w:sdt>"
    )
    insert(document, f"<w:p {W}>{runs}</w:p>")
    insert(document, f"<w:sdt {W}><w:sdtContent><w:p><w:r><w:t>整段</w:t></w:r></w:p></w:sdtContent></w:sdt>")
    assert texts(read(document, tmp_path)) == ["新控件", "整段"]


def test_text_boxes_and_ruby_are_read_once(document, tmp_path):
    box = (
        '<w:r><mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        '<mc:Choice Requires="wps"><w:drawing><w:txbxContent><w:p><w:r><w:t>板书</w:t></w:r></w:p></w:txbxContent></w:drawing></mc:Choice>'
        "<mc:Fallback><w:pict><w:txbxContent><w:p><w:r><w:t>板书</w:t></w:r></w:p></w:txbxContent></w:pict></mc:Fallback>"
        "</mc:AlternateContent></w:r>"
    )
    insert(document, f"<w:p {W}><w:r><w:t>前</w:t></w:r>{box}</w:p>")
    ruby = "".join(
        f"<w:r><w:ruby><w:rt><w:r><w:t>{above}</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>{base}</w:t></w:r></w:rubyBase></w:ruby></w:r>"
        for base, above in (("鹳", "guàn"), ("雀", "què"))
    )
    insert(document, f"<w:p {W}><w:r><w:t>登</w:t></w:r>{ruby}<w:r><w:t>楼</w:t></w:r></w:p>")
    assert texts(read(document, tmp_path)) == ["前", "板书", "登鹳雀楼（guàn què）"]


def test_numbers_that_word_counts_are_written(document, tmp_path):
    document.add_paragraph("第一题", style="List Number")
    document.add_paragraph("第二题", style="List Number")
    assert [one.text.split()[-1] for one in read(document, tmp_path)] == ["第一题", "第二题"]
    assert [one.text[0] for one in read(document, tmp_path)] == ["1", "2"]


def test_a_merged_cell_is_said_in_every_row_it_spans(document, tmp_path):
    table = document.add_table(3, 2)
    for index, text in enumerate(["环节", "活动", "导入", "提问", "", "回答"]):
        table._cells[index].text = text
    table.cell(1, 0).merge(table.cell(2, 0))
    assert read(document, tmp_path)[0].text == "环节 | 活动\n导入 | 提问\n导入 | 回答"


def test_a_form_row_becomes_a_heading_and_paragraphs(document, tmp_path):
    table = document.add_table(2, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "课题", "面积"
    table.cell(1, 0).text = "教学过程"
    table.cell(1, 1).text = "\n".join(
        f"第{number}步，请学生用小正方形摆一摆，说说一共用了多少个，为什么。" for number in "一二三"
    )
    for paragraph in list(table.cell(1, 1).paragraphs):
        for line in paragraph.text.split("\n")[1:]:
            table.cell(1, 1).add_paragraph(line)
        paragraph.text = paragraph.text.split("\n")[0]
    found = read(document, tmp_path)
    assert [(one.kind, one.text[:4]) for one in found] == [
        ("table", "课题 |"),
        ("heading", "教学过程"),
        ("text", "第一步，"),
        ("text", "第二步，"),
        ("text", "第三步，"),
    ]


def test_a_cell_that_claims_to_be_endlessly_wide_ends(document, tmp_path):
    document.add_paragraph("前")
    insert(
        document,
        f'<w:tbl {W}><w:tr><w:tc><w:tcPr><w:gridSpan w:val="9000000"/></w:tcPr><w:p><w:r><w:t>宽</w:t></w:r></w:p></w:tc></w:tr></w:tbl>',
    )
    assert texts(read(document, tmp_path)) == ["前", "宽"]


def test_a_transcript_in_word_becomes_turns(document, tmp_path):
    document.add_heading("课堂实录", 1)
    for line in ("[00:03:12] 师：面积怎么算？", "[00:03:15] 生1：长乘宽。", "[00:03:20] 师：为什么？", "（学生讨论）"):
        document.add_paragraph(line)
    found = read(document, tmp_path)
    assert [(one.kind, one.speaker, one.locator.start) for one in found] == [
        ("heading", None, None),
        ("turn", "师", 192.0),
        ("turn", "生1", 195.0),
        ("turn", "师", 200.0),
        ("text", None, None),
    ]
    assert found[1].text == "师：面积怎么算？"
