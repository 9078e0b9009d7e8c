import pytest
from docx import Document
from openpyxl import Workbook

from ingest.classify import classify
from ingest.classify.form import head_of, is_name, read_author, read_head
from ingest.document import Element, Locator
from ingest.partition import partition
from ingest.settings import IngestSettings


def readings(*elements, secondary=False):
    return {(found.field, found.value) for found in read_head(head_of(elements), secondary=secondary)}


def author(*elements, minutes=False):
    return [found.value for found in read_author(head_of(elements), minutes=minutes)]


def test_labelled_fields_are_read_from_paragraphs():
    head = head_of(
        [
            Element("heading", "观沧海", level=1),
            Element("text", "课题：观沧海\u3000\u3000课 时：第2课时（40分钟）课型：新授课"),
            Element("list", "学校／班级：柳湾镇中心小学 五（2）班，36人 教师：田国庆（兼科学） 日期：2025年10月15日"),
        ]
    )
    assert head.title == "观沧海"
    assert head.fields == (
        ("课题", "观沧海"),
        ("课时", "第2课时（40分钟）"),
        ("课型", "新授课"),
        ("学校", "柳湾镇中心小学 五（2）班，36人"),
        ("班级", "柳湾镇中心小学 五（2）班，36人"),
        ("教师", "田国庆（兼科学）"),
        ("日期", "2025年10月15日"),
    )


def test_labelled_fields_are_read_from_tables():
    found = readings(
        Element(
            "table",
            "课型 / 课时 | 新授课 / 第 1 课时（共 2 课时）\n年级 | 五 | 单元 | 三\n教材版本 | 人教版（2024）上册",
        )
    )
    assert {
        ("periods", "第1课时"),
        ("grade", 5),
        ("unit", "第三单元"),
        ("edition", "人教版"),
        ("volume", "上册"),
    } <= found


def test_a_table_of_data_is_no_form():
    found = readings(Element("table", "学校 | 年级 | 语文 | 数学\n实验小学 | 三 | 18 | 16\n | 四 | 20 | 18"))
    assert {field for field, _ in found} == set()


def test_the_line_of_school_class_name_and_date():
    line = Element("text", "——柳湾镇中心小学\u3000何长根\u3000三（1）班\u300038人\u30002025年5月13日")
    title = Element("heading", "长方形的面积（第3课时）", level=1)
    assert {("school", "柳湾镇中心小学"), ("grade", 3), ("date", "2025-05-13"), ("periods", "第3课时")} <= readings(
        title, line
    )
    assert author(title, line) == ["何长根"]


def test_a_name_set_in_two_parts_is_one():
    assert author(Element("heading", "Unit 5", level=1), Element("text", "云溪县实验小学\u3000许\u3000婷")) == ["许婷"]


@pytest.mark.parametrize(
    "text",
    [
        "编写：方芳\u3000邓文娟",
        "教师：王老师",
        "作者：朱自清",
        "教师：学生活动",
        "五年级上册\u3000白鹭\u3000郭沫若",
        "云溪县实验小学\u3000方芳\u3000罗志远",
    ],
)
def test_no_author_where_there_is_none_or_more_than_one(text):
    assert author(Element("heading", "白鹭", level=1), Element("text", text)) == []


def test_minutes_are_by_who_wrote_them_down():
    table = Element(
        "table",
        "时间 | 2025-04-18 | 地点 | 会议室\n主持 | 何建国（组长） | 记录 | 徐磊\n课例 | 三下《面积》 | 执教 | 周敏",
    )
    assert author(table, minutes=True) == ["徐磊"]
    assert author(table) == ["周敏"]
    notes = Element(
        "table", "听课人 | 陈晓岚（柳湾镇中心小学 科学） | 执教 | 陆海峰\n学校班级 | 云溪县实验小学 四(2)班"
    )
    assert author(notes) == ["陈晓岚"]
    assert not any(field == "school" for field, _ in readings(notes))


def test_another_schools_lesson_is_not_this_ones():
    found = readings(Element("heading", "古诗", level=1), Element("text", "说明：本案以县实验小学老师的教案为底稿"))
    assert found == set()


def test_sentences_are_no_form():
    text = "我校一年级已从2024年秋季起换用人教版；只有四（1）班一直用北师大版。"
    assert readings(Element("heading", "面积", level=1), Element("text", text)) == set()


def test_the_head_ends_where_the_content_begins():
    elements = [
        Element("heading", "综合题库", level=1),
        Element("text", "1. 水沸腾后温度怎样变？"),
        Element("text", "知识点：三上 水"),
        Element("heading", "四年级", level=2),
    ]
    head = head_of(elements)
    assert (head.title, head.lines, head.fields) == ("综合题库", (), ())
    slides = [Element("heading", "面积", level=1), Element("note", "三（1）班用"), Element("text", "三年级下册")]
    assert head_of(slides).lines == ("三年级下册",)


def test_a_workbook_is_headed_by_what_is_beside_its_rows():
    rows = [
        Element("table", "班级 | 学号 | 总分\n三(2)班 | S01 | 96", Locator(sheet="得分")),
        Element("table", "云溪县实验小学 三年级数学 单元检测\n检测日期：2025-05-09，40分钟", Locator(sheet="说明")),
        Element("item", "题干：四年级有几人？\n答案：3", Locator(sheet="题")),
    ]
    assert {("school", "云溪县实验小学"), ("grade", 3), ("subject", "数学"), ("date", "2025-05-09")} <= readings(*rows)
    assert ("grade", 4) not in readings(*rows)


def test_a_secondary_schools_bare_years_stay_unknown():
    form = Element("table", "学校 | 县第三中学 | 年级 | 三\n班级 | 二（1）班 | 教师 | 周敏")
    assert not any(field == "grade" for field, _ in readings(form, secondary=True))


def test_names():
    assert [text for text in ("周敏", "司马光", "周长", "面积", "方程", "王老师傅", "A") if is_name(text)] == [
        "周敏",
        "司马光",
    ]


def test_a_word_file_with_a_form_is_read(tmp_path):
    document = Document()
    document.add_heading("《三角形的内角和》教学设计", level=1)
    table = document.add_table(rows=3, cols=4)
    cells = ["学校", "云溪县第二小学", "执教", "吴志强", "班级", "四（1）班（45人）", "日期", "2025年5月20日"]
    cells += ["教材", "人教版四年级下册第五单元《三角形》", "课时", "第5课时，40分钟"]
    for cell, text in zip((cell for row in table.rows for cell in row.cells), cells, strict=True):
        cell.text = text
    document.add_heading("教学目标", level=1)
    document.add_paragraph("能说出三角形的内角和是180°。五年级还要学多边形。")
    path = tmp_path / "新建 Microsoft Word 文档.docx"
    document.save(path)
    found, _ = classify(path, partition(path, IngestSettings()), None)
    assert (found.kind, found.grade, found.edition, found.volume, found.unit) == (
        "教案",
        4,
        "人教版",
        "下册",
        "第五单元",
    )
    assert (found.topic, found.school, found.author, found.date, found.periods) == (
        "三角形的内角和",
        "云溪县第二小学",
        "吴志强",
        "2025-05-20",
        "第5课时",
    )


def test_a_workbook_of_marks_is_read(tmp_path):
    book = Workbook()
    sheet = book.active
    sheet.append(["班级", "姓名", "题1", "题2", "总分"])
    for number in range(1, 7):
        sheet.append(["五（3）班", f"学生{number}", 4, 6, 10])
    path = tmp_path / "工作簿1.xlsx"
    book.save(path)
    found, where = classify(path, partition(path, IngestSettings()), None)
    assert (found.kind, found.grade, found.stage) == ("成绩", 5, "小学")
    assert where["kind"].kind == "content"
