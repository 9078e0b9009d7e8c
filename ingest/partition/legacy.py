"""Old office files (.doc, .ppt, .wps, .dps, RTF): LibreOffice, where it is installed, turns them into files we read."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from ingest.partition.failures import failure

if TYPE_CHECKING:
    from collections.abc import Iterator

# What is read → the filter it is read with, and the kind it becomes. A named filter keeps LibreOffice from taking
# damaged bytes for text, which it would otherwise convert without a word.
CONVERTED = {
    "doc": ("MS Word 97", "docx"),
    "ppt": ("MS PowerPoint 97", "pptx"),
    "rtf": ("Rich Text Format", "docx"),
    "wordml": ("MS Word 2003 XML", "docx"),
    "excelml": ("MS Excel 2003 XML", "xlsx"),
}
SHARE = 2 / 3  # of the time one file may take; the rest is for reading what comes out
_NAMES = ("soffice", "libreoffice")
_PLACES = (
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
    r"C:\Program Files\LibreOffice\program\soffice.com",
    r"C:\Program Files (x86)\LibreOffice\program\soffice.com",
)
_ARGUMENTS = (
    "--headless",
    "--invisible",
    "--norestore",
    "--nolockcheck",
    "--nodefault",
    "--nologo",
    "--nofirststartwizard",
)
# No macro runs, no link is followed, and what still wants the network meets a proxy at a port nobody serves.
_PROFILE = {
    "org.openoffice.Office.Common/Security/Scripting": {
        "MacroSecurityLevel": "3",
        "DisableMacrosExecution": "true",
        "BlockUntrustedRefererLinks": "true",
    },
    "org.openoffice.Office.Writer/Content/Update": {"Link": "0"},
    "org.openoffice.Office.Calc/Content/Update": {"Link": "1"},
    "org.openoffice.Inet/Settings": {
        "ooInetProxyType": "2",
        "ooInetHTTPProxyName": "127.0.0.1",
        "ooInetHTTPProxyPort": "9",
        "ooInetHTTPSProxyName": "127.0.0.1",
        "ooInetHTTPSProxyPort": "9",
        "ooInetNoProxy": "",
    },
}


def find_converter() -> str | None:
    """Return the path of LibreOffice's program, None when it is not installed."""
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    return found or next((place for place in _PLACES if Path(place).is_file()), None)


@contextmanager
def converted(path: Path, kind: str, seconds: float) -> Iterator[Path]:
    """Give a new-format copy of an old file for as long as the block runs; nothing is written beside the original.

    Args:
        path: a file that `sniff` has named `kind`.
        kind: a key of `CONVERTED`.
        seconds: what the whole file may take.

    Raises:
        SourceError: IN-02 unreadable, IN-14 no LibreOffice here, IN-24 it failed or took too long.

    """
    filter_name, target = CONVERTED[kind]
    converter = find_converter()
    if converter is None:
        raise failure("IN-14", suffix=path.suffix.lower(), newer=f".{target}")
    with TemporaryDirectory(prefix="zhujiao-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        original = folder / f"original.{kind}"  # a plain name, and a folder of its own for LibreOffice's lock files
        try:
            shutil.copyfile(path, original)
        except OSError as error:
            raise failure("IN-02", detail=error.strerror or "读取失败") from error
        _write_profile(folder / "profile")
        command = [
            converter,
            *_ARGUMENTS,
            f"-env:UserInstallation={(folder / 'profile').as_uri()}",
            f"--infilter={filter_name}",
            "--convert-to",
            target,
            "--outdir",
            str(folder / "out"),
            str(original),
        ]
        trouble = _run(command, folder, seconds * SHARE)
        result = folder / "out" / f"original.{target}"
        if trouble or not result.is_file():
            raise failure("IN-24", detail=trouble or "LibreOffice 读不出它的内容", newer=f".{target}")
        yield result


def _write_profile(folder: Path) -> None:
    items = "".join(
        f'<item oor:path="/{path}"><prop oor:name="{name}" oor:op="fuse"><value>{value}</value></prop></item>'
        for path, values in _PROFILE.items()
        for name, value in values.items()
    )
    user = folder / "user"
    user.mkdir(parents=True)
    (user / "registrymodifications.xcu").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<oor:items xmlns:oor="http://openoffice.org/2001/registry">{items}</oor:items>',
        encoding="utf-8",
    )


def _run(command: list[str], folder: Path, seconds: float) -> str:
    """Run to the end or to the limit, then leave no process behind; return what went wrong, in words, or nothing."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}  # it has its own
    environment = {**inherited, "HOME": str(folder), "TMPDIR": str(folder), "SAL_USE_VCLPLUGIN": "svp"}
    try:
        process = subprocess.Popen(  # noqa: S603  (the program found above, and arguments made here)
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )
    except OSError as error:
        return error.strerror or "LibreOffice 无法启动"
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return f"转换超过了 {round(seconds)} 秒"
    finally:
        if process.poll() is None:
            _end(process)
    return ""


def _end(process: subprocess.Popen[bytes]) -> None:
    """End LibreOffice and its children: what was started is only a launcher."""
    if sys.platform == "win32":
        tree = [shutil.which("taskkill") or "taskkill", "/T", "/F", "/PID", str(process.pid)]
        subprocess.run(tree, check=False, capture_output=True)  # noqa: S603
    else:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
