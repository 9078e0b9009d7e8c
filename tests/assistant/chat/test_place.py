from __future__ import annotations

from assistant.chat.place import best_holds, place_of
from tests.fakes.chat import evidence

SALES = evidence("南山小学去年借书8,120册。北河小学去年借书5,586册，比前年多。今年的数还没有统计。")


def test_an_answer_about_somebody_else_fits_worse() -> None:
    right = place_of("北河小学去年借书多少册", "5586册", [SALES])
    assert right is None  # not as it stands there
    right = place_of("北河小学去年借书多少册", "5,586册", [SALES])
    wrong = place_of("北河小学去年借书多少册", "8,120册", [SALES])
    assert right is not None
    assert wrong is not None
    assert right.fit > wrong.fit
    assert SALES.text[right.span.start : right.span.end] == "北河小学去年借书5,586册，比前年多。"


def test_another_number_of_the_question_fits_worse() -> None:
    passage = evidence("第19棒火炬手是李老师，第1棒火炬手是王老师。", 1)
    alone = evidence("第19棒火炬手是李老师。", 1)
    question = "第一棒火炬手是谁"
    held, missed = place_of(question, "王老师", [passage]), place_of(question, "李老师", [alone])
    assert held is not None
    assert missed is not None
    assert (held.figures, missed.figures) == (1.0, 0.0)


def test_items_of_a_list_are_found_one_by_one_and_full_width_letters_are_one() -> None:
    passage = evidence("主讲的有张老师。评课的有陈老师和ＡＢＣ小组。", 2)
    place = place_of("评课的有谁", "陈老师、abc小组", [passage])
    assert place is not None
    assert place.number == 2
    assert place.said > 0


def test_what_stands_nowhere_has_no_place() -> None:
    assert place_of("谁评课", "赵老师", [SALES]) is None
    assert place_of("谁评课", "", [SALES]) is None
    assert place_of("谁评课", "赵老师", []) is None


def test_the_best_two_sentences_count() -> None:
    assert best_holds("北河小学借书", [SALES]) == 1.0
    assert best_holds("量子纠缠", [SALES]) == 0.0
    assert best_holds("？？", [SALES]) == 0.0
    assert best_holds("北河小学", []) == 0.0
