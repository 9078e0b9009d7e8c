from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assistant.llm.text_stream import CharacterDecoder, StopFilter

SMALL = st.text(alphabet="ab甲乙\n", max_size=12)


@given(st.text(max_size=30), st.integers(1, 5))
def test_slices_of_bytes_become_whole_characters(text, size):
    data, decoder = text.encode(), CharacterDecoder()
    pieces = [decoder.feed(data[at : at + size]) for at in range(0, len(data), size)]
    assert "".join(pieces) == text


def test_half_a_character_at_the_end_is_not_shown():
    assert CharacterDecoder().feed("好".encode()[:2]) == ""


@given(SMALL, st.lists(SMALL, max_size=3), st.integers(1, 4))
def test_what_is_shown_is_what_stands_before_the_first_stop(text, stops, size):
    shown = StopFilter(tuple(stops))
    out = "".join(shown.feed(text[at : at + size]) for at in range(0, len(text), size)) + shown.flush()
    real = [stop for stop in stops if stop]
    assert not any(stop in out for stop in real)
    assert text.startswith(out)
    assert shown.stopped == any(stop in text for stop in real)
    if not shown.stopped:
        assert out == text


def test_a_stop_string_across_pieces():
    shown = StopFilter(("结束语",))
    assert [shown.feed(piece) for piece in ("好的结", "束", "语以后", "再来")] == ["好的", "", "", ""]


def test_a_false_start_is_given_back():
    shown = StopFilter(("###",))
    assert [shown.feed("一#"), shown.feed("#二"), shown.flush()] == ["一", "##二", ""]
