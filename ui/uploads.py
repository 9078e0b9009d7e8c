"""Keep files a browser sent: a name that is safe on every system, a limit, and never half a file under its name."""

from __future__ import annotations

import re
import secrets
import shutil
import unicodedata
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from ui.errors import PageError
from ui.names import MEGABYTE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ui.words import Words

# Bytes of a name in UTF-8; file systems allow 255, and the copy on its way has a few more.
LONGEST_NAME = 200
_PART = ".part-"
_SEPARATORS = re.compile(r"[/\\]")
_FORBIDDEN = re.compile(r'[<>:"|?*]')
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as the page got it: where its bytes are now, and what its sender calls it."""

    path: Path
    name: str


def safe_name(name: str) -> str:
    """Return a file name without folders, signs a system forbids, or characters that are not seen; may be empty.

    Chinese names arrive decomposed from some systems; they are composed, as names in the library are.
    """
    last = _SEPARATORS.split(unicodedata.normalize("NFC", name))[-1]
    seen = "".join(char for char in last if unicodedata.category(char) not in {"Cc", "Cf", "Cs"})
    clean = _FORBIDDEN.sub("_", seen).strip(" ").rstrip(" .").lstrip(".")
    if not clean:
        return ""
    stem, dot, suffix = clean.rpartition(".")
    if not stem:
        stem, dot, suffix = clean, "", ""
    room = LONGEST_NAME - len((dot + suffix).encode())
    short = stem.encode()[: max(room, 1)].decode("utf-8", "ignore").rstrip(" .")
    whole = f"{short}{dot}{suffix}" if short and room > 0 else ""
    return f"_{whole}" if _DEVICES.match(whole) else whole


def keep_uploads(uploads: Sequence[Upload], incoming: Path, folder: Path, limit_mb: int, words: Words) -> list[Path]:
    """Copy files from `incoming` to `folder`, replacing those of the same name, and return where they are.

    Two files of one name sent together are both kept. Nothing is kept when one of them cannot be.

    Raises:
        PageError: PG-06 for a file that is gone, too large or without a usable name, or a full disk.

    """
    named: dict[str, Path] = {}
    taken: set[str] = set()
    for upload in uploads:
        _check(upload, incoming, limit_mb, words)
        name = _free(safe_name(upload.name), taken)
        taken.add(name.casefold())
        named[name] = upload.path
    parts: list[tuple[Path, Path]] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, path in named.items():
            part = folder / f"{_PART}{secrets.token_hex(8)}"
            parts.append((part, folder / name))
            shutil.copyfile(path, part)
        for part, target in parts:
            part.replace(target)
    except OSError as error:
        reason = error.strerror or str(error)
        raise PageError("PG-06", words("upload.unkept", reason=reason), words("upload.unkept.do")) from error
    finally:
        for part, _ in parts:
            part.unlink(missing_ok=True)
    return [target for _, target in parts]


def _check(upload: Upload, incoming: Path, limit_mb: int, words: Words) -> None:
    """Refuse what did not come through the page, and what the library would refuse anyway."""
    name = safe_name(upload.name)
    if not name:
        raise PageError("PG-06", words("upload.unnamed"), words("upload.unnamed.do"))
    inside = upload.path.resolve().is_relative_to(incoming.resolve())
    if not inside or upload.path.is_symlink() or not upload.path.is_file():
        raise PageError("PG-06", words("upload.gone", name=name), words("upload.gone.do"))
    size = upload.path.stat().st_size
    if size > limit_mb * MEGABYTE:
        message = words("upload.large", name=name, size=round(size / MEGABYTE), limit=limit_mb)
        raise PageError("PG-06", message, words("upload.large.do"))


def _free(name: str, taken: set[str]) -> str:
    """Return the name, or with a number where another file of the same sending has it."""
    path, free, count = PurePath(name), name, 2
    while free.casefold() in taken:
        free = f"{path.stem}（{count}）{path.suffix}"
        count += 1
    return free
