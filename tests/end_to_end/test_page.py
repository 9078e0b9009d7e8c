"""The real page in a real Chromium, with the real models behind it."""

from __future__ import annotations

import re
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.end_to_end.conftest import OUTSIDE_QUESTION, QUESTION, SECOND_QUESTION

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.end_to_end.conftest import Product

    Opener = Callable[[], Page]

pytestmark = [pytest.mark.model, pytest.mark.browser]
BOX = "#zj-question textarea"
DONE = '#zj-live .turn[aria-busy="false"]'
# Notes when the first card, the first quoted sentence and the model's first words come.
WATCH = """() => {
  window.__seen = {};
  const kinds = {card: '#zj-live .card', quoted: '#zj-live .quoted li', words: '#zj-live .pending, #zj-live .para'};
  const look = () => { for (const [kind, selector] of Object.entries(kinds))
    if (!(kind in window.__seen) && document.querySelector(selector)) window.__seen[kind] = performance.now() };
  new MutationObserver(look).observe(document.body, {childList: true, subtree: true, characterData: true});
}"""


def ask(page: Page, question: str) -> None:
    page.fill(BOX, question)
    page.press(BOX, "Enter")


def bare(title: str) -> str:
    """Return a title without title marks: the page writes them, and some titles hold a pair of their own."""
    return re.sub("[《》]", "", title)


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def texts_by_title(home: Path) -> dict[str, list[str]]:
    """Read the documents' texts beside the running server; it alone writes."""
    address = f"file:{home / 'library/catalogue.sqlite3'}?mode=ro"
    with closing(sqlite3.connect(address, uri=True)) as db:
        rows = db.execute("SELECT json_extract(metadata, '$.title'), text FROM version").fetchall()
    texts: dict[str, list[str]] = {}
    for title, text in rows:
        texts.setdefault(bare(title), []).append(squeezed(text))
    return texts


def test_a_question_is_answered_with_citations_that_open_what_they_quote(open_page: Opener, serving: Product) -> None:
    page = open_page()
    page.evaluate(WATCH)
    serving.asked += 1
    ask(page, QUESTION)
    page.wait_for_selector("#zj-live .card")
    assert re.search(r"已找到 \d 处资料（.*教案 \d", page.inner_text("#zj-live .wait"))
    page.wait_for_selector(DONE)
    seen = page.evaluate("window.__seen")
    assert seen["card"] <= seen["words"]
    assert seen["quoted"] < seen["words"]
    assert page.locator("#zj-live .pending").count() == 0
    assert "用时" in page.inner_text("#zj-live .summary")

    texts = texts_by_title(serving.home)
    marks = page.locator("#zj-live .answer .cite")
    assert marks.count() >= 2
    opened = set()
    for place in range(marks.count()):
        cite = marks.nth(place)
        reference = cite.get_attribute("data-open")
        cite.click()
        page.wait_for_selector(f'.cite[data-open="{reference}"][aria-expanded="true"]')
        page.wait_for_function(
            "number => document.querySelector('#zj-panel .which')?.innerText.includes(number)", arg=cite.inner_text()
        )
        page.wait_for_selector("#zj-panel mark")
        page.wait_for_timeout(300)
        title = bare(page.inner_text("#zj-panel h2"))
        marked = squeezed("".join(page.locator("#zj-panel mark").all_inner_texts()))
        # A table's cells are set apart by lines, not by the strokes that stand between them in the text.
        assert len(marked) >= 4
        assert any(marked in text or marked in text.replace("|", "") for text in texts[title]), (title, marked)
        said = cite.locator("xpath=ancestor::*[contains(@class, 'claim')]")
        if said.locator("xpath=ancestor::ul[contains(@class, 'quoted')]").count():
            # A row of a table is said with signs between its cells; the words are the source's.
            quoted = re.sub(r"\s*\d$", "", said.inner_text().strip())
            assert re.sub(r"\W", "", quoted) == re.sub(r"\W", "", marked)
        opened.add(title)
    assert opened


def test_a_question_about_something_else_is_not_answered(open_page: Opener) -> None:
    page = open_page()
    began = time.monotonic()
    ask(page, OUTSIDE_QUESTION)
    page.wait_for_selector("#zj-live .nothing")
    page.wait_for_selector(DONE)
    # Reading the passages alone takes the model longer.
    assert time.monotonic() - began < 8
    told = page.inner_text("#zj-live .nothing")
    assert "资料库里没有能回答这个问题的内容" in told
    assert "10 份资料" in told
    assert page.locator("#zj-live .answer").count() == 0
    page.locator("#zj-live summary").first.click()
    names = page.locator("#zj-live .trace dt").all_inner_texts()
    assert "模型" not in names
    assert "读写量" not in names


def test_stop_ends_the_answer_and_the_next_question_is_answered_at_once(open_page: Opener) -> None:
    page = open_page()
    ask(page, SECOND_QUESTION)
    page.wait_for_selector("#zj-live .card")
    page.wait_for_timeout(1500)
    began = time.monotonic()
    page.click("#zj-stop")
    page.wait_for_selector(DONE)
    assert time.monotonic() - began < 10
    assert "已停止" in page.inner_text("#zj-live .notice")
    assert not page.is_visible("#zj-stop")
    assert page.locator("#zj-live .pending").count() == 0
    # Words enough to stand alone: a shorter question is read as a follow-up of the one before.
    ask(page, "恐龙灭绝和火山爆发有什么关系？")
    page.wait_for_selector("#zj-live .nothing", timeout=60_000)
    assert page.locator(".turn").count() == 2
