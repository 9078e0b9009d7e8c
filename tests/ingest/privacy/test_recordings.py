"""What is a recording of pupils, and what counts as their recorded consent."""

from __future__ import annotations

import pytest

from ingest.document import Element, Locator, Metadata
from ingest.privacy import has_consent, is_recording


def turns(*speakers: str, timed: bool = True) -> list[Element]:
    return [
        Element("turn", f"{who}：好。", Locator(start=float(place)) if timed else Locator(), speaker=who)
        for place, who in enumerate(speakers)
    ]


LESSON = turns("师", "生1", "师", "生(众)", "生2", "师")
BODY = [Element("text", "讨论。") for _ in range(30)]


def test_every_transcript_of_a_lesson_is_one() -> None:
    assert is_recording([Element("text", "师生问好。")], Metadata(kind="课堂实录"))
    assert is_recording(turns("师", "生", timed=False), Metadata(kind="课堂实录"))


@pytest.mark.parametrize("kind", ["", "教研记录", "其他", "教案"])
def test_pupils_who_speak_at_recorded_times_make_a_recording_of_any_file(kind: str) -> None:
    assert is_recording(LESSON, Metadata(kind=kind))


@pytest.mark.parametrize(
    "elements",
    [
        turns("周敏", "何建国", "徐磊", "吴丽华"),
        turns("师1", "师2", "师1", "主持人"),
        turns("师", "生", "师", "生", "生", timed=False),
        turns("说话人1", "说话人2", "说话人1"),
        [*turns("师", "生1", "生2", "生3"), *BODY],
        BODY,
        [],
    ],
    ids=["teachers", "teachers' roles", "imagined", "unknown speakers", "quoted", "prose", "empty"],
)  # fmt: skip
def test_talk_of_teachers_plans_and_quotations_are_none(elements: list[Element]) -> None:
    assert not is_recording(elements, Metadata(kind="教研记录"))


@pytest.mark.parametrize(
    "words",
    [
        "2025-04-14", "2025年4月14日", "20250414", "4月14日班会上签字", "已登记", "已取得师生和家长同意", "同意", "家长均已签字", "是", "yes",
        "已备案，2025-04-14", "全体家长同意，无异议", "家长没有异议",
    ],
)  # fmt: skip
def test_a_date_or_a_word_of_consent_counts(words: str) -> None:
    assert has_consent(Metadata(consent=words))


@pytest.mark.parametrize(
    "words",
    [
        "", " ", "无", "否", "未取得", "未登记", "没有", "不同意", "两名家长不同意，2025-04-14", "待补", "尚未登记", "暂无", "已撤回", "拒绝", "no", "None",
        "N/A", "不详", "未同意", "2025-04-14 家长拒签", "-", "/", "?", "13班", "无同意书",
    ],
)  # fmt: skip
def test_nothing_refusal_and_doubt_do_not(words: str) -> None:
    assert not has_consent(Metadata(consent=words))
