from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from assistant.scorecard import MEASURES, Entry, Figure, Machine, Record
from tests.ui.markup_check import assert_harmless
from ui.render_scores import render_scores
from ui.words import words_for

ZH, EN = words_for("zh"), words_for("en")
DATE = datetime(2026, 11, 25, 18, 9, tzinfo=timezone(timedelta(hours=8)))
HOSTILE = '"><script>x</script><img src=x onerror=y>\u202e&amp;'


def figure(value: float = 0.8, **more: Any) -> Figure:
    return Figure.model_validate(
        {"name": "f", "label": "前十条里有对的", "value": value, "unit": "share", "cases": 40, "aim": 0.78, **more}
    )


def record(*figures: Figure, **more: Any) -> Record:
    values = {
        "measure": "retrieval",
        "date": DATE,
        "data": "data",
        "limit": 0,
        "seconds": 720.0,
        "machine": Machine(cores=2, cpu="Test"),
        "version": "0.1.0",
        "commit": "abc1234",
        "figures": figures,
    }
    return Record.model_validate({**values, **more})


def shown(last: Record | None, baseline: Record | None, measure: str = "retrieval", words: Any = ZH) -> str:
    html = render_scores([Entry(measure=measure, last=last, baseline=baseline)], words)
    return assert_harmless(html).text


def day(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d}"


def test_a_run_here_is_shown_with_its_date_aim_baseline_and_cases() -> None:
    text = shown(record(figure(0.8)), record(figure(0.79), date=DATE - timedelta(days=20)))
    assert f"{day(DATE)} {DATE.astimezone():%H:%M} 在这台电脑上测的，用时 12 分 0 秒" in text
    assert "前十条里有对的80%达到目标不低于 78%79%40" in text
    assert f"附带成绩是 {day(DATE - timedelta(days=20))} 测的。" in text
    assert "比附带成绩差" not in text
    assert "Test，2 核" in text
    assert "0.1.0 · abc1234" in text


def test_without_a_run_here_it_says_so_and_shows_what_was_shipped() -> None:
    text = shown(None, record(figure(0.79)))
    assert f"还没有在这台电脑上测过。下面是随程序附带的成绩，{day(DATE)} 测的。" in text
    assert "79%达到目标" in text
    assert "这台电脑40" not in text
    html = render_scores([Entry(measure="retrieval", last=None, baseline=record(figure()))], ZH)
    assert 'data-label="这台电脑"' not in html


def test_without_anything_it_says_so_and_how_to_measure() -> None:
    text = shown(None, None, "refusal")
    assert "还没有在这台电脑上测过，也没有随程序附带的成绩。" in text
    assert "zhujiao eval refusal --data 数据文件夹" in text
    assert "怎样在这台电脑上测" in text


@pytest.mark.parametrize(
    ("value", "more", "words"),
    [
        (0.7, {}, "70%没到目标不低于 78%"),
        (0.04, {"better": "lower", "aim": 0.05}, "4%达到目标不高于 5%"),
        (0.0, {"better": "lower", "aim": 0.0}, "0%达到目标不高于 0%"),
        (0.38, {"unit": "ratio", "better": "lower", "aim": 0.4}, "0.38 倍达到目标不高于 0.4 倍"),
        (0.5, {"aim": None}, "50%––"),
        (0.5, {"aim": None, "cases": 0}, "50%–––"),
    ],
)
def test_a_value_says_in_words_whether_it_is_enough(value: float, more: dict[str, Any], words: str) -> None:
    assert words in shown(record(figure(value, **more)), record(figure(name="another")))


def test_a_worse_value_says_so() -> None:
    assert "70%没到目标比附带成绩差" in shown(record(figure(0.7)), record(figure(0.79)))


def test_a_part_of_the_questions_is_called_that() -> None:
    assert "只测了一部分题（每组最多 20 道）。" in shown(record(figure(), limit=20), None)


@pytest.mark.parametrize("words", [ZH, EN], ids=["zh", "en"])
def test_every_measure_has_its_words(words: Any) -> None:
    html = render_scores([Entry(measure=name, last=None, baseline=None) for name in MEASURES], words)
    assert html.count("<section") == len(MEASURES) + 1
    assert_harmless(html)


def test_what_stands_in_a_file_stays_text() -> None:
    hostile = record(
        figure(label=HOSTILE, name=HOSTILE),
        data=HOSTILE,
        version=HOSTILE,
        commit=HOSTILE,
        machine=Machine(cores=1, cpu=HOSTILE),
    )
    html = render_scores([Entry(measure="retrieval", last=hostile, baseline=hostile)], ZH)
    text = assert_harmless(html).text
    assert text.count("<script>x</script>") == 5
    assert "\u202e" not in html
