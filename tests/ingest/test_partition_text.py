import contextlib

import docx
import openpyxl
import pptx
import pytest
from hypothesis import assume, given
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


SCHOOL = (
    "教学目标 能说出 长方形的面积 等于 长乘宽 同学们 谁来说一说 为什么 我们 在 小组里 讨论 ， 。 答案： 12.5 A4 "
    "\n 练习 读课文 古诗 实验 水的变化 老师 请看黑板 第三题 选择"
).split(" ")
TAIWAN = (
    "教學目標 能說出 長方形的面積 等於 長乘寬 同學們 誰來說一說 為什麼 我們 在 小組裡 討論 ， 。 答案： 12.5 A4 "
    "\n 練習 讀課文 古詩 實驗 水的變化 老師 請看黑板 第三題 選擇"
).split(" ")
UNICODE = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]


def sentences(words):
    return st.lists(st.sampled_from(words), min_size=5, max_size=60).map("".join)


@pytest.mark.parametrize("encoding", [*UNICODE, "gb18030", "gbk", "gb2312"])
@given(text=sentences(SCHOOL))
def test_simplified_text_comes_back_exactly_or_not_at_all(encoding, text):
    # 「在在在」 in UTF-16 is 「(W(W(W」 in ASCII: nobody can tell.
    assume(text.isascii() or not text.encode(encoding).isascii())
    with contextlib.suppress(SourceError):
        assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize("encoding", [*UNICODE, "gb18030", "gbk", "big5", "cp950", "big5hkscs"])
@given(text=sentences(TAIWAN))
def test_traditional_text_comes_back_exactly_or_not_at_all(encoding, text):
    with contextlib.suppress(SourceError):
        assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize("encoding", [*UNICODE, "gb18030", "gbk"])
def test_a_whole_page_is_read_in_every_encoding(encoding):
    for words in (SCHOOL, TAIWAN):
        text = "".join(words) * 3
        assert decode(text.encode(encoding)) == text
    assert decode("".join(TAIWAN * 3).encode("big5")) == "".join(TAIWAN * 3)


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16-le", "utf-16-be", "utf-32-le"])
def test_a_roster_of_uncommon_names_is_text(encoding):
    roster = "\n".join(
        f"{name},{score}" for score, name in enumerate("欧阳梓萱 曾煜晨 钟睿懿 沈玥瑶 姚鑫淼 谭翊璟".split(" ") * 9)
    )
    assert decode(roster.encode(encoding)) == roster


@given(st.text().filter(lambda text: not text.startswith("\0")), st.sampled_from(["utf-8-sig", "utf-16", "utf-32"]))
def test_any_text_with_a_mark_comes_back_exactly(text, encoding):
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize("text", ["志强好，真的", "联通", "1. 水\n", "师：好"])
def test_gbk_that_is_valid_utf_8_by_accident(text):
    assert decode(text.encode("gbk")) == text


def test_utf_8_that_is_no_chinese_stays_utf_8():
    for text in ("café à la crème", "Ünïcödé", "½ ¾", "naïve façade", "привет", "a\x01b"):
        assert decode(text.encode()) == text


@given(st.binary(max_size=300))
def test_no_bytes_give_replacement_characters(raw):
    spelled = ("\ufffd".encode(), b"\xfd\xff", b"\xff\xfd", b"\x84\x31\xa4\x37")  # U+FFFD itself, as a file may hold it
    if any(code in raw for code in spelled):
        return
    with contextlib.suppress(SourceError):
        assert "\ufffd" not in decode(raw)


LOST = "长方形的面\ufffd等于长乘宽，周长等于长加宽的和乘二。"


def write_lost(path):
    """Write a file in which one character was lost before it came to us."""
    suffix = path.suffix
    if suffix == ".docx":
        document = docx.Document()
        document.add_paragraph(LOST)
        document.save(str(path))
    elif suffix == ".pptx":
        deck = pptx.Presentation()
        deck.slides.add_slide(deck.slide_layouts[5]).shapes.title.text = LOST
        deck.save(str(path))
    elif suffix == ".xlsx":
        book = openpyxl.Workbook()
        book.active.append([LOST, "9"])
        book.save(path)
    else:
        framed = {
            ".srt": "1\n00:00:01,000 --> 00:00:02,000\n{}\n",
            ".ass": "[Events]\nDialogue: 0,0:00:01.00,0:00:02.00,D,,0,0,0,,{}\n",
            ".html": "<p>{}&#xFFFD;</p>",
            ".csv": "{},9\n",
        }
        path.write_text(framed.get(suffix, "{}").replace("{}", LOST), encoding="utf-8")


@pytest.mark.parametrize("suffix", [".txt", ".md", ".html", ".csv", ".srt", ".ass", ".docx", ".pptx", ".xlsx"])
def test_a_character_lost_before_is_shown_as_lost_in_every_format(tmp_path, suffix):
    write_lost(tmp_path / f"a{suffix}")
    text = "".join(one.text for one in partition(tmp_path / f"a{suffix}", IngestSettings()))
    assert "\ufffd" not in text
    assert "长方形的面□等于" in text


def test_a_text_that_was_saved_as_mojibake_is_refused(tmp_path):
    (tmp_path / "a.txt").write_text("教案\ufffd\ufffd\ufffd面\ufffd积", encoding="utf-8")
    with pytest.raises(SourceError) as caught:
        partition(tmp_path / "a.txt", IngestSettings())
    assert caught.value.code == "IN-13"


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
    found = [(one.text, one.locator.end) for one in read_subtitles(text)]
    assert found == [("x", None), ("教师：看这里再看", 3.0)]
    plain = "00:01.000 --> 00:02.000\n面积是\n\n00:02.000 --> 00:03.000\n什么？\n\n00:03.000 --> 00:04.000\n长乘宽\n"
    assert [(one.text, one.speaker) for one in read_subtitles(plain)] == [("面积是什么？", None), ("长乘宽", None)]


def test_several_speakers_in_one_cue_and_missing_blank_lines():
    text = "1\n00:00:01,000 --> 00:00:02,000\n师：问\n生：答\n2\n00:00:03,000 --> 00:00:04,000\n师：好\n"
    assert [one.text for one in read_subtitles(text)] == ["师：问", "生：答", "师：好"]


ASS = r"""[Script Info]
; Dialogue: nothing
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize
Style: Default,SimHei,20

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:07.10,0:00:09.00,Default,,0,0,0,,生（齐）：老师好！
Dialogue: 0,0:00:04.00,0:00:05.50,Default,师,0,0,0,,{\pos(400,570)\fad(200,200)}好，\N上课{注}，
Dialogue: 0,0:00:05.60,0:00:07.00,Default,师,0,0,0,,\h请坐。
Comment: 0,0:00:06.00,0:00:07.00,Default,师,0,0,0,,不出现
Dialogue: 0,0:00:08.00,0:00:09.00,Default,,0,0,0,,{\p1}m 0 0 l 100 0 100 100{\p0}
"""


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("name", ["a.ass", "a.ssa"])
def test_substation_alpha_gives_the_same_turns(tmp_path, name, line_end):
    path = tmp_path / name
    path.write_bytes(ASS.replace("\n", line_end).encode("utf-8-sig"))
    assert [
        (one.text, one.speaker, one.locator.start, one.locator.end) for one in partition(path, IngestSettings())
    ] == [
        ("师：好，上课，请坐。", "师", 4.0, 7.0),
        ("生（齐）：老师好！", "生（齐）", 7.1, 9.0),
    ]


def test_substation_alpha_of_the_older_version_states_its_own_fields():
    text = "[Events]\nFormat: Marked, Start, End, Name, Text\nDialogue: Marked=0,1:00:01.5,1:00:02.00,李老师,a, b\n"
    assert [(one.text, one.locator.start) for one in read_subtitles(text)] == [("李老师：a, b", 3601.5)]


def test_txt_files_of_old_computers(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes("一、教学目标\r\n会算面积。\r\n二、教学过程\r\n".encode("gbk"))
    assert [(one.kind, one.text) for one in partition(path, IngestSettings())] == [
        ("heading", "一、教学目标"),
        ("text", "会算面积。"),
        ("heading", "二、教学过程"),
    ]


def test_notes_at_the_head_of_subtitles_are_kept(tmp_path):
    path = tmp_path / "实录.vtt"
    path.write_text(
        "WEBVTT\n\nNOTE\n执教：周敏\n录音已登记同意（2025-04-21）\n\nNOTE 三(4)班\n\n1\n00:00:05.000 --> 00:00:06.000\n师：上课。\n\n"
        "NOTE 后面的不算\n\n2\n00:00:08.000 --> 00:00:09.000\n生：老师好。\n",
        encoding="utf-8",
    )
    found = partition(path, IngestSettings())
    assert [(one.kind, one.text) for one in found] == [
        ("text", "执教：周敏"),
        ("text", "录音已登记同意（2025-04-21）"),
        ("text", "三(4)班"),
        ("turn", "师：上课。"),
        ("turn", "生：老师好。"),
    ]
