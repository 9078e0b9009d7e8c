"""What masking leaves: structure, speakers, counts; and that a second masking finds nothing more."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.document import Element, Locator, Metadata
from ingest.normalise import clean
from ingest.privacy import find_private, mask, mask_text
from tests.ingest.privacy.cases import LESSON, TOLD
from tests.ingest.privacy.marked import element_of, plain, sentences
from tests.ingest.privacy.test_numbers import HARMLESS, PRIVATE

KINDS = ["课堂实录", "教研记录", "教案", "习题", "成绩", "问卷", "其他", ""]
TABLES = [
    "姓名 | 学号 | 总分\n王小明 | 20230115 | 90\n张子涵 | 20230116 | 85",
    "学生 | 家长电话\n方圆 | 13812345678\n夏天 | 88123456",
    "姓名 | 王小明 | 性别 | 男\n家庭住址 | 云溪县幸福路12号 | 电话 | 13812345678",
    "姓名 | 学科 | 职称\n周敏 | 数学 | 一级",
]


class Labels:
    """Labels as `Pseudonyms` gives them, without a file."""

    def __init__(self) -> None:
        self.given: dict[str, str] = {}

    def __call__(self, name: str) -> str:
        return self.given.setdefault(name, f"学生{chr(65 + len(self.given) % 26)}{'A' * (len(self.given) // 26)}")


def masked(
    elements: list[Element], kind: str = "课堂实录", labels: Labels | None = None
) -> tuple[list[str], Counter[str]]:
    after, counts = mask(elements, find_private(elements, Metadata(kind=kind)), labels or Labels())
    return [element.text for element in after], counts


def test_everything_private_gets_its_mask_and_the_same_child_the_same_label() -> None:
    elements = [
        element_of("师：王小明，你来说。", spoken=True),
        element_of("王小明：我家住在云溪县柳湾镇大塘村3组。", spoken=True),
        element_of("师：李雨桐同学呢？雨桐，你同意王小明的说法吗？", spoken=True),
        Element("text", "家长电话13812345678，邮箱 a.b@163.com，学籍号G110101200001010011。"),
    ]
    texts, counts = masked(elements)
    assert texts == [
        "师：学生A，你来说。",
        "学生A：我家住在〔住址〕。",
        "师：学生B同学呢？学生B，你同意学生A的说法吗？",
        "家长电话〔电话〕，邮箱 〔邮箱〕，学籍号〔学号〕。",
    ]
    assert counts == {"pupil": 5, "address": 1, "phone": 1, "email": 1, "id_number": 1}


def test_a_word_for_pupil_before_the_name_is_not_said_twice() -> None:
    assert masked([Element("text", "学生张三把周长算成面积，张三说看错了。")], "教研记录")[0] == [
        "学生A把周长算成面积，学生A说看错了。"
    ]


def test_the_speaker_is_masked_as_the_text_says_it() -> None:
    elements = [
        Element("turn", "生（王小明）：我来。", Locator(start=3.0), speaker="生（王小明）"),
        Element("turn", "王小明：对。", Locator(start=5.0), speaker="王小明"),
        Element("turn", "师：王小明，请坐。", Locator(start=9.0), speaker="师"),
        Element("turn", "对，王小明，你说。", Locator(start=12.0), speaker="师"),
        Element("turn", "我说完了。", Locator(start=13.0), speaker="王小明"),
    ]
    after, _ = mask(elements, find_private(elements, Metadata(kind="课堂实录")), Labels())
    assert [element.speaker for element in after] == ["生（学生A）", "学生A", "师", "师", "学生A"]
    assert [element.locator for element in after] == [element.locator for element in elements]


def test_rows_cells_and_labels_stay() -> None:
    table = "班级 | 学号 | 姓名 | 总分\n三(2)班 | S01 | 王小明 | 96\n三(2)班 | S02 | 张　三 | 88"
    text = masked([Element("table", table)], "成绩")[0][0]
    assert text == "班级 | 学号 | 姓名 | 总分\n三(2)班 | S01 | 学生A | 96\n三(2)班 | S02 | 学生B | 88"
    item = Element("item", "1. 李明有5个苹果。\n答案：5\n解析：略")
    assert masked([item], "习题")[0] == [item.text]


def test_titles_and_notes_are_masked_with_the_names_of_the_file() -> None:
    labels = Labels()
    assert mask_text("王小明家访记录（电话13812345678）", ["王小明"], labels) == "学生A家访记录（电话〔电话〕）"
    assert mask_text("与周敏老师谈张丽丽和张丽", ["张丽", "张丽丽"], labels) == "与周敏老师谈学生B和学生C"
    assert mask_text("《李白》教案", ["李白"], labels) == "《李白》教案"
    assert mask_text("高原教案", ["高原", "小明"], labels) == "高原教案"
    assert mask_text("三(2)班成绩", [], labels) == "三(2)班成绩"


def test_a_name_inside_a_longer_name_or_word_stays() -> None:
    elements = [
        Element("table", "姓名 | 得分\n张丽 | 90\n常胜 | 80"),
        Element("text", "张丽丽说她是常胜将军，张丽没有说话。"),
    ]
    assert masked(elements, "成绩")[0][1] == "张丽丽说她是常胜将军，学生A没有说话。"


def test_nothing_private_changes_nothing() -> None:
    elements = [Element("text", "长方形的面积等于长乘宽。"), Element("table", "题号 | 得分\n1 | 3")]
    after, counts = mask(elements, find_private(elements, Metadata()), Labels())
    assert list(after) == elements
    assert counts == Counter()


_TEXTS = [plain(line) for block in (LESSON, TOLD, PRIVATE, HARMLESS) for line in sentences(block)]
_ELEMENTS = st.one_of(
    st.sampled_from(_TEXTS).map(lambda text: element_of(text, spoken=True)),
    st.sampled_from(_TEXTS).map(lambda text: Element("text", text)),
    st.lists(st.sampled_from(_TEXTS), min_size=2, max_size=4).map(
        lambda texts: Element("text", clean("\n".join(texts)))
    ),
    st.lists(st.sampled_from(_TEXTS), min_size=2, max_size=3).map(
        lambda texts: Element("text", clean("，".join(texts)))
    ),
    st.sampled_from(TABLES).map(lambda text: Element("table", text)),
    st.text(alphabet="王小明张三李雨桐同学请老师你来，。：、学生（）13812345678号路县镇 |\n", max_size=40).map(
        lambda text: Element("text", clean(text))
    ),
)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.lists(_ELEMENTS, min_size=1, max_size=6), st.sampled_from(KINDS), st.sampled_from(["", "周敏"]))
def test_masking_twice_changes_nothing_more(elements: list[Element], kind: str, author: str) -> None:
    metadata = Metadata(kind=kind, author=author)
    labels = Labels()
    private = find_private(elements, metadata)
    once, counts = mask(elements, private, labels)
    twice, again = mask(once, find_private(once, metadata), labels)
    assert twice == once
    assert again == Counter()
    assert counts.total() == len(private)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(_ELEMENTS, min_size=1, max_size=6), st.sampled_from(KINDS))
def test_what_is_found_lies_in_its_element_in_order_and_apart(elements: list[Element], kind: str) -> None:
    end, last = 0, -1
    for item in find_private(elements, Metadata(kind=kind)):
        end = end if item.element == last else 0
        assert item.element >= last
        assert end <= item.span.start < item.span.end <= len(elements[item.element].text)
        end, last = item.span.end, item.element


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(_ELEMENTS, min_size=1, max_size=6), st.sampled_from(KINDS))
def test_line_ends_and_bars_are_never_masked(elements: list[Element], kind: str) -> None:
    after, _ = mask(elements, find_private(elements, Metadata(kind=kind)), Labels())
    for before, now in zip(elements, after, strict=True):
        assert re.findall(r"\n| \| ", before.text) == re.findall(r"\n| \| ", now.text)
        assert (before.kind, before.locator, before.level) == (now.kind, now.locator, now.level)


@pytest.mark.parametrize("kind", ["课堂实录", "教研记录", "习题"])
def test_no_text_makes_it_slow(kind: str) -> None:
    import time

    hostile = [
        "王小明、" * 20_000,
        "住在路1号" * 20_000,
        "13812 " * 20_000,
        "| " * 30_000,
        "姓名：" * 20_000,
        "a@a.a." * 20_000,
        "家住县市区镇" * 20_000,
    ]
    started = time.process_time()
    for text in hostile:
        find_private([Element("turn", f"师：{text}", speaker="师"), Element("table", text)], Metadata(kind=kind))
    assert time.process_time() - started < 6  # about 1 MB; quadratic time would take minutes
