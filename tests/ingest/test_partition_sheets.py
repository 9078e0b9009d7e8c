import datetime as dt

import openpyxl
import pytest

from ingest.document import Locator
from ingest.partition import partition
from ingest.partition.sheets import read_csv
from ingest.settings import IngestSettings


def read(tmp_path, rows, title="题库", formats=()):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    for place, number_format in formats:
        sheet[place].number_format = number_format
    path = tmp_path / "a.xlsx"
    book.save(path)
    return partition(path, IngestSettings())


def test_a_row_of_sentences_can_be_read_alone(tmp_path):
    rows = [
        ["序号", "日期", "活动", "收获"],
        [1, "9月3日", "集体备课：长方形的面积", "把周长和面积的对比提前到新授课里。"],
        [2, "9月10日", "磨课", None],
    ]
    found = read(tmp_path, rows, title="教研")
    assert [one.text for one in found] == [
        "序号：1｜日期：9月3日｜活动：集体备课：长方形的面积｜收获：把周长和面积的对比提前到新授课里。",
        "序号：2｜日期：9月10日｜活动：磨课",
    ]
    assert [one.locator for one in found] == [Locator(sheet="教研", row=2), Locator(sheet="教研", row=3)]
    assert found[0].locator.label() == "表「教研」第2行"


def test_a_row_of_a_question_bank_is_an_item_of_labelled_lines(tmp_path):
    rows = [
        ["三年级面积题库（共3题）"],
        ["题号", "题型", "题干*", "正确答案（必填）", "详解", "考点", "难易度", "分层", "备注"],
        [
            1,
            "填空",
            "长 8 厘米、宽 5 厘米的长方形，周长是（ ）。",
            "答案：26 厘米",
            "（8＋5）×2",
            "周长",
            "易",
            "基础题",
            "口头",
        ],
        ["02", "判断", "边长4厘米的正方形，周长和面积相等。", "错", None, None, 0.7, None, None],
    ]
    found = read(tmp_path, rows)
    assert [one.kind for one in found] == ["text", "item", "item"]
    assert found[1].text.split("\n") == [
        "题号：1", "题目：长 8 厘米、宽 5 厘米的长方形，周长是（ ）。", "答案：26 厘米", "解析：（8＋5）×2", "层次：基础题", "知识点：周长",
        "难度：易", "题型：填空", "备注：口头",
    ]  # fmt: skip
    assert found[2].text.split("\n") == [
        "题号：02", "题目：边长4厘米的正方形，周长和面积相等。", "答案：错", "难度：0.7", "题型：判断",
    ]  # fmt: skip
    assert [one.locator.row for one in found] == [1, 3, 4]


def test_options_in_columns_of_their_own_or_in_rows_below(tmp_path):
    columns = [["试题", "A", "B", "C", "参考答案"], ["边线有多长，求的是什么？", "周长", "面积", "C. 体积", "A"]]
    assert read(tmp_path, columns)[0].text == "题目：边线有多长，求的是什么？\n选项：A. 周长 B. 面积 C. 体积\n答案：A"
    below = [
        ["序号", "题目", "选项", "答案"],
        [1, "选哪个？", "A. 甲", "A"],
        [None, None, "B. 乙", None],
        [2, "几？", None, "7"],
    ]
    assert [one.text for one in read(tmp_path, below)] == [
        "题号：1\n题目：选哪个？\n选项：A. 甲 B. 乙\n答案：A",
        "题号：2\n题目：几？\n答案：7",
    ]


def test_a_tier_merged_over_rows_or_written_above_them_holds_for_each(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    for row in [["类型", "题目", "答案"], ["基础", "1＋1", "2"], [None, "1＋2", "3"], ["拓展", "1＋9", "10"]]:
        sheet.append(row)
    sheet.merge_cells("A2:A3")
    path = tmp_path / "a.xlsx"
    book.save(path)
    merged = [one.text for one in partition(path, IngestSettings())]
    assert merged == [
        "题目：1＋1\n答案：2\n层次：基础", "题目：1＋2\n答案：3\n层次：基础", "题目：1＋9\n答案：10\n层次：拓展",
    ]  # fmt: skip
    above = read(tmp_path, [["题目", "答案"], ["一、提高题"], ["1＋1", "2"], ["二、计算题"], ["1＋2", "3"]])
    assert [one.text for one in above] == [
        "一、提高题",
        "题目：1＋1\n答案：2\n层次：提高题",
        "二、计算题",
        "题目：1＋2\n答案：3",
    ]


def test_a_table_of_problems_and_causes_is_no_question_bank(tmp_path):
    rows = [
        ["问题", "原因分析", "改进措施"],
        ["小组活动用了太多时间", "学具给多了，每组都在一片一片地数", "每组只给十片"],
    ]
    assert [(one.kind, one.text) for one in read(tmp_path, rows)] == [
        ("text", "问题：小组活动用了太多时间｜原因分析：学具给多了，每组都在一片一片地数｜改进措施：每组只给十片")
    ]


def test_results_of_a_questionnaire_are_told_question_by_question(tmp_path):
    rows = [
        ["教研需求问卷统计"],
        ["题号", "题目", "选项", "人数", "占比"],
        [1, "您每周参加几次教研？", "一次", 12, 0.3],
        [None, None, "两次", 28, 0.7],
        [2, "您最需要什么？", "听课", 40, 1],
    ]
    found = read(tmp_path, rows, title="统计", formats=[(f"E{row}", "0%") for row in (3, 4, 5)])
    assert [one.text for one in found] == [
        "教研需求问卷统计",
        "您每周参加几次教研？\n一次：题号 1，人数 12，占比 30%\n两次：人数 28，占比 70%",
        "您最需要什么？\n听课：题号 2，人数 40，占比 100%",
    ]
    assert [one.locator.row for one in found] == [1, 3, 5]


def test_results_as_questionnaire_services_write_them(tmp_path):
    rows = [
        ["第1题：您的学科 [单选题]"],
        ["选项", "小计", "比例"],
        ["语文", 30, "60%"],
        ["数学", 20, "40%"],
        ["本题有效填写人次", 50, None],
        [],
        ["第2题：您满意吗 [矩阵题]"],
        ["题目\\选项", "满意", "不满意"],
        ["场地", 40, 10],
    ]
    found = read(tmp_path, rows, title="问卷")
    assert [one.text for one in found] == [
        "第1题：您的学科 [单选题]\n语文：小计 30，比例 60%\n数学：小计 20，比例 40%\n本题有效填写人次：小计 50",
        "第2题：您满意吗 [矩阵题]\n题目\\选项 | 满意 | 不满意\n场地 | 40 | 10",
    ]
    assert [one.locator.row for one in found] == [1, 7]


def test_raw_answers_are_one_record_a_person_however_long_the_questions(tmp_path):
    question = "3、您认为目前学校的教研活动最需要改进的方面是什么？（可多选）"
    rows = [
        ["序号", "提交答卷时间", question, "4、教龄"],
        [1, dt.datetime.fromisoformat("2025-09-03 08:30"), "A┋C", 12],
        [2, dt.datetime.fromisoformat("2025-09-04"), "B", 3],
    ]
    assert [one.text for one in read(tmp_path, rows, title="原始数据")] == [
        f"序号：1｜提交答卷时间：2025-09-03 08:30｜{question}：A┋C｜4、教龄：12",
        f"序号：2｜提交答卷时间：2025-09-04｜{question}：B｜4、教龄：3",
    ]


def test_scores_stay_a_table_in_blocks_with_the_header(tmp_path):
    rows = [
        ["三年级成绩"],
        ["学号", "题1", "题2", "总分"],
        *([f"S{number:02d}", 4, 3.5, 7.5] for number in range(1, 46)),
    ]
    found = read(tmp_path, rows)
    assert (found[0].kind, found[0].text) == ("text", "三年级成绩")
    blocks = found[1:]
    assert [one.kind for one in blocks] == ["table"] * 3
    assert all(one.text.startswith("学号 | 题1 | 题2 | 总分\n") for one in blocks)
    assert [one.locator.row for one in blocks] == [3, 23, 43]
    body = [line for one in blocks for line in one.text.split("\n")[1:]]
    assert body == [f"S{number:02d} | 4 | 3.5 | 7.5" for number in range(1, 46)]


def test_values_are_written_as_shown(tmp_path):
    rows = [["学号", "率", "日期", "数", "对"], [7, 0.853, dt.date(2025, 4, 16), 0.1 + 0.2, True]]
    found = read(tmp_path, rows, formats=[("A2", "000"), ("B2", "0.0%")])
    assert found[0].text.split("\n")[1] == "007 | 85.3% | 2025-04-16 | 0.3 | 是"


def test_gaps_and_several_sheets_keep_their_row_numbers(tmp_path):
    book = openpyxl.Workbook()
    book.active["B5"] = "孤零零的一句话"
    book.create_sheet("空")
    book.create_sheet("后")["A3"] = "尾"
    path = tmp_path / "a.xlsx"
    book.save(path)
    found = partition(path, IngestSettings())
    assert [(one.text, one.locator.sheet, one.locator.row) for one in found] == [
        ("孤零零的一句话", "Sheet", 5),
        ("尾", "后", 3),
    ]


def test_a_wide_score_table_keeps_its_full_marks_with_the_header(tmp_path):
    names = ["姓名", "班级", *(f"第{number}题" for number in range(1, 21)), "总分"]
    rows = [names, ["满分", None, *[5] * 20, 100], *([f"学生{number}", "三1", *[4] * 20, 80] for number in range(12))]
    found = read(tmp_path, rows)
    assert [one.kind for one in found] == ["table"] * 3
    head = [" | ".join(names), " | ".join(["满分", "", *["5"] * 20, "100"])]
    assert all(one.text.split("\n")[:2] == head for one in found)
    assert [one.locator.row for one in found] == [3, 8, 13]
    assert sum(one.text.count("学生") for one in found) == 12


def test_a_header_of_two_rows_units_and_empty_columns(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    for row in [
        ["期中成绩统计表"],
        [],
        ["姓名", None, "班级", "一、选择题（每题3分）", None, "二、计算题", "总分"],
        [None, None, None, 1, 2, 3, None],
        [None, None, None, "（分）", "（分）", "（分）", "（分）"],
        ["甲", None, "七1", 3, 0, 8, 11],
        ["乙", None, "七1", 3, 3, 9, 15],
    ]:
        sheet.append(row)
    for cells in ("A1:G1", "A3:A4", "C3:C4", "D3:E3", "G3:G4"):
        sheet.merge_cells(cells)
    path = tmp_path / "a.xlsx"
    book.save(path)
    found = [one.text for one in partition(path, IngestSettings())]
    assert found == [
        "期中成绩统计表",
        "姓名 | 班级 | 一、选择题（每题3分） |  | 二、计算题 | 总分",
        "姓名 | 班级 | 选择题·1（分） | 选择题·2（分） | 计算题·3（分） | 总分（分）\n甲 | 七1 | 3 | 0 | 8 | 11\n乙 | 七1 | 3 | 3 | 9 | 15",
    ]


def test_numbers_of_questions_may_be_the_header(tmp_path):
    found = read(tmp_path, [["姓名", 1, 2, 3, "总分"], ["甲", 3, 2, 1, 6], ["乙", 3, 3, 3, 9]])
    assert [one.text for one in found] == ["姓名 | 1 | 2 | 3 | 总分\n甲 | 3 | 2 | 1 | 6\n乙 | 3 | 3 | 3 | 9"]


def test_numbers_keep_what_the_sheet_shows(tmp_path):
    rows = [["学号", "均分", "比率", "时间", "编号"], ["0012", 86.25, 0.8571428, dt.time(8, 30), 330101201501010000.0]]
    found = read(tmp_path, rows, formats=[("B2", "0.0_ "), ("C2", "0.00%")])
    assert found[0].text.split("\n")[1] == "0012 | 86.3 | 85.71% | 08:30 | 330101201501010000"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_in_every_encoding_that_office_programs_write(tmp_path, encoding):
    separator = "\t" if encoding == "utf-16" else ","
    lines = [
        ["面积题库，基础部分"],
        ["题目", "选项", "答案", "层次"],
        ["下面哪个是面积单位？", "A. 米 B. 平方米", "B", "基础题"],
    ]
    text = "\r\n".join(separator.join(f'"{cell}"' for cell in line) for line in lines)
    path = tmp_path / "题库.csv"
    path.write_bytes(text.encode(encoding))
    found = partition(path, IngestSettings())
    assert [(one.kind, one.text, one.locator.row) for one in found] == [
        ("text", "面积题库，基础部分", 1),
        ("item", "题目：下面哪个是面积单位？\n选项：A. 米 B. 平方米\n答案：B\n层次：基础题", 3),
    ]


def test_a_line_that_names_the_separator_is_no_row():
    assert [one.text for one in read_csv("sep=;\n姓名;分,数\n甲;9\n")] == ["姓名 | 分,数\n甲 | 9"]


def test_csv_of_any_common_separator():
    for separator in ",;\t":
        text = separator.join(["姓名", "分"]) + "\n" + separator.join(['"S01"', "9"]) + "\n"
        assert [one.text for one in read_csv(text)] == ["姓名 | 分\nS01 | 9"]
