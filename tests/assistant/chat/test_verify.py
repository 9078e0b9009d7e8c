from __future__ import annotations

import pytest

from assistant.chat.figures import numbers
from assistant.chat.verify import check
from tests.fakes.chat import evidence

AREA = evidence("先让学生用手摸课本封面的边线，再用手掌铺满整个面。导入用8分钟，共需要2课时。学生不要急着背公式。")
POEM = evidence(
    "天门中断楚江开，碧水东流至此回。两岸青山相对出，孤帆一片日边来。", 2, title="望天门山", headings=("板书",)
)


def support(sentence: str, cited: tuple[int, ...] = (1,)) -> str:
    return check(sentence, cited, [AREA, POEM]).support


def test_a_sentence_its_source_says_is_supported_and_cites_the_very_sentence() -> None:
    claim = check("先让学生用手摸课本封面的边线，再用手掌铺满整个面。", (1,), [AREA, POEM])
    assert claim.support == "supported"
    (citation,) = claim.citations
    assert citation.quote == "先让学生用手摸课本封面的边线，再用手掌铺满整个面。"
    start = citation.span.start - AREA.span.start
    assert AREA.text[start : start + len(citation.quote)] == citation.quote


@pytest.mark.parametrize(
    "sentence",
    [
        "导入用18分钟，共需要2课时。",
        "导入用八十分钟，共需要两课时。",
        "导入用8分钟，共需要3课时。",
        "导入用8课时，共需要2分钟。",
        "导入用8秒。",
    ],
)
def test_a_wrong_number_or_unit_is_never_supported(sentence: str) -> None:
    assert support(sentence) != "supported"


def test_chinese_and_arabic_numerals_are_one() -> None:
    assert support("导入用八分钟，共需要两课时。") in {"supported", "partial"}
    assert numbers("四十分钟，3.5米，第十二课时，1/2个") == ("40", "3.5", "12", "1/2")
    assert numbers("一千零五十个") == ("1050",)


@pytest.mark.parametrize("sentence", ["学生要急着背公式。", "先不让学生用手摸课本封面的边线，再用手掌铺满整个面。"])
def test_a_turned_negation_is_never_supported(sentence: str) -> None:
    assert support(sentence) != "supported"


@pytest.mark.parametrize("quote", ["天门中断楚江开，碧水东流至此回", "天门中断楚江开"])
def test_a_true_quotation_is_supported(quote: str) -> None:
    assert support(f"板书：“{quote}”。", (2,)) == "supported"


def test_a_changed_quotation_is_never_supported() -> None:
    assert support("板书写“天门中断楚江开，碧水东流直北回”。", (2,)) != "supported"


def test_words_the_source_lacks_are_named() -> None:
    claim = check("先让学生用手摸课本封面的边线，再播放动画视频。", (1,), [AREA, POEM])
    assert claim.support == "partial"
    assert {"动画", "视频"} & set("".join(claim.unproven)) or {"动画", "视频"} & set(claim.unproven)


def test_a_sentence_without_source_is_inferred_and_cites_nothing() -> None:
    claim = check("可以组织家长参加春季运动会。", (1,), [AREA, POEM])
    assert (claim.support, claim.citations) == ("inferred", ())
    assert claim.reason


def test_the_passage_that_proves_it_is_cited_instead_of_the_wrong_one() -> None:
    claim = check("两岸青山相对出，孤帆一片日边来。", (1,), [AREA, POEM])
    assert claim.support == "supported"
    assert [citation.number for citation in claim.citations] == [2]


@pytest.mark.parametrize("sentence", ["", "。", "[1]", "1"])
def test_odd_sentences_end_in_a_claim(sentence: str) -> None:
    assert check(sentence, (1, 9), [AREA]).text == sentence
    assert check(sentence, (), []).support == "inferred"


LESSON = evidence(
    "第一课时用40分钟，第二课时用35分钟。练习见课本第40页。小明比小华高3厘米。全班至少有6名学生没有完成作业。"
    "1918年，鲁迅发表《狂人日记》，他是浙江绍兴人。先观察叶片，再记录数据。男生有12人，女生有15人。",
    3,
    title="第五单元资料",
)


def told(sentence: str) -> tuple[str, str]:
    claim = check(sentence, (3,), [AREA, POEM, LESSON])
    return claim.support, claim.reason


@pytest.mark.parametrize(
    ("sentence", "values"),
    [
        ("第一课时用90分钟。", ("40分钟", "90分钟")),
        ("第一课时用35分钟，第二课时用40分钟。", ("40分钟", "35分钟")),
        ("第一课时用40小时，第二课时用35分钟。", ("40分钟", "40小时")),
        ("练习见课本第35页。", ("40页", "35页")),
        ("小华比小明高3厘米。", ("小明", "小华")),
        ("全班至多有6名学生没有完成作业。", ("至少", "至多")),
        ("全班至少有6名学生完成作业。", ("没有", "否定")),
        ("先记录数据，再观察叶片。", ()),
        ("女生有12人，男生有15人。", ()),
        ("1921年，鲁迅发表《狂人日记》。", ("1918年", "1921年")),
    ],
)
def test_a_sentence_that_says_otherwise_is_contradicted_with_both_values(
    sentence: str, values: tuple[str, ...]
) -> None:
    support, reason = told(sentence)
    assert support == "contradicted" if values else support != "supported"
    assert all(value in reason for value in values)


def test_a_contradiction_cites_the_sentence_it_contradicts_and_marks_the_words() -> None:
    claim = check("第一课时用90分钟。", (1,), [AREA, POEM, LESSON])
    (citation,) = claim.citations
    assert (citation.number, citation.quote) == (3, "第一课时用40分钟，第二课时用35分钟。")
    assert claim.unproven == ("90分钟",)


@pytest.mark.parametrize(
    "sentence",
    [
        "女生有15人，男生有12人。",
        "第二课时用35分钟，第一课时用40分钟。",
        "鲁迅1918年发表《狂人日记》。",
        "鲁迅于1918年发表了《狂人日记》",
        "首先，先观察叶片，再记录数据。",
        "第一课时用四十分钟，第二课时用３５分钟。",
        "第二课时用35分钟。",
        "小明比小华高三厘米。",
        "全班最少有6名同学没有完成作业。",
        "先观察叶片，再记录数据；男生有12人，女生有15人。",
    ],
)
def test_the_sources_own_words_in_another_order_or_form_are_supported(sentence: str) -> None:
    assert told(sentence) == ("supported", "")


@pytest.mark.parametrize(
    "sentence", ["课本一共有40页。", "男生用35分钟完成练习。", "鲁迅发表《呐喊》。", "男生有15人。"]
)
def test_what_stands_elsewhere_or_nowhere_proves_nothing(sentence: str) -> None:
    assert told(sentence)[0] != "supported"


@pytest.mark.parametrize(
    "sentence", ["可以组织家长参加运动会，用时90分钟。", "先让学生用手摸课本封面的边线，再播放动画视频。"]
)
def test_a_sentence_that_only_lacks_proof_is_not_called_contradicted(sentence: str) -> None:
    assert told(sentence)[0] in {"partial", "inferred"}
