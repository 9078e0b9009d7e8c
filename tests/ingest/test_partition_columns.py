"""Reading order: columns one by one, everything else as it stands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.partition import partition
from ingest.partition.columns import Piece, regions
from ingest.partition.layout import Line, lines_to_elements, without_running_lines
from ingest.partition.page import page_lines
from ingest.settings import IngestSettings
from tests.ingest.test_partition_pdf import pdf

PRINT = "长方形的面积等于长乘宽这是本单元"  # 16 characters: a line of a column


def piece(text, left, y, size=10.0):
    return Piece(text, left, left + size * len(text), y - size / 2, y + size / 2)


def column(marks, left, top, pitch=16.0):
    return [piece(f"{mark}{PRINT}", left, top - pitch * at) for at, mark in enumerate(marks)]


def read(pieces):
    """Read as a scan is: pieces in no order of their own."""
    return [line.text for line in page_lines([[one] for one in pieces], [], 1, in_order=False)]


def firsts(pieces):
    return "".join(text[0] for text in read(pieces))


def test_two_columns_come_one_after_the_other():
    assert firsts([*column("abcdef", 50, 700), *column("ghijkl", 250, 700)]) == "abcdefghijkl"


def test_columns_whose_lines_stand_at_other_heights():
    assert firsts([*column("abcdef", 50, 700), *column("ghijk", 250, 693, 17)]) == "abcdefghijk"


def test_a_title_and_a_line_across_part_the_page():
    wide = PRINT * 2 + "。"
    pieces = [
        piece("标题横跨两栏", 180, 740, 16),
        *column("abcd", 50, 700),
        *column("efgh", 250, 700),
        piece(wide, 50, 620),
        *column("ijkl", 50, 590),
        *column("mnop", 250, 590),
    ]
    assert firsts(pieces) == "标abcdefgh长ijklmnop"


def test_three_columns():
    assert firsts([*column("abcd", 50, 700), *column("efgh", 250, 700), *column("ijkl", 450, 700)]) == "abcdefghijkl"


def test_short_lines_of_an_exam_paper_are_columns_when_they_do_not_stand_level():
    left = [piece(f"{n}.下列各数中比零小的数是", 50, 700 - 19 * n) for n in range(9)]
    right = [piece(f"{n}.先化简再求值", 400, 700 - 27 * n) for n in range(9)]
    title = piece("七年级数学期中考试试卷一二三四五六", 50, 720)
    assert read([title, *right, *left])[1:] == [one.text for one in [*left, *right]]


def test_rows_of_a_table_without_rules_stay_rows():
    cells = [
        piece(text, left, 700 - 16 * n)
        for n in range(9)
        for left, text in ((50, "课题"), (200, "面积"), (350, "张老师"))
    ]
    assert read(cells) == ["课题 | 面积 | 张老师"] * 9


def test_labels_beside_long_cells_stay_with_them():
    pieces = [one for n in range(6) for one in (piece("重点", 50, 700 - 16 * n), piece(PRINT * 2, 120, 700 - 16 * n))]
    assert read(pieces) == [f"重点 | {PRINT * 2}"] * 6


def test_the_choices_of_an_exercise_are_no_table():
    choices = [piece(text, left, 700) for left, text in ((50, "A.面积"), (150, "B.周长"), (250, "C.体积"))]
    assert read(choices) == ["A.面积 B.周长 C.体积"]


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(4, 40)), min_size=1, max_size=40))
def test_a_page_of_one_column_keeps_the_order_of_the_file(lines):
    pieces = [piece("字" * size, 50 + indent, 800 - 16 * at) for at, (indent, size) in enumerate(lines)]
    assert regions(pieces)[0].pieces == tuple(pieces)


@given(st.lists(st.tuples(st.floats(0, 500), st.floats(0, 800), st.integers(1, 30), st.floats(4, 30)), max_size=40))
def test_no_piece_is_lost_or_doubled(places):
    pieces = [piece("字" * count, left, y, size) for left, y, count, size in places]
    found = [one for region in regions(pieces) for one in region.pieces]
    assert sorted(map(id, found)) == sorted(map(id, pieces))


def test_a_paragraph_goes_on_in_the_next_column_and_on_the_next_page():
    lines = [
        line
        for page in (1, 2)
        for line in page_lines(
            [[one] for one in [*column("一二三四", 50, 700), *column("五六七八", 250, 700)]], [], page, in_order=True
        )
    ]
    [element] = lines_to_elements(lines)
    assert element.text == "".join(f"{mark}{PRINT}" for mark in "一二三四五六七八" * 2)


def test_a_pdf_whose_lines_are_written_row_by_row_is_read_by_columns(tmp_path):
    words = [f"word{n:02} and some more words" for n in range(20)]
    page = [(180, 760, 16, "A title across both columns")]
    for n in range(10):
        page += [(60, 700 - 14 * n, 10, words[n]), (310, 700 - 14 * n, 10, words[10 + n])]
    text = " ".join(one.text for one in partition(pdf(tmp_path / "a.pdf", [page]), IngestSettings()))
    assert text == " ".join(["A title across both columns", *words])


def running(texts, tops):
    return [Line(text, 1, 50, 150, top - 10, top) for text, top in zip(texts, tops, strict=True)]


def pages_with(heads, feet, size=8):
    """Make pages of two columns with a head above and a foot below, each a function of the page's number."""
    return [
        [
            Line(heads(number), number, 50, 200, 790, 800),
            *(
                Line(f"{mark}{number}{n}", number, left, left + 150, 690 - 16 * n, 700 - 16 * n)
                for left, mark in ((50, "左"), (250, "右"))
                for n in range(5)
            ),
            Line(feet(number), number, 250, 300, 30, 40),
        ]
        for number in range(1, size + 1)
    ]


@pytest.mark.parametrize(
    ("heads", "feet"),
    [
        (lambda number: "实验小学 教案", lambda number: f"- {number} -"),
        (lambda number: ("教育研究 第3期", "单元教学的实践")[number % 2], lambda number: f"{number}"),
        (lambda number: f"数学试卷 第{number}页（共8页）", lambda number: f"第{number}页（共8页）"),
        (lambda number: "教育研究 第3期", lambda number: f"第{2 * number - 1}页 共16页"),
    ],
)
def test_heads_and_feet_of_pages_with_columns_go(heads, feet):
    kept = without_running_lines(pages_with(heads, feet))
    assert [len(page) for page in kept] == [10] * 8
    assert kept[0][0].text == "左10"


def test_a_title_on_every_second_page_stays_when_the_others_have_none():
    titles = without_running_lines(
        pages_with(lambda n: "教案" if n % 2 else chr(0x4E00 + n) * 8, lambda n: chr(0x5E00 + n) * 8)
    )
    assert [page[0].text for page in titles[::2]] == ["教案"] * 4


def test_a_head_of_a_scan_may_shift_a_little():
    pages = pages_with(lambda number: "实验小学 教案", lambda number: chr(0x5E00 + number) * 8, size=6)
    shifted = [
        [Line(line.text, line.page, line.left, line.right, line.bottom + 3 * at, line.top + 3 * at) for line in page]
        for at, page in enumerate(pages)
    ]
    assert all(page[0].text.startswith("左") for page in without_running_lines(shifted[:4]))
