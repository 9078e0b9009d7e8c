from __future__ import annotations

import json
import re
from dataclasses import asdict
from typing import Any

import pytest

from ingest.errors import IngestError
from ingest.report import FileRow, Progress
from ui.console import Console


def row(path: str, status: str, **more: Any) -> dict[str, Any]:
    return asdict(FileRow(path, status)) | {"unknown": []} | more  # type: ignore[arg-type]  # one of the statuses


REPORT = {
    "type": "report",
    "added": 1,
    "updated": 0,
    "unchanged": 2,
    "retired": 1,
    "duplicates": 1,
    "failed": 1,
    "skipped": 1,
    "cancelled": False,
    "seconds": 3.14,
    "masked": {"phone": 2, "pupil": 31},
    "retired_files": ["/a/旧.docx"],
    "files": [
        row("/a/教案.docx", "indexed", unknown=["grade"], duplicate_of="/b/教案.docx", likeness=0.93),
        row("/a/密.pdf", "failed", code="IN-07", message="文件有密码。", hint="去掉密码。"),
        row("/a/~$教案.docx", "skipped", code="IN-05", message="临时文件。"),
    ],
}


def answer(**changed: Any) -> dict[str, Any]:
    evidence = [
        {"number": number, "document": f"教案{number}", "version": 1, "locator": f"第{number}页", "text": "面积"}
        for number in (1, 2, 3)
    ]
    sentences = [
        {
            "text": "比例是1:100:200，写成[1][red]",
            "support": "supported",
            "reason": "",
            "quoted": True,
            "citations": [{"number": 2}],
        },
        {"text": "没有依据", "support": "inferred", "reason": "", "quoted": False, "citations": []},
    ]
    sentences = [{"group": "", "heading": "", "conflict": False, **sentence} for sentence in sentences]
    whole = {
        "type": "answer",
        "status": "partial",
        "question": "问",
        "shape": "direct",
        "sentences": sentences,
        "searched": {"evidence": evidence, "filters": [], "relaxed": [], "respelled": [], "choices": []},
        "notice": "",
    }
    return whole | changed


def test_what_is_printed_is_what_the_document_says(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console()
    console.say("[bold]加粗[/bold] 1:100:200 :heart: \\[x^2\\]\\")
    console.say("红\x1b[31m色\x07\u202e倒")
    console.note("[1]")
    console.fail("两行\n一句")
    out, error = capsys.readouterr()
    assert out == "[bold]加粗[/bold] 1:100:200 :heart: \\[x^2\\]\\\n红[31m色倒\n"
    assert error == "[1]\n✗ 两行 一句\n"


def test_a_long_line_is_not_broken(capsys: pytest.CaptureFixture[str]) -> None:
    Console().say("长" * 500)
    assert capsys.readouterr().out == "长" * 500 + "\n"


def test_a_report_names_what_was_not_taken_in(capsys: pytest.CaptureFixture[str]) -> None:
    Console().show_report(REPORT)
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        "≈ /a/教案.docx：与 /b/教案.docx 相似 93%，相同的段落检索时只显示一份。",
        "✗ /a/密.pdf：文件有密码。去掉密码。（代码 IN-07）",
        "－ /a/旧.docx：文件已不在原处，已停用；旧的引用仍能打开。",
        "新增 1，更新 0，未变 2，停用 1，重复 1，失败 1，跳过 1；用时 3.1 秒。",
        "入库前已遮盖：电话 2 处、学生姓名 31 处。对照表单独存放，只有管理员能看。",
        "有 1 份资料的信息不全，用 zhujiao list --unknown 查看，用 zhujiao correct 补上。",
    ]
    Console(as_json=True).show_report(REPORT)
    assert json.loads(capsys.readouterr().out) == {key: value for key, value in REPORT.items() if key != "type"}
    Console().show_report({**REPORT, "cancelled": True})
    assert "再运行一次会接着做" in capsys.readouterr().out


def test_a_report_of_nothing_says_what_to_check(capsys: pytest.CaptureFixture[str]) -> None:
    Console().show_report({**REPORT, "files": [], "masked": {}, "retired_files": []})
    assert capsys.readouterr().out.splitlines()[-1] == "这里没有文件，资料库没有变动。检查路径是否写对。"


def test_an_answer_has_its_marks_and_only_its_sources(capsys: pytest.CaptureFixture[str]) -> None:
    Console().show_answer(answer())
    assert capsys.readouterr().out.splitlines() == [
        "【AI推断】 没有依据",
        "资料里的原话：",
        "● 比例是1:100:200，写成[1][red][2]",
        "  [2]《教案2》 第2页",
    ]


@pytest.mark.parametrize(("status", "words"), [("not_found", "没有能回答"), ("stopped", "已停止")])
def test_an_answer_without_sentences_shows_what_was_near(
    capsys: pytest.CaptureFixture[str], status: str, words: str
) -> None:
    Console().show_answer(answer(status=status, sentences=[]))
    out = capsys.readouterr().out
    assert words in out
    assert len(re.findall(r"^  \[\d\]《教案\d》", out, re.MULTILINE)) == 3


def test_what_a_question_was_read_as_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    grade = {"name": "grade", "value": 3, "words": "三下", "carried": False}
    kind = {"name": "kind", "value": "教案", "words": "教学设计", "carried": False}
    searched = {"evidence": [], "filters": [grade, kind], "relaxed": [], "respelled": [["园", "圆"]], "choices": []}
    Console().show_answer(answer(searched=searched))
    assert capsys.readouterr().err == "按“圆”查找（原来写的是“园”）\n查找范围：三年级、教案\n"
    searched |= {"filters": [], "relaxed": [grade], "choices": ["圆的教案", "三角形的课件"]}
    Console().show_answer(answer(status="unclear", sentences=[], searched=searched))
    out, error = capsys.readouterr()
    assert "限定三年级没有找到" in error
    assert out.splitlines()[-3:] == [
        "这个问题的范围太大，还不能回答。可以这样问：",
        "  圆的教案",
        "  三角形的课件",
    ]


def test_what_was_found_is_told_before_the_answer(capsys: pytest.CaptureFixture[str]) -> None:
    search = {"type": "search", "expected_seconds": 8.2, "evidence": [{}, {}]}
    events = [search, {"type": "delta", "text": "面"}, answer()]
    assert Console().follow_answer(events)["status"] == "partial"
    out, error = capsys.readouterr()
    assert (out, error) == ("", "已找到 2 处资料，正在阅读，约 8 秒\n")
    Console().follow_answer([{**search, "evidence": []}, answer()])
    Console(as_json=True).follow_answer(events)
    assert capsys.readouterr() == ("", "")


def test_events_that_break_off_are_an_error() -> None:
    with pytest.raises(IngestError, match="LB-09"):
        Console().follow_answer([])
    progress = {"type": "progress", **asdict(Progress(1, 2, 0, 0, chunks_per_second=2.5, seconds_left=90.0))}
    with pytest.raises(IngestError, match="LB-09"):
        Console().follow_ingest([progress])
    with pytest.raises(IngestError, match="XX-01"):
        Console().follow_ingest([progress, {"type": "error", "code": "XX-01", "message": "坏了。", "hint": "修。"}])
    assert Console().follow_ingest([progress, REPORT]) == REPORT


def test_a_finding_that_ends_in_a_stop_gets_no_second_one(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console()
    console.show_finding("模型", "还没有下载。", "去下载。", is_well=False)
    console.show_finding("端口", "不能用", "换一个。", is_well=False)
    console.show_finding("磁盘", "剩余 9 GB", "", is_well=True)
    assert capsys.readouterr().out == "✗ 模型：还没有下载。去下载。\n✗ 端口：不能用。换一个。\n✓ 磁盘：剩余 9 GB\n"


def test_no_hits_say_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    Console().show_hits({"query": "x", "notice": "", "terms": [], "hits": []})
    assert "换个说法" in capsys.readouterr().out
    text = "一、目标\n" + "面积\n" * 200
    hit = {"title": "教案", "locator": "第1页", "text": text, "headings": ["一、目标"], "document": "/库/教案.docx"}
    Console().show_hits({"query": "x", "notice": "", "terms": [], "hits": [hit]})
    first, path, said = capsys.readouterr().out.splitlines()
    assert first == "1. 《教案》 第1页"
    assert path == "   /库/教案.docx"
    assert said.startswith("   面积 面积")  # the heading stands in the line above
    assert len(said) <= 163


def sentence(text: str, **more: Any) -> dict[str, Any]:
    plain = {"support": "supported", "reason": "", "quoted": True, "group": "", "heading": "", "conflict": False}
    return {"text": text, **plain, "citations": [{"number": 1}, {"number": 1}], **more}


def test_steps_are_numbered_below_their_plan(capsys: pytest.CaptureFixture[str]) -> None:
    steps = [sentence(f"说第{n}步。\n再做。", group="《面积》教案", heading=f"环节{n}（5分钟）") for n in (1, 2)]
    Console().show_answer(answer(shape="steps", status="grounded", sentences=steps))
    assert capsys.readouterr().out.splitlines()[:5] == [
        "《面积》教案",
        "1. 环节1（5分钟）",
        "   说第1步。",
        "   再做。",
        "2. 环节2（5分钟）",
    ]


def test_a_table_shows_both_columns_and_what_is_not_found(capsys: pytest.CaptureFixture[str]) -> None:
    cells = [
        sentence("一圈边线[red]", group="周长", heading="是什么"),
        sentence("一片", group="面积", heading="是什么"),
        sentence("厘米", group="周长", heading="单位"),
        sentence("两者要分清。"),
    ]
    Console().show_answer(answer(shape="table", status="grounded", sentences=cells))
    out = capsys.readouterr().out
    assert "一圈边线[red][1]" in out
    assert out.count("资料中未找到") == 1
    assert out.index("周长") < out.index("面积") < out.index("● 两者要分清。[1]")


def test_documents_are_numbered_and_a_conflict_comes_first(capsys: pytest.CaptureFixture[str]) -> None:
    found = [sentence("《面积》 · 教案"), sentence("两份资料说法不同：甲写“5”；乙写“6”", conflict=True)]
    Console().show_answer(answer(shape="resources", status="grounded", sentences=found))
    assert capsys.readouterr().out.splitlines()[:2] == [
        "▲ 两份资料说法不同：甲写“5”；乙写“6”[1]",
        "1. 《面积》 · 教案[1]",
    ]
