from __future__ import annotations

import os

import pytest

from assistant.llm.prompt_states import PromptState, reading_of
from assistant.llm.state_folder import MOST_FILES, StateFolder

OWNER = {"model": "abc 12", "build": "1.0", "context": "4096 2"}


def state(number=1, size=5000):
    return PromptState(reading_of([number] * 256, 100).until(100), bytearray(os.urandom(size)))


def loaded(folder, owner=OWNER):
    return list(StateFolder(folder, owner).load())


def test_what_was_kept_comes_back(tmp_path):
    StateFolder(tmp_path / "new" / "cache", OWNER).keep(kept := state())
    assert loaded(tmp_path / "new" / "cache") == [kept]


def test_line_breaks_in_the_bytes_are_bytes(tmp_path):
    kept = PromptState(state().reading, bytearray(b"\n\n{}\n"))
    StateFolder(tmp_path, OWNER).keep(kept)
    assert loaded(tmp_path) == [kept]


@pytest.mark.parametrize("part", OWNER, ids="owner-{}".format)
def test_another_owner_s_state_is_not_loaded(tmp_path, part):
    StateFolder(tmp_path, OWNER).keep(state())
    assert loaded(tmp_path, {**OWNER, part: "other"}) == []


@pytest.mark.parametrize("at", [0, 31, 32, 40, 200, -1])
def test_one_changed_byte_anywhere_makes_it_unusable_and_it_is_made_anew(tmp_path, at):
    kept = state()
    StateFolder(tmp_path, OWNER).keep(kept)
    [path] = tmp_path.iterdir()
    raw = bytearray(path.read_bytes())
    raw[at] ^= 1
    path.write_bytes(raw)
    folder = StateFolder(tmp_path, OWNER)
    assert list(folder.load()) == []
    folder.keep(kept)
    assert loaded(tmp_path) == [kept]


@pytest.mark.parametrize("content", [b"", b"x" * 10, b"\0" * 64, b"\0" * 32 + b"{}\n", b"\n" * 100])
def test_foreign_files_are_passed_over(tmp_path, content):
    (tmp_path / "a.state").write_bytes(content)
    (tmp_path / "folder.state").mkdir()
    assert loaded(tmp_path) == []


@pytest.mark.parametrize(
    "head", [b"5", b"{", b"[]", b'{"owner": {}, "tokens": "x", "cuts": []}', b'{"tokens": [1]}', b"\xff"]
)
def test_a_right_hash_over_nonsense_is_passed_over(tmp_path, head):
    import hashlib

    body = head + b"\nrest"
    (tmp_path / "a.state").write_bytes(hashlib.sha256(body).digest() + body)
    assert loaded(tmp_path) == []


def test_every_truncation_is_passed_over(tmp_path):
    StateFolder(tmp_path, OWNER).keep(state(size=50))
    [path] = tmp_path.iterdir()
    raw = path.read_bytes()
    for length in range(0, len(raw), 7):
        path.write_bytes(raw[:length])
        assert loaded(tmp_path) == []


def test_few_files_stay(tmp_path):
    folder = StateFolder(tmp_path, OWNER)
    for number in range(MOST_FILES + 2):
        folder.keep(state(number))
        for path in tmp_path.iterdir():
            os.utime(path, ns=(path.stat().st_mtime_ns - 10**9, path.stat().st_mtime_ns - 10**9))
    assert {kept.reading.tokens[0] for kept in loaded(tmp_path)} == set(range(2, MOST_FILES + 2))


def test_the_same_state_is_written_once(tmp_path):
    folder = StateFolder(tmp_path, OWNER)
    folder.keep(kept := state())
    [path] = tmp_path.iterdir()
    path.unlink()
    folder.keep(kept)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_or_read_is_no_error(tmp_path):
    (tmp_path / "file").write_text("x")
    folder = StateFolder(tmp_path / "file" / "cache", OWNER)
    folder.keep(state())
    assert list(folder.load()) == []
    assert loaded(tmp_path / "none") == []
