from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.document import Element, Metadata, Source
from ingest.normalise import assemble, clean

SOURCE = Source(Path("a.txt"), "0" * 64, 1)
wild = st.text(
    st.characters(codec=None) | st.sampled_from("\ufeff\u200b\u00a0\r\n\u2028 \u3000\t⽤²₂ⅳ\x00\ufffd\x85汉")
)
elements = st.lists(
    st.builds(
        Element,
        kind=st.sampled_from(["heading", "text", "list", "table", "note", "turn"]),
        text=wild,
        level=st.none() | st.integers(1, 6),
        speaker=st.none() | wild,
    )
)


@given(wild)
def test_cleaning_twice_is_cleaning_once(text):
    assert clean(clean(text)) == clean(text)


@given(wild)
def test_clean_text_has_nothing_unseen_and_can_be_stored(text):
    cleaned = clean(text)
    assert cleaned.encode("utf-8").decode("utf-8") == cleaned
    assert not set(cleaned) & set("\ufeff\u200b\u00a0\r\t\x00\ufffd\u2028\x85\u2060")
    assert "  " not in cleaned
    assert "\n\n" not in cleaned


@given(elements)
def test_blocks_are_the_text_in_order_without_overlap(found):
    document = assemble(SOURCE, found, Metadata())
    position = 0
    for block in document.blocks:
        assert block.span.start == position
        assert block.span.end > block.span.start
        position = block.span.end + 1
    texts = [document.text[block.span.start : block.span.end] for block in document.blocks]
    assert texts == [clean(one.text) for one in found if clean(one.text)]
    assert "\n".join(texts) == document.text


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        ("⽤⼀⾯", "用一面"),
        ("x² + H₂O = ½ ⅳ ①", "x² + H₂O = ½ ⅳ ①"),
        ("ＡＢ１，", "ＡＢ１，"),
        ("a\u00a0\u2003 b", "a b"),
        ("零\u200b宽\ufeff", "零宽"),
        ("一\r\n二\r三\u2028四", "一\n二\n三\n四"),
        ("一 \n\n  二", "一\n二"),
        ("登鹳雀楼\u3000王之涣", "登鹳雀楼\u3000王之涣"),
        ("\uf0b7 能读准", "• 能读准"),
        ("坏\ufffd字", "坏□字"),
        ("\ud800半", "半"),
    ],
)
def test_clean(raw, wanted):
    assert clean(raw) == wanted


def test_headings_enclose_what_follows_and_their_own_block_carries_their_parents():
    found = [
        Element("heading", "教学过程", level=1),
        Element("heading", "（一）导入", level=3),
        Element("text", "甲"),
        Element("heading", "第二课时", level=2),
        Element("text", "乙"),
        Element("heading", "板书", level=1),
        Element("text", "丙"),
    ]
    document = assemble(SOURCE, found, Metadata())
    assert [block.headings for block in document.blocks] == [
        (),
        ("教学过程",),
        ("教学过程", "（一）导入"),
        ("教学过程",),
        ("教学过程", "第二课时"),
        (),
        ("板书",),
    ]
