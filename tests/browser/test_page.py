"""The page in a real Chromium, over the fake assistant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from assistant.chat.contracts import Readiness
from tests.browser.conftest import served
from tests.fakes.assistant import READY, FakeAssistant

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser, Page

    Opener = Callable[..., Page]

pytestmark = pytest.mark.browser
BOX = "#zj-question textarea"


def ask(page: Page, question: str) -> None:
    page.fill(BOX, question)
    page.press(BOX, "Enter")


def done(page: Page) -> None:
    page.wait_for_selector('#zj-live .turn[aria-busy="false"]')


def in_view(page: Page, selector: str) -> bool:
    script = """selector => { const box = document.querySelector(selector).getBoundingClientRect();
        const paper = document.querySelector(selector).closest('.paper').getBoundingClientRect();
        return box.top >= paper.top && box.bottom <= paper.bottom }"""
    return bool(page.evaluate(script, selector))


def overflow(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))


def test_ask_shows_cards_then_words_then_marks_and_a_citation_opens_its_source(
    open_page: Opener, fake: FakeAssistant
) -> None:
    fake.read_seconds, fake.piece_seconds = 0.6, 0.01
    page = open_page()
    page.locator(".example").first.click()
    page.wait_for_selector(".card")
    assert page.locator(".answer").count() == 0
    assert "已找到 6 处资料（教案 3、课件 2、课堂实录 1），正在阅读，约 8 秒" in page.inner_text(".wait")
    assert page.is_visible("#zj-stop")
    page.locator(".card").nth(4).click()
    page.wait_for_selector("#zj-panel mark")
    assert "去年这节课直接给公式" in page.inner_text("#zj-panel mark")
    page.wait_for_selector(".pending")
    done(page)
    assert not page.is_visible("#zj-stop")
    page.locator(".cite").first.click()
    page.wait_for_function("document.querySelector('#zj-panel mark')?.textContent.startsWith('让学生先描边线')")
    assert in_view(page, "#zj-panel mark")
    assert page.locator('.cite[aria-expanded="true"]').count() == 1
    page.keyboard.press("Escape")
    page.wait_for_function("!document.documentElement.dataset.panel")
    assert page.evaluate("document.activeElement.classList.contains('cite')")


def test_stop_keeps_what_was_finished_and_retry_asks_again(open_page: Opener, fake: FakeAssistant) -> None:
    fake.piece_seconds = 0.03
    page = open_page()
    ask(page, "面积")
    page.wait_for_selector(".claim")
    page.click("#zj-stop")
    done(page)
    assert "已停止" in page.inner_text("#zj-live .notice")
    fake.piece_seconds = 0.0
    page.click('[data-act="retry"]')
    page.wait_for_selector("#zj-live .contradicted")
    assert page.locator(".turn").count() == 1


def test_escape_stops(open_page: Opener, fake: FakeAssistant) -> None:
    fake.read_seconds = 20
    page = open_page()
    ask(page, "面积")
    page.wait_for_selector(".card")
    page.keyboard.press("Escape")
    done(page)
    assert "已停止" in page.inner_text("#zj-live .notice")


def test_nothing_found_can_be_asked_again_or_inferred(open_page: Opener) -> None:
    page = open_page()
    ask(page, "跑题：三年级怎样讲量子")
    page.wait_for_selector(".nothing")
    page.click('[data-act="rephrase"]')
    page.wait_for_function("document.querySelector('#zj-question textarea').value.startsWith('跑题')")
    assert page.evaluate("document.activeElement === document.querySelector('#zj-question textarea')")
    page.click('[data-act="infer"]')
    page.wait_for_selector(".inferred")
    done(page)
    assert page.locator('#zj-live [data-support="inferred"]').count() == 3
    assert page.inner_text("#zj-live .inferred").count("【AI推断】") == 3


def test_several_turns_reload_and_a_new_conversation(open_page: Opener) -> None:
    page = open_page()
    ask(page, "面积")
    done(page)
    ask(page, "静夜思")
    page.wait_for_selector("#zj-past .turn")
    done(page)
    page.reload()
    page.wait_for_selector("#zj-live .turn")
    assert page.locator(".turn").count() == 2
    page.locator("#zj-past .cite").first.click()
    page.wait_for_selector("#zj-panel mark")
    page.click('[data-act="new"]')
    page.wait_for_selector(".first")
    assert page.locator(".turn").count() == 0
    assert not page.is_visible("#zj-panel")


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_no_width_overflows(open_page: Opener, width: int, height: int) -> None:
    page = open_page(width, height)
    assert not overflow(page)
    ask(page, "面积")
    done(page)
    assert not overflow(page)
    page.locator(".cite").first.click()
    page.wait_for_selector("#zj-panel mark")
    assert not overflow(page)
    assert page.is_visible("#zj-panel .close")
    page.click("#zj-panel .close")
    for selector in ("#zj-send", "#zj-question", "#zj-live .answer"):
        box = page.locator(selector).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
    send = page.locator("#zj-send").bounding_box()
    assert send is not None
    assert send["y"] + send["height"] <= height


def test_hostile_text_stays_text(open_page: Opener) -> None:
    page = open_page()
    ask(page, "恶意 <img src=x onerror=window.__owned=9><script>window.__owned=8</script>")
    page.wait_for_selector("#zj-live .contradicted")
    done(page)
    page.locator("#zj-live .cite").first.click()
    page.wait_for_selector("#zj-panel mark")
    page.click('[data-copy="1"]')
    page.wait_for_timeout(300)
    assert page.evaluate("window.__owned") is None
    inside = "#zj-past *, #zj-live *, #zj-panel *"
    tags = set(page.evaluate(f"[...document.querySelectorAll('{inside}')].map(e => e.tagName.toLowerCase())"))
    assert not tags & {"script", "img", "iframe", "a", "object", "embed", "form", "input"}
    handlers = f"[...document.querySelectorAll('{inside}')].flatMap(e => e.getAttributeNames()).filter(n => n.startsWith('on'))"
    assert page.evaluate(handlers) == []
    assert "<script>window.__owned = 1</script>" in page.inner_text("#zj-panel")


def test_an_injected_handler_would_not_run_either(browser: Browser, url: str) -> None:
    page = browser.new_page()
    page.goto(url)
    page.wait_for_selector(".first")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=data:, onerror=\"window.__owned = 1\">')")
    page.wait_for_timeout(300)
    assert page.evaluate("window.__owned") is None
    page.close()


def test_a_long_document_opens_fast_and_grows(open_page: Opener) -> None:
    page = open_page()
    ask(page, "超长")
    page.wait_for_function("document.querySelectorAll('#zj-live .claim').length === 80")
    done(page)
    page.locator(".cite").nth(60).click()
    page.wait_for_selector("#zj-panel mark")
    assert in_view(page, "#zj-panel mark")
    page.click('[data-act="full"]')
    page.wait_for_selector('[data-act="earlier"], [data-act="later"]')
    assert page.locator("#zj-panel .text > *").count() < 1300


def test_disclosures_stay_open_while_words_come(open_page: Opener, fake: FakeAssistant) -> None:
    page = open_page()
    ask(page, "静夜思")
    done(page)
    page.locator("#zj-live summary").first.click()
    page.wait_for_selector("#zj-live .trace")
    fake.piece_seconds = 0.01
    ask(page, "面积")
    page.wait_for_selector("#zj-live .claim")
    page.wait_for_timeout(300)
    assert page.is_visible("#zj-past .trace")
    done(page)


def test_enter_while_composing_does_not_send(open_page: Opener, fake: FakeAssistant) -> None:
    page = open_page()
    before = len(fake.asked)
    page.fill(BOX, "mian ji")
    press = """composing => { const area = document.querySelector('#zj-question textarea');
        for (const kind of ['keydown', 'keypress', 'keyup'])
          area.dispatchEvent(new KeyboardEvent(kind, {key: 'Enter', code: 'Enter', bubbles: true, cancelable: true,
            isComposing: composing})) }"""
    page.evaluate(press, True)  # noqa: FBT003  (the script's own argument)
    page.wait_for_timeout(400)
    assert len(fake.asked) == before
    page.evaluate(press, False)  # noqa: FBT003  (as above)
    page.wait_for_selector(".turn")
    assert len(fake.asked) == before + 1


def test_shift_enter_starts_a_line(open_page: Opener, fake: FakeAssistant) -> None:
    page = open_page()
    before = len(fake.asked)
    page.fill(BOX, "第一行")
    page.press(BOX, "Shift+Enter")
    page.wait_for_timeout(300)
    assert page.input_value(BOX) == "第一行\n"
    assert len(fake.asked) == before


def test_everything_can_be_reached_by_keyboard_and_has_a_name(open_page: Opener) -> None:
    page = open_page()
    ask(page, "面积")
    done(page)
    nameless = """[...document.querySelectorAll('#zj-shell button, #zj-shell textarea, #zj-shell a')]
        .filter(e => e.offsetParent && !(e.getAttribute('aria-label') || e.innerText.trim())).map(e => e.outerHTML)"""
    assert page.evaluate(nameless) == []
    assert page.get_attribute(BOX, "aria-label") == "问题"
    page.locator(".cite").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#zj-panel mark")
    assert page.evaluate("document.documentElement.lang") == "zh-CN"


def test_only_phases_are_announced(open_page: Opener) -> None:
    page = open_page()
    ask(page, "面积")
    done(page)
    live = page.evaluate("[...document.querySelectorAll('#zj-live [role=status], #zj-live [aria-live]')].length")
    assert live == 1
    assert "句有据" in (page.text_content("#zj-live [role=status]") or "")


def test_a_panel_width_and_a_theme_are_remembered(open_page: Opener) -> None:
    page = open_page()
    ask(page, "面积")
    done(page)
    page.locator(".cite").first.click()
    page.wait_for_selector("#zj-panel mark")
    before = page.locator("#zj-panel").bounding_box()
    page.locator(".grip").focus()
    page.keyboard.press("ArrowLeft")
    after = page.locator("#zj-panel").bounding_box()
    assert before is not None
    assert after is not None
    assert after["width"] > before["width"] + 10
    page.click("[data-theme-toggle]")
    page.reload()
    page.wait_for_selector("#zj-live .turn")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_two_tabs_ask_at_once(open_page: Opener, fake: FakeAssistant) -> None:
    fake.read_seconds = 1.0
    first, second = open_page(), open_page()
    ask(first, "面积")
    first.wait_for_selector(".card")
    ask(second, "静夜思")
    second.wait_for_selector(".card")
    done(first)
    done(second)
    assert first.locator(".claim").count() == 5
    assert second.locator(".claim").count() == 2


@pytest.mark.parametrize(
    ("ready", "words"),
    [
        (Readiness("loading", "loading", 0, 0), "正在打开资料库"),
        (Readiness("ready", "missing", 12, 486, "请运行 zhujiao models pull。"), "没有语言模型"),
        (Readiness("ready", "ready", 0, 0), "资料库还是空的"),
    ],
)
def test_the_state_is_told(open_page: Opener, fake: FakeAssistant, ready: Readiness, words: str) -> None:
    fake.ready = ready
    page = open_page()
    assert words in page.inner_text("#zj-state")
    fake.ready = READY
    if "loading" in {ready.search, ready.model} or ready.model == "missing":
        page.wait_for_function("document.querySelector('#zj-state').innerText.includes('12 份资料 · 全部在本机')")


def test_the_page_speaks_english_when_set(browser: Browser) -> None:
    with served(FakeAssistant(), "en") as address:
        page = browser.new_page()
        page.goto(address)
        page.wait_for_selector(".first")
        assert page.inner_text("#zj-send") == "Send"
        assert page.evaluate("document.documentElement.lang") == "en"
        page.close()


def test_a_chip_takes_a_filter_away_by_click_and_by_key(open_page: Opener, fake: FakeAssistant) -> None:
    page = open_page(390, 844)
    ask(page, "三年级下册数学面积的教案")
    done(page)
    assert page.locator("#zj-live .chip").all_text_contents() == ["三年级×", "下册×", "数学×", "教案×"]
    assert not overflow(page)
    page.locator("#zj-live .chip").nth(1).click()
    page.wait_for_function("document.querySelectorAll('#zj-live button.chip').length === 3")
    page.locator("#zj-live .chip").nth(2).focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelectorAll('#zj-live button.chip').length === 2")
    assert fake.asked[-1][3] == {"volume", "kind"}
    assert page.locator(".turn").count() == 1


def test_a_question_that_is_too_general_offers_choices(open_page: Opener, fake: FakeAssistant) -> None:
    page = open_page(390, 844)
    ask(page, "数学")
    page.wait_for_selector("#zj-live .choice")
    assert not overflow(page)
    chosen = page.locator("#zj-live .choice").first.inner_text()
    page.locator("#zj-live .choice").first.click()
    page.wait_for_selector("#zj-past .turn")
    done(page)
    assert fake.asked[-1][0] == chosen
    assert page.locator("#zj-past button.choice, #zj-past button.chip").count() == 0
