"""Pupils' names in natural sentences: found where a pupil is meant, and nowhere else."""

from __future__ import annotations

import pytest

from ingest.document import Metadata
from ingest.privacy import find_private
from tests.ingest.privacy.cases import LESSON, MISSED, TEACHING, TOLD
from tests.ingest.privacy.marked import element_of, found, plain, sentences, wanted


@pytest.mark.parametrize("marked", sentences(LESSON))
def test_a_transcript_masks_its_pupils_and_nobody_else(marked: str) -> None:
    assert found(plain(marked), "课堂实录", spoken=True) == wanted(marked)


@pytest.mark.parametrize("marked", sentences(TOLD))
@pytest.mark.parametrize("kind", ["教研记录", "教案", "其他", ""])
def test_minutes_and_plans_mask_the_pupils_they_tell_of_and_no_teacher(marked: str, kind: str) -> None:
    assert found(plain(marked), kind) == wanted(marked)


@pytest.mark.parametrize("text", sentences(TEACHING))
@pytest.mark.parametrize("kind", ["习题", "课件", "课标"])
def test_the_children_of_exercises_stay(text: str, kind: str) -> None:
    assert found(text, kind) == []


@pytest.mark.xfail(strict=True, reason="names that are words are found in lists and speakers' labels only")
@pytest.mark.parametrize("marked", sentences(MISSED))
def test_names_that_are_words(marked: str) -> None:
    assert found(plain(marked), "课堂实录", spoken=True) == wanted(marked)


def test_where_only_names_speak_the_one_who_speaks_most_is_the_teacher() -> None:
    lines = [
        "周敏：同学们，今天我们来研究长方形的面积。",
        "王小明：老师，我会。",
        "周敏：好，你先说说你是怎么想到的。",
        "李雨桐：我也会。",
    ]
    elements = [element_of(line, spoken=True) for line in lines]
    named = {item.value for item in find_private(elements, Metadata(kind="课堂实录"))}
    assert named == {"王小明", "李雨桐"}


def test_the_author_of_a_transcript_teaches_whatever_the_label_says() -> None:
    elements = [element_of("周敏：王小明，你来说。", spoken=True), element_of("王小明：好。", spoken=True)]
    assert [item.value for item in find_private(elements, Metadata(kind="课堂实录", author="周敏"))] == [
        "王小明",
        "王小明",
    ]


def test_a_file_of_unknown_kind_in_which_people_take_turns_is_a_lesson() -> None:
    elements = [
        element_of(line, spoken=True) for line in ("师：上课。", "生：老师好。", "师：来，王小明。", "师：好。")
    ]
    assert [item.value for item in find_private(elements, Metadata())] == ["王小明"]
