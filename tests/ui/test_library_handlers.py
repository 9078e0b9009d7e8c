from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from ingest.errors import LibraryError
from tests.fakes.curator import AREA, FakeCurator, many_documents, refused
from tests.ui.markup_check import assert_harmless
from ui.library_handlers import LibraryCall, LibraryHandlers, LibraryShown, parse_library_call
from ui.library_list import key_of
from ui.sessions import Sessions
from ui.uploads import Upload
from ui.words import words_for

if TYPE_CHECKING:
    from pathlib import Path

    from ingest.settings import Settings

TAB, OTHER = "0123456789abcdef", "fedcba9876543210"


@pytest.fixture
def fake() -> FakeCurator:
    return FakeCurator()


@pytest.fixture
def page(fake: FakeCurator, settings: Settings) -> LibraryHandlers:
    return LibraryHandlers(fake, settings, words_for("zh"), Sessions())


def call(name: str, **values: Any) -> LibraryCall:
    return LibraryCall(TAB, name, values)


def finished(page: LibraryHandlers) -> LibraryShown:
    """Poll as the script does until a report comes."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        shown = page.act(call("poll", seen="x", newest=0))
        if shown.report is not None:
            return shown
        time.sleep(0.01)
    raise AssertionError("no report came")


def sent(page: LibraryHandlers, name: str) -> Upload:
    path = page.incoming / "a" / str(time.perf_counter_ns())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"content")
    return Upload(path, name)


# --- taking in --------------------------------------------------------------------------------------------------------


def test_a_path_is_taken_in_with_its_consent(page: LibraryHandlers, fake: FakeCurator, tmp_path: Path) -> None:
    shown = page.begin(TAB, f'  "{tmp_path}" ', " 2025 家长同意 ", is_here=True)
    assert shown.clear
    assert str(tmp_path) in (shown.jobs or "")
    assert "收录完成" in (finished(page).report or "")
    assert fake.asked == [([str(tmp_path)], "2025 家长同意")]


def test_files_are_copied_to_the_uploads_and_taken_in_from_there(
    page: LibraryHandlers, fake: FakeCurator, settings: Settings
) -> None:
    shown = page.received(TAB, [sent(page, "望天门山.docx"), sent(page, "../面积.pptx")])
    assert "选好 2 个文件" in (shown.basket or "")
    assert page.received(OTHER, []).basket == ""
    begun = page.begin(TAB, "", "", is_here=False)
    assert begun.basket == ""
    assert "望天门山.docx 等 2 个文件" in (begun.jobs or "")
    finished(page)
    folder = settings.home / "uploads"
    assert fake.asked == [([str(folder / "望天门山.docx"), str(folder / "面积.pptx")], "")]
    assert (folder / "面积.pptx").read_bytes() == b"content"


def test_a_path_and_files_are_one_run(page: LibraryHandlers, fake: FakeCurator, tmp_path: Path) -> None:
    page.received(TAB, [sent(page, "a.docx")])
    page.begin(TAB, str(tmp_path), "", is_here=True)
    finished(page)
    assert [len(paths) for paths, _ in fake.asked] == [2]


def test_a_chosen_file_can_be_taken_off(page: LibraryHandlers) -> None:
    page.received(TAB, [sent(page, "a.docx"), sent(page, "b.docx")])
    left = page.act(call("forget", file=0)).basket or ""
    assert "b.docx" in left
    assert "a.docx" not in left
    assert page.act(call("forget", file=0)).basket == ""
    assert page.act(call("forget", file=7)).basket == ""


def test_chosen_files_come_back_after_a_reload(page: LibraryHandlers) -> None:
    page.received(TAB, [sent(page, "a.docx")])
    assert "a.docx" in (page.act(call("poll", seen="", newest=0)).basket or "")


@pytest.mark.parametrize(
    ("path", "is_here", "said"),
    [
        ("", True, "还没有写路径"),
        ('  "" ', True, "还没有写路径"),
        ("教学资料/三年级", True, "不是完整的路径"),
        ("/no/such/folder", True, "找不到“/no/such/folder”"),
        ("/", False, "路径只能在装助教的那台电脑上填"),
        ("~nobody-of-that-name/x", True, "不是完整的路径"),
        ("/a\0b", True, "找不到"),
        ("/" + "长" * 3000, True, "找不到"),
    ],
)
def test_what_cannot_be_taken_in_is_told_at_once(
    page: LibraryHandlers, fake: FakeCurator, path: str, *, is_here: bool, said: str
) -> None:
    shown = page.begin(TAB, path, "", is_here=is_here)
    assert said in (shown.note or "")
    assert not shown.clear
    assert fake.asked == []


def test_a_file_that_went_away_is_told_and_no_longer_listed(page: LibraryHandlers, fake: FakeCurator) -> None:
    gone, there = sent(page, "没了.docx"), sent(page, "还在.docx")
    page.received(TAB, [gone, there])
    gone.path.unlink()
    shown = page.begin(TAB, "", "", is_here=True)
    assert "《没了.docx》已经不在了" in (shown.note or "")
    assert "PG-06" in (shown.note or "")
    assert "没了" not in (shown.basket or "")
    assert "还在.docx" in (shown.basket or "")
    assert fake.asked == []


def test_a_second_run_waits_and_can_be_taken_back(page: LibraryHandlers, fake: FakeCurator, tmp_path: Path) -> None:
    fake.step_seconds = 0.05
    page.begin(TAB, str(tmp_path), "", is_here=True)
    shown = page.begin(OTHER, str(tmp_path), "", is_here=True)
    assert "前面还有 1 项" in (shown.jobs or "")
    assert "前面还有" not in (page.act(call("stop", job=2)).jobs or "")
    while page.jobs.snapshot()[1][0].progress is None:
        time.sleep(0.005)
    page.act(call("stop", job=1))
    assert "收录已停止" in (finished(page).report or "")


# --- news -------------------------------------------------------------------------------------------------------------


def test_nothing_new_sends_nothing(page: LibraryHandlers) -> None:
    revision = page.jobs.snapshot()[0]
    assert page.act(call("poll", seen=revision, newest=0)) == LibraryShown()


def test_a_second_tab_sees_the_run_and_its_report(page: LibraryHandlers, fake: FakeCurator, tmp_path: Path) -> None:
    fake.step_seconds = 0.03
    page.begin(TAB, str(tmp_path), "", is_here=True)
    time.sleep(0.1)
    seen = page.act(LibraryCall(OTHER, "poll", {"seen": "", "newest": 0}))
    assert "正在收录" in (seen.jobs or "")
    assert "约 3 分钟" in (seen.jobs or "")
    assert seen.report is None
    fake.step_seconds = 0
    assert "没有收成，要处理 3 份" in (finished(page).report or "")
    again = page.act(call("poll", seen="x", newest=1))
    assert again.report is None


def test_a_report_is_turned_by_parts(page: LibraryHandlers, fake: FakeCurator, tmp_path: Path) -> None:
    fake.rows = [refused(f"/srv/{n:03d}.pdf", "IN-07") for n in range(250)]
    page.begin(TAB, str(tmp_path), "", is_here=True)
    assert "000.pdf" in (finished(page).report or "")
    second = page.act(call("report", job=1, pages={"failed": 1})).report or ""
    assert "第 101–200 份，共 250 份" in second
    assert "100.pdf" in second
    assert "099.pdf" not in second
    last = page.act(call("report", job=1, pages={"failed": 10**9, "other": "x", "skipped": None})).report or ""
    assert "第 201–250 份" in last


def test_earlier_reports_can_be_opened_again(page: LibraryHandlers, fake: FakeCurator, tmp_path: Path) -> None:
    page.begin(TAB, str(tmp_path), "", is_here=True)
    finished(page)
    fake.rows = []
    (tmp_path / "second").mkdir()
    page.begin(TAB, str(tmp_path / "second"), "", is_here=True)
    deadline = time.monotonic() + 5
    while (
        'data-job="2"' not in (latest := page.act(call("report", job=0)).report or "") and time.monotonic() < deadline
    ):
        time.sleep(0.01)
    assert "这里没有文件" in latest
    assert 'data-report="1"' in latest
    assert "没有收成，要处理 3 份" in (page.act(call("report", job=1)).report or "")


# --- list and story ---------------------------------------------------------------------------------------------------


def test_the_list_is_filtered_and_turned(fake: FakeCurator, page: LibraryHandlers) -> None:
    fake.library = many_documents(2000)
    first = page.act(call("list")).listing or ""
    assert first.count("<tr data-row>") == 50
    assert "第 1–50 份，共 2000 份" in first
    last = page.act(call("list", page=39)).listing or ""
    assert "第 1951–2000 份" in last
    drafts = page.act(call("list", state_choice="draft", filter="课件", incomplete=True)).listing or ""
    assert 0 < drafts.count("<tr data-row>") <= 50
    assert drafts.count('data-standing="draft"') == drafts.count("<tr data-row>")


def test_an_empty_library_says_what_to_do(fake: FakeCurator, page: LibraryHandlers) -> None:
    fake.library = []
    listing = page.act(call("list")).listing or ""
    assert "资料库还是空的" in listing
    assert "按“收入资料库”" in listing


def test_nothing_found_says_what_to_do(page: LibraryHandlers) -> None:
    listing = page.act(call("list", filter="没有这个词")).listing or ""
    assert "没有符合的资料" in listing
    assert "全部" in listing


def test_a_document_opens_by_its_key_only(page: LibraryHandlers) -> None:
    story = page.open(key_of(AREA))
    assert "《长方形、正方形面积的计算》" in story
    assert "资料清单，把握 98%" in story
    assert "第 2 版" in story
    assert "现在用的" in story
    assert AREA in story
    for other in (AREA, "", "../x", "d." + key_of(AREA)):
        assert "已经不在资料库里" in page.open(other)


def test_every_opening_has_a_serial_of_its_own(page: LibraryHandlers) -> None:
    assert page.open(key_of(AREA)) != page.open(key_of(AREA))


def test_a_state_is_changed_with_its_reason(page: LibraryHandlers, fake: FakeCurator) -> None:
    shown = page.act(call("state", key=key_of(AREA), state="retired", why=" 有错误 ", state_choice="retired"))
    assert "已改为“已停用”" in (shown.panel or "")
    assert "陈晓岚：已停用" in (shown.panel or "")
    assert "有错误" in (shown.panel or "")
    assert fake.library[0]["events"][0]["why"] == "有错误"
    assert (shown.listing or "").count("<tr data-row>") == 2


def test_only_allowed_steps_are_offered_and_taken(page: LibraryHandlers) -> None:
    story = page.open(key_of(AREA))
    assert 'data-step="retired"' in story
    assert 'data-step="draft"' in story
    assert 'data-step="review"' not in story
    refusal = page.act(call("state", key=key_of(AREA), state="review")).panel or ""
    assert "不能直接改为「待审核」" in refusal
    assert "LB-12" in refusal
    assert "已改为" not in (page.act(call("state", key=key_of(AREA), state="loved")).panel or "")


def test_a_library_that_cannot_be_read_is_told(page: LibraryHandlers, fake: FakeCurator) -> None:
    fake.broken = LibraryError("LB-01", "资料库打不开。", "检查磁盘。")
    assert "资料库打不开。" in (page.act(call("list")).listing or "")
    assert "LB-01" in page.open(key_of(AREA))
    assert "LB-01" in (page.act(call("state", key=key_of(AREA), state="draft")).panel or "")


def test_the_unexpected_is_told_without_its_details(
    page: LibraryHandlers, fake: FakeCurator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: FakeCurator, state: str = "") -> dict[str, Any]:
        raise RuntimeError("/home/teacher/secret.txt")

    monkeypatch.setattr(FakeCurator, "documents", fail)
    note = page.act(call("list")).note or ""
    assert "PG-10" in note
    assert "secret" not in note
    assert "PG-10" in page.open(key_of(AREA))


# --- what the script sends --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "null",
        "[]",
        "{}",
        "x",
        '{"values":[]}',
        '{"name":"list"}',
        "[" * 50_000,
        '{"values":{}}' + " " * 30_000,
        "\ud800",
    ],
)
def test_an_unusable_call_does_nothing(page: LibraryHandlers, payload: str) -> None:
    assert page.act(parse_library_call(payload)) == LibraryShown()


@pytest.mark.parametrize("value", [None, True, -1, 1e300, 10**40, "x" * 10_000, [], {"a": 1}, ["\ud800"]])
def test_strange_values_are_harmless(page: LibraryHandlers, value: object) -> None:
    names = (
        "seen",
        "newest",
        "job",
        "pages",
        "filter",
        "state_choice",
        "incomplete",
        "page",
        "key",
        "state",
        "why",
        "file",
    )
    payload = json.dumps({"tab": TAB, "name": "x", "values": dict.fromkeys(names, value)})
    values = parse_library_call(payload).values
    for name in ("poll", "report", "list", "stop", "state", "forget", "x"):
        shown = page.act(LibraryCall(TAB, name, values))
        for part in (shown.note, shown.jobs, shown.report, shown.listing, shown.panel):
            assert_harmless(part or "")
        assert "PG-10" not in (shown.note or "")
