from __future__ import annotations

import pytest

from ingest.chunk import chunk
from tests.ingest.papers import fields, paper


def items(lines, kind="习题"):
    doc = paper(lines, kind)
    return [fields(doc, one) for one in chunk(doc, "v", len, 320) if one.kind == "item"]


def kinds(lines, kind="习题"):
    return [one.kind for one in chunk(paper(lines, kind), "v", len, 320)]


def test_an_item_is_one_chunk_with_its_parts_as_fields():
    doc = paper("""
        # 面积练习
        共2题，10分钟。
        ## 一、基础题
        1. 面积单位是（　）。
        A. 米 B. 平方米
        C. 分米
        答案：B
        解析：量面的大小。
        米量的是长短。
        知识点：面积单位
        难度：易
        2. 长8厘米、宽5厘米，面积是多少？
        答案：40平方厘米
        层次：提高题
    """)
    intro, first, second = chunk(doc, "v", len, 320)
    assert intro.kind == "section"
    assert intro.text == "面积练习\n共2题，10分钟。"
    assert first.text.startswith("一、基础题\n1. 面积单位")
    assert first.headings == ("面积练习", "一、基础题")
    assert fields(doc, first) == {
        "question": "面积单位是（　）。",
        "options": "A. 米 B. 平方米\nC. 分米",
        "answer": "B",
        "analysis": "量面的大小。\n米量的是长短。",
        "tier": "基础题",
        "points": "面积单位",
        "difficulty": "易",
    }
    assert fields(doc, second) == {
        "question": "长8厘米、宽5厘米，面积是多少？",
        "answer": "40平方厘米",
        "tier": "提高题",
    }


@pytest.mark.parametrize(
    "mark",
    ["{}. ", "{}、", "{}．", "{} ．", "第{}题 ", "第{}题：", "（{}）", "({})", "【例{}】", "例{}：", "★{}. ", "题{}："],
)
def test_every_way_of_numbering_begins_an_item(mark):
    lines = "\n".join(f"{mark.format(number)}第{number}问是什么？\n答案：{number}0" for number in range(1, 5))
    assert items(lines) == [{"question": f"第{number}问是什么？", "answer": f"{number}0"} for number in range(1, 5)]


@pytest.mark.parametrize(
    ("line", "answer", "analysis"),
    [
        ("【答案】B【解析】因为大。", "B", "因为大。"),
        ("【答案】 B\n【详解】因为大。", "B", "因为大。"),
        ("[答案] B\n[分析] 因为大。", "B", "因为大。"),
        ("（答案：B）", "B", None),
        ("参考答案：B　解析：因为大。", "B", "因为大。"),
        ("【分析】先看图。\n【详解】因为大。\n【答案】B", "B", "先看图。\n【详解】因为大。"),
        ("解：设宽为x。\n答：宽5米。", "设宽为x。\n答：宽5米。", None),
        ("答案：5米\n解：设宽为x。", "5米", "设宽为x。"),
        ("答：________", None, None),
        ("答案：（　　）", None, None),
    ],
)
def test_labels_in_every_dress(line, answer, analysis):
    [first, second] = items(f"1. 哪个大？\n{line}\n2. 另一问\n答案：C")
    assert first.get("answer") == answer
    assert first.get("analysis") == analysis
    assert first["question"] == "哪个大？"
    assert second == {"question": "另一问", "answer": "C"}


def test_options_and_answer_in_the_line_of_the_question():
    assert items("1. 面积单位是（ ） A. 米 B. 平方米 C. 分米 答案：B\n2. 长是（ ）A.3 B.5\n【答案】A") == [
        {"question": "面积单位是（ ）", "options": "A. 米 B. 平方米 C. 分米", "answer": "B"},
        {"question": "长是（ ）", "options": "A.3 B.5", "answer": "A"},
    ]


def test_questions_of_one_item_stay_in_it():
    found = items("""
        1. 花坛长9米、宽6米。
        （1）栏杆长多少米？
        （2）草皮要多少平方米？
        答案：（1）30米
        （2）54平方米
        2. 适应的特点：
        1. ____。
        2. ____。
        3. ____。
        3. 种群的概念。
        答案：同种生物
    """)
    assert [one["question"].count("\n") for one in found] == [2, 3, 0]
    assert found[0]["answer"] == "（1）30米\n（2）54平方米"


def test_steps_of_a_solution_are_no_items():
    found = items("1. 求周长。\n答案：26\n解析：\n1. 先加。\n2. 再乘2。\n2. 求面积。\n答案：40")
    assert [one["answer"] for one in found] == ["26", "40"]
    assert found[0]["analysis"] == "1. 先加。\n2. 再乘2。"


def test_numbers_that_begin_again_without_a_heading_are_new_items_where_each_has_its_answer():
    lines = "\n".join(f"{number}. 第{number}问\n答案：{number}\n解析：看图。" for number in (1, 2, 3, 1, 2, 3))
    assert [one["answer"] for one in items(lines)] == ["1", "2", "3", "1", "2", "3"]


def test_a_bank_may_have_hundreds_of_items():
    assert len(items("\n".join(f"{number}. 第{number}问\n答案：{number}" for number in range(1, 301)))) == 300


def test_instructions_are_no_items():
    lines = "注意事项：\n1. 写清姓名。\n2. 不要折叠。\n1. 3＋4＝（ ）\n2. 5＋6＝（ ）"
    assert kinds(lines) == ["section", "item", "item"]
    assert kinds("# 使用说明\n1. 先做基础题。\n2. 再做提高题。\n# 题目\n1. 3＋4＝（ ）") == ["section", "item"]


def test_numbers_begin_again_in_each_section_and_the_key_follows_the_sections():
    found = items("""
        一、选择题
        1. 甲（ ）
        2. 乙（ ）
        二、填空题
        1. 丙____
        2. 丁____
        参考答案
        一、选择题
        1. B　2. C
        二、填空题
        1. 26；40
        2. 3.5
        解析：7÷2
    """)
    assert [(one["question"], one["answer"]) for one in found] == [
        ("甲（ ）", "B"), ("乙（ ）", "C"), ("丙____", "26；40"), ("丁____", "3.5"),
    ]  # fmt: skip
    assert found[3]["analysis"] == "7÷2"


QUESTIONS = "\n".join(f"{number}. 第{number}问（ ）" for number in range(1, 6))


@pytest.mark.parametrize(
    "key",
    [
        "参考答案\n1. B　2. C　3. D　4. A　5. B",
        "参考答案：\n1.B 2.C 3.D\n4.A 5.B",
        "# 参考答案与解析\n1—5 BCDAB",
        "【参考答案】\n1-3：BCD　4~5：A B",
        "答案\n一、1. B 2. C 3. D 4. A 5. B",
        "附：参考答案\n| 题号 | 1 | 2 | 3 | 4 | 5\n| 答案 | B | C | D | A | B",
        "参考答案\n| 题号 | 答案 | 分值\n| 1 | B | 2\n| 2 | C | 2\n| 3 | D | 2\n| 4 | A | 2\n| 5 | B | 2",
        "参考答案\n第1题：B\n第2题：C\n第3题：D\n第4题：A\n第5题：B",
    ],
)
def test_answers_collected_at_the_end_are_linked_and_stay_where_they_are(key):
    doc = paper(f"{QUESTIONS}\n{key}")
    chunks = chunk(doc, "v", len, 320)
    found = [one for one in chunks if one.kind == "item"]
    assert [fields(doc, one).get("answer") for one in found] == ["B", "C", "D", "A", "B"]
    assert [one.kind for one in chunks[5:]] == ["section"]
    where = [field.span.start for one in found for field in one.fields if field.name == "answer"]
    assert all(start >= chunks[5].span.start for start in where)


def test_a_key_that_could_mean_two_items_is_linked_to_none():
    found = items("一、选择题\n1. 甲（ ）\n二、填空题\n1. 丙____\n参考答案\n1. B\n1. 26")
    assert [one.get("answer") for one in found] == [None, None]


def test_a_number_within_an_answer_does_not_shift_the_others():
    found = items("1. 甲____\n2. 乙____\n3. 丙____\n参考答案\n1. 1. 不能 2. 会散开\n2. 3、5\n3. A")
    assert [one["answer"] for one in found] == ["1. 不能 2. 会散开", "3、5", "A"]


def test_the_entries_of_a_key_are_not_cut():
    lines = "\n".join(f"{number}. 第{number}问（ ）" for number in range(1, 9))
    key = "\n".join(f"{number}. 答案：{number}\n解析：这是第{number}题的道理，说来话长。" for number in range(1, 9))
    doc = paper(f"{lines}\n# 参考答案\n{key}")
    sections = [one for one in chunk(doc, "v", len, 60) if one.kind == "section"]
    assert len(sections) > 3
    assert all(one.text.endswith("说来话长。") for one in sections)


def test_the_answers_of_one_item_are_not_taken_for_the_key():
    found = items("1. 甲\n答案：\n1. 子\n2. 丑\n2. 乙\n答案：\n丙\n3. 丁\n答案：戊")
    assert [one["answer"] for one in found] == ["1. 子\n2. 丑", "丙", "戊"]


def test_rows_of_a_table_with_question_and_answer_are_items():
    doc = paper("""
        # 提高题
        | 题号 | 题目 | 答案 | 解析
        | 1 | |−4.5|＝____ | 4.5 | 绝对值不为负
        | 2 | 3＋4＝____ | 7 |
    """)
    chunks = chunk(doc, "v", len, 320)
    assert [one.kind for one in chunks] == ["item", "item"]
    assert chunks[0].text.startswith("提高题\n题号 | 题目")
    assert [fields(doc, one) for one in chunks] == [
        {"question": "|−4.5|＝____", "answer": "4.5", "analysis": "绝对值不为负", "tier": "提高题"},
        {"question": "3＋4＝____", "answer": "7", "tier": "提高题"},
    ]


def test_a_table_within_a_question_stays_with_it():
    assert kinds("1. 看表回答。\n| 长 | 宽\n| 6 | 4\n答案：24\n2. 另一问\n答案：3") == ["item", "item"]


def test_a_tier_line_holds_until_the_next():
    found = items("""
        基础篇（60分以下必掌握）
        # 第1节
        1. 甲____
        # 第2节
        2. 乙____
        进阶篇
        3. 丙____
    """)
    assert [one["tier"] for one in found] == ["基础篇", "基础篇", "进阶篇"]


def test_a_passage_before_questions_belongs_to_none_of_them():
    lines = "1. 甲（ ）\n答案：A\n阅读下面的短文，完成2—3题。\n春天来了，燕子飞回来了。\n2. 乙（ ）\n答案：B"
    assert kinds(lines) == ["item", "section", "item"]


def test_a_file_of_unknown_kind_counts_as_a_paper_only_when_it_looks_like_one_throughout():
    exercises = "\n".join(f"{number}. 第{number}问____\n答案：{number}" for number in range(1, 6))
    minutes = "会议纪要\n" + "\n".join(f"{number}. 下周各组交一份教案，讨论怎么改。" for number in range(1, 6))
    assert kinds(exercises, "") == ["item"] * 5
    assert kinds(exercises, "教案") == ["section"]
    assert kinds(minutes, "") == ["section"]


def test_an_item_longer_than_the_budget_stays_whole_and_one_longer_than_the_window_keeps_its_answer_on_each_part():
    long = "这是很长的一句材料，写的是面积。" * 40
    doc = paper(f"1. {long}\n答案：B\n2. {long * 5}\n答案：C")
    chunks = chunk(doc, "v", len, 320)
    assert [one.kind for one in chunks] == ["item", "item", "item"]
    assert len(chunks[0].text) > 600
    assert [fields(doc, one)["answer"] for one in chunks] == ["B", "C", "C"]
    assert chunks[1].text.endswith("。")
    assert max(len(one.text) for one in chunks) <= 2000
