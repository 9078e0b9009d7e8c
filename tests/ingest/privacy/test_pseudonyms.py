"""The key of names: one label a name for ever, whatever is killed, and for nobody else to read."""

from __future__ import annotations

import json
import logging
import os
import random
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import LibraryError
from ingest.privacy import pseudonyms
from ingest.privacy.pseudonyms import Pseudonyms

if TYPE_CHECKING:
    from pathlib import Path

posix = pytest.mark.skipif(os.name != "posix", reason="rights are those of POSIX")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "pupils.jsonl"


def test_labels_follow_the_first_request_and_stay(path: Path) -> None:
    names = Pseudonyms(path)
    assert [names.label_of(name) for name in ("王小明", "李雨桐", "王小明", "张三")] == [
        "学生A",
        "学生B",
        "学生A",
        "学生C",
    ]
    again = Pseudonyms(path)
    assert again.label_of("张三") == "学生C"
    assert again.label_of("新同学") == "学生D"
    assert again.name_of("学生B") == "李雨桐"
    assert again.name_of("学生Z") is None


def test_the_alphabet_goes_on_behind_z(path: Path) -> None:
    names = Pseudonyms(path)
    labels = [names.label_of(f"名{number}") for number in range(26 * 27 + 2)]
    assert labels[25:28] == ["学生Z", "学生AA", "学生AB"]
    assert labels[26 * 27 - 1 :] == ["学生ZZ", "学生AAA", "学生AAB"]
    assert len(set(labels)) == len(labels)


def test_a_class_is_enrolled_with_one_write(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = Pseudonyms(path)
    synced: list[int] = []
    sync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda descriptor: (synced.append(descriptor), sync(descriptor)))
    names.enrol(["甲", "乙", "甲", "丙"])
    names.enrol(["乙"])
    assert len(synced) == 1
    assert [names.label_of(name) for name in "甲乙丙"] == ["学生A", "学生B", "学生C"]


@posix
def test_only_the_owner_can_read_it(path: Path) -> None:
    path.parent.mkdir(mode=0o755)
    path.touch(mode=0o644)
    Pseudonyms(path).label_of("王小明")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_no_name_is_shown_or_logged(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        names = Pseudonyms(path)
        names.label_of("王小明")
    assert "王小明" not in f"{names!r}{names}{caplog.text}"


@pytest.mark.parametrize("cut", range(1, 40, 3))
def test_a_last_line_that_was_cut_off_is_cut_away(path: Path, cut: int) -> None:
    names = Pseudonyms(path)
    names.label_of("王小明")
    whole = path.read_bytes()
    names.label_of("李雨桐")
    path.write_bytes(path.read_bytes()[: len(whole) + cut])
    again = Pseudonyms(path)
    assert path.read_bytes() == whole
    assert again.label_of("张三") == "学生B"
    assert Pseudonyms(path).label_of("王小明") == "学生A"


@pytest.mark.parametrize(
    "line", ['{"label": "学生B", "na\n', "null\n", '{"label": "学生C", "name": "丙"}\n', '{"label": "学生B", "name": "王小明"}\n', '{"label": "学生B"}\n'],
)  # fmt: skip
def test_damage_before_the_end_is_refused_and_nothing_is_lost(path: Path, line: str) -> None:
    Pseudonyms(path).label_of("王小明")
    damaged = path.read_text(encoding="utf-8") + line
    path.write_text(damaged, encoding="utf-8")
    with pytest.raises(LibraryError) as error:
        Pseudonyms(path)
    assert (error.value.code, error.value.retryable) == ("LB-11", False)
    assert "王小明" not in str(error.value)
    assert path.read_text(encoding="utf-8") == damaged


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for place in (tmp_path / "file" / "key.jsonl", tmp_path):
        with pytest.raises(LibraryError) as error:
            Pseudonyms(place)
        assert error.value.code == "LB-11"


def test_a_full_disk_gives_no_label_and_leaves_no_piece(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = Pseudonyms(path)
    names.label_of("王小明")
    before = path.read_bytes()
    write = os.write

    def write_half(descriptor: int, data: bytes) -> int:
        if len(data) > 10:
            return write(descriptor, data[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pseudonyms.os, "write", write_half)
    with pytest.raises(LibraryError) as error:
        names.enrol(["李雨桐"])
    assert error.value.code == "LB-11"
    assert path.read_bytes() == before
    monkeypatch.undo()
    assert names.label_of("张三") == "学生B"
    assert names.name_of("学生B") == "张三"


def test_threads_never_share_a_label(path: Path) -> None:
    names = Pseudonyms(path)
    given: list[tuple[str, str]] = []

    def ask(start: int) -> None:
        given.extend((f"名{number}", names.label_of(f"名{number}")) for number in range(start, start + 20))

    threads = [threading.Thread(target=ask, args=(start,)) for start in (0, 10, 20, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(dict(given)) == len({label for _, label in given}) == 40
    assert all(Pseudonyms(path).label_of(name) == label for name, label in given)


@given(names=st.lists(st.text(min_size=1, max_size=6), max_size=20))
def test_any_text_is_kept(names: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("key") / "key.jsonl"
    first = Pseudonyms(path)
    labels = [first.label_of(name) for name in names]
    again = Pseudonyms(path)
    assert [again.label_of(name) for name in names] == labels
    assert [again.name_of(label) for label in labels] == names
    assert [json.loads(line)["name"] for line in path.read_bytes().splitlines()] == list(dict.fromkeys(names))


@posix
@pytest.mark.slow
def test_a_label_that_was_handed_out_survives_a_kill(path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from ingest.privacy.pseudonyms import Pseudonyms\n"
        "names = Pseudonyms(Path(sys.argv[1])); start = int(sys.argv[2])\n"
        "for number in range(start, start + 1000): print(f'名{number}', names.label_of(f'名{number}'), flush=True)\n"
    )
    chance = random.Random(3)
    seen: dict[str, str] = {}
    for round_ in range(5):
        process = subprocess.Popen(
            [sys.executable, "-c", program, str(path), str(round_ * 700)],
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        assert process.stdout is not None
        for _ in range(chance.randrange(1, 120)):
            name, label = process.stdout.readline().split()
            assert seen.setdefault(name, label) == label
        process.send_signal(signal.SIGKILL)
        rest, _ = process.communicate()
        for line in rest.splitlines():
            parts = line.split()
            if len(parts) == 2:
                seen.setdefault(parts[0], parts[1])
    names = Pseudonyms(path)
    assert {name: names.label_of(name) for name in seen} == seen
    assert len(set(seen.values())) == len(seen)
