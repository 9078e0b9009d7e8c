"""Class lists, score tables, seats, records and forms: every cell of a name's column, and no teacher's."""

from __future__ import annotations

import pytest

from ingest.document import Element, Locator, Metadata
from ingest.privacy import find_private


def values(
    text: str, kind: str = "成绩", *, what: str = "table", title: str = "", sheet: str | None = None
) -> list[tuple[str, str]]:
    element = Element("table" if what == "table" else "text", text, Locator(sheet=sheet))
    return [(item.kind, item.value) for item in find_private([element], Metadata(kind=kind, title=title))]


SCORES = "班级 | 学号 | 姓名 | 题1 | 总分\n三(2)班 | S01 | 王小明 | 4 | 96\n三(2)班 | S02 | 李　浩 | 3 | 88\n合计 | | 2人 | 7 | 184"


def test_a_score_table_gives_its_names_and_keeps_the_numbers_within_the_class() -> None:
    assert values(SCORES) == [("pupil", "王小明"), ("pupil", "李浩")]


def test_names_of_any_kind_count_under_their_header() -> None:
    table = "姓名 | 语文 | 数学\n方圆 | 90 | 91\n阿依古丽·买买提 | 88 | 79\n夏天 | 70 | 65\nTom Li | 60 | 61\n平均 | 77 | 74"
    assert values(table) == [("pupil", name) for name in ("方圆", "阿依古丽·买买提", "夏天", "Tom Li")]


@pytest.mark.parametrize("header", ["姓名", "学生姓名", "名字", "学 生", "姓名（必填）"])
def test_headers_of_names(header: str) -> None:
    assert values(f"序号 | {header} | 得分\n1 | 王小明 | 90\n2 | 张子涵 | 80") == [
        ("pupil", "王小明"),
        ("pupil", "张子涵"),
    ]


@pytest.mark.parametrize(
    "table",
    [
        "姓名 | 学科 | 职称\n周敏 | 数学 | 一级\n何建国 | 数学 | 高级",
        "教师 | 课题 | 班级\n周敏 | 面积 | 三(2)班\n何建国 | 圆的周长 | 六(1)班",
        "任课教师 | 平均分\n周敏 | 88\n何建国 | 86",
        "班主任 | 班级 | 人数\n周敏 | 三(2)班 | 45",
        "年级 | 课题 | 执教 | 第一次\n一 | 第几 | 方慧 | 10月14日",
    ],
)
def test_tables_of_teachers_stay(table: str) -> None:
    assert values(table) == []


@pytest.mark.parametrize("kind", ["教研记录", "教案"])
def test_a_list_of_names_in_minutes_is_one_of_teachers_unless_it_says_what_pupils_got(kind: str) -> None:
    assert values("姓名 | 签名\n周敏 | 周敏\n何建国 | 何建国", kind) == []
    assert values("姓名 | 前测得分 | 后测得分\n王小明 | 4 | 8\n张子涵 | 5 | 9", kind) == [
        ("pupil", "王小明"),
        ("pupil", "张子涵"),
    ]


def test_the_statistics_of_an_exercise_stay() -> None:
    assert values("姓名 | 小明 | 小红 | 小刚\n身高（厘米） | 132 | 128 | 140", "习题") == []
    assert values("姓名 | 身高\n李明 | 132\n王红 | 128", "习题") == []
    assert values("姓名 | 身高\n李明 | 132\n王红 | 128", "课件") == []


def test_a_class_list_that_was_filed_among_exercises_is_one_all_the_same() -> None:
    assert values("姓名 | 学号 | 得分\n王小明 | 01 | 90\n张子涵 | 02 | 85", "习题") == [
        ("pupil", "王小明"),
        ("pupil", "张子涵"),
    ]


def test_a_table_goes_on_behind_the_end_of_a_page() -> None:
    first = Element("table", "姓名 | 学号 | 总分\n王小明 | 01 | 90")
    second = Element("table", "张子涵 | 02 | 85\n常胜 | 03 | 70")
    found = find_private([first, second], Metadata(kind="成绩"))
    assert [(item.element, item.value) for item in found] == [(0, "王小明"), (1, "张子涵"), (1, "常胜")]


def test_a_form_says_label_and_value_side_by_side() -> None:
    form = "姓名 | 王小明 | 性别 | 男\n家长姓名 | 王建军 | 联系电话 | 13812345678\n家庭住址 | 云溪县柳湾镇大塘村3组 | 学号 | 20230115"
    assert values(form, "其他") == [
        ("pupil", "王小明"), ("guardian", "王建军"), ("phone", "13812345678"),
        ("address", "云溪县柳湾镇大塘村3组"), ("id_number", "20230115"),
    ]  # fmt: skip


def test_a_column_of_parents_phones_and_homes() -> None:
    table = "姓名 | 家长 | 家长电话 | 住址\n王小明 | 王建军 | 138 1234 5678 | 幸福小区3栋201室\n张子涵 | 李梅 | 88123456 | 大塘村"
    assert values(table, "") == [
        ("pupil", "王小明"), ("guardian", "王建军"), ("phone", "138 1234 5678"), ("address", "幸福小区3栋201室"),
        ("pupil", "张子涵"), ("guardian", "李梅"), ("phone", "88123456"), ("address", "大塘村"),
    ]  # fmt: skip


def test_records_of_a_sheet() -> None:
    record = "序号：3｜姓名：王小明｜班级：三(2)班｜联系电话：0571-88123456｜家庭住址：云溪县幸福路12号｜收获：长方形的面积等于长乘宽"
    assert values(record, "问卷", what="text") == [
        ("pupil", "王小明"), ("phone", "0571-88123456"), ("address", "云溪县幸福路12号"),
    ]  # fmt: skip
    assert values("序号：3｜教师姓名：周敏｜学科：数学｜教龄：23", "问卷", what="text") == []


def test_seats() -> None:
    seats = "王小明 | 张子涵 | 李雨桐 | 赵一鸣\n陈思睿 | 过道 | 周可欣 | 吴浩宇"
    names = ["王小明", "张子涵", "李雨桐", "赵一鸣", "陈思睿", "周可欣", "吴浩宇"]
    assert [value for _, value in values(seats, "其他", title="三(2)班座位表")] == names
    assert [value for _, value in values(seats, "", sheet="座位表")] == names
    assert values(seats, "", sheet="期中安排") == []


def test_a_pupil_of_a_list_is_masked_in_the_text_as_well() -> None:
    elements = [
        Element("table", "姓名 | 得分\n李雨桐 | 90\n王小明 | 61"),
        Element("text", "王小明退步明显，雨桐进步最大。小明还要再看。"),
    ]
    found = [(item.element, item.value) for item in find_private(elements, Metadata(kind="成绩"))]
    assert found == [(0, "李雨桐"), (0, "王小明"), (1, "王小明"), (1, "李雨桐")]


def test_bars_in_formulas_are_no_cells() -> None:
    assert values("题号 | 考什么 | 满分\n12 | 绝对值方程|a|=3（两解） | 4", "成绩") == []


def test_an_empty_cell_does_not_shift_the_columns() -> None:
    table = "班级 | | 姓名 | 得分\n一班 | | 王小明 | 90\n| 二 | 张子涵 | 80"
    assert values(table) == [("pupil", "王小明"), ("pupil", "张子涵")]


def test_a_listed_name_that_is_a_word_is_masked_where_a_pupil_is_meant() -> None:
    elements = [
        Element("table", "姓名 | 得分\n夏天 | 90\n方圆 | 61"),
        Element("text", "夏天同学写夏天的雨，请方圆再画一个方圆三十厘米的圆。"),
    ]
    found = [(item.element, item.span.start, item.value) for item in find_private(elements, Metadata(kind="成绩"))]
    assert found == [(0, 8, "夏天"), (0, 16, "方圆"), (1, 0, "夏天"), (1, 11, "方圆")]
