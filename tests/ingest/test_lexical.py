from __future__ import annotations

from ingest.lexical import bigrams, content_words, index_terms, query_terms


def test_a_word_is_found_inside_a_longer_one() -> None:
    assert {"长方形", "方形", "面积"} <= set(index_terms("长方形的面积").split())


def test_numbers_and_latin_words_are_terms() -> None:
    assert {"3.14", "cm", "unit"} <= set(index_terms("π取3.14，单位 CM，Unit 2").split())


def test_a_question_keeps_its_telling_terms() -> None:
    terms = query_terms("请问怎样突破面积与周长混淆的难点？")
    assert {"突破", "面积", "周长", "混淆", "难点"} <= set(terms)
    assert terms == tuple(dict.fromkeys(terms))
    assert not {"请问", "怎样", "的", "与周", "的难"} & set(terms)


def test_a_question_of_stop_words_still_searches() -> None:
    assert query_terms("怎么样") != ()
    assert query_terms("？！") == ()


def test_content_words_leave_particles_out() -> None:
    assert set(content_words("把面积和周长分清楚")) >= {"面积", "周长"}
    assert "和" not in content_words("面积和周长")


def test_bigrams() -> None:
    assert bigrams("长方形 abc") == {"长方", "方形", "abc"}
    assert bigrams("") == set()
