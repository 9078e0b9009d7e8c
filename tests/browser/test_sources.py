"""Sources that change or are retired after they were cited, in a real Chromium over the real assistant and library."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from assistant.service import LocalService
from tests.browser.conftest import served, watched
from tests.fakes.local import FOUND, local_assistant

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from ingest.settings import Settings

pytestmark = pytest.mark.browser
BOX = "#zj-question textarea"
MARK = "getComputedStyle(document.querySelector('{}'), '::before').content"


def reopen(page: Page) -> str:
    """Open the first citation anew; returns what the panel says of it."""
    serial = (
        page.get_attribute("#zj-panel .evidence", "data-serial") if page.locator("#zj-panel .evidence").count() else ""
    )
    page.locator(".cite").first.click()
    page.wait_for_function(
        "serial => { const shown = document.querySelector('#zj-panel .evidence'); return shown && shown.dataset.serial !== serial }",
        arg=serial,
    )
    # The panel slides in: until then its words are there but not shown.
    page.wait_for_function("document.querySelector('#zj-panel mark')?.innerText.trim()")
    return page.inner_text("#zj-panel header")


def test_a_citation_says_that_its_source_was_changed_or_retired(
    browser: Browser, settings: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "资料"
    lesson = folder / "长方形面积_教案.txt"
    with local_assistant(settings, folder) as assistant:
        service = LocalService(settings, assistant)
        with (
            served(assistant, "zh", service, home=settings.home) as url,  # type: ignore[arg-type]  # the real one is as good
            watched(browser, url) as opened,
        ):
            page = opened()
            page.fill(BOX, FOUND)
            page.press(BOX, "Enter")
            page.wait_for_selector('#zj-live .turn[aria-busy="false"]')
            cited = page.locator(".cite").first.get_attribute("data-open")
            said = reopen(page)
            assert "旧版本" not in said
            assert "停用" not in said
            assert page.get_attribute(f'[data-open="{cited}"]', "data-stale") is None
            before = page.inner_text("#zj-panel mark")

            lesson.write_text(lesson.read_text(encoding="utf-8").replace("长加宽", "长与宽相加再"), encoding="utf-8")
            *_, report = service.ingest([str(folder)], anew=False)
            assert report["updated"] == 1
            said = reopen(page)
            assert "这是旧版本（第 1 版），引用的就是它；资料后来改过。" in said
            assert "停用" not in said
            assert page.inner_text("#zj-panel mark") == before
            page.wait_for_selector(f'[data-open="{cited}"][data-stale="已改"]')
            assert page.evaluate(MARK.format(f'[data-open="{cited}"]')) == '"已改"'

            assert service.set_state([lesson], "retired", "换了教材")["files"][0]["code"] == ""
            said = reopen(page)
            assert "这份资料已停用，不再用来回答" in said
            assert page.inner_text("#zj-panel mark") == before
            page.wait_for_selector(f'[data-open="{cited}"][data-stale="已停用"]')

            # The mark stays while the conversation goes on, and a new answer has another source or none.
            page.fill(BOX, FOUND)
            page.press(BOX, "Enter")
            page.wait_for_selector("#zj-past .turn")
            page.wait_for_selector('#zj-live .turn[aria-busy="false"]')
            page.wait_for_selector(f'#zj-past [data-open="{cited}"][data-stale="已停用"]')
            assert page.locator("#zj-live [data-stale]").count() == 0
            assert "长方形" not in page.inner_text("#zj-live .turn").split("\n", 1)[1]
