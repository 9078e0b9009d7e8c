from __future__ import annotations

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.curator import document, many_documents, some_documents
from ui.library_list import PAGE_ROWS, STANDINGS, ListView, key_of, row_of, select
from ui.words import words_for

WORDS = words_for("zh")
ROWS = [row_of(one) for one in some_documents()]
MANY = [row_of(one) for one in many_documents(333)]


def titles(view: ListView) -> list[str]:
    return [row.metadata.title for row in select(ROWS, view, WORDS).rows]


def test_words_are_found_in_title_file_grade_subject_and_author() -> None:
    assert titles(ListView("磨课 改编")) == ["长方形面积 磨课稿（二小改编）"]
    assert titles(ListView("三年级 语文")) == ["望天门山"]
    assert titles(ListView("AT_THE_ZOO")) == ["Unit 3 At the zoo"]
    assert titles(ListView("周敏")) == ["长方形、正方形面积的计算"]
    assert titles(ListView("没有这个词")) == []


def test_states_and_what_is_incomplete() -> None:
    listing = select(ROWS, ListView(), WORDS)
    assert dict(listing.of_state) == {"published": 8, "review": 1, "draft": 2, "retired": 1}
    assert titles(ListView(state="draft")) == ["周长与面积的对比", "笔记整理"]
    assert set(titles(ListView(state="draft", incomplete=True))) == {"周长与面积的对比", "笔记整理"}
    assert "望天门山" not in titles(ListView(incomplete=True))


def test_counts_follow_the_words_not_the_state() -> None:
    listing = select(ROWS, ListView("数学", "draft"), WORDS)
    assert listing.total == 1
    assert listing.of_state["published"] == 5
    assert listing.library == 12


@settings(max_examples=60, deadline=None)
@given(
    words=st.sampled_from(["", "语文", "第 1", "课件"]),
    state=st.sampled_from(["", *STANDINGS]),
    incomplete=st.booleans(),
)
def test_the_pages_together_are_all_that_fits(words: str, state: str, *, incomplete: bool) -> None:
    first = select(MANY, ListView(words, state, incomplete), WORDS)
    pages = (first.total + PAGE_ROWS - 1) // PAGE_ROWS
    seen = [
        row.path for page in range(pages) for row in select(MANY, ListView(words, state, incomplete, page), WORDS).rows
    ]
    assert len(seen) == len(set(seen)) == first.total


@given(st.integers(-(10**9), 10**9))
def test_a_page_that_is_not_there_is_the_nearest(page: int) -> None:
    listing = select(MANY, ListView(page=page), WORDS)
    assert 0 <= listing.view.page <= 6
    assert listing.rows
    assert select([], ListView(page=page), WORDS).view.page == 0


def test_two_thousand_documents_are_quick() -> None:
    rows = [row_of(one) for one in many_documents(2000)]
    began = time.perf_counter()
    select(rows, ListView("三年级 数学"), WORDS)
    assert time.perf_counter() - began < 0.5


def test_a_key_names_a_path_and_tells_nothing() -> None:
    assert key_of("/a/教案.docx") == key_of("/a/教案.docx") != key_of("/b/教案.docx")
    assert key_of("/a").isalnum()


def test_names_of_another_version_are_left_out() -> None:
    odd = document("/a.docx")
    odd["metadata"]["mood"] = "merry"
    del odd["metadata"]["author"]
    assert row_of(odd).metadata.author == ""
