from pathlib import Path

import pytest

from ingest.classify import classify
from ingest.document import Element


def read(*elements, name="001.docx"):
    return classify(Path("/x") / name, elements, None)[0]


def lines(*texts):
    return [Element("text", text) for text in texts]


PLAN = lines(
    "一、教学目标",
    "能说出圆周率。",
    "二、教学重难点",
    "推导。",
    "三、教学过程",
    "师：看这个圆。",
    "四、板书设计",
    "C=πd",
)
ITEMS = [text for n in range(1, 8) for text in (f"{n}. 3×{n}＝？", f"答案：{3 * n}", "解析：背口诀。", "层次：基础层")]
BLANKS = [f"{n}、圆的直径是____厘米，周长是（  ）厘米。" for n in range(1, 12)]


def turns(*speakers):
    return [Element("turn", f"{speaker}：好。", speaker=speaker) for speaker in speakers * 5]


@pytest.mark.parametrize(
    ("elements", "kind"),
    [
        (PLAN, "教案"),
        (lines(*ITEMS), "习题"),
        (lines(*BLANKS), "习题"),
        ([Element("item", "题干：1＋1＝？\n答案：2")] * 6, "习题"),
        (turns("师", "生1"), "课堂实录"),
        (
            [
                Element("table", "时间 | 2025-04-18 | 地点 | 会议室\n主持 | 何建国 | 记录 | 徐磊\n参加 | 周敏、林晓燕"),
                *lines("先看数。"),
            ],
            "教研记录",
        ),
        (
            lines(
                "教师问卷",
                "1. 您平均每月听课几节？（单选）",
                "2. 您最希望的主题（多选）",
                "3. 很符合 比较符合 不太符合",
            ),
            "问卷",
        ),
        (
            [Element("table", "姓名 | 语文 | 数学 | 总分\n甲 | 90 | 91 | 181\n乙 | 80 | 81 | 161\n丙 | 70 | 71 | 141")],
            "成绩",
        ),
        (lines("一、课程性质", "……", "二、课程理念", "……", "三、课程目标", "……", "（一）学业要求", "……"), "课标"),
    ],
)
def test_what_a_document_is_built_like_tells_its_kind(elements, kind):
    assert read(*elements).kind == kind


@pytest.mark.parametrize(
    "elements",
    [
        [],
        lines("今天天气很好。", "我们去春游。"),
        lines("一、说教材", "二、教学目标", "三、说学情", "四、教学过程"),
        lines("会议决定：教学目标要写清楚。", "各组检查。"),
        lines("1. 早读", "2. 上操", "3. 上课"),
        turns("何建国", "周敏"),
        lines("《面积》教学反思", "一、教学目标", "基本达成。", "二、教学过程", "偏快。"),
        [Element("table", "姓名 | 电话 | 住址\n甲 | 1 | 东村\n乙 | 2 | 西村\n丙 | 3 | 南村")],
        [Element("table", "主持 | 何建国 | 记录 | 徐磊"), *PLAN],
    ],
)
def test_what_is_like_none_or_like_two_has_no_kind(elements):
    assert read(*elements).kind == ""


def test_slides_are_courseware_whatever_they_quote_unless_their_name_is_another_things():
    assert {read(*PLAN, name=name).kind for name in ("001.pptx", "001.ppt", "001.PPTX")} == {"课件"}
    assert read(*PLAN, name="五（3）班家长会.pptx").kind == ""
    assert read(*PLAN, name="面积_教学设计.pptx").kind == "教案"


def test_a_name_that_is_near_a_kind_keeps_content_from_deciding():
    assert read(*PLAN, name="面积_说课稿.docx").kind == ""
    assert read(*PLAN, name="面积练习课.docx").kind == "教案"


def test_turns_are_a_transcript_unless_the_name_says_otherwise():
    assert read(*turns("师", "生1"), name="录音.txt").kind == "课堂实录"
    assert read(*turns("师", "生1"), name="磨课研讨.txt").kind == "教研记录"


def test_the_classes_of_a_record_tell_its_grade():
    minutes = Element("table", "主持 | 何建国 | 记录 | 徐磊")
    assert read(minutes, *lines("三（2）班前测，三（4）班没有测。")).grade == 3
    assert read(minutes, *lines("三（2）班前测。")).grade is None
    assert read(minutes, *lines("三（2）班前测，四（4）班没有测。")).grade is None
    assert read(*lines(*ITEMS, "三（2）班有48人，三（4）班有45人。")).grade is None


def test_the_subject_of_a_transcript_is_told_by_its_words():
    words = ["面积和周长", "长方形的面积", "平方厘米", "正方形", "乘法算式", "面积是多少平方米"]
    said = [Element("turn", f"{who}：{word}", speaker=who) for word in words for who in ("师", "生1")]
    assert read(*said).subject == "数学"
    assert read(*turns("师", "生1")).subject == ""


def test_words_of_nature_tell_a_subject_only_where_the_stage_is_known():
    text = "密度 浮力 压强 重力 弹力 电压 电阻 电流 杠杆 滑轮 测力计 惯性"
    assert read(*PLAN, *lines(text)).subject == ""
    assert read(Element("text", "八年级上册"), *PLAN, *lines(text)).subject == "物理"
    assert read(Element("text", "五年级上册"), *PLAN, *lines(text)).subject == "科学"


def test_words_of_two_subjects_tell_none():
    text = "面积 周长 长方形 正方形 乘法 除法 方程 函数 课文 朗读 生字 古诗 诗人 默写 拼音 作文"
    assert read(*PLAN, *lines(text)).subject == ""


def test_a_text_that_is_no_schools_paper_has_no_subject():
    text = "秦始皇 汉武帝 唐太宗 宋朝 明朝 清朝 科举 变法 起义 皇帝 丝绸之路"
    assert read(*lines(text)).subject == ""


def test_english_lessons_are_told_by_their_english():
    talk = "What would you like? I would like the milk. Where is it? This is for you. How are they? Who has that?"
    assert (
        read(*PLAN, *lines("学生问答点餐，教师板书句型，同桌练习，再换角色，最后写下来。" * 4, *[talk] * 3)).subject
        == "英语"
    )
    assert read(*lines(*[talk] * 10)).subject == ""
