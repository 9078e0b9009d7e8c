"""The one importer of olefile: which office program wrote a compound file, and whether it is locked."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from ingest.partition.failures import DAMAGE, failure

if TYPE_CHECKING:
    from pathlib import Path

_DAMAGE: tuple[type[Exception], ...] = (*DAMAGE, struct.error)
_STREAMS = {"WordDocument": "doc", "PowerPoint Document": "ppt", "Workbook": "xls", "Book": "xls"}
_WORD_ENCRYPTED = 0x0100  # in the flags of the file information block, [MS-DOC] 2.5.2
_SLIDES_ENCRYPTED = 0xF3D1C4DF  # the token of the current user atom, [MS-PPT] 2.3.2


def compound_kind(path: Path) -> str:
    """Return `doc`, `ppt` or `xls` for a compound file (before 2007), or "" when something else wrote it.

    Raises:
        SourceError: IN-07 locked with a password (workbooks excepted: their reader finds out), IN-08 damaged.

    """
    import olefile  # type: ignore[import-untyped]  # it ships no types

    try:
        with olefile.OleFileIO(str(path)) as package:
            name = next((name for name in _STREAMS if package.exists(name)), "")
            kind = _STREAMS.get(name, "")
            locked = _is_locked(package, kind)
            whole = _is_whole(package, name)
    except _DAMAGE as error:
        raise failure("IN-08") from error
    if locked:
        raise failure("IN-07")
    if not whole:
        raise failure("IN-08")
    return kind


def _is_whole(package: Any, name: str) -> bool:
    """Tell whether all of the main stream is there; LibreOffice would read the beginning of a cut file without a word."""
    if not name:
        return not package.parsing_issues  # the directory itself may be what was cut off
    return bool(len(package.openstream(name).read()) >= package.get_size(name))


def _is_locked(package: Any, kind: str) -> bool:
    if package.exists("EncryptedPackage"):
        return True
    if kind == "doc":
        (flags,) = struct.unpack_from("<H", package.openstream("WordDocument").read(12), 10)
        return bool(flags & _WORD_ENCRYPTED)
    if kind == "ppt" and package.exists("Current User"):
        head = package.openstream("Current User").read(16)
        return len(head) == 16 and struct.unpack_from("<I", head, 12) == (_SLIDES_ENCRYPTED,)
    return False
