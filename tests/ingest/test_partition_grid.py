"""Ruled tables and blanks in drawn pictures."""

from itertools import pairwise

import numpy as np
import pytest

from ingest.partition.columns import Piece
from ingest.partition.grid import Cell, Table, find_rules
from ingest.partition.page import page_lines

SCALE = 2.0
HEIGHT = 400  # points


def paper():
    return np.full((int(HEIGHT * SCALE), int(400 * SCALE)), 255, np.uint8)


def across(picture, y, left, right, ink=0):
    """Draw a hairline; heights count from the page's bottom, as in the product."""
    picture[int((HEIGHT - y) * SCALE), int(left * SCALE) : int(right * SCALE)] = ink


def down(picture, x, bottom, top, ink=0):
    picture[int((HEIGHT - top) * SCALE) : int((HEIGHT - bottom) * SCALE), int(x * SCALE)] = ink


def ruled(ys, xs, ink=0):
    picture = paper()
    for y in ys:
        across(picture, y, xs[0], xs[-1], ink)
    for x in xs:
        down(picture, x, ys[-1], ys[0], ink)
    return picture


def shape(table):
    return [[(round(cell.left), round(cell.right)) for cell in row] for row in table.rows]


@pytest.mark.parametrize("ink", [0, 120, 200])
def test_a_grid_is_found_whatever_its_ink(ink):
    [table] = find_rules(ruled([300, 280, 240], [50, 150, 350], ink), SCALE).tables
    assert shape(table) == [[(50, 150), (150, 350)]] * 2
    assert [round(row[0].top) for row in table.rows] == [300, 280]


def test_noise_and_shade_do_not_hide_a_grid():
    picture = ruled([300, 280, 240], [50, 150, 350]).astype(float)
    picture[200:240, 100:300] *= 0.85  # a shaded head
    picture = picture * np.linspace(1, 0.5, picture.shape[1]) + np.random.default_rng(1).normal(0, 15, picture.shape)
    [table] = find_rules(picture.clip(0, 255).astype(np.uint8), SCALE).tables
    assert shape(table) == [[(50, 150), (150, 350)]] * 2


def test_cells_that_span_rows_stand_in_each_and_those_that_span_columns_once():
    picture = ruled([300, 280, 260, 240], [50, 150, 350])
    picture[int((HEIGHT - 260) * SCALE), int(50 * SCALE) + 1 : int(150 * SCALE)] = (
        255  # the last two rows share a label
    )
    picture[int((HEIGHT - 300) * SCALE) + 1 : int((HEIGHT - 280) * SCALE), int(150 * SCALE)] = (
        255  # the head is one cell
    )
    [table] = find_rules(picture, SCALE).tables
    assert shape(table) == [[(50, 350)], [(50, 150), (150, 350)], [(50, 150), (150, 350)]]
    assert table.rows[1][0] == table.rows[2][0]
    assert table.rows[1][1] != table.rows[2][1]


def test_outer_edges_need_not_be_drawn():
    picture = ruled([300, 280, 240], [50, 150, 350])
    picture[:, int(50 * SCALE) - 1 : int(50 * SCALE) + 2] = 255
    [table] = find_rules(picture, SCALE).tables
    assert [[round(cell.right) for cell in row] for row in table.rows] == [[150, 350]] * 2


def test_frames_and_lines_are_no_tables():
    picture = ruled([300, 240], [50, 350])
    across(picture, 200, 50, 350)
    assert find_rules(picture, SCALE).tables == ()


def test_a_blank_is_a_short_line_at_the_foot_of_print_with_nothing_above():
    picture = paper()
    across(picture, 302, 100, 160)
    across(picture, 202, 100, 160)
    picture[int((HEIGHT - 212) * SCALE) : int((HEIGHT - 204) * SCALE), int(100 * SCALE) : int(160 * SCALE) : 4] = 0
    blanks = find_rules(picture, SCALE).blanks
    assert [(round(blank.left), round(blank.right), round(blank.y)) for blank in blanks] == [(100, 160, 302)]
    assert blanks[0].is_in_line(300, 312)
    assert not blanks[0].is_in_line(296, 308)  # a dash, in the middle of the line
    assert not blanks[0].is_in_line(200, 212)


def words(text, left, y, size=10.0):
    return Piece(text, left, left + size * len(text), y - size / 2, y + size / 2)


def grid(ys, xs):
    rows = tuple(tuple(Cell(left, right, low, high) for left, right in pairwise(xs)) for high, low in pairwise(ys))
    return Table(rows, Cell(xs[0], xs[-1], ys[-1], ys[0]))


@pytest.mark.parametrize("in_order", [True, False])
def test_a_table_gives_a_line_for_each_row_where_it_stands(in_order):
    table = grid([300, 280, 240], [50, 150, 350])
    rows = [
        [words("上文", 50, 320)],
        [words("环节", 60, 290), words("活动", 160, 290)],
        [words("导入", 60, 270)],
        [words("出示长江简图手指由西向东走过全程再", 160, 270)],
        [words("说。", 160, 255)],
        [words("下文", 50, 220)],
    ]
    if not in_order:
        rows = [[piece] for row in reversed(rows) for piece in row]
    lines = page_lines(rows, [table], 1, in_order=in_order)
    assert [(line.text, line.cells) for line in lines] == [
        ("上文", 1),
        ("环节 | 活动", 2),
        ("导入 | 出示长江简图手指由西向东走过全程再说。", 2),
        ("下文", 1),
    ]


def test_a_row_of_a_form_is_a_label_and_its_paragraphs():
    table = grid([300, 100], [50, 150, 350])
    sentence = "长方形的面积等于长乘宽这是本单元最重要的一条。"
    rows = [[words("教学过程", 60, 200)], *([words(sentence, 160, 290 - 20 * n, 8)] for n in range(4))]
    lines = page_lines(rows, [table], 1, in_order=True)
    assert [(line.text, line.label) for line in lines] == [("教学过程", True), *[(sentence, False)] * 4]
