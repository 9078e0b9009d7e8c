from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from eval.changed_claims import FALSE, TRUE, Place, says_otherwise
from eval.verification import figures, make_cases, read_passages, run

if TYPE_CHECKING:
    from pathlib import Path

TEXT = (
    "王建国于1950年在杭州创办了第一小学，学校占地30公里，有四个年级。2001年，李思远接任校长，学生至少有800人，教师没有增加。"
    "他是浙江绍兴人（原名李远），后来在宁波任教，著有《山路》。因此，全部学生在之前都参加了劳动；学校不收学费。"
)
PLACE = Place(
    "2001年，李思远接任校长，学生至少有800人，教师没有增加。",
    "他是浙江绍兴人。",
    TEXT,
    "李思远",
    ("王建国", "李思远"),
    ("张大山",),
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "retrieval_zh" / "held"
    folder.mkdir(parents=True)
    passages = [
        {"pid": f"p{number}", "title": f"第{number}篇", "text": TEXT.replace("800", str(810 + number))}
        for number in range(6)
    ]
    questions = [{"qid": "q1", "question": "谁创办", "pid": "p1", "answers": ["王建国", "1950年"]}]
    for name, rows in (("passages_2.jsonl", passages), ("questions_2.jsonl", questions)):
        lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
        (folder / name).write_text(lines, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("kind", FALSE)
def test_a_changed_claim_says_something_the_passage_does_not(kind: str) -> None:
    claims = [claim for choice in range(12) if (claim := FALSE[kind](PLACE, choice))]
    assert all(claim != PLACE.sentence for claim in claims)
    assert all(says_otherwise(claim, PLACE) for claim in claims if kind != "numeral_changed")


@pytest.mark.parametrize(
    ("kind", "made"),
    [
        ("number_moved", "1950年，李思远接任校长，学生至少有800人，教师没有增加。"),
        ("quantifier_changed", "2001年，李思远接任校长，学生至多有800人，教师没有增加。"),
        ("title_changed", "2001年，张大山接任校长，学生至少有800人，教师没有增加。"),
        ("wide", "２００１年，李思远接任校长，学生至少有８００人，教师没有增加。"),
        ("clause_left_out", "2001年，学生至少有800人，教师没有增加。"),
    ],
)
def test_a_claim_differs_in_what_its_kind_names(kind: str, made: str) -> None:
    maker = {**TRUE, **FALSE}[kind]
    assert made in {maker(PLACE, choice) for choice in range(24)}


def test_files_are_found_whatever_the_last_part_of_their_name(data: Path) -> None:
    passages = read_passages(data)
    assert len(passages) == 6
    assert next(passage for passage in passages if passage.id == "p1").marked == ("王建国",)


def test_claims_are_the_same_every_time_and_hold_their_source_among_the_evidence(data: Path) -> None:
    passages = read_passages(data)
    cases = list(make_cases(passages, 60))
    assert cases == list(make_cases(passages, 60))
    assert {case.changed for case in cases} == {True, False}
    for case in cases:
        assert sum(case.source in passage.text for passage in case.evidence) >= 1
        assert all(len(passage.text) <= 400 for passage in case.evidence)


def test_a_run_counts_each_kind_and_both_halves(data: Path) -> None:
    found = run(data, 90)
    rows = {(row["kind"], row["half"]): row for row in found["summary"]}
    assert rows["true", "ab"]["claims"] + rows["changed", "ab"]["claims"] == len(found["cases"])
    assert rows["changed", "a"]["claims"] + rows["changed", "b"]["claims"] == rows["changed", "ab"]["claims"]
    assert rows["changed", "ab"]["rejected"] > 0.9
    assert rows["true", "ab"]["rejected"] < 0.1
    assert set(found["cases"][0]) >= {"kind", "claim", "source", "support", "reason", "right"}


def test_the_scorecard_has_both_errors_and_no_sentence_of_the_data(data: Path) -> None:
    found = run(data, 90)
    told = {figure.name: figure for figure in figures(found)}
    assert {"changed.ab", "true.ab"} <= set(told)
    assert told["changed.ab"].value > 0.9
    assert (told["changed.ab"].aim, told["true.ab"].aim, told["true.ab"].better) == (0.97, 0.05, "lower")
    assert told["true.ab"].cases + told["changed.ab"].cases == len(found["cases"])
    # No kind of six passages has claims enough for a share of its own.
    assert "changed.least" not in told
    assert not any(case["source"][:6] in figure.label for case in found["cases"] for figure in told.values())


def test_without_data_it_says_so(tmp_path: Path) -> None:
    found = run(tmp_path, 10)
    assert found["skipped"]
    assert figures(found) == ()
