from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.chat.answer import Answer, Checked, Claim, Delta, Search
from assistant.chat.contracts import Readiness
from ingest.document import Metadata, Span
from tests.fakes.assistant import AREA, AREA_CLAIMS, READY, FakeAssistant
from tests.fakes.library import HOSTILE, HOSTILE_TEXT, LONG, OLD_BANK, PLAN, citation, document, evidence, line
from tests.ui.markup_check import assert_harmless
from ui.conversation import Failure, Target, TurnState, advance, fail
from ui.markup import attributes, esc, plain
from ui.passage import Window, section_around
from ui.plain_text import answer_text
from ui.render_claims import render_body
from ui.render_frame import render_first, render_rail, render_state
from ui.render_panel import render_panel
from ui.render_turn import render_turn
from ui.words import words_for

ZH = words_for("zh")
SEARCH = Search("怎样突破", ("面积", "周长"), 12, 486, AREA, 0.3, 8.4)


def played(question: str, **pace: float) -> TurnState:
    state = TurnState(1, question)
    for event in FakeAssistant(**pace).ask(question):
        state = advance(state, event)
    return state


def with_claims(*claims: Claim) -> TurnState:
    return TurnState(1, "问", phase="writing", search=SEARCH, claims=claims)


def test_what_was_found_is_said_before_the_model_writes() -> None:
    html = render_turn(advance(TurnState(1, "怎样突破"), SEARCH), ZH)
    assert "已找到 6 处资料（教案 3、课件 2、课堂实录 1），正在阅读，约 8 秒" in html
    assert [f'data-open="1.e{n}"' in html for n in range(1, 7)] == [True] * 6
    assert 'aria-busy="true"' in html


def test_questions_before_this_one_replace_the_estimate() -> None:
    html = render_turn(replace(advance(TurnState(1, "怎样突破"), SEARCH), ahead=1), ZH)
    assert "前面还有 1 个问题" in html
    assert "约 8 秒" not in html


def test_supported_has_a_dot_and_a_number() -> None:
    outline = assert_harmless(render_body(with_claims(AREA_CLAIMS[0]), ZH))
    assert ("class", "dot full") in outline.attributes
    assert ("data-open", "1.c0.0") in outline.attributes
    assert ("aria-label", "出处 2，有据，打开《长方形、正方形面积的计算》") in outline.attributes


def test_partial_underlines_exactly_the_unproven_words() -> None:
    html = render_body(with_claims(AREA_CLAIMS[2]), ZH)
    assert '<span class="unproven">完整地讲解推导过程</span>' in html
    assert html.count("unproven") == 1
    assert 'role="img" aria-label="部分有据' in html


def test_inferred_is_boxed_and_named() -> None:
    html = render_body(with_claims(Claim("先猜。", "inferred"), Claim("再量。", "inferred")), ZH)
    assert html.count('<div class="inferred">') == 1
    assert html.count("【AI推断】") == 2


def test_contradicted_shows_both_texts() -> None:
    text = assert_harmless(render_body(with_claims(AREA_CLAIMS[5]), ZH)).text
    assert "与来源不符" in text
    assert "21 人" in text
    assert "11 人混淆" in text


def test_two_quotes_of_one_passage_are_one_button() -> None:
    twice = replace(AREA_CLAIMS[0], citations=AREA_CLAIMS[0].citations * 2)
    assert render_body(with_claims(twice), ZH).count('class="cite"') == 1


def test_every_point_has_its_line() -> None:
    html = render_body(with_claims(Claim("做法如下：", "supported"), Claim("1. 先描边线。", "supported")), ZH)
    assert html.count("<p ") == 2


def test_an_inferred_turn_shows_no_sources() -> None:
    state = replace(advance(TurnState(1, "问", infer=True), SEARCH), claims=(Claim("先猜。", "inferred"),))
    for html in (
        render_turn(state, ZH),
        render_turn(advance(state, Answer("inferred", SEARCH, state.claims, "", "")), ZH),
    ):
        assert "card" not in html
        assert "处资料" not in html


def test_pending_words_hide_unfinished_marks() -> None:
    state = replace(with_claims(), pending="先描边[1]线【2】**再铺**[")
    assert assert_harmless(render_body(state, ZH)).text == "先描边线再铺"


def test_not_found_says_what_and_offers_two_ways() -> None:
    state = played("跑题：三年级怎样讲量子")
    text = assert_harmless(render_turn(state, ZH)).text
    assert "资料库里没有能回答这个问题的内容。" in text
    assert "查过：量子、三年级，12 份资料。" in text
    assert "《长方形、正方形面积的计算》" in text
    html = render_turn(state, ZH)
    assert 'data-act="rephrase"' in html
    assert 'data-act="infer"' in html
    assert 'class="cards"' not in html
    assert 'data-act="infer"' not in render_turn(state, ZH, last=False)


def test_unavailable_says_why_and_keeps_the_sources() -> None:
    fake = FakeAssistant(ready=Readiness("ready", "missing", 12, 486, "模型文件还没有下载。"))
    state = TurnState(1, "面积")
    for event in fake.ask("面积"):
        state = advance(state, event)
    html = render_turn(state, ZH)
    assert "模型文件还没有下载。" in html
    assert "可以直接打开看" in html
    assert 'data-open="1.e1"' in html
    assert 'data-act="retry"' in html


def test_an_error_keeps_the_sentences_and_offers_a_retry() -> None:
    state = advance(advance(TurnState(1, "问"), SEARCH), Checked(AREA_CLAIMS[0]))
    html = render_turn(fail(advance(state, Delta("没写完")), Failure("EN-03", "停了。", "请重试。")), ZH)
    assert "（代码 EN-03）" in html
    assert "先描边线" in html
    assert "没写完" not in html
    assert 'data-act="retry"' in html


def test_counts_of_marks_stand_under_the_answer() -> None:
    assert "3 句有据 · 1 句部分有据 · 1 句【AI推断】 · 1 句与来源不符" in render_turn(played("面积"), ZH)


def test_a_silent_answer_says_so() -> None:
    assert "没有写出内容" in render_turn(advance(TurnState(1, "问"), Answer("partial", SEARCH, (), "", "")), ZH)


def test_copied_text_has_marks_numbers_and_sources() -> None:
    text = answer_text(played("面积"), ZH)
    assert "先描边线，再铺方片。[2]" in text
    assert "【AI推断】练习时" in text
    assert "【与来源不符】去年" in text
    assert "[3] 《面积和周长的对比》 · 课件" in text
    assert "[6]" not in text


def test_long_answer_is_whole() -> None:
    text = assert_harmless(render_turn(played("超长"), ZH)).text
    assert len(text) > 4000
    assert text.count("第 79 节第 3 段") >= 1


@pytest.mark.parametrize(
    ("ready", "words"),
    [
        (READY, "资料库 12 份资料"),
        (Readiness("loading", "loading", 0, 0), "正在打开资料库"),
        (Readiness("ready", "missing", 3, 9, "运行 zhujiao models pull"), "没有语言模型"),
        (Readiness("ready", "ready", 0, 0), "资料库还是空的"),
    ],
)
def test_the_state_line_is_honest(ready: Readiness, words: str) -> None:
    html = render_state(ready, ZH)
    assert words in html
    assert ready.notice in html
    assert_harmless(html)


def test_an_empty_library_offers_no_examples() -> None:
    html = render_first(Readiness("ready", "ready", 0, 0), ZH)
    assert "先放进教案" in html
    assert "data-act" not in html
    assert render_first(READY, ZH).count('data-act="example"') == 3


def test_the_rail_shows_only_what_exists() -> None:
    text = assert_harmless(render_rail(ZH)).text
    assert "备课" in text
    assert "分层练习" not in text


def panel(view: object, target: Target, **more: object) -> str:
    window = section_around(view, (target.citation or target.evidence).span)  # type: ignore[arg-type, union-attr]  # tests give both
    return render_panel(target, view, window, ZH, **{"serial": 1, "whole": False, **more})  # type: ignore[arg-type]  # as above


@pytest.mark.parametrize(
    ("is_current", "is_retired", "word"),
    [(True, False, ""), (False, False, "已改"), (True, True, "已停用"), (False, True, "已停用")],
)
def test_the_panel_gives_the_script_a_word_for_a_source_that_is_not_what_it_was(
    *, is_current: bool, is_retired: bool, word: str
) -> None:
    view = replace(PLAN, is_current=is_current, is_retired=is_retired)
    html = panel(view, Target(None, citation(1, PLAN, "先用红笔描一圈，再用 1 平方厘米的小方片铺满。")))
    assert f'data-stale="{word}"' in html
    assert ("已停用，不再用来回答" in html) is is_retired
    assert ("这是旧版本" in html) is not is_current


def test_the_panel_marks_exactly_the_quote() -> None:
    quote = citation(1, PLAN, "先用红笔描一圈，再用 1 平方厘米的小方片铺满。")
    html = panel(PLAN, Target(None, quote))
    assert f">{quote.quote}</mark>" in html
    assert html.count("<mark") == 1
    text = assert_harmless(html).text
    assert "教案 · 三年级数学 · 人教版下册 · 第五单元 · 云溪县实验小学 · 周敏 · 2026-03-18" in text
    assert "教学过程 › 新授" in text
    assert "去年这节课" not in text
    assert "显示全文" in text


def test_the_panel_marks_inside_a_table_cell() -> None:
    html = panel(PLAN, Target(None, citation(1, PLAN, "示范用红笔描一圈")))
    assert '<td>出示长方形纸，<mark aria-label="引用的原文">示范用红笔描一圈</mark></td>' in html


def test_a_quote_over_two_blocks_is_marked_in_both() -> None:
    start = PLAN.text.index("重点：")
    end = PLAN.text.index("难点：区分") + 5
    cited = replace(citation(1, PLAN, "重点："), span=Span(start, end))
    assert panel(PLAN, Target(None, cited)).count("<mark") == 2


def test_an_old_version_says_so() -> None:
    assert "旧版本（第 1 版）" in panel(OLD_BANK, Target(evidence(1, OLD_BANK, "7. 从一张"), None))


def test_a_lost_version_shows_the_quote() -> None:
    html = render_panel(Target(AREA[0], AREA_CLAIMS[1].citations[0]), None, Window(0, 0), ZH, serial=1, whole=False)
    assert "打不开了" in html
    assert "先用红笔描一圈" in html


def test_a_long_document_comes_in_parts() -> None:
    target = Target(None, citation(1, LONG, "第 60 节第 3 段。"))
    html = panel(LONG, target)
    assert len(html) < 20_000
    assert "第60页" in html


HOSTILE_TURN = played("恶意")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_hostile_text_is_only_text(language: str) -> None:
    words = words_for(language)
    outline = assert_harmless(render_turn(replace(HOSTILE_TURN, question=HOSTILE_TEXT), words))
    assert HOSTILE_TEXT in outline.text
    assert_harmless(panel(HOSTILE, Target(HOSTILE_TURN.search.evidence[0], None)))  # type: ignore[union-attr]  # it searched


@given(
    st.text(max_size=80),
    st.lists(st.text(max_size=8), max_size=3),
    st.sampled_from(["supported", "partial", "inferred", "contradicted"]),
)
def test_any_words_are_harmless(text: str, unproven: list[str], support: str) -> None:
    item = replace(AREA[0], metadata=Metadata(title=text, kind=text, school=text), text=text)
    quote = replace(AREA_CLAIMS[0].citations[0], quote=text, number=1)
    claim = Claim(text, support, (quote,), tuple(unproven), text)  # type: ignore[arg-type]  # drawn from the literal's values
    state = TurnState(
        1, text, phase="writing", search=replace(SEARCH, evidence=(item,), terms=(text,)), claims=(claim,), pending=text
    )
    assert_harmless(render_turn(state, ZH))
    assert_harmless(render_turn(advance(state, Answer("partial", state.search, (claim,), text, text, text)), ZH))  # type: ignore[arg-type]  # set above


def test_invisible_characters_do_not_reach_the_page() -> None:
    assert esc("a\u202eb\x00c\u2066d\ne") == "abcd\ne"
    assert attributes(data_x='"><b>', hidden=True, title=None) == ' data-x="&quot;&gt;&lt;b&gt;" hidden'
    assert plain("## 标题\n**重点**在 3*4") == "标题\n重点在 3*4"


def test_a_retired_document_says_so_and_its_formulas_are_readable() -> None:
    lines = [line("三角形的面积是 $\\frac{1}{2}ah$，<b>高</b>是 $h$。")]
    retired = document(Metadata(title="三角形"), "三角形.md", lines, retired=True)
    shown = panel(retired, Target(evidence(1, retired, "三角形"), None))
    assert "已停用" in shown
    assert "三角形的面积是 1/2ah，&lt;b&gt;高&lt;/b&gt;是 h。" in shown
