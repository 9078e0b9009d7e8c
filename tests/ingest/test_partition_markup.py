import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.errors import SourceError
from ingest.partition.markup import read_html, read_markdown


def md(text):
    return [(one.kind, one.text) for one in read_markdown(text)]


def html(page):
    return [(one.kind, one.text) for one in read_html(page)]


def test_an_exercise_keeps_its_number_and_its_lines():
    text = "# 题库\n\n## 基础层\n\n12. 下面对的是（ ）\nA. 甲  B. 乙  C. 丙\n答案：B\n解析：略\n知识点：面积\n层次：基础层\n13. 填空：____ 和 ____。\n"
    assert md(text) == [
        ("heading", "题库"),
        ("heading", "基础层"),
        ("text", "12. 下面对的是（ ）"),
        ("text", "A. 甲 B. 乙 C. 丙"),
        ("text", "答案：B"),
        ("text", "解析：略"),
        ("text", "知识点：面积"),
        ("text", "层次：基础层"),
        ("text", "13. 填空：____ 和 ____。"),
    ]


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        ("3*4*5=60", "3*4*5=60"),
        ("若 a<b 且 c>d", "若 a<b 且 c>d"),
        ("我看到____，想到____", "我看到____，想到____"),
        ("$a_1 \\{x\\} \\frac{1}{2}$", "$a_1 \\{x\\} \\frac{1}{2}$"),
        ("**重点**：看[这里](https://x.y/z)", "重点：看这里"),
        ("x<sup>2</sup> H<sub>2</sub>O", "x² H₂O"),
        ("是<u>&nbsp;&nbsp;</u>和<u>交感</u>神经", "是____和交感神经"),
        ("![图](a.png)见图", "〔图：图〕见图"),
        ("A&B &lt; C", "A&B < C"),
        ("> 引文", "引文"),
        ("    缩进的一行", "缩进的一行"),
        ("第一行的半句\n接着说。", "第一行的半句接着说。"),
        ("5 < 6 & 7 > 2", "5 < 6 & 7 > 2"),
        ("[ ] 选项 [x]", "[ ] 选项 [x]"),
        ("对", "对"),
        ("若a<b且b>c", "若a<b且b>c"),
        ('<font color="red">红</font>字', "红字"),
    ],
)
def test_what_was_typed_as_text_stays_text(raw, wanted):
    assert md(raw) == [("text", wanted)]


def test_lists_tables_and_fences():
    assert md("- 甲\n- 乙\n\n| 题 | 对 |\n|---|:-:|\n| 1 | 2*3 |\n\n```\na_b*c\n```\n") == [
        ("list", "甲"),
        ("list", "乙"),
        ("table", "题 | 对\n1 | 2*3"),
        ("text", "a_b*c"),
    ]


def test_front_matter_and_rules_are_no_headings():
    assert md("---\ntitle: 面积\n---\n正文\n---\n尾") == [("text", "title: 面积"), ("text", "正文"), ("text", "尾")]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["面积", "*", "_", "12", ".", " ", "<", ">", "a", "|", "`", "$", "\\", "[", "]", "(", "&", "~", "!"]
        ),
        max_size=14,
    )
)
def test_no_ideograph_or_digit_of_a_line_is_lost(pieces):
    line = "起" + "".join(pieces) + "止"
    wanted = [one for one in line if one.isalnum()]
    assert [one for _, text in md(line) for one in text if one.isalnum()] == wanted


@pytest.mark.slow
def test_hostile_markdown_ends_soon():
    started = time.process_time()
    for text in (
        ">" * 5000 + "a",
        "*a" * 5000,
        "[" * 5000,
        "`" * 4999,
        "**a" * 4000,
        "- " * 3000 + "a",
        "<u>" * 3000,
        "$" * 4001,
    ):
        with suppress(SourceError):
            read_markdown(text + "面")
    assert time.process_time() - started < 20


def test_html_reads_as_shown():
    page = (
        "<html><head><title>x</title><style>p{}</style><script>alert(1)</script></head><body><nav>导航</nav>"
        "<h1>面积</h1><p>S = a<sup>2</sup><br>单位：平方米</p><h2>练习</h2><ol start='3'><li>甲</li><li><p>乙</p></li></ol>"
        "<ul><li>丙</li></ul><p>- 3 + 5</p><table><tr><th>环节</th><th>活动</th></tr><tr><td rowspan=2>导入</td><td>问</td></tr>"
        "<tr><td>答<br>评</td></tr></table><img alt='方格图'><p>1 &lt; 2</p></body></html>"
    )
    found = html(page)
    assert found[0] == ("heading", "面积")
    texts = [text for _, text in found]
    assert texts[1:3] == ["S = a²", "单位：平方米"]
    assert [text for text in texts if text[0] in "34"] == ["3. 甲", "4. 乙"]
    assert "- 3 + 5" in texts
    assert "丙" in texts
    assert ("table", "环节 | 活动\n导入 | 问\n导入 | 答 评") in found
    assert "〔图：方格图〕" in texts
    assert "1 < 2" in texts
    assert not any("alert" in text or "p{}" in text for text in texts)


def test_html_too_deep_is_refused_and_not_cut():
    with pytest.raises(SourceError) as caught:
        read_html("<div>" * 400 + "面积" + "</div>" * 400)
    assert caught.value.code == "IN-18"
