from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from eval.retrieval import collections, figures, measure, rank_of, summary
from tests.fakes.embedder import FakeEmbedder

if TYPE_CHECKING:
    from pathlib import Path

    from ingest.settings import Settings


def lines(path: Path, *rows: dict[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    place = tmp_path / "data" / "retrieval_zh" / "test"
    texts = {
        "面积": "长方形的面积等于长乘宽。",
        "电路": "小灯泡要连成闭合回路才会亮。",
        "古诗": "这首古诗写了庐山的瀑布。",
    }
    lines(place / "passages.x.jsonl", *({"pid": name, "title": name, "text": text} for name, text in texts.items()))
    asked = [
        {"qid": "1", "question": "怎样连成闭合回路？", "pid": "电路"},
        {"qid": "2", "question": "面积等于什么？", "pid": "面积"},
    ]
    lines(place / "questions.jsonl", *asked, {"qid": "3", "question": "谁写了瀑布？", "pid": "古诗"})
    lines(place / "questions_2.jsonl", *asked)
    return tmp_path / "data"


def test_ranks_count_different_passages_down_to_ten() -> None:
    assert rank_of(["a", "a", "b"], frozenset("b")) == 2
    assert rank_of([str(number) for number in range(20)], frozenset({"10"})) == 0
    assert rank_of([], frozenset("b")) == 0


def test_figures_are_shares_of_all_questions() -> None:
    assert summary([1, 2, 0, 10]) == {"hit@1": 0.25, "hit@5": 0.5, "hit@10": 0.75, "MRR@10": 0.4}
    assert summary([]) == {"hit@1": 0.0, "hit@5": 0.0, "hit@10": 0.0, "MRR@10": 0.0}


def test_a_set_goes_through_the_library(data: Path, settings: Settings) -> None:
    (found,) = collections(data)
    assert (found.name, len(found.passages), len(found.questions)) == ("retrieval_zh/test", 3, 2)
    result = measure(found, FakeEmbedder(), settings, 0)
    assert result["figures"]["words alone"]["hit@1"] == 1.0
    assert [row["ours"] for row in result["cases"]] == [1, 1]
    assert measure(found, FakeEmbedder(), settings, 1)["questions"] == 1
    told = {figure.name: figure for figure in figures({"sets": [result]})}
    assert told["retrieval_zh/test.hit@1"].value == 1.0
    assert (told["retrieval_zh/test.hit@1"].aim, told["retrieval_zh/test.hit@1"].cases) == (0.98, 2)


def test_the_set_of_exercises_is_judged_by_its_first_ten() -> None:
    way = {"hit@1": 0.4, "hit@5": 0.6, "hit@10": 0.8, "MRR@10": 0.5}
    one = {"set": "cjeval_kc_retrieval", "questions": 7, "figures": {"ours": way, "vectors alone": way}}
    told = {figure.name.partition(".")[2]: (figure.value, figure.aim) for figure in figures({"sets": [one]})}
    assert told == {"hit@10": (0.8, 0.78), "MRR@10": (0.5, 0.53), "vectors.hit@10": (0.8, None)}
    assert figures({"sets": []}) == ()


def test_a_folder_without_sets_is_no_error(tmp_path: Path) -> None:
    assert collections(tmp_path) == []
