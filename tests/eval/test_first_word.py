"""The comparison with stuffing asks both the same, in turns, and counts what it says it counts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from assistant.chat.answer import Delta, Search
from eval.first_word import PASSAGES_A_FILE, Asked, converse, figures, listen, read_passages, summary, write_documents
from eval.stuffing import Said
from tests.fakes.embedder import FakeEmbedder
from tests.fakes.local import FOUND, OFF_TOPIC, local_assistant

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from assistant.chat.retrieve import ScoredChunk
    from ingest.settings import Settings


class FakeStuffing:
    """Answer at once with a fixed text, and remember what it was asked."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.asked: list[tuple[str, int, int]] = []

    def answer(self, question: str, chunks: Sequence[ScoredChunk], before: Sequence[Said]) -> Said:
        import time

        self.asked.append((question, len(chunks), len(before)))
        time.sleep(0.002)
        return Said(self.text, time.monotonic(), "提示", 7)


def lines(path: Path, *rows: dict[str, Any]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def test_a_pair_is_two_questions_of_one_passage(tmp_path: Path) -> None:
    place = tmp_path / "retrieval_zh" / "dev"
    place.mkdir(parents=True)
    lines(place / "passages.jsonl", *({"pid": str(n), "title": f"甲{n}", "text": f"文{n}"} for n in range(3)))
    asked = [("a", "0"), ("b", "1"), ("c", "1"), ("d", "1"), ("e", "2"), ("f", "2")]
    lines(
        place / "questions.jsonl",
        *({"qid": qid, "question": qid * 2, "pid": pid, "answers": [qid]} for qid, pid in asked),
    )
    lines(place / "questions_2.jsonl", {"qid": "a", "question": "aa", "pid": "0", "answers": ["a"]})
    passages, pairs = read_passages(tmp_path, count=2)
    assert passages == [("甲0", "文0"), ("甲1", "文1")]
    assert pairs == [(Asked("b", "bb", ("b",)), Asked("c", "cc", ("c",)))]
    assert read_passages(tmp_path / "nothing") == ([], [])


def test_passages_become_sections_of_longer_documents(tmp_path: Path) -> None:
    write_documents([(f"题{n}", f"文{n}") for n in range(PASSAGES_A_FILE + 1)], tmp_path)
    first, second = sorted(tmp_path.iterdir())
    assert first.read_text("utf-8").count("\n## 题") == PASSAGES_A_FILE
    assert second.read_text("utf-8") == f"# 00010\n\n## 题{PASSAGES_A_FILE}\n\n文{PASSAGES_A_FILE}\n"


def test_the_own_word_is_the_first_that_is_no_quotation(settings: Settings, tmp_path: Path) -> None:
    with local_assistant(settings, tmp_path / "资料") as assistant:
        heard = listen(assistant, FOUND)
        assert heard.own is not None
        assert 0 < heard.sources <= heard.first <= heard.own <= heard.whole
        assert heard.answer.claims[0].quoted
        nothing = listen(assistant, OFF_TOPIC)
        assert (nothing.answer.status, nothing.own) == ("not_found", None)
        assert nothing.first == nothing.whole


def test_an_assistant_that_never_answers_is_an_error() -> None:
    class Broken:
        def ask(self, question: str, history: tuple[()]) -> list[Search | Delta]:
            return [Delta("甲")]

    with pytest.raises(RuntimeError):
        listen(Broken(), "甲")  # type: ignore[arg-type]  # only `ask` is used


@pytest.mark.parametrize("ours_first", [True, False])
def test_both_answer_the_same_conversation(settings: Settings, tmp_path: Path, *, ours_first: bool) -> None:
    pair = (Asked("1", FOUND, ("求面积时用长加宽乘2",)), Asked("2", OFF_TOPIC, ("没有这个",)))
    stuffing = FakeStuffing("因为求面积时 用长加宽乘2。")
    with local_assistant(settings, tmp_path / "资料") as assistant:
        rows = converse(pair, assistant, stuffing, FakeEmbedder(), ours_first=ours_first)  # type: ignore[arg-type]  # a fake
    assert [(question, before) for question, _, before in stuffing.asked] == [(FOUND, 0), (OFF_TOPIC, 1)]
    assert all(1 <= chunks <= 5 for _, chunks, _ in stuffing.asked)
    first, second = rows
    assert (first["ours"]["right"], first["stuffed"]["right"]) == (True, True)
    assert (second["ours"]["right"], second["stuffed"]["right"]) == (False, False)
    assert first["ratio"] == pytest.approx(first["ours"]["first"] / first["stuffed"]["first"])
    assert second["own_ratio"] is None
    found = summary(rows)
    assert (found["accuracy"], found["stuffed_accuracy"], found["own_questions"]) == (0.5, 0.5, 1)
    names = [figure.name for figure in figures({"turns": {"1": found, "2": found}})]
    assert len(names) == len(set(names)) == 8
    assert figures({"turns": {}}) == ()
