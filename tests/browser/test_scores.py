"""The 评测成绩 place in a real Chromium."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from assistant.scorecard import Figure
from eval.record import make_record, write_record
from tests.browser.conftest import served, watched
from tests.fakes.assistant import FakeAssistant
from tests.fakes.curator import FakeCurator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    Opener = Callable[..., Page]

pytestmark = pytest.mark.browser


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def opened(browser: Browser, home: Path) -> Iterator[Opener]:
    with served(FakeAssistant(), "zh", FakeCurator(), home=home) as url, watched(browser, url) as opened:
        yield opened


def keep(home: Path, tmp_path: Path, value: float) -> None:
    figures = [
        Figure(name="a", label="按知识点找习题，前十条里有对的", value=value, unit="share", cases=1234, aim=0.78),
        Figure(name="b", label="<b>一段很长很长的说明</b>" * 3, value=0.5, unit="score", cases=1234),
    ]
    write_record(make_record("retrieval", tmp_path, 0, 65.0, figures), home / "scorecard")


def overflow(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))


def test_the_place_shows_the_last_run_and_is_there_after_a_reload(opened: Opener, home: Path, tmp_path: Path) -> None:
    page = opened()
    page.click('a[href="#scores"]')
    page.wait_for_selector(".scores")
    assert page.is_hidden("#zj-work")
    assert page.is_hidden("#zj-library")
    first = page.locator(".scores section").first
    assert "还没有在这台电脑上测过" in first.inner_text()
    keep(home, tmp_path, 0.7)
    page.reload()
    page.wait_for_selector(".scores .mark-missed")
    assert page.get_attribute('a[href="#scores"]', "aria-current") == "page"
    assert "70%" in first.inner_text()
    keep(home, tmp_path, 0.8)
    page.click('a[href="#main"]')
    assert page.is_visible("#zj-work")
    assert page.is_hidden("#zj-scores")
    page.click('a[href="#scores"]')
    page.wait_for_selector(".scores .mark-reached")
    assert page.locator(".scores b", has_text="一段").count() == 0
    page.click('[data-act="new"]')
    assert page.is_visible("#zj-work")


def test_the_place_is_used_by_keyboard(opened: Opener) -> None:
    page = opened()
    page.locator('a[href="#scores"]').focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".scores")
    summary = page.locator(".scores summary").first
    summary.focus()
    page.keyboard.press("Enter")
    assert page.locator(".scores code").first.is_visible()
    page.keyboard.press("Escape")
    assert page.is_visible("#zj-scores")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_no_width_overflows(opened: Opener, home: Path, tmp_path: Path, width: int, theme: str) -> None:
    keep(home, tmp_path, 0.7)
    page = opened(width, color_scheme=theme)
    page.click('a[href="#scores"]')
    page.wait_for_selector(".scores table")
    assert not overflow(page)
    for cell in page.locator(".scores tbody :is(th, td)").all():
        box = cell.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
    page.evaluate("document.querySelector('#zj-scores').scrollTo(0, 1e6)")
    last = page.locator(".how li").last.bounding_box()
    rail = page.locator("#zj-rail nav").bounding_box()
    assert last is not None
    assert rail is not None
    assert width > 767 or last["y"] + last["height"] <= rail["y"]
