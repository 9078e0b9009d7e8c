from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.chat.steps import LEAST_STEPS, lesson_steps
from ingest.document import Block, Locator, Metadata, Span
from tests.fakes.library import PLAN, Line, document, line

if TYPE_CHECKING:
    from collections.abc import Sequence

HEADED = [
    line("勾股定理", "heading", 1),
    line("六、教学难点", "heading", 2),
    line("证明的过程。"),
    line("七、教学过程", "heading", 2),
    line("（一）导入：旗杆（5分钟）", "heading", 3),
    line("教师活动：旗杆折断了，原来多高？学生活动：猜。"),
    line("设计意图：引起兴趣。"),
    line("（二）新授（20分钟）", "heading", 3),
    line("第1步 画图（8分钟）", "heading", 4),
    line("画一个直角三角形。"),
    line("第2步 拼图（12分钟）", "heading", 4),
    line("（三）小结（5分钟）", "heading", 3),
    line("教师活动 | 学生活动\n今天学了什么？写下来。 | 写", "table"),
    line("备用的追问", "heading", 3),
    line("不是步骤。"),
    line("八、板书设计", "heading", 2),
    line("勾股定理"),
]
TABLE = [
    line("教学过程", "heading", 1),
    line(
        "环节 | 教师活动 | 学生活动 | 时间\n一、导入 | 看图。说一说。 | 说 | 3分钟\n二、新授 | 读课文。 | 读 | 20 分\n三、小结 | 背诵。 | 背 | 5分钟",
        "table",
    ),
]
FLAT = [
    line("教学过程"),
    line("1. 导入（5分钟）　教师活动：看图。再说。"),
    line("先说左边，再说右边。"),
    line("2. 新授（20分钟）　读课文。"),
    line("3. 小结（5分钟）"),
    line("学生说。"),
    line("板书设计"),
    line("4. 不是步骤（1分钟）"),
]


def steps(lines: Sequence[Line]) -> list[tuple[str, str]]:
    view = document(Metadata(), "x", list(lines))
    found = lesson_steps(view.text, view.blocks)
    return [(step.heading, " / ".join(view.text[piece.start : piece.end] for piece in step.pieces)) for step in found]


def test_headings_below_the_process_are_its_steps() -> None:
    assert steps(HEADED) == [
        ("（一）导入：旗杆（5分钟）", "教师活动：旗杆折断了，原来多高？学生活动：猜。"),
        ("（二）新授（20分钟）", "第1步 画图（8分钟） / 第2步 拼图（12分钟）"),
        ("（三）小结（5分钟）", "今天学了什么？写下来。"),
    ]


def test_rows_of_a_table_are_steps_with_their_minutes() -> None:
    assert steps(TABLE) == [
        ("一、导入（3分钟）", "看图。说一说。"),
        ("二、新授（20 分）", "读课文。"),
        ("三、小结（5分钟）", "背诵。"),
    ]


def test_numbered_lines_are_steps_until_the_next_part() -> None:
    assert steps(FLAT) == [
        ("1. 导入（5分钟）", "教师活动：看图。再说。"),
        ("2. 新授（20分钟）", "读课文。"),
        ("3. 小结（5分钟）", "学生说。"),
    ]


def test_periods_are_told_apart() -> None:
    lines = [
        line("教学过程", "heading", 1),
        *(
            piece
            for period in ("第一课时", "第二课时")
            for piece in (
                line(period, "heading", 2),
                line("（一）导入", "heading", 3),
                line("看图。"),
                line("（二）小结", "heading", 3),
                line("说。"),
            )
        ),
    ]
    view = document(Metadata(), "x", lines)
    assert [step.period for step in lesson_steps(view.text, view.blocks)] == ["第一课时"] * 2 + ["第二课时"] * 2


@pytest.mark.parametrize("lines", [[], [line("教学过程", "heading", 1)], [line("没有过程。")], TABLE[:1] + FLAT[1:2]])
def test_too_few_steps_are_none(lines: Sequence[Line]) -> None:
    assert steps(lines) == []


def test_a_plan_of_two_parts_has_too_few() -> None:
    assert len(lesson_steps(PLAN.text, PLAN.blocks)) in {0, *range(LEAST_STEPS, 20)}


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["heading", "text", "table", "list"]),
            st.text("教学过程（一）导入5分钟。|\n 、1", max_size=30),
        ),
        max_size=12,
    )
)
def test_any_blocks_give_pieces_of_the_text(parts: list[tuple[str, str]]) -> None:
    text, blocks = "", []
    for kind, said in parts:
        span = Span(len(text), len(text) + len(said))
        blocks.append(Block(span, kind, Locator(), (), 1 if kind == "heading" else None))  # type: ignore[arg-type]  # one of the kinds
        text += said + "\n"
    for step in lesson_steps(text, blocks):
        for span in (step.name, *step.pieces):
            assert 0 <= span.start < span.end <= len(text)
