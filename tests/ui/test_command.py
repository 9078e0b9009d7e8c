"""The installed command in child processes, without models: every failure is one sentence, and JSON is JSON."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ingest.library import Library
from ingest.pipeline import ingest
from ingest.report import COUNTS
from ingest.settings import load_settings
from tests.fakes.embedder import FakeEmbedder

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
COMMAND = Path(sys.executable).with_name("zhujiao.exe" if os.name == "nt" else "zhujiao")
COMMANDS = ("serve", "ingest", "ask", "search", "status", "list", "show", "state", "correct", "doctor", "models")
LESSON = "# 面积和周长\n\n三年级教学难点：克服面积与周长混淆，先判断量的是线还是面，再选方法、选单位。\n"
# The product with an embedder that needs no model and tells when it is at work.
WITH_FAKE_EMBEDDER = """
import sys, time
import assistant.service
from tests.fakes.embedder import FakeEmbedder

class Slow(FakeEmbedder):
    def encode_documents(self, texts):
        print("encoding", file=sys.stderr, flush=True)
        time.sleep(SECONDS)
        return super().encode_documents(texts)

assistant.service.open_embedder = lambda settings: Slow()
from zhujiao import main
main()
"""


def environment(home: Path, **settings: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ZHUJIAO_")}
    return {**kept, "ZHUJIAO_HOME": str(home), **settings}


def run(home: Path, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMAND, *words],
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        env=environment(home, PYTHONUTF8="1", **settings),
        stdin=subprocess.DEVNULL,
        check=False,
    )


def with_fake_embedder(seconds: float = 0.0) -> list[str]:
    return [sys.executable, "-c", WITH_FAKE_EMBEDDER.replace("SECONDS", str(seconds))]


def said(done: subprocess.CompletedProcess[str], code: int = 1) -> str:
    """Return the one sentence a command failed with."""
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("✗ ")
    assert "。。" not in lines[0]
    return lines[0]


def parsed(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(done.stdout)
    return value


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one lesson in its library and no models."""
    home = tmp_path_factory.mktemp("filled")
    lesson = home / "面积教案.md"
    lesson.write_text(LESSON, "utf-8")
    settings = load_settings({"ZHUJIAO_HOME": str(home)})
    with Library(settings.library_dir) as library:
        report = ingest(library, FakeEmbedder(), [lesson], settings)
    assert report.counts["added"] == 1
    return home


# --- the words typed ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("nosuch",), "没有 nosuch 这个命令"),
        (("models", "nosuch"), "没有 nosuch 这个命令"),
        (("search", "面积", "--nope"), "没有 --nope 这个选项"),
        (("search",), "少写了 query"),
        (("search", "面积", "周长"), "多写了 周长；问题里有空格时加上引号"),
        (("search", "面积", "--k"), "选项 --k 后面要写一个值"),
        (("search", "面积", "--k", "0"), "数值不能小于 1"),
        (("serve", "--port", "70000"), "数值不能大于 65535"),
        (("serve", "--port", "x"), "这里要写一个整数"),
        (("ask", "  "), "没有写内容"),
        (("ask", "长" * 1001), "内容太长了"),
        (("ingest",), "请给出要导入的文件或文件夹"),
    ],
)
def test_wrong_words_are_told_in_chinese(home: Path, words: tuple[str, ...], sentence: str) -> None:
    line = said(run(home, *words), code=2)
    assert sentence in line
    assert line.endswith("用 zhujiao --help 查看用法。")
    assert not (home / "library").exists()


def test_help_lists_the_commands_whatever_the_settings_are(home: Path) -> None:
    home.mkdir()
    (home / "settings.toml").write_text("nope = [", "utf-8")
    done = run(home, "--help")
    assert done.returncode == 0
    assert done.stderr == ""
    assert all(re.search(rf"│ {command} ", done.stdout) for command in COMMANDS)
    nothing = run(home)
    assert nothing.returncode == 2
    assert "ingest" in nothing.stdout
    assert nothing.stderr == ""


def test_help_loads_nothing_heavy(home: Path) -> None:
    program = """
import sys
from zhujiao import main
sys.argv = ["zhujiao", "--help"]
try:
    main()
except SystemExit:
    pass
heavy = {"torch", "gradio", "chromadb", "sentence_transformers", "transformers", "llama_cpp", "unstructured",
         "fastapi", "uvicorn", "openai", "numpy", "langchain_core"}
print(",".join(sorted(heavy & set(sys.modules))), file=sys.stderr)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment(home), cwd=ROOT, check=True
    )
    assert "doctor" in done.stdout
    assert done.stderr == "\n"


def test_a_screen_that_is_not_utf8_loses_nothing(filled: Path) -> None:
    command = [COMMAND, "search", "面积", "--json"]
    settings = environment(filled, PYTHONIOENCODING="cp437")
    done = subprocess.run(command, capture_output=True, env=settings, check=True)
    assert "克服面积与周长混淆" in json.loads(done.stdout)["hits"][0]["text"]
    wrong = subprocess.run([COMMAND, "nosuch"], capture_output=True, env=settings, check=False)
    assert wrong.returncode == 2
    assert b"nosuch" in wrong.stderr
    assert b"Traceback" not in wrong.stderr


# --- settings and the home folder ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("ZHUJIAO_LLM__ENGINE", "cloud", "设置 llm.engine 有误"),
        ("ZHUJIAO_NOPE", "1", "设置 nope 有误：没有这个设置项"),
        ("ZHUJIAO_PAGE__PORT", "many", "设置 page.port 有误"),
        ("ZHUJIAO_PAGE", "1", "设置 page 有误"),
    ],
)
def test_a_wrong_variable_is_named(home: Path, name: str, value: str, sentence: str) -> None:
    line = said(run(home, "status", **{name: value}))
    assert sentence in line
    assert "ST-02" in line


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"nope = 1", "ST-02"), (b"llm = 3", "ST-02"), (b"x = [", "ST-01"), (b"\xff\xfe\x00", "ST-01")],
)
def test_a_wrong_settings_file_is_named(home: Path, content: bytes, code: str) -> None:
    home.mkdir()
    (home / "settings.toml").write_bytes(content)
    line = said(run(home, "search", "面积"))
    assert code in line
    assert "settings.toml" in line


@pytest.mark.parametrize("words", [("status",), ("ask", "面积"), ("ingest", "."), ("models", "pull"), ("serve",)])
def test_a_home_that_cannot_be_made_is_told(tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "file").write_bytes(b"")
    said(run(tmp_path / "file" / "home", *words))


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder nobody may write, root neither")
@pytest.mark.parametrize("words", [("status",), ("ask", "面积"), ("ingest", "."), ("models", "pull"), ("serve",)])
def test_a_home_that_cannot_be_written_is_told(words: tuple[str, ...]) -> None:
    line = said(run(Path("/proc/zhujiao"), *words))
    assert "/proc/zhujiao" in line
    assert re.search("换一个能写的 ZHUJIAO_HOME|检查磁盘空间和文件夹权限", line)


@pytest.mark.parametrize("content", [b"no database at all" * 400, b"SQLite format 3\0" + b"\x07" * 9000])
def test_a_damaged_catalogue_is_told_and_left_alone(home: Path, content: bytes) -> None:
    (home / "library").mkdir(parents=True)
    catalogue = home / "library/catalogue.sqlite3"
    catalogue.write_bytes(content)
    for words in (("status",), ("ask", "面积"), ("serve",)):
        assert "LB-01" in said(run(home, *words))
    assert catalogue.read_bytes() == content
    done = run(home, "doctor")
    assert done.returncode == 1
    assert "✗ 资料库" in done.stdout


# --- models that are missing or damaged ---------------------------------------------------------------------------


def garbage(folder: Path) -> Path:
    path = folder / "garbage.gguf"
    path.write_bytes(bytes(range(256)) * 400)
    return path


def cut_off(folder: Path) -> Path:
    """A true GGUF header that promises 300 tensors and 25 properties, and ends in the first."""
    path = folder / "cut.gguf"
    name = b"general.architecture"
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 300, 25) + struct.pack("<Q", len(name)) + name)
    return path


def test_without_models_a_question_is_told_why_and_shows_what_was_found(filled: Path) -> None:
    done = run(filled, "ask", "三年级面积与周长混淆的难点")
    line = [line for line in done.stderr.splitlines() if line.startswith("✗")]
    assert done.returncode == 1
    assert len(line) == 1
    assert "qwen2.5-coder-1.5b 还没有下载" in line[0]
    assert "zhujiao models pull" in line[0]
    assert "● 三年级教学难点：克服面积与周长混淆" in done.stdout
    assert "Traceback" not in done.stderr
    as_json = run(filled, "ask", "三年级面积与周长混淆的难点", "--json")
    assert as_json.returncode == 1
    answer = parsed(as_json)
    assert answer["status"] == "unavailable"
    assert answer["notice"]
    assert answer["sentences"][0]["citations"][0]["quote"].startswith("三年级教学难点")


def test_a_question_that_is_too_general_is_no_failure(home: Path, tmp_path: Path) -> None:
    for number in range(4):
        lesson = tmp_path / "更多" / f"第{number}课教案.md"
        lesson.parent.mkdir(exist_ok=True)
        lesson.write_text(f"# 教案\n\n课题：{'圆锥 统计 方程 比例'.split()[number]}\n\n{LESSON}", "utf-8")
    for words in (("ingest", str(tmp_path / "更多"), "--json"), ("ask", "教案", "--json")):
        done = subprocess.run(
            [*with_fake_embedder(), *words],
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            env=environment(home, PYTHONUTF8="1", PYTHONPATH=str(ROOT)),
            stdin=subprocess.DEVNULL,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    answer = parsed(done)
    assert (answer["status"], answer["sentences"]) == ("unclear", [])
    assert len(answer["searched"]["choices"]) > 1


@pytest.mark.parametrize("broken", [garbage, cut_off])
def test_a_damaged_model_is_told_by_ask_and_doctor(filled: Path, tmp_path: Path, broken: Any) -> None:
    settings = {"ZHUJIAO_LLM__MODEL_PATH": str(broken(tmp_path))}
    asked = run(filled, "ask", "三年级面积与周长混淆的难点", **settings)
    assert asked.returncode == 1
    assert "EN-02" in asked.stderr
    assert "Traceback" not in asked.stderr
    examined = run(filled, "doctor", **settings)
    assert examined.returncode == 1
    assert re.search("^✗ 推理引擎：.*不能加载", examined.stdout, re.MULTILINE)


def test_verify_and_pull_tell_what_is_missing(home: Path) -> None:
    done = run(home, "models", "verify")
    assert "zhujiao models pull" in said(done)
    assert "✗ qwen2.5-coder-1.5b：缺少" in done.stdout
    assert "✗ embeddinggemma-300m：缺少" in done.stdout
    for words in (("models", "verify", "nosuch"), ("models", "pull", "nosuch")):
        assert "没有名为 nosuch 的模型" in said(run(home, *words))


def test_ingest_without_its_model_is_told_and_keeps_the_file(home: Path, tmp_path: Path) -> None:
    lesson = tmp_path / "教案.md"
    lesson.write_text(LESSON, "utf-8")
    assert "embeddinggemma-300m 还没有下载" in said(run(home, "ingest", str(lesson)))
    assert lesson.read_text("utf-8") == LESSON


def test_doctor_gives_one_line_a_check(home: Path) -> None:
    done = run(home, "doctor")
    assert done.returncode == 1
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert all(re.match(r"[✓✗] \S+( \S+)?：\S", line) for line in lines), lines
    assert "。。" not in done.stdout
    names = [re.split("：", line[2:])[0] for line in lines]
    assert names[:4] == ["Python", "数据文件夹", "磁盘", "内存"]
    assert names[-3:] == ["推理引擎", "资料库", "端口"]
    assert any(line.startswith("✗ 模型 embeddinggemma-300m") for line in lines)
    assert any(line.startswith("✓ 资料库：0 份资料") for line in lines)


# --- what is printed for programs ---------------------------------------------------------------------------------


def test_json_of_status_search_and_models(filled: Path) -> None:
    status = parsed(run(filled, "status", "--json"))
    assert {"documents", "chunks", "pending", "kinds", "search", "model", "model_name", "home"} <= set(status)
    assert status["documents"] == 1
    found = parsed(run(filled, "search", "面积与周长", "--json"))
    assert set(found) == {"query", "notice", "terms", "hits"}
    assert set(found["hits"][0]) == {"document", "title", "version", "locator", "headings", "score", "text"}
    assert "克服面积与周长混淆" in found["hits"][0]["text"]
    models = parsed(run(filled, "models", "list", "--json"))["models"]
    assert {model["state"] for model in models} == {"missing"}
    assert sum(model["default"] for model in models) == 2


def test_json_of_an_ingest_has_a_row_for_each_file(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "资料"
    folder.mkdir()
    (folder / "教案.md").write_text(LESSON, "utf-8")
    (folder / "空的.docx").write_bytes(b"")
    (folder / "旧课件.ppt").write_bytes(b"\xd0\xcf\x11\xe0")
    command = [*with_fake_embedder(), "ingest", "--json", str(folder), str(tmp_path / "没有.docx")]
    done = subprocess.run(command, capture_output=True, text=True, env=environment(home), cwd=ROOT, check=False)
    # One file that fails stops no other, and the run itself did what it could.
    assert done.returncode == 0
    report = json.loads(done.stdout)
    assert set(report) == {*COUNTS, "cancelled", "seconds", "masked", "retired_files", "files"}
    assert (report["added"], report["failed"], report["cancelled"]) == (1, 3, False)
    assert len(report["files"]) == 4
    for row in report["files"]:
        assert {"path", "status", "change", "code", "message", "hint", "chunks", "chars", "seconds"} <= set(row)
        assert (row["status"] == "failed") == bool(row["code"] and row["message"] and row["hint"])


def test_an_ingest_of_nothing_completes_and_says_so(home: Path, tmp_path: Path) -> None:
    (tmp_path / "空").mkdir()
    nothing = run(home, "ingest", str(tmp_path / "空"))
    assert (nothing.returncode, nothing.stdout.splitlines()[-1]) == (
        0,
        "这里没有文件，资料库没有变动。检查路径是否写对。",
    )
    missing = run(home, "ingest", str(tmp_path / "没有.docx"))
    assert missing.returncode == 0
    assert "IN-17" in missing.stdout
    as_json = run(home, "ingest", "--json", str(tmp_path / "没有.docx"))
    assert as_json.returncode == 0
    assert parsed(as_json)["files"][0]["code"] == "IN-17"


# --- content staff ------------------------------------------------------------------------------------------------


def test_a_document_is_listed_corrected_and_taken_out_of_the_search(filled: Path) -> None:
    (document,) = parsed(run(filled, "list", "--json"))["documents"]
    path = document["path"]
    assert document["state"] == "published"
    assert document["unknown"]
    assert run(filled, "list", "--unknown").stdout.count(path) == 1
    assert "LB-13" in run(filled, "correct", path, "年级=很多").stderr
    corrected = parsed(run(filled, "correct", path, "年级=三年级", "subject=数学", "范围=链外", "--json"))
    assert corrected["metadata"]["scope"] == "public"
    assert (corrected["metadata"]["grade"], corrected["origins"]["grade"]["kind"]) == (3, "curator")
    assert parsed(run(filled, "search", "面积", "--filter", "年级=三年级", "--json"))["hits"]
    assert parsed(run(filled, "search", "面积", "--filter", "grade=4", "--json"))["hits"] == []
    assert "LB-10" in run(filled, "search", "面积", "--filter", "颜色=红").stderr
    retired = run(filled, "state", "retired", path, "--why", "内容过时")
    assert (retired.returncode, retired.stdout) == (0, f"✓ {path}：已停用\n")
    assert parsed(run(filled, "search", "面积", "--json"))["hits"] == []
    shown = run(filled, "show", path).stdout
    assert "内容过时" in shown
    assert "年级：三年级（人工更正" in shown
    assert run(filled, "list", "--state", "published").stdout == "共 0 份。\n"
    refused = run(filled, "state", "review", path)
    assert refused.returncode == 1
    assert "LB-12" in refused.stdout
    assert "LB-12" in run(filled, "show", path + "x").stderr
    assert run(filled, "state", "published", path).returncode == 0  # as the next tests want it


# --- more than one process ----------------------------------------------------------------------------------------


@contextmanager
def served(home: Path, end: signal.Signals = signal.SIGINT) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [COMMAND, "serve", "--port", str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=environment(home, PYTHONUTF8="1"),
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == f"页面已打开：http://127.0.0.1:{port}（按 Ctrl+C 结束）\n"
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20) as page:
            assert page.status == 200
        yield port
        process.send_signal(end)
        told, complained = process.communicate(timeout=30)
        assert (told, complained, process.returncode) == ("", "", 0)
    finally:
        process.kill()
        process.communicate()


@pytest.mark.skipif(os.name != "posix", reason="sends an interrupt as a terminal does")
def test_commands_share_the_home_of_a_served_page(filled: Path, tmp_path: Path) -> None:
    with served(filled) as port:
        assert "PG-01" in said(run(filled, "serve", "--port", str(port)))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            other = free.getsockname()[1]
        assert "LB-06" in said(run(filled, "serve", "--port", str(other)))
        status = parsed(run(filled, "status", "--json"))
        assert (status["documents"], status["model"]) == (1, "missing")
        assert parsed(run(filled, "search", "面积与周长", "--json"))["hits"]
        lesson = tmp_path / "教案.md"
        lesson.write_text(LESSON, "utf-8")
        # The fake that filled this library is another embedder than the one the page would use.
        assert "LB-07" in said(run(filled, "ingest", str(lesson)))
        asked = run(filled, "ask", "三年级面积与周长混淆的难点", "--json")
        assert asked.returncode == 1
        assert parsed(asked)["status"] == "unavailable"
        done = run(filled, "doctor", ZHUJIAO_PAGE__PORT=str(port))
        assert "✓ 资料库：正由打开着的页面使用" in done.stdout
    assert not (filled / "server.json").exists()
    # A server that was killed leaves its note behind; nobody is misled by it.
    (filled / "server.json").write_text(json.dumps({"url": f"http://127.0.0.1:{port}", "token": "old"}), "utf-8")
    assert parsed(run(filled, "status", "--json"))["documents"] == 1


@pytest.mark.skipif(os.name != "posix", reason="asks to end as a service manager does")
def test_a_page_that_is_asked_to_end_leaves_no_note_behind(filled: Path) -> None:
    with served(filled, signal.SIGTERM):
        assert (filled / "server.json").exists()
    assert not (filled / "server.json").exists()


def wait_for(process: subprocess.Popen[str], words: str) -> None:
    assert process.stderr is not None
    end = time.monotonic() + 60
    while time.monotonic() < end:
        line = process.stderr.readline()
        if words in line:
            return
        assert line, "the command ended before it could be stopped"
    pytest.fail(f"{words} did not come")


@pytest.mark.skipif(os.name != "posix", reason="sends an interrupt as a terminal does")
def test_an_interrupted_ingest_says_so_and_goes_on_the_next_time(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "资料"
    folder.mkdir()
    for number in range(1, 121):
        (folder / f"第{number}课.md").write_text(f"# 第{number}课\n\n" + LESSON * 3, "utf-8")
    process = subprocess.Popen(
        [*with_fake_embedder(0.4), "ingest", str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=environment(home, PYTHONUTF8="1"),
        cwd=ROOT,
    )
    wait_for(process, "encoding")
    process.send_signal(signal.SIGINT)
    told, complained = process.communicate(timeout=60)
    assert process.returncode == 130, complained
    assert "Traceback" not in told + complained
    assert complained.splitlines()[-1] == "已停止，已经完成的都保留着。"
    done = subprocess.run(
        [*with_fake_embedder(), "ingest", "--json", str(folder)],
        capture_output=True,
        text=True,
        env=environment(home),
        cwd=ROOT,
        check=True,
    )
    assert json.loads(done.stdout)["failed"] == 0
    status = parsed(run(home, "status", "--json"))
    assert (status["documents"], status["pending"]) == (120, 0)


@pytest.mark.skipif(os.name != "posix", reason="sends an interrupt as a terminal does")
def test_a_command_waits_for_another_and_can_be_interrupted(filled: Path) -> None:
    with Library(load_settings({"ZHUJIAO_HOME": str(filled)}).library_dir):
        process = subprocess.Popen(
            [COMMAND, "search", "面积"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            env=environment(filled, PYTHONUTF8="1"),
        )
        wait_for(process, "资料库正被另一个命令使用，等它结束。")
        process.send_signal(signal.SIGINT)
        told, complained = process.communicate(timeout=30)
    assert process.returncode == 130
    assert told == ""
    assert complained == "已停止，已经完成的都保留着。\n"
