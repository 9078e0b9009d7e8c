"""The 资料库 place in a real Chromium, over the fake curator."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import served, watched
from tests.fakes.assistant import FakeAssistant
from tests.fakes.curator import FakeCurator, many_documents, many_rows, refused
from tests.ui.test_render_library import PAYLOADS, hostile_row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
PATH = "#zj-path input"


@dataclass(slots=True)
class Place:
    """The served page with what stands behind it."""

    curator: FakeCurator
    opened: Callable[..., Page]
    home: Path
    share: Path

    def open(self, width: int = 1440, height: int = 900, **more: object) -> Page:
        page = self.opened(width, height, **more)
        page.click('a[href="#library"]')
        page.wait_for_selector(".listing")
        return page

    def take_in(self, page: Page) -> None:
        page.fill(PATH, str(self.share))
        page.click("#zj-go")
        page.wait_for_selector(".job, .report")


@pytest.fixture
def place(browser: Browser, tmp_path: Path) -> Iterator[Place]:
    curator, home, share = FakeCurator(), tmp_path / "home", tmp_path / "三年级下"
    share.mkdir()
    with (
        served(FakeAssistant(), "zh", curator, home=home, ingest={"max_file_mb": 1}) as url,
        watched(browser, url) as opened,
    ):
        yield Place(curator, opened, home, share)


def overflow(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))


def test_a_folder_is_taken_in_and_read_about(place: Place) -> None:
    place.curator.step_seconds = 0.15
    page = place.open()
    page.fill("#zj-consent input", "2025-04-14 家长书面同意")
    page.fill(PATH, str(place.share))
    page.press(PATH, "Enter")
    page.wait_for_selector(".job .figures")
    card = page.inner_text(".job")
    assert str(place.share) in card
    assert "每秒 14 个片段" in card
    assert "约 3 分钟" in card
    assert page.is_visible(".rail .working")
    assert page.input_value(PATH) == ""
    page.wait_for_selector(".report")
    assert page.locator(".job").count() == 0
    assert not page.is_visible(".rail .working")
    assert place.curator.asked == [([str(place.share)], "2025-04-14 家长书面同意")]
    first = page.locator(".part").first
    assert first.get_attribute("data-key") == "report-1-failed"
    assert "请打开文件取消密码，另存一份再放进来。（代码 IN-07）" in first.inner_text()
    page.wait_for_function("document.querySelector('.choice').innerText.includes('13')")


def test_a_document_is_opened_and_its_state_changed(place: Place) -> None:
    page = place.open()
    page.fill("#zj-filter", "周敏")
    page.wait_for_function("document.querySelectorAll('[data-row]').length === 1")
    page.click("[data-row] td.kind")
    page.wait_for_selector("#zj-panel .story")
    assert "文件名，把握 90% · 读作“读到的kind”" in page.inner_text("#zj-panel .facts")
    page.fill("#zj-why", "练习有错，改好再发")
    page.click('[data-step="draft"]')
    page.wait_for_selector("#zj-panel .story > .notice")
    assert "已改为“草稿”。" in page.inner_text("#zj-panel .story > .notice")
    assert "练习有错，改好再发" in page.inner_text("#zj-panel .events")
    page.wait_for_selector('[data-row] [data-standing="draft"]')
    assert place.curator.library[0]["state"] == "draft"
    page.keyboard.press("Escape")
    page.wait_for_function("!document.documentElement.dataset.panel")
    assert page.evaluate("document.activeElement.classList.contains('doc')")


def test_a_document_leads_to_its_twin(place: Place) -> None:
    place.curator.library[0]["alike"] = [(place.curator.library[3]["path"], 0.83)]
    page = place.open()
    page.locator(".doc").first.click()
    page.click("#zj-panel .link")
    page.wait_for_function("document.querySelector('#zj-panel h2').innerText.includes('磨课稿')")


def test_files_are_sent_listed_taken_off_and_taken_in(place: Place, tmp_path: Path) -> None:
    names = ["《望天门山》教案（第1课时）.docx", "面积.pptx", "不要的.txt"]
    for name in names:
        (tmp_path / name).write_text(name, encoding="utf-8")
    page = place.open()
    page.set_input_files("#zj-files input[type=file]", [tmp_path / name for name in names[:2]])
    page.wait_for_function("document.querySelectorAll('.basket li').length === 2")
    page.set_input_files("#zj-files input[type=file]", [tmp_path / names[2]])
    page.wait_for_function("document.querySelectorAll('.basket li').length === 3")
    page.click('[aria-label="移除 不要的.txt"]')
    page.wait_for_function("document.querySelectorAll('.basket li').length === 2")
    page.reload()
    page.wait_for_function("document.querySelectorAll('.basket li').length === 2")
    page.click("#zj-go")
    page.wait_for_selector(".report")
    assert page.locator(".basket li").count() == 0
    uploads = place.home / "uploads"
    assert sorted(path.name for path in uploads.iterdir()) == sorted(names[:2])
    assert (uploads / names[0]).read_text(encoding="utf-8") == names[0]
    assert place.curator.asked == [([str(uploads / name) for name in names[:2]], "")]


def test_a_file_that_is_too_large_is_not_sent(place: Place, tmp_path: Path) -> None:
    (tmp_path / "大.pdf").write_bytes(bytes(2 << 20))
    page = place.open()
    page.set_input_files("#zj-files input[type=file]", tmp_path / "大.pdf")
    page.wait_for_selector("#zj-refused:not([hidden])")
    assert "《大.pdf》有 2 MB，超过 1 MB 的上限" in page.inner_text("#zj-refused")
    assert page.locator(".basket li").count() == 0
    assert list((place.home / "incoming").rglob("*.pdf")) == []


def test_a_dropped_folder_says_what_to_do(place: Place) -> None:
    page = place.open()
    page.evaluate("""() => {
        const drop = new Event('drop', {bubbles: true, cancelable: true});
        drop.dataTransfer = {items: [{webkitGetAsEntry: () => ({isDirectory: true})}], files: []};
        document.querySelector('#zj-files > button').dispatchEvent(drop) }""")
    assert "文件夹不能拖进来" in page.inner_text("#zj-refused")


def test_nothing_given_says_what_to_do(place: Place) -> None:
    page = place.open()
    page.click("#zj-go")
    page.wait_for_selector("#zj-note .notice")
    assert "还没有写路径，也没有选文件。" in page.inner_text("#zj-note")
    page.fill(PATH, "/no/such/folder")
    page.click("#zj-go")
    page.wait_for_function("document.querySelector('#zj-note').innerText.includes('找不到')")
    assert page.input_value(PATH) == "/no/such/folder"
    assert place.curator.asked == []


def test_stop_keeps_what_is_done_and_the_next_run_goes(place: Place) -> None:
    place.curator.step_seconds = 0.2
    page = place.open()
    place.take_in(page)
    page.wait_for_selector(".job .figures")
    place.take_in(page)
    page.wait_for_function("document.querySelectorAll('.job').length === 2")
    assert "前面还有 1 项" in page.inner_text(".job >> nth=1")
    page.click(".job >> nth=1 >> .stop")
    page.wait_for_function("document.querySelectorAll('.job').length === 1")
    page.click(".job .stop")
    page.wait_for_selector(".report")
    assert "收录已停止" in page.inner_text(".report")
    assert "收好的都留着" in page.inner_text(".report")
    taken = page.locator(".report .part", has_text="新增和更新")
    assert taken.locator(".files li").count() > 0
    assert place.curator.stopped == 1
    assert len(place.curator.asked) == 1


def test_a_run_goes_on_without_its_tab_and_every_tab_sees_it(place: Place) -> None:
    place.curator.step_seconds = 2.5  # the run must outlast two loads of the page, on a busy machine too
    page = place.open()
    place.take_in(page)
    page.wait_for_selector(".job .figures")
    page.reload()
    page.wait_for_selector(".job .figures")
    page.close()
    second = place.open()
    second.wait_for_selector(".job .figures")
    second.click('a[href="#main"]')
    assert second.is_visible(".rail .working")
    second.click('a[href="#library"]')
    second.wait_for_selector(".report", timeout=60_000)
    assert place.curator.stopped == 0


def test_switching_keeps_the_conversation_and_the_place_is_remembered(place: Place) -> None:
    page = place.open()
    page.click('a[href="#main"]')
    page.fill("#zj-question textarea", "面积")
    page.press("#zj-question textarea", "Enter")
    page.wait_for_selector('#zj-live .turn[aria-busy="false"]')
    page.fill("#zj-question textarea", "还没有问的")
    page.click('a[href="#library"]')
    assert not page.is_visible("#zj-live")
    assert page.get_attribute('a[href="#library"]', "aria-current") == "page"
    page.click('a[href="#main"]')
    assert page.is_visible("#zj-live .claim >> nth=0")
    assert page.input_value("#zj-question textarea") == "还没有问的"
    page.click('a[href="#library"]')
    page.reload()
    page.wait_for_selector(".listing")
    assert page.is_visible("#zj-library")
    assert not page.is_visible("#zj-work")
    page.click('[data-act="new"]')
    page.wait_for_selector(".first")
    assert page.is_visible("#zj-question")


def test_an_empty_library_says_what_to_do_and_fills(place: Place) -> None:
    place.curator.library = []
    page = place.open()
    assert "资料库还是空的" in page.inner_text(".listing")
    assert not page.is_visible("#zj-filter")
    place.take_in(page)
    page.wait_for_selector("[data-row]")
    assert page.is_visible("#zj-filter")


def test_two_thousand_documents_and_files_stay_quick(place: Place) -> None:
    place.curator.library = many_documents(2000)
    place.curator.rows = many_rows(2000)
    page = place.open()
    assert page.locator("[data-row]").count() == 50
    began = time.monotonic()
    page.fill("#zj-filter", "三年级 数学")
    page.wait_for_function("document.querySelector('.choice b').innerText === '45'")
    assert time.monotonic() - began < 2
    page.fill("#zj-filter", "")
    page.click('[data-turn][data-page="1"]')
    page.wait_for_function("document.querySelector('.listing .pager').innerText.includes('第 51–100 份，共 2000 份')")
    page.click('[data-state-choice="draft"]')
    page.wait_for_function(
        "document.querySelector('[data-state-choice=draft]').getAttribute('aria-pressed') === 'true'"
    )
    assert page.locator('[data-row] [data-standing="draft"]').count() == 50
    place.take_in(page)
    page.wait_for_selector(".report", timeout=20_000)
    assert page.locator(".files li").count() <= 400
    page.locator(".part").nth(1).locator("summary").click()
    began = time.monotonic()
    page.click('[data-part="unknown"][data-page="1"]')
    page.wait_for_function("document.querySelectorAll('.part')[1].innerText.includes('第 101–200 份')")
    assert time.monotonic() - began < 2
    assert page.locator(".part").nth(1).get_attribute("open") is not None
    page.locator(".part").first.locator("summary").click()
    page.click('[data-part="unknown"][data-page="2"]')
    page.wait_for_function("document.querySelectorAll('.part')[1].innerText.includes('第 201–300 份')")
    assert page.locator(".part").first.get_attribute("open") is None


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1024, 700), (390, 844)])
def test_no_width_overflows(place: Place, width: int, height: int) -> None:
    long = "很长的名字" * 30
    place.curator.rows = [*place.curator.rows, refused(f"/srv/{long}/{long}.pdf", "IN-07")]
    place.curator.library[0]["metadata"]["title"] = long
    place.curator.library[1]["path"] = f"/srv/{'unbroken_' * 40}.docx"
    page = place.open(width, height)
    place.take_in(page)
    page.wait_for_selector(".report")
    wide = """() => [...document.querySelectorAll('#zj-library *, #zj-panel *')].filter(e => e.offsetParent
        && !e.closest('.sr') && e.getBoundingClientRect().right > window.innerWidth + 1).map(e => e.outerHTML.slice(0, 80))"""
    assert page.evaluate(wide) == []
    assert not overflow(page)
    page.locator(".doc").first.click()
    page.wait_for_selector("#zj-panel .story")
    assert page.evaluate(wide) == []
    assert page.is_visible("#zj-panel .close")
    page.click("#zj-panel .close")


def test_on_a_phone_the_bar_is_below_and_the_story_is_a_sheet(place: Place) -> None:
    page = place.open(390, 844)
    bar = page.locator("#zj-rail nav").bounding_box()
    assert bar is not None
    assert bar["y"] + bar["height"] == pytest.approx(844)
    page.locator(".doc").last.scroll_into_view_if_needed()
    row = page.locator(".doc").last.bounding_box()
    assert row is not None
    assert row["y"] + row["height"] <= bar["y"]
    page.locator(".doc").last.click()
    page.wait_for_selector("#zj-panel [role=dialog]")
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate("document.querySelector('#zj-panel').contains(document.activeElement)")
    page.keyboard.press("Escape")
    page.wait_for_function("!document.documentElement.dataset.panel")
    page.click('a[href="#main"]')
    send = page.locator("#zj-send").bounding_box()
    assert send is not None
    assert send["y"] + send["height"] <= bar["y"]


def test_on_a_phone_a_run_that_begins_comes_into_view(place: Place) -> None:
    place.curator.step_seconds = 1.0
    page = place.open(390, 844)
    place.take_in(page)
    page.wait_for_selector(".job .figures")
    bar = page.locator("#zj-rail nav").bounding_box()
    stop, figures = page.locator(".job .stop").bounding_box(), page.locator(".job .figures").bounding_box()
    assert bar is not None
    assert stop is not None
    assert figures is not None
    assert stop["y"] > 0
    assert figures["y"] + figures["height"] < bar["y"]
    page.click(".job .stop")
    page.wait_for_selector(".report")


def test_everything_is_reached_by_keyboard_and_has_a_name(place: Place) -> None:
    place.curator.step_seconds = 0.5
    page = place.open()
    place.take_in(page)
    page.wait_for_selector(".job .stop")
    page.locator(".doc").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#zj-panel .story")
    nameless = """[...document.querySelectorAll('#zj-library button, #zj-library input, #zj-library a, #zj-library summary,'
        + '#zj-panel button, #zj-panel input')].filter(e => e.offsetParent && !(e.getAttribute('aria-label')
        || e.innerText?.trim() || e.labels?.[0]?.innerText.trim())).map(e => e.outerHTML)"""
    assert page.evaluate(nameless) == []
    assert page.get_attribute("#zj-files > button", "aria-label") == "把文件拖到这里，或点这里选"
    order = """() => { const seen = []; for (const e of document.querySelectorAll('#zj-library :is(input, button, summary)'))
        if (e.offsetParent && !e.disabled && e.tabIndex >= 0) seen.push(e.id || e.className); return seen }"""
    assert page.evaluate(order)
    page.locator(PATH).focus()
    for expected in ("zj-consent", "zj-files", "zj-go"):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('[id^=zj-]').id") == expected


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_enough_contrast(place: Place, scheme: str) -> None:
    place.curator.step_seconds = 0.02
    page = place.open(color_scheme=scheme)
    place.take_in(page)
    page.wait_for_selector(".report")
    page.locator(".doc").nth(3).click()
    page.wait_for_selector("#zj-panel .story")
    weak = """() => {
      const parse = text => (text.match(/[\\d.]+/g) || []).map(Number);
      const over = (top, under) => top.slice(0, 3).map((c, i) => c * (top[3] ?? 1) + under[i] * (1 - (top[3] ?? 1)));
      const light = rgb => { const [r, g, b] = rgb.map(c => (c /= 255) <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4);
        return .2126 * r + .7152 * g + .0722 * b };
      const found = [];
      for (const e of document.querySelectorAll('#zj-library *, #zj-panel *')) {
        if (!e.offsetParent || e.closest('.sr') || e.disabled
          || ![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
        let back = [255, 255, 255], chain = [];
        for (let p = e; p; p = p.parentElement) chain.unshift(p);
        let opacity = 1;
        for (const p of chain) { const style = getComputedStyle(p); back = over(parse(style.backgroundColor), back); opacity *= style.opacity }
        const ink = over([...parse(getComputedStyle(e).color).slice(0, 3), opacity], back);
        const [a, b] = [light(ink), light(back)].sort((x, y) => y - x);
        if ((a + .05) / (b + .05) < 4.5) found.push(e.outerHTML.slice(0, 90) + ' ' + ((a + .05) / (b + .05)).toFixed(2));
      }
      return found }"""
    assert page.evaluate(weak) == []


def test_hostile_names_stay_text(place: Place) -> None:
    place.curator.library = [hostile_row(text) for text in PAYLOADS]
    place.curator.rows = [refused(f"/srv/{text}", "IN-07") for text in PAYLOADS]
    page = place.open()
    place.take_in(page)
    page.wait_for_selector(".report")
    for number in range(len(PAYLOADS)):
        page.locator(".doc").nth(number).click()
        page.wait_for_function(f"document.querySelector('#zj-panel .evidence')?.dataset.serial === 'd{number + 1}'")
    page.wait_for_timeout(300)
    assert page.evaluate("window.__owned") is None
    inside = ".job *, .report *, .listing *, #zj-panel *"
    tags = set(page.evaluate(f"[...document.querySelectorAll('{inside}')].map(e => e.tagName.toLowerCase())"))
    assert not tags & {"script", "img", "iframe", "a", "object", "embed", "form", "style", "template"}
    handlers = f"[...document.querySelectorAll('{inside}')].flatMap(e => e.getAttributeNames()).filter(n => n.startsWith('on'))"
    assert page.evaluate(handlers) == []


def test_a_page_without_a_curator_has_no_library(browser: Browser) -> None:
    with served(FakeAssistant()) as url, watched(browser, url) as opened:
        page = opened()
        assert page.locator("#zj-library").count() == 0
        assert page.locator('a[href="#library"]').count() == 0
        assert page.is_visible("#zj-question")
        answer = page.request.post(
            f"{url}gradio_api/upload", multipart={"files": {"name": "a", "mimeType": "text/plain", "buffer": b"x"}}
        )
        assert answer.status == 404


def test_sent_files_cannot_be_fetched_again(place: Place, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    page = place.open()
    page.set_input_files("#zj-files input[type=file]", tmp_path / "a.txt")
    page.wait_for_selector(".basket li")
    (sent,) = (place.home / "incoming").rglob("a.txt")
    assert page.request.get(f"{page.url.split('#')[0]}gradio_api/file={sent}").status == 404


def test_the_library_speaks_english_when_set(browser: Browser, tmp_path: Path) -> None:
    with served(FakeAssistant(), "en", FakeCurator(), home=tmp_path) as url, watched(browser, url) as opened:
        page = opened()
        page.click('a[href="#library"]')
        page.wait_for_selector(".listing")
        assert page.inner_text("#zj-go") == "Take into the library"
        assert "All 12" in page.inner_text(".choices")
