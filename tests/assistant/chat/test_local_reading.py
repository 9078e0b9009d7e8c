"""What the assistant does with what it read from a question, over a real library."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.chat.answer import Answer
from tests.fakes.local import FOUND, local_assistant

if TYPE_CHECKING:
    from pathlib import Path

    from assistant.chat.local import LocalAssistant
    from ingest.settings import Settings

CYLINDER = "圆柱的体积等于底面积乘高。"
PLAN = "学生容易把面积和周长混淆，求面积时用长加宽乘2"


def ask(assistant: LocalAssistant, question: str, **more: object) -> Answer:
    *_, answer = assistant.ask(question, **more)
    assert isinstance(answer, Answer)
    return answer


def test_only_what_is_asked_for_is_searched(settings: Settings, tmp_path: Path) -> None:
    with local_assistant(settings, tmp_path / "资料") as assistant:
        search = ask(assistant, f"有没有{PLAN}的教案").search
        assert {passage.metadata.kind for passage in search.evidence} == {"教案"}
        assert search.documents_searched == 2
        assert ask(assistant, FOUND).search.documents_searched == 3


def test_filters_are_put_aside_when_nothing_is_found_with_them(settings: Settings, tmp_path: Path) -> None:
    with local_assistant(settings, tmp_path / "资料") as assistant:
        answer = ask(assistant, f"有没有{PLAN}的课件")
        assert answer.status in {"grounded", "partial"}
        assert answer.search.filters == ()
        assert [item.value for item in answer.search.relaxed] == ["课件"]
        assert answer.search.documents_searched == 3


def test_a_question_of_filters_alone_shows_what_they_hold(settings: Settings, tmp_path: Path) -> None:
    with local_assistant(settings, tmp_path / "资料") as assistant:
        answer = ask(assistant, "课件")
        assert answer.status != "not_found"
        assert {passage.metadata.kind for passage in answer.search.evidence} == {"课件"}


def test_a_mistyped_word_is_searched_as_the_library_writes_it(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "资料"
    folder.mkdir()
    for number in (1, 2):
        (folder / f"{number}.txt").write_text(f"{CYLINDER}第{number}课先复习圆柱。", encoding="utf-8")
    with local_assistant(settings, folder, started=False) as assistant:
        answer = ask(assistant, "园柱体积")
        assert answer.search.respelled == (("园柱", "圆柱"),)
        assert answer.search.question == "圆柱体积"
        assert answer.search.evidence
        assert ask(assistant, "园柱体积", without=frozenset({"spelling"})).status == "not_found"
        assert ask(assistant, "圆柱体积").search.respelled == ()


def test_a_question_that_is_too_general_is_not_searched(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "资料" / "数学"
    folder.mkdir(parents=True)
    for unit in "一二三四五":
        name = f"人教版三下第{unit}单元_第{unit}课的内容_教案.txt"
        (folder / name).write_text(f"第{unit}课的教案，先复习旧知，再讲新课{unit}。", encoding="utf-8")
    with local_assistant(settings, tmp_path / "资料") as assistant:
        answer = ask(assistant, "三年级数学")
        assert (answer.status, answer.claims, answer.search.evidence) == ("unclear", (), ())
        assert len(answer.search.choices) == 5
        assert ask(assistant, answer.search.choices[0]).search.evidence
        assert ask(assistant, "三年级数学", infer=True).status == "inferred"
