from __future__ import annotations

import json
import re
from typing import Any

import pytest

from ingest.errors import IngestError
from ui.console import Console

REPORT = {
    "type": "report",
    "added": 1,
    "updated": 0,
    "unchanged": 2,
    "failed": 1,
    "skipped": 1,
    "cancelled": False,
    "seconds": 3.14,
    "files": [
        {"path": "/a/教案.docx", "status": "indexed", "code": "", "message": "", "hint": ""},
        {"path": "/a/密.pdf", "status": "failed", "code": "IN-07", "message": "文件有密码。", "hint": "去掉密码。"},
        {"path": "/a/~$教案.docx", "status": "skipped", "code": "IN-05", "message": "临时文件。", "hint": ""},
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
    whole = {
        "type": "answer",
        "status": "partial",
        "question": "问",
        "sentences": sentences,
        "searched": {"evidence": evidence},
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
        "✗ /a/密.pdf：文件有密码。去掉密码。（代码 IN-07）",
        "新增 1，更新 0，未变 2，失败 1，跳过 1；用时 3.1 秒。",
    ]
    Console(as_json=True).show_report(REPORT)
    assert json.loads(capsys.readouterr().out) == {key: value for key, value in REPORT.items() if key != "type"}
    Console().show_report({**REPORT, "cancelled": True})
    assert "再运行一次会接着做" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("changed", "taken"),
    [
        ({}, True),
        ({"added": 0}, True),
        ({"added": 0, "unchanged": 0}, False),
        ({"added": 0, "unchanged": 0, "cancelled": True}, True),
    ],
)
def test_a_report_of_nothing_is_a_failure(
    capsys: pytest.CaptureFixture[str], changed: dict[str, Any], *, taken: bool
) -> None:
    assert Console().was_anything_taken_in({**REPORT, **changed}) == taken
    assert capsys.readouterr().err == ("" if taken else "✗ 没有文件放进资料库，原因见每个文件的说明。\n")


def test_an_answer_has_its_marks_and_only_its_sources(capsys: pytest.CaptureFixture[str]) -> None:
    Console().show_answer(answer())
    assert capsys.readouterr().out.splitlines() == [
        "【AI推断】 没有依据",
        "资料里的原话：",
        "● 比例是1:100:200，写成[1][red][2]",
        "  [2]《教案2》第2页",
    ]


@pytest.mark.parametrize(("status", "words"), [("not_found", "没有能回答"), ("stopped", "已停止")])
def test_an_answer_without_sentences_shows_what_was_near(
    capsys: pytest.CaptureFixture[str], status: str, words: str
) -> None:
    Console().show_answer(answer(status=status, sentences=[]))
    out = capsys.readouterr().out
    assert words in out
    assert len(re.findall(r"^  \[\d\]《教案\d》", out, re.MULTILINE)) == 3


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
    progress = {"type": "progress", "files_done": 1, "files_total": 2, "chunks_done": 0, "chunks_total": 0}
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
    hit = {"title": "教案", "locator": "第1页", "text": "面积\n" * 200}
    Console().show_hits({"query": "x", "notice": "", "terms": [], "hits": [hit]})
    first, second = capsys.readouterr().out.splitlines()
    assert first == "1. 《教案》第1页"
    assert len(second) <= 163
