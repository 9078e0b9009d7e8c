"""The sample library as data: its list and its files agree, and it holds what it is said to hold."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ingest.classify.manifest import COLUMNS, Manifests, row_metadata
from ingest.document import Source
from ingest.labels import KINDS, LAYERS, SCOPES
from ingest.normalise import assemble
from tests.corpus.bank import items_of
from tests.corpus.conftest import CORPUS

if TYPE_CHECKING:
    from ingest.document import Element

Rows = list[dict[str, str]]
Read = dict[str, tuple["Element", ...]]

SCHOOLS = {"云溪县实验小学", "云溪县第二小学", "柳湾镇中心小学", "云溪县第三中学", "柳湾镇初级中学"}
SUBJECTS = {"语文", "数学", "英语", "科学"}
JUNIOR_SCIENCE = {"物理", "化学", "生物", "地理"}
FORMATS = {".docx", ".pptx", ".pdf", ".xlsx", ".md", ".txt", ".srt"}
LARGEST = 1024 * 1024
MINUTE = 60.0


def test_the_list_and_the_files_agree_one_to_one(rows: Rows) -> None:
    listed = Counter(row["文件"] for row in rows)
    found = {
        path.relative_to(CORPUS).as_posix()
        for path in CORPUS.rglob("*")
        if path.is_file() and path.name not in {"manifest.csv", "README.md"}
    }
    assert [name for name, count in listed.items() if count > 1] == []
    assert set(listed) == found


def test_the_list_has_the_columns_the_product_reads(rows: Rows) -> None:
    assert tuple(rows[0]) == COLUMNS
    assert all(None not in row and None not in row.values() for row in rows), "a row is longer or shorter"


def faults(row: dict[str, str]) -> list[str]:
    grade = row["年级"]
    stages = {"": {"", "小学", "初中"}, **{str(n): {"小学" if n <= 6 else "初中"} for n in range(1, 10)}}
    checks = {
        "种类": row["种类"] in KINDS,
        "年级": grade in stages,
        "学段": row["学段"] in stages.get(grade, set()),
        "学科": row["学科"] in SUBJECTS | JUNIOR_SCIENCE | {""},
        "册": row["册"] in {"上册", "下册", "全一册", ""},
        "层次": row["层次"] in LAYERS,
        "学校": row["学校"] in SCHOOLS,
        "许可": row["许可"] == "CC0-1.0",
        "说明": bool(row["说明"]),
        "同意": bool(row["同意"]) == (row["种类"] == "课堂实录"),
        "范围": row["范围"] in SCOPES,
        "路径": not Path(row["文件"]).is_absolute() and ".." not in Path(row["文件"]).parts,
    }
    try:
        when = date.fromisoformat(row["日期"])
    except ValueError:
        return [*(name for name, good in checks.items() if not good), "日期"]
    return [name for name, good in checks.items() if not good] + (
        [] if date(2024, 9, 1) <= when <= date(2026, 10, 31) else ["日期"]
    )


def test_every_field_is_valid(rows: Rows) -> None:
    assert {row["文件"]: found for row in rows if (found := faults(row))} == {}


def test_every_row_is_found_by_the_product_and_nothing_of_it_is_lost(rows: Rows) -> None:
    manifests = Manifests()
    for row in rows:
        found = manifests.row_for(CORPUS / row["文件"])
        assert found is not None
        metadata = row_metadata(found)
        assert (metadata.kind, metadata.layer, metadata.subject) == (row["种类"], row["层次"], row["学科"])
        assert metadata.date == row["日期"]
        assert (metadata.consent, metadata.scope) == (row["同意"], SCOPES[row["范围"]])
        assert str(metadata.grade or "") == row["年级"]
    assert manifests.problems == ()


def test_the_library_covers_formats_subjects_and_grades(rows: Rows) -> None:
    assert len(rows) >= 40
    assert {Path(row["文件"]).suffix for row in rows} >= FORMATS
    assert {row["学科"] for row in rows} >= SUBJECTS
    assert {row["年级"] for row in rows} >= {str(grade) for grade in range(1, 10)}
    assert {row["层次"] for row in rows} == set(LAYERS)
    assert {row["种类"] for row in rows} >= {"教案", "课件", "习题", "课堂实录", "教研记录"}
    assert {row["学校"] for row in rows} == SCHOOLS


def test_recordings_have_their_consent_on_record_before_the_lesson(rows: Rows) -> None:
    recordings = [row for row in rows if row["种类"] == "课堂实录"]
    assert len(recordings) == 4
    assert all(row["同意"][:10] <= row["日期"] and row["范围"] == "本校" for row in recordings)


def test_the_library_has_all_scopes(rows: Rows) -> None:
    assert {row["范围"] for row in rows} == set(SCOPES)


def test_the_files_are_small_enough_to_ship(rows: Rows) -> None:
    sizes = {row["文件"]: (CORPUS / row["文件"]).stat().st_size for row in rows}
    assert {name: size for name, size in sizes.items() if not 0 < size <= LARGEST} == {}


def test_every_file_gives_clean_text(rows: Rows, read: Read) -> None:
    for row in rows:
        text = "\n".join(element.text for element in read[row["文件"]])
        assert len(re.findall(r"[\u4e00-\u9fff]", text)) >= 300, row["文件"]
        assert "\ufffd" not in text, row["文件"]
        assert not re.search(r"[\u2e80-\u2fdf]", text), f"look-alike radicals in {row['文件']}"
        assert not re.search(r"\(cid:\d+\)|锟斤拷|烫烫烫|Ã|â€", text), row["文件"]


def test_every_document_keeps_its_spans(rows: Rows, read: Read) -> None:
    for row in rows:
        path = CORPUS / row["文件"]
        document = assemble(Source(path, "0" * 64, 1), read[row["文件"]], row_metadata(row))
        assert document.blocks
        for block in document.blocks:
            assert document.text[block.span.start : block.span.end].strip()


def test_pupils_are_never_named(rows: Rows, read: Read) -> None:
    """Speakers of transcripts are 师 or 生 with a number, never a name."""
    speakers = {
        element.speaker
        for row in rows
        if row["种类"] == "课堂实录"
        for element in read[row["文件"]]
        if element.speaker is not None
    }
    assert speakers
    assert [name for name in speakers if not re.match(r"(师|生|学生|教师|老师)", name)] == []


def test_there_are_long_transcripts_with_times_that_go_forward(rows: Rows, read: Read) -> None:
    minutes = {}
    for row in rows:
        if row["种类"] != "课堂实录":
            continue
        turns = [element for element in read[row["文件"]] if element.kind == "turn"]
        starts = [element.locator.start for element in turns if element.locator.start is not None]
        assert len(starts) >= 0.9 * len(turns), row["文件"]
        assert starts == sorted(starts), row["文件"]
        assert {"师"} < {element.speaker for element in turns}, row["文件"]
        minutes[row["文件"]] = (max(starts) - min(starts)) / MINUTE
    assert sum(length >= 25 for length in minutes.values()) >= 3, minutes
    assert all(length <= 60 for length in minutes.values()), minutes


@pytest.mark.parametrize("need", ["教学目标", "重点", "难点", "教学过程", "板书", "作业", "反思"])
def test_lesson_plans_have_their_parts(rows: Rows, read: Read, need: str) -> None:
    plans = [row["文件"] for row in rows if row["种类"] == "教案"]
    lacking = [name for name in plans if not any(need in element.text for element in read[name])]
    assert lacking == []


def test_slides_have_speaker_notes(rows: Rows, read: Read) -> None:
    for row in rows:
        if row["文件"].endswith(".pptx"):
            slides = {element.locator.slide for element in read[row["文件"]]}
            noted = {element.locator.slide for element in read[row["文件"]] if element.kind == "note"}
            assert len(noted) >= len(slides) / 2, row["文件"]


def test_the_banks_number_their_items_without_gaps_and_complete(rows: Rows, read: Read) -> None:
    banks = {row["文件"]: items_of(read[row["文件"]]) for row in rows if row["种类"] == "习题"}
    assert sum(len(bank) for bank in banks.values()) >= 240
    for name, bank in banks.items():
        assert list(bank) == [str(number) for number in range(1, len(bank) + 1)], name
        for number, item in bank.items():
            where = f"{name} {number}"
            assert item.stem, where
            assert item.answer, where
            assert item.analysis, where
            assert item.point, where
            assert item.tier in {"基础层", "提高层", "拓展层"}, where
            assert list(item.options) in ([], list("ABC"), list("ABCD")), where
