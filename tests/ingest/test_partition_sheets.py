import datetime as dt

import openpyxl

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
        ["题号", "题干", "选项", "答案"],
        [1, "长 8 厘米、宽 5 厘米的长方形，周长是多少？", None, "26 厘米"],
        [2, "下面说法对的是（ ）哪一个呢。", "A. 甲\nB. 乙", "A"],
    ]
    found = read(tmp_path, rows)
    assert [one.text for one in found] == [
        "题号：1｜题干：长 8 厘米、宽 5 厘米的长方形，周长是多少？｜答案：26 厘米",
        "题号：2｜题干：下面说法对的是（ ）哪一个呢。｜选项：A. 甲 B. 乙｜答案：A",
    ]
    assert [one.locator for one in found] == [Locator(sheet="题库", row=2), Locator(sheet="题库", row=3)]
    assert found[0].locator.label() == "表「题库」第2行"


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


def test_csv_of_any_common_separator():
    for separator in ",;\t":
        text = separator.join(["姓名", "分"]) + "\n" + separator.join(['"S01"', "9"]) + "\n"
        assert [one.text for one in read_csv(text)] == ["姓名 | 分\nS01 | 9"]
