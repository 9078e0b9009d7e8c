import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import SourceError
from ingest.partition import partition
from ingest.partition.subtitles import read_subtitles
from ingest.partition.text import decode, lines_to_elements
from ingest.partition.turns import split_speaker
from ingest.settings import IngestSettings

LESSON = "长方形的面积等于长乘宽。同学们，谁来说一说为什么？"
TRADITIONAL = "長方形的面積等於長乘寬。同學們，誰來說一說為什麼？"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_simplified_chinese_in_every_common_encoding(encoding):
    text = LESSON + "\nA4 abc 12.5\n"
    assert decode(text.encode(encoding)) == text


def test_big5_and_short_texts():
    assert decode(TRADITIONAL.encode("big5")) == TRADITIONAL
    assert decode("教案".encode("gbk")) == "教案"
    assert decode(TRADITIONAL.encode("gb18030")) == TRADITIONAL
    assert decode(b"plain") == "plain"


def test_a_copy_cut_inside_a_character_keeps_the_rest():
    assert decode(LESSON.encode()[:-1]) == LESSON[:-1]


@given(st.binary(max_size=300))
def test_no_bytes_give_replacement_characters(raw):
    spelled = ("\ufffd".encode(), b"\xfd\xff", b"\xff\xfd", b"\x84\x31\xa4\x37")  # U+FFFD itself, as a file may hold it
    if any(code in raw for code in spelled):
        return
    with contextlib.suppress(SourceError):
        assert "\ufffd" not in decode(raw)


def turns(text):
    return [(one.speaker, one.locator.start, one.text) for one in lines_to_elements(text) if one.kind == "turn"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "[00:03:12] 师：好。\n[00:03:15] 生1：嗯。\n[01:00:00] 生（齐）：是。",
            [("师", 192.0), ("生1", 195.0), ("生（齐）", 3600.0)],
        ),
        ("00:03:12 师：好。\n00:03:15 生1：嗯。\n00:03:20 师：对。", [("师", 192.0), ("生1", 195.0), ("师", 200.0)]),
        ("师：好。\n生1：嗯。\n师：对。", [("师", None), ("生1", None), ("师", None)]),
        (
            "说话人 1 00:05\n好。\n说话人 2 00:09\n嗯。\n说话人 1 00:12\n对。",
            [("说话人 1", 5.0), ("说话人 2", 9.0), ("说话人 1", 12.0)],
        ),
        (
            "周敏：好。\n何建国：嗯。\n周敏：对。\n何建国：是。\n周敏：行。\n何建国：完。",
            [("周敏", None), ("何建国", None)] * 3,
        ),
        (
            "周敏(00:03:12)：好。\n李莉(00:03:20)：嗯。\n周敏(00:04:00)：对。",
            [("周敏", 192.0), ("李莉", 200.0), ("周敏", 240.0)],
        ),
    ],
)
def test_turns(text, wanted):
    assert [(speaker, start) for speaker, start, _ in turns(text)] == wanted


def test_what_has_the_form_of_turns_but_is_none():
    assert (
        turns("1. 题干\n答案：4\n解析：略\n层次：基础层\n2. 题干\n答案：5\n解析：略\n层次：基础层\n答案：1\n解析：1")
        == []
    )
    assert (
        turns("教师活动：出示。\n学生活动：看。\n设计意图：激趣。\n教师活动：问。\n学生活动：答。\n设计意图：导入。")
        == []
    )
    assert turns("比例 3:4：5\n时间：12:30\n地点：三楼") == []


def test_lines_without_a_speaker_are_nobody_s():
    found = lines_to_elements("师：好。\n（学生读书）\n生1：嗯。\n师：对。")
    assert [one.kind for one in found] == ["turn", "text", "turn", "turn"]
    assert [one.text for one in found] == ["师：好。", "（学生读书）", "生1：嗯。", "师：对。"]


def test_split_speaker():
    assert split_speaker("师：好") == ("师", "好")
    assert split_speaker("答案：好") == (None, "答案：好")


SRT = """1
00:00:04,000 --> 00:00:05,500
师：好，

2
00:00:05,600 --> 00:00:07,000
上课。

3
00:00:07,100 --> 00:00:09,000
<i>生(齐)：</i>老师好！

4
00:00:20,000 --> 00:00:21,000
师：请坐。
"""


def test_cues_merge_into_turns_with_their_times():
    found = read_subtitles(SRT)
    assert [(one.text, one.speaker, one.locator.start, one.locator.end) for one in found] == [
        ("师：好，上课。", "师", 4.0, 7.0),
        ("生(齐)：老师好！", "生(齐)", 7.1, 9.0),
        ("师：请坐。", "师", 20.0, 21.0),
    ]


def test_webvtt_voices_and_cues_without_speakers():
    text = "WEBVTT\n\nNOTE x\n\n00:01.000 --> 00:02.000 align:start\n<v 教师>看这里\n\n00:02.100 --> 00:03.000\n<v 教师>再看\n"
    assert [(one.text, one.locator.end) for one in read_subtitles(text)] == [("教师：看这里再看", 3.0)]
    plain = "00:01.000 --> 00:02.000\n面积是\n\n00:02.000 --> 00:03.000\n什么？\n\n00:03.000 --> 00:04.000\n长乘宽\n"
    assert [(one.text, one.speaker) for one in read_subtitles(plain)] == [("面积是什么？", None), ("长乘宽", None)]


def test_several_speakers_in_one_cue_and_missing_blank_lines():
    text = "1\n00:00:01,000 --> 00:00:02,000\n师：问\n生：答\n2\n00:00:03,000 --> 00:00:04,000\n师：好\n"
    assert [one.text for one in read_subtitles(text)] == ["师：问", "生：答", "师：好"]


def test_txt_files_of_old_computers(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes("一、教学目标\r\n会算面积。\r\n二、教学过程\r\n".encode("gbk"))
    assert [(one.kind, one.text) for one in partition(path, IngestSettings())] == [
        ("heading", "一、教学目标"),
        ("text", "会算面积。"),
        ("heading", "二、教学过程"),
    ]
