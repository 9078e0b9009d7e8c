"""Through the real readers: a score table in Excel, a transcript in text, minutes in Word, and the sample library."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from docx import Document as Word
from openpyxl import Workbook

from ingest.classify import Manifests, classify
from ingest.normalise import clean
from ingest.partition import partition
from ingest.privacy import find_private, is_recording, mask
from ingest.privacy.pseudonyms import Pseudonyms
from ingest.settings import IngestSettings

if TYPE_CHECKING:
    from ingest.document import Element

CORPUS = Path(__file__).resolve().parents[3] / "corpus"


def read(path: Path) -> tuple[Element, ...]:
    elements = partition(path, IngestSettings())
    return tuple(replace(element, text=text) for element in elements if (text := clean(element.text)))


def masked(path: Path, key: Path) -> tuple[str, dict[str, int]]:
    elements = read(path)
    metadata = classify(path, elements, None)[0]
    after, counts = mask(elements, find_private(elements, metadata), Pseudonyms(key).label_of)
    return "\n".join(element.text for element in after), dict(counts)


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "pupils.jsonl"


def test_the_same_child_has_one_label_in_a_table_a_transcript_and_minutes(tmp_path: Path, key: Path) -> None:
    book = Workbook()
    sheet = book.active
    sheet.append(["三(2)班面积单元成绩"])
    sheet.append(["学号", "姓名", "选择", "总分", "家长电话"])
    for row in (["20230101", "王小明", 30, 96, "13812345678"], ["20230102", "李　浩", 28, 88, "139 1234 5678"]):
        sheet.append(row)
    book.save(tmp_path / "三年级_面积_成绩.xlsx")
    (tmp_path / "三年级_面积_课堂实录.txt").write_text(
        "执教：周敏 班级：三(2)班\n师：上课。\n生（李浩）：老师好！\n师：王小明，你来说说周长。\n王小明：是一圈。\n"
        "师：周老师再问一次，李浩同学？\n生：十六！\n",
        encoding="utf-8",
    )
    minutes = Word()
    minutes.add_paragraph("主持：何建国 记录：徐磊")
    minutes.add_paragraph("周敏（自评）：学生王小明说得好，李浩同学还没有懂。")
    minutes.add_paragraph("徐磊：周老师可以先请王小明说。")
    minutes.save(tmp_path / "三年级_磨课记录.docx")

    scores, score_counts = masked(tmp_path / "三年级_面积_成绩.xlsx", key)
    lesson, _ = masked(tmp_path / "三年级_面积_课堂实录.txt", key)
    told, _ = masked(tmp_path / "三年级_磨课记录.docx", key)
    assert "〔学号〕 | 学生A | 30 | 96 | 〔电话〕" in scores
    assert "〔学号〕 | 学生B | 28 | 88 | 〔电话〕" in scores
    assert score_counts == {"id_number": 2, "pupil": 2, "phone": 2}
    assert lesson.split("\n") == [
        "执教：周敏 班级：三(2)班", "师：上课。", "生（学生B）：老师好！", "师：学生A，你来说说周长。", "学生A：是一圈。",
        "师：周老师再问一次，学生B同学？", "生：十六！",
    ]  # fmt: skip
    assert "周敏（自评）：学生A说得好，学生B同学还没有懂。" in told
    assert "徐磊：周老师可以先请学生A说。" in told
    assert "主持：何建国 记录：徐磊" in told


def test_the_sample_library_holds_nothing_private_and_four_recordings() -> None:
    manifests = Manifests()
    recordings = []
    for path in sorted(CORPUS.rglob("*")):
        if path.is_file() and path.name != "manifest.csv":
            elements = read(path)
            for metadata in (classify(path, elements, manifests.row_for(path))[0], classify(path, elements, None)[0]):
                found = find_private(elements, metadata)
                assert found == (), f"{path.name}: {[(item.kind, item.value) for item in found]}"
            if is_recording(elements, metadata):
                recordings.append(path.parent.name)
    assert recordings == ["课堂实录"] * 4
