from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.chunk import chunk
from ingest.chunk.pieces import WINDOW
from ingest.document import Chunk, Document, Element, Locator
from ingest.labels import KINDS
from ingest.sentences import sentence_spans
from tests.ingest.papers import document, paper

# --- every document -------------------------------------------------------------------------------------------------

LINES = st.one_of(
    st.text("面积周长师生，。！？；：12ab （_|", min_size=1, max_size=80).filter(lambda text: bool(text.strip())),
    st.builds(
        str.__add__,
        st.sampled_from(
            ["1. ", "2. ", "3、", "（1）", "第1题 ", "例2 ", "A. ", "A. 甲 B. ", "答案：", "【答案】", "解析：", "解：", "层次：", "1-3 ", "1. B 2. "]
        ),
        st.text("面积。？；ABC12", min_size=1, max_size=30),
    ),
    st.sampled_from(
        ["一、基础题", "参考答案", "参考答案：", "答案", "使用说明", "提高题", "（二）新授", "题目 | 答案\n1＋1 | 2\n2＋2 | 4", "题号 | 1 | 2\n答案 | B | C"]
    ),
)  # fmt: skip
PLACES = st.sampled_from(
    [Locator(), Locator(page=1), Locator(slide=1), Locator(slide=2), Locator(sheet="表", row=2), Locator(start=4.0), Locator(start=9.0, end=12.5)]
)  # fmt: skip


@st.composite
def elements(draw: st.DrawFn) -> Element:
    kind = draw(st.sampled_from(["heading", "text", "text", "text", "list", "table", "note", "turn", "turn", "item"]))
    text = draw(LINES)
    place = draw(PLACES)
    if kind == "turn":
        speaker = draw(st.sampled_from(["师", "生1", "生(齐)", "周敏", None]))
        said = Locator(page=place.page, start=place.start, end=place.end)
        return Element("turn", f"{speaker}：{text}" if speaker else text, said, speaker=speaker)
    if kind == "item":
        return Element("item", f"题号：1\n题目：{text}\n答案：{draw(LINES)}", Locator(sheet="表", row=3))
    return Element(kind, text, place, level=draw(st.integers(1, 3)) if kind == "heading" else None)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    return document(draw(st.lists(elements(), max_size=14)), draw(st.sampled_from(["", *KINDS, *["习题"] * 6])))


@given(documents(), st.integers(5, 120))
def test_nothing_is_lost_doubled_or_changed(doc: Document, limit: int) -> None:
    chunks = chunk(doc, "v", len, limit)
    assert [item.ordinal for item in chunks] == list(range(len(chunks)))
    assert len({item.id for item in chunks}) == len(chunks)
    covered = 0
    for item in chunks:
        assert item.text.strip() == item.text != ""
        assert doc.text[item.span.start : item.span.end] == item.text
        assert doc.text[covered : item.span.start].strip() == ""
        covered = item.span.end
    assert doc.text[covered:].strip() == ""


@given(documents(), st.integers(5, 120))
def test_fields_are_words_of_the_document_and_belong_to_items(doc: Document, limit: int) -> None:
    for item in chunk(doc, "v", len, limit):
        assert item.kind == "item" or not item.fields
        assert len({field.name for field in item.fields}) == len(item.fields)
        for field in item.fields:
            words = doc.text[field.span.start : field.span.end]
            assert words == words.strip() != ""
            inside = item.span.start <= field.span.start < item.span.end
            assert inside or field.name in {"answer", "analysis", "tier", "points", "difficulty"}


@given(documents(), st.integers(5, 120))
def test_no_sentence_turn_row_or_item_is_cut(doc: Document, limit: int) -> None:
    ends = {0, len(doc.text)}
    for block in doc.blocks:
        ends |= {block.span.start, block.span.end}
        if block.kind != "turn":
            spans = sentence_spans(doc.text, block.span.start, block.span.end, at_semicolons=False)
            ends |= {place for span in spans for place in (span.start, span.end)}
    for item in chunk(doc, "v", len, limit):
        assert item.span.start in ends
        assert item.span.end in ends
    whole = [block.span for block in doc.blocks if block.kind == "item"]
    spans = [item.span for item in chunk(doc, "v", len, limit) if item.kind == "item"]
    assert all(span in spans for span in whole)


@given(documents(), st.integers(5, 120))
def test_only_what_is_never_cut_may_be_longer_than_the_limit(doc: Document, limit: int) -> None:
    for item in chunk(doc, "v", len, limit):
        if item.kind == "item" or len(item.text) <= limit:
            continue
        blocks = [
            block for block in doc.blocks if block.span.end > item.span.start and block.span.start < item.span.end
        ]
        alone = len(blocks) == 1 and (item.kind in {"exchange", "rows"} or blocks[0].kind == "turn")
        assert alone or len(sentence_spans(item.text, at_semicolons=False)) == 1


@given(documents(), st.integers(5, 120))
def test_it_is_cut_the_same_way_each_time_and_text_is_counted_a_few_times_only(doc: Document, limit: int) -> None:
    counted = 0

    def count(text: str) -> int:
        nonlocal counted
        counted += len(text)
        return len(text)

    assert chunk(doc, "v", count, limit) == chunk(doc, "v", len, limit)
    assert counted <= 3 * len(doc.text)


@settings(max_examples=20)
@given(
    st.integers(1, 3), st.text("面积，a", min_size=1, max_size=9), st.sampled_from(["text", "turn", "table", "item"])
)
def test_nothing_is_longer_than_the_embedder_reads(times: int, words: str, kind: str) -> None:
    body = words * (times * WINDOW // len(words) + 1)
    doc = document([Element(kind, body)])
    chunks = chunk(doc, "v", len, 320)
    assert all(len(item.text) <= WINDOW for item in chunks)
    assert "".join(item.text for item in chunks) == doc.text


def test_an_empty_document_has_no_chunks() -> None:
    assert chunk(document([]), "v", len, 100) == ()


@pytest.mark.parametrize("kind", ["教案", "习题", "课堂实录"])
def test_two_megabytes_take_seconds(kind: str) -> None:
    lines = [
        "1. 长8厘米、宽5厘米，面积是多少？",
        "答案：40平方厘米",
        "师：说说你是怎么想的，为什么用乘法？",
        "这是一段话。说的是面积，也说周长。" * 8,
    ]
    found = [
        Element("turn" if "师" in line else "text", line, speaker="师" if "师" in line else None) for line in lines
    ]
    doc = document(found * (2_000_000 // sum(map(len, lines))), kind)
    started = time.process_time()
    assert chunk(doc, "v", len, 320)
    assert time.process_time() - started < 15


# --- prose and lesson plans -----------------------------------------------------------------------------------------


def texts(doc: Document, limit: int) -> list[str]:
    return [item.text for item in chunk(doc, "v", len, limit)]


def test_a_heading_goes_with_what_follows_it_and_sections_stay_apart() -> None:
    doc = paper("# 教学目标\n会算面积。\n# 教学难点\n分清面积与周长。", "教案")
    chunks = chunk(doc, "v", len, 100)
    assert [item.text for item in chunks] == ["教学目标\n会算面积。", "教学难点\n分清面积与周长。"]
    assert [item.headings for item in chunks] == [("教学目标",), ("教学难点",)]
    assert {item.kind for item in chunks} == {"section"}


def test_small_steps_of_one_lesson_are_packed_and_larger_ones_stay_apart() -> None:
    doc = paper(
        f"# 教学过程\n## 导入\n看图。\n## 复习\n背一背。\n## 新授\n{'摆方片，说一说。' * 6}\n## 小结\n你学会了什么？\n# 反思\n好。",
        "教案",
    )
    chunks = chunk(doc, "v", len, 100)
    assert [item.headings for item in chunks] == [("教学过程",), ("教学过程", "新授"), ("教学过程", "小结"), ("反思",)]
    assert chunks[0].text == "教学过程\n导入\n看图。\n复习\n背一背。"


def test_lines_below_a_heading_join_its_first_part() -> None:
    doc = paper(f"# 教学过程\n共40分钟。\n## 导入\n{'看图。' * 12}\n## 新授\n{'摆一摆。' * 12}\n# 反思\n好。", "教案")
    assert texts(doc, 60) == [f"教学过程\n共40分钟。\n导入\n{'看图。' * 12}", f"新授\n{'摆一摆。' * 12}", "反思\n好。"]


def test_a_section_too_long_is_cut_evenly_between_sentences() -> None:
    body = "".join(f"这是第{number:02d}句，说的是长方形的面积。" for number in range(12))
    found = texts(paper(body), 100)
    assert [len(text) for text in found] == [68, 68, 68]
    assert all(text.startswith("这是第") and text.endswith("。") for text in found)


def test_semicolons_and_clauses_are_no_place_to_cut() -> None:
    sentence = "先指边线；再抹面；然后列式，查单位。"
    assert texts(paper(sentence * 3), 20) == [sentence] * 3


def test_a_table_is_cut_between_rows_its_header_with_the_first_and_a_step_kept_together() -> None:
    rows = [
        "环节 | 教师活动 | 学生活动",
        "导入 | 出示图形 | 看",
        "导入 | 提问 | 答",
        "新授 | 发方片 | 摆",
        "新授 | 追问 | 说",
    ]
    doc = paper("# 教学过程\n" + "\n".join(f"| {row}" for row in rows), "教案")
    assert texts(doc, 50) == ["\n".join(["教学过程", *rows[:3]]), "\n".join(rows[3:])]


def test_a_heading_is_not_left_alone_above_a_table_that_would_fill_a_chunk() -> None:
    rows = ["环节 | 教师 | 学生", *(f"第{number}步 | 讲 | 听" for number in range(8))]
    doc = paper("# 教学过程与方法设计\n" + "\n".join(f"| {row}" for row in rows), "教案")
    found = texts(doc, len("\n".join(rows)))
    assert found[0].startswith("教学过程与方法设计\n环节 | 教师 | 学生\n第0步")
    assert len(found) == 2


def test_a_lead_in_stays_with_its_list() -> None:
    doc = paper(f"{'面积。' * 20}\n学生分三步做：\n{'摆方片。' * 5}")
    assert texts(doc, 65)[-1] == f"学生分三步做：\n{'摆方片。' * 5}"


# --- slides, talk, sheets -------------------------------------------------------------------------------------------


def test_a_slide_is_one_chunk_with_its_notes_and_short_ones_are_not_joined() -> None:
    one, two, three = Locator(slide=1), Locator(slide=2), Locator(slide=3)
    doc = document(
        [
            Element("heading", "面积", one, level=1),
            Element("heading", "摆一摆", two, level=1),
            Element("text", "每行几个？", two),
            Element("note", "巡视时追问。", two),
            Element("heading", "小结", three, level=1),
            *(Element("note", f"第{number}条备注，说得很长很长。", three) for number in range(4)),
        ],
        "课件",
    )
    chunks = chunk(doc, "v", len, 40)
    assert [(item.kind, item.locator.slide) for item in chunks] == [
        ("slide", 1),
        ("slide", 2),
        ("slide", 3),
        ("slide", 3),
    ]
    assert chunks[1].text == "摆一摆\n每行几个？\n巡视时追问。"
    assert chunks[3].text == "第2条备注，说得很长很长。\n第3条备注，说得很长很长。"
    assert chunks[3].headings == ("小结",)


def talk(*turns: tuple[str, str], start: float = 0.0, step: float = 10.0, ends: bool = True) -> list[Element]:
    return [
        Element(
            "turn",
            f"{speaker}：{words}",
            Locator(start=start + index * step, end=start + index * step + 4 if ends else None),
            speaker=speaker,
        )
        for index, (speaker, words) in enumerate(turns)
    ]


LESSON = (
    ("师", "请大家看屏幕上的这个长方形，它的面积是多少平方厘米？"),
    ("生1", "十六！"),
    ("师", "嗯，不对，再想想。"),
    ("生2", "十五。"),
    ("师", "好。现在拆开信封，里面有三个长方形，四个人一组摆一摆。"),
    ("生(众)", "（摆小正方形）"),
    ("师", "你说，每行几个？"),
    ("生3", "五个。"),
)


def test_an_exchange_goes_from_the_question_to_the_feedback_and_says_its_time() -> None:
    chunks = chunk(document(talk(*LESSON), "课堂实录"), "v", len, 70)
    assert [(item.kind, item.locator.start, item.locator.end) for item in chunks] == [
        ("exchange", 0.0, 34.0),
        ("exchange", 40.0, 74.0),
    ]
    assert chunks[0].text.split("\n")[0].startswith("师：请大家看屏幕")
    assert chunks[1].text.split("\n")[0].startswith("师：好。现在拆开信封")


def test_an_exchange_without_ends_lasts_until_somebody_speaks_again() -> None:
    chunks = chunk(document(talk(*LESSON, ends=False), "课堂实录"), "v", len, 70)
    assert [(item.locator.start, item.locator.end) for item in chunks] == [(0.0, 40.0), (40.0, 70.0)]


def test_remarks_between_turns_belong_to_the_talk_and_headings_part_it() -> None:
    turns = talk(*LESSON[:2], LESSON[4], LESSON[5])
    doc = document(
        [Element("heading", "实录", level=1), *turns[:2], Element("text", "学生笑。"), *turns[2:3], Element("heading", "反思", level=1), *turns[3:]],
        "课堂实录",
    )  # fmt: skip
    chunks = chunk(doc, "v", len, 200)
    assert [(item.kind, item.headings) for item in chunks] == [("exchange", ("实录",)), ("exchange", ("反思",))]
    assert "\n学生笑。\n" in chunks[0].text


def test_a_meeting_without_pupils_is_cut_between_turns() -> None:
    doc = document(talk(*[("何建国", "我说几句，这节课的提问太多。"), ("周敏", "第二次课我改了，只问三个。")] * 3))
    found = texts(doc, 50)
    assert len(found) == 3
    assert all(text.startswith("何建国：") for text in found)


def test_blocks_of_a_sheet_keep_their_header_and_small_ones_are_packed() -> None:
    table = "姓名 | 语文 | 数学\n" + "\n".join(f"学生{number} | 90 | 95" for number in range(9))
    doc = document(
        [
            Element("text", "成绩统计", Locator(sheet="成绩", row=1)),
            Element("table", table, Locator(sheet="成绩", row=3)),
            *(
                Element("text", f"姓名：学生{number}｜建议：多读书", Locator(sheet="问卷", row=number))
                for number in (2, 3)
            ),
        ],
        "成绩",
    )
    chunks = chunk(doc, "v", len, 80)
    assert [(item.kind, item.locator.sheet, item.locator.row) for item in chunks] == [
        ("rows", "成绩", 1),
        ("rows", "成绩", 3),
        ("rows", "问卷", 2),
    ]
    assert chunks[1].text == table


def test_items_of_a_sheet_are_items_whatever_the_document_is() -> None:
    item = Element("item", "题号：1\n题目：1＋1\n答案：2\n备注：口头", Locator(sheet="题库", row=2))
    [found] = chunk(document([item], "教研记录"), "v", len, 10)
    assert isinstance(found, Chunk)
    assert (found.kind, found.locator.row, [field.name for field in found.fields]) == (
        "item",
        2,
        ["question", "answer"],
    )
