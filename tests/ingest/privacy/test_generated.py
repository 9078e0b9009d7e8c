"""Names put together from surnames and given names, in the sentences in which pupils are called and told of."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.document import Element, Metadata
from ingest.privacy import find_private
from tests.ingest.privacy.marked import element_of

SURNAMES = "王 李 张 刘 陈 杨 赵 黄 周 吴 徐 孙 胡 朱 高 林 何 郭 马 罗 梁 宋 郑 谢 韩 唐 冯 于 董 萧 程 曹 袁 邓 许 傅 沈 曾 彭 吕 欧阳 诸葛".split()
GIVEN_NAMES = "子涵 梓轩 雨桐 浩宇 欣怡 一诺 诗涵 可馨 宇航 俊熙 佳琪 思远 博文 雅婷 嘉豪 语彤 奕辰 沐宸 若曦 明轩 佳怡 志强 晓燕 雪梅 海涛 小雨".split()
LESSON = "师：{}，你来说说。|师：请{}回答。|师：{}同学说得好。|师：谢谢{}。|{}：我会。|生（{}）：因为两条边相等。|师：好，{}。".split(
    "|"
)
TOLD = "学生{}把单位写错了。|请{}说一说错在哪里。|{}同学举手五次。|{}的家长来电。|生（{}）：我觉得不对。|我班{}一直坐不住。".split(
    "|"
)
NAMES = st.builds(str.__add__, st.sampled_from(SURNAMES), st.sampled_from(GIVEN_NAMES))


def pupils(element: Element, kind: str) -> list[str]:
    return [item.value for item in find_private([element], Metadata(kind=kind)) if item.kind == "pupil"]


@settings(max_examples=300, deadline=None, derandomize=True)
@given(NAMES, st.sampled_from(LESSON), st.sampled_from(TOLD))
def test_a_pupil_who_is_called_or_told_of_is_found(name: str, called: str, told: str) -> None:
    assert pupils(element_of(called.format(name), spoken=True), "课堂实录") == [name]
    assert pupils(Element("text", told.format(name)), "教研记录") == [name]


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    NAMES,
    st.sampled_from(
        [
            "{}老师说得对。",
            "执教：{}",
            "主持：{} 记录：徐磊",
            "课文的作者是{}。",
            "{}有5个苹果，吃了2个。",
            "{}（执教）：这节课讲快了。",
        ]
    ),
)
def test_a_teacher_an_author_and_the_child_of_an_exercise_stay(name: str, sentence: str) -> None:
    assert pupils(Element("text", sentence.format(name)), "教研记录") == []
    assert pupils(Element("text", sentence.format(name)), "习题") == []


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(NAMES, min_size=1, max_size=30, unique=True))
def test_every_name_of_a_class_list_is_found_in_its_cell(names: list[str]) -> None:
    table = "\n".join(["姓名 | 学号 | 总分", *(f"{name} | {number} | 90" for number, name in enumerate(names))])
    assert pupils(Element("table", table), "成绩") == names
