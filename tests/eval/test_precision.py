"""The comparison of precisions: its figures by hand, and on a set small enough to see."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from eval.precision import Words, compare, measures, ranks, read_passages
from tests.fakes.embedder import FakeEmbedder

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = {
    "面积": "长方形的面积等于长乘宽，单位是平方厘米。",
    "电路": "把电池、导线和小灯泡连成闭合回路，小灯泡就亮了。",
    "古诗": "天门中断楚江开，碧水东流至此回。",
}
QUESTIONS = [("长方形的面积", ["面积"]), ("小灯泡怎样才能亮", ["电路"]), ("不在其中", ["别的"])]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = [{"pid": name, "title": "练习", "text": text} for name, text in TEXTS.items()]
    asked = [{"query": text, "relevant": relevant} for text, relevant in QUESTIONS]
    for name, lines in (("passages", rows), ("queries", asked)):
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        (tmp_path / f"{name}.jsonl").write_text(text, encoding="utf-8")
    return tmp_path


def test_questions_without_an_answer_among_the_passages_are_left_out(folder: Path) -> None:
    passages = read_passages(folder, 0)
    assert sorted(passages.ids) == sorted(TEXTS)
    assert [text for text, _ in passages.questions] == [text for text, _ in QUESTIONS[:2]]
    fewer = read_passages(folder, 1)
    assert fewer.ids == passages.ids[:1]
    assert all(relevant <= set(fewer.ids) for _, relevant in fewer.questions)


def test_measures_of_ranks() -> None:
    assert measures([1, 0, 4, 10]) == pytest.approx(
        {"hit@1": 0.25, "hit@5": 0.5, "hit@10": 0.75, "mrr@10": (1 + 0.25 + 0.1) / 4}
    )


def test_a_rank_is_that_of_the_first_answer_among_ten(folder: Path) -> None:
    passages = read_passages(folder, 0)
    assert ranks(passages, lambda _, __: ["古诗", "面积", "电路"]) == [2, 3]
    assert ranks(passages, lambda _, __: ["古诗"] * 10 + ["面积", "电路"]) == [0, 0]


def test_words_find_by_what_is_rare(folder: Path) -> None:
    words = Words(read_passages(folder, 0))
    assert words.rank("长方形的面积")[0] == "面积"
    assert words.rank("完全无关") == []


def test_every_pair_of_precisions_is_compared(folder: Path) -> None:
    result = compare({"float32": FakeEmbedder(), "int8": FakeEmbedder()}, read_passages(folder, 0))
    pairs = [(row["documents"], row["questions"]) for row in result["quality"]]
    assert pairs == [("float32", "float32"), ("float32", "int8"), ("int8", "float32"), ("int8", "int8")]
    assert all(row["dense"]["hit@1"] == row["hybrid"]["hit@1"] == 1.0 for row in result["quality"])
    assert result["speed"]["int8"]["cosine"] == pytest.approx(1.0)
