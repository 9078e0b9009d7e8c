from __future__ import annotations

import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from ingest.document import Metadata
from ingest.report import FileRow, IngestReport
from tests.fakes.curator import FakeCurator, document, many_rows, refused, some_rows
from tests.ui.markup_check import assert_harmless
from ui.conversation import Failure
from ui.ingest_job import JobProgress, JobState
from ui.library_list import ListView, row_of, select
from ui.render_frame import LIBRARY, PREPARE, render_rail
from ui.render_job import render_jobs
from ui.render_library import (
    render_basket,
    render_library_head,
    render_list_head,
    render_listing,
    render_note,
    render_refusal,
)
from ui.render_report import PART_ROWS, render_report
from ui.render_story import render_story
from ui.uploads import Upload
from ui.words import words_for

ZH, EN = words_for("zh"), words_for("en")
PAYLOADS = [
    "<script>window.__owned=1</script>",
    "<img src=x onerror=window.__owned=1>",
    '"><svg onload=window.__owned=1>',
    "' onmouseover='window.__owned=1",
    '" onfocus="window.__owned=1" autofocus="',
    "<iframe srcdoc='<script>1</script>'>",
    "<a href=javascript:window.__owned=1>x</a>",
    "</ul></section><form action=//evil><input name=x>",
    "<style>*{display:none}</style>",
    "<!--",
    "]]><![CDATA[<script>1</script>",
    "&lt;script&gt;1&lt;/script&gt;",
    "<details open ontoggle=window.__owned=1>",
    "<math><mtext><img src=x onerror=1></mtext></math>",
    "\u202e<b>gpj.exe\u2066",
    "{{constructor.constructor('1')()}}{title}%s",
    "\x00\x1b[31m<object data=x>",
    "</textarea><button data-stop=1>停止</button>",
    "<td><tr></table><template><script>1</script>",
    "javascript:window.__owned=1",
]


def job(report: dict[str, Any] | None = None, **more: Any) -> JobState:
    return replace(JobState(1, "三年级下", "done", report=report), **more)


def report_of(rows: list[FileRow], **more: Any) -> dict[str, Any]:
    return {"type": "report", **IngestReport(tuple(rows), 63.2, **more).as_json()}


def parts(html: str) -> list[str]:
    return [piece.split('"')[0].rsplit("-", 1)[-1] for piece in html.split('class="part" data-key="')[1:]]


# --- a run ------------------------------------------------------------------------------------------------------------


def test_a_card_says_files_chunks_speed_and_time() -> None:
    progress = JobProgress(120, 480, 900, 1300, "/a/《望天门山》教案.docx", 14.2, 190.0, at=100.0)
    html = render_jobs("r1", [JobState(1, "/srv/三年级", "running", progress)], 101.0, ZH)
    text = assert_harmless(html).text
    for said in ("120 / 480", "900 / 1300", "每秒 14 个片段", "约 3 分钟", "正在读 《望天门山》教案.docx", "停止"):
        assert said in text
    assert 'aria-valuenow="17"' in html
    assert "data-working" in html


def test_the_estimate_counts_down_and_admits_when_it_was_wrong() -> None:
    progress = JobProgress(1, 4, 2, 8, "x", 0.0, 20.0, at=100.0)
    said = [render_jobs("r", [JobState(1, "a", "running", progress)], 100.0 + later, ZH) for later in (0, 10, 30)]
    assert ["约 20 秒" in said[0], "约 10 秒" in said[1], "比预计的久" in said[2]] == [True] * 3
    unknown = replace(progress, seconds_left=None)
    assert "正在估算" in render_jobs("r", [JobState(1, "a", "running", unknown)], 100.0, ZH)


@pytest.mark.parametrize("left", [float("inf"), float("nan"), -5.0])
def test_an_impossible_estimate_breaks_nothing(left: float) -> None:
    progress = JobProgress(0, 0, 0, 0, "", 0.0, left)
    assert_harmless(render_jobs("r", [JobState(1, "a", "running", progress)], 0.0, ZH))


def test_queued_preparing_and_stopping_runs() -> None:
    states = [JobState(1, "a", "stopping", JobProgress(1, 2)), JobState(2, "b"), JobState(3, "c", "running")]
    text = assert_harmless(render_jobs("r", states, 0.0, ZH)).text
    assert "正在停止，收好的会留下" in text
    assert "前面还有 1 项" in text
    assert "正在准备" in text


def test_without_runs_there_is_no_card() -> None:
    html = render_jobs("r", [], 0.0, ZH)
    assert "<article" not in html
    assert "data-working" not in html


# --- the report -------------------------------------------------------------------------------------------------------


def test_the_report_has_every_count_and_what_was_masked() -> None:
    report = report_of(
        some_rows(), retired=("/srv/school/教研共享/三年级下/旧.docx",), masked={"pupil": 31, "phone": 2}
    )
    html = render_report([job(report)], 0, {}, ZH)
    text = assert_harmless(html).text
    for said in (
        "新增 5",
        "更新 1",
        "未变 2",
        "停用 1",
        "重复 2",
        "失败 3",
        "跳过 4",
        "学生姓名 31 处、电话 2 处",
        "用时 1 分 3 秒",
    ):
        assert said in text
    assert parts(html) == ["failed", "skipped", "duplicates", "unknown", "retired", "taken", "unchanged"]


def test_a_failure_has_its_sentence_what_to_do_and_its_code_once() -> None:
    html = render_report([job(report_of(some_rows()))], 0, {}, ZH)
    text = assert_harmless(html).text
    assert text.count("这个文件设了打开密码，读不到内容。请打开文件取消密码，另存一份再放进来。（代码 IN-07）") == 1
    assert "三年级数学期中试卷.pdf" in text
    assert "三年级语文期中试卷.pdf" in text


def test_what_to_do_is_said_for_the_page_not_for_the_command_line() -> None:
    text = assert_harmless(render_report([job(report_of(some_rows()))], 0, {}, ZH)).text
    assert "上面的“录制同意登记”里写明" in text
    assert "--consent" not in text


def test_twins_and_unknowns_are_listed_by_file() -> None:
    text = assert_harmless(render_report([job(report_of(some_rows()))], 0, {}, ZH)).text
    assert "与“语文/望天门山_教案.docx”内容相同" in text
    assert "相似 83%" in text
    assert "不清楚：种类、单元" in text
    nearly = FileRow("/a/x.docx", "indexed", "added", duplicate_of="/a/y.docx", likeness=0.9999)
    assert "相似 99%" in render_report([job(report_of([nearly]))], 0, {}, ZH)


def test_failed_is_open_unchanged_is_folded() -> None:
    html = render_report([job(report_of(some_rows()))], 0, {}, ZH)
    opened = {
        piece.split('"')[0].rsplit("-", 1)[-1]: " data-unfolded>" in piece.split("<summary>")[0]
        for piece in html.split('class="part" data-key="')[1:]
    }
    assert opened == {
        "failed": True,
        "skipped": True,
        "duplicates": True,
        "unknown": True,
        "taken": False,
        "unchanged": False,
    }


def test_a_long_report_is_written_in_pages_and_fast() -> None:
    report = report_of(many_rows(2000))
    began = time.perf_counter()
    html = render_report([job(report)], 0, {}, ZH)
    assert time.perf_counter() - began < 0.5
    assert html.count('<span class="name">') <= 4 * PART_ROWS
    assert len(html) < 200_000
    seen: list[str] = []
    for page in range(7):
        part = render_report([job(report)], 0, {"failed": page}, ZH).split("report-1-unknown")[0]
        seen += [piece.split("<")[0] for piece in part.split('<span class="name">')[1:]]
    assert len(seen) == len(set(seen)) == report["failed"] == 667


def test_a_stopped_run_says_what_is_kept() -> None:
    text = assert_harmless(render_report([job(phase="stopped", progress=JobProgress(7, 20))], 0, {}, ZH)).text
    assert "停止时读完 7 个文件，共 20 个。" in text
    assert "再收一次，会接着做" in text
    cancelled = render_report([job(report_of(some_rows(), cancelled=True), phase="stopped")], 0, {}, ZH)
    assert "收录已停止" in cancelled
    assert parts(cancelled)


def test_a_run_that_failed_says_why() -> None:
    text = assert_harmless(
        render_report([job(phase="failed", failure=Failure("LB-03", "存不下。", "腾空间。"))], 0, {}, ZH)
    ).text
    assert "没有收成" in text
    assert "存不下。腾空间。（代码 LB-03）" in text


def test_an_empty_folder_is_told() -> None:
    assert "这里没有文件" in render_report([job(report_of([]))], 0, {}, ZH)


def test_paths_of_two_drives_are_whole() -> None:
    rows = [FileRow("/a/x.docx", "unchanged"), FileRow("relative/y.docx", "unchanged")]
    text = assert_harmless(render_report([job(report_of(rows))], 0, {}, ZH)).text
    assert "/a" in text
    assert "relative" in text


# --- list and story ---------------------------------------------------------------------------------------------------


def test_a_row_says_all_there_is() -> None:
    row = document("/a/b.docx", "review", 7, title="面积", kind="教案", grade=3, subject="数学", scope="alliance")
    text = assert_harmless(render_listing(select([row_of(row)], ListView(), ZH), ZH)).text
    for said in ("《面积》", "b.docx", "教案", "三年级", "数学", "链内", "待审核", "7", "教材版本、册、单元"):
        assert said in text


def test_a_document_without_a_title_goes_by_its_file() -> None:
    row = document("/a/b.docx")
    row["metadata"]["title"] = ""
    html = render_listing(select([row_of(row)], ListView(), ZH), ZH)
    assert "打开b.docx的来历" in html
    assert '<span class="file">' not in html


def test_a_story_says_where_each_thing_was_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    fake = FakeCurator()
    fake.library[0]["alike"] = [("/srv/b.docx", 1.0), ("/srv/c.docx", 0.83)]
    text = assert_harmless(render_story(fake.document(fake.library[0]["path"]), ZH, serial="d1")).text
    for said in (
        "三年级",
        "本校",
        "资料清单，把握 98%",
        "第 2 版 · 2025-04-18 08:41 · 1.3 MB · 现在用的",
        "周敏：已发布",
        "内容相同",
        "相似 83%",
    ):
        assert said in text


@pytest.mark.parametrize(
    ("words", "told"),
    [("年级：3", ""), ("三年级", ""), ("三下", "读作“三下”"), ("三年级下学期", "读作“三年级下学期”"), ("", "")],
)
def test_the_words_read_are_told_where_they_say_more_than_the_value(words: str, told: str) -> None:
    fake = FakeCurator()
    story = fake.document(fake.library[0]["path"])
    story["origins"] = {"grade": {"kind": "name", "confidence": 0.9, "words": words}}
    text = assert_harmless(render_story(story, ZH, serial="d1")).text
    assert ("读作" in text) == bool(told)
    assert told in text


def test_an_unknown_state_leads_nowhere() -> None:
    fake = FakeCurator()
    told = fake.document(fake.library[0]["path"])
    html = render_story({**told, "state": "loved"}, ZH, serial="d1")
    assert "data-step" not in html


# --- hostile text -----------------------------------------------------------------------------------------------------


def hostile_row(text: str) -> dict[str, Any]:
    values = {name: text for name, value in asdict(Metadata()).items() if isinstance(value, str)}
    return {
        "path": f"/a/{text}.docx",
        "state": text,
        "chunks": 1,
        "metadata": {**values, "grade": 3},
        "unknown": [text],
    }


@pytest.mark.parametrize("words", [ZH, EN], ids=["zh", "en"])
@pytest.mark.parametrize("text", PAYLOADS)
def test_hostile_text_stays_text(text: str, words: Any) -> None:
    row = hostile_row(text)
    event = {"before": "", "state": text, "who": text, "at": text, "why": text}
    story = {
        **row,
        "origins": {name: {"kind": text, "confidence": 0.5, "words": text} for name in row["metadata"]},
        "versions": [{"id": text, "number": text, "sha256": text, "size": 1, "state": text, "created": text}],
        "events": [event],
        "corrections": {text: text},
        "duplicates": [{"path": f"/{text}", "share": 0.8}],
    }
    file = FileRow(
        f"/a/{text}/{text}",
        "indexed",
        "added",
        1,
        1,
        unknown=(text,),
        masked={text: 2},
        duplicate_of=f"/a/{text}",
        likeness=0.8,
    )  # type: ignore[arg-type,misc]  # positional on purpose
    bad = FileRow(f"/a/{text}", "failed", code=text, message=text, hint=text)
    report = report_of([file, bad, FileRow(f"/b/{text}", "unchanged")], retired=(f"/a/{text}",), masked={text: 1})
    progress = JobProgress(1, 2, 1, 2, f"/a/{text}", 1.0, 5.0)
    states = [
        JobState(2, text, "running", progress),
        JobState(3, text),
        job(report, label=text),
        job(number=4, label=text),
    ]
    failed = job(phase="failed", failure=Failure(text, text, text), label=text)
    written = [
        render_listing(select([row_of(row)], ListView(), words), words),
        render_story(story, words, serial=text),
        render_jobs(text, states, 0.0, words),
        render_report(states, 1, {}, words),
        render_report([failed], 0, {}, words),
        render_note(text, text, text, words=words),
        render_basket([Upload(Path("/nowhere"), text)], words),
    ]
    for html in written:
        outline = assert_harmless(html)
        assert not {"script", "img", "iframe", "style", "form", "object", "template"} & set(outline.tags)
        assert "\u202e" not in html
    assert text.translate({0: None, 0x1B: None, 0x202E: None, 0x2066: None}) in assert_harmless(written[5]).text


@pytest.mark.parametrize("words", [ZH, EN], ids=["zh", "en"])
def test_the_fixed_parts_are_harmless_and_named(words: Any) -> None:
    for html in (render_library_head(words), render_list_head(words), render_refusal()):
        assert_harmless(html)
    assert 'for="zj-filter"' in render_list_head(words)
    rail = render_rail(words, (PREPARE, LIBRARY))
    assert assert_harmless(rail).tags.count("a") == 2
    assert rail.count('aria-current="page"') == 1
    assert "library" not in render_rail(words)


def test_the_fake_gives_what_the_library_gives() -> None:
    fake = FakeCurator()
    *_, report = fake.ingest(["/a"], anew=False)
    assert report.keys() - {"type"} == IngestReport((), 0.0).as_json().keys()
    assert report["files"][0].keys() == asdict(refused("/a", "IN-01")).keys()
