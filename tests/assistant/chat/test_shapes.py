from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.chat.shapes import Compared, compared, shape_of, stage_of_lesson, without_shape

QUESTIONS = {
    "resources": (
        "有没有一元二次方程的练习题？ 找面积的资料 光合作用的课件 密度教案 小学古诗默写题有哪些？ 那练习题呢 "
        "给我一份圆的面积的教案 三下第五单元有什么资料"
    ),
    "steps": "《三峡》怎么教 怎么教《三峡》 圆的面积的教学过程 勾股定理怎样导入 西游记导读课怎么上？ 小数除法打扫卫生那课怎么设计的 这一课的实验步骤",
    "table": "面积和周长有什么区别？ 三年级数学里面积和周长的区别 比喻和拟人怎么区分 登鹳雀楼和望庐山瀑布的异同 人教版和北师大版《有理数的加法》教案有什么不同",
    "points": "实验室使用酒精灯要注意什么 三年级语文课标要点 光合作用实验要控制哪些变量？ 小灯泡不亮有哪些原因 磨课第二次做了哪些改动",
    "direct": (
        "怎样突破面积与周长混淆的难点 怎么教学生写观察日记 教案怎么写 双减作业怎么设计？ 有哪些习题错得多 教案里导入用几分钟 面积与周长的对比 "
        "三峡教案的教学目标是什么 观沧海怎么朗读？ 《长方形、正方形面积的计算》磨课前后有什么不同 加法和减法 七年级期中考试哪些题错得多 "
        "《和平与发展》写了什么 论语十二章第一课时讲哪几章 我和同桌都不一样"
    ),
}


@pytest.mark.parametrize(
    ("question", "shape"), [(question, shape) for shape, asked in QUESTIONS.items() for question in asked.split()]
)
def test_only_certain_words_ask_for_a_shape(question: str, shape: str) -> None:
    assert shape_of(question) == shape


def test_the_two_things_are_named_without_where_they_stand() -> None:
    assert compared("三年级数学里面积和周长的区别") == Compared("面积", "周长")
    assert compared("人教版和北师大版《有理数的加法》教案有什么不同？") == Compared(
        "人教版", "北师大版", "《有理数的加法》教案"
    )
    assert compared("《登鹳雀楼》和《望庐山瀑布》有什么不同") == Compared("《登鹳雀楼》", "《望庐山瀑布》")
    assert compared("面积和面积的区别") is None
    assert compared(f"{'很长的东西' * 5}和周长的区别") is None


def test_the_stage_asked_for() -> None:
    assert stage_of_lesson("勾股定理怎么导入") == "导入"
    assert stage_of_lesson("《导入的艺术》这课怎么教") == ""
    assert without_shape("西游记导读课怎么上？") == "西游记导读课"


@given(st.text(max_size=200))
def test_any_text_has_a_shape(text: str) -> None:
    assert shape_of(text) in {"direct", "points", "steps", "table", "resources"}
    assert isinstance(without_shape(text), str)


@pytest.mark.parametrize(
    "text", ["和" * 1000, "面积和" * 333, "怎么教" * 333, "《" * 1000, "有哪些教案" * 200, "的区别" * 333]
)
def test_a_long_question_is_read_at_once(text: str) -> None:
    started = time.process_time()
    shape_of(text)
    assert time.process_time() - started < 1
