from __future__ import annotations

import pytest

from ui.names import about, all_named, fields_line, masked_line, named, said_size, taken
from ui.words import words_for

ZH, EN = words_for("zh"), words_for("en")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.2, "约 5 秒"), (12, "约 10 秒"), (44, "约 45 秒"), (58, "约 1 分钟"), (190, "约 3 分钟"), (3500, "约 58 分钟"),
        (3590, "约 1 小时"), (4800, "约 1 小时 20 分钟"), (7190, "约 2 小时"), (40_000, "约 11 小时 10 分钟"),
    ],
)  # fmt: skip
def test_an_estimate_is_spoken(seconds: float, said: str) -> None:
    assert about(seconds, ZH) == said


def test_an_estimate_never_shrinks_as_the_time_grows() -> None:
    def minutes(text: str) -> float:
        numbers = [int(part) for part in text.split() if part.isdigit()]
        if "秒" in text:
            return numbers[0] / 60
        hours, rest = (numbers[0], numbers[1:]) if "小时" in text else (0, numbers)
        return hours * 60 + sum(rest)

    said = [minutes(about(seconds, ZH)) for seconds in range(1, 20_000, 7)]
    assert said == sorted(said)
    wrong = [one for one, seconds in zip(said, range(1, 20_000, 7), strict=True) if abs(one * 60 - seconds) > 300]
    assert wrong == []


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.04, "不到 1 秒"), (9.8, "9.8 秒"), (42.4, "42 秒"), (185, "3 分 5 秒")]
)
def test_a_measured_time_is_exact(seconds: float, said: str) -> None:
    assert taken(seconds, ZH) == said


def test_names_in_both_languages() -> None:
    assert fields_line(("grade", "subject"), ZH) == "年级、学科"
    assert fields_line(("grade", "subject"), EN) == "grade, subject"
    assert masked_line({"pupil": 31, "phone": 0, "id_number": 1}, ZH) == "学生姓名 31 处、证件号 1 处"
    assert masked_line({}, ZH) == ""


def test_an_unknown_name_is_said_as_it_is() -> None:
    assert named("field", "a name of next year", ZH) == "a name of next year"


def test_all_names_of_a_sort() -> None:
    assert all_named("scope", ZH) == {"school": "本校", "alliance": "链内", "public": "链外"}


def test_sizes() -> None:
    assert [said_size(size) for size in (0, 2, 48_230, 1_348_230)] == ["0.1 KB", "0.1 KB", "47.1 KB", "1.3 MB"]
