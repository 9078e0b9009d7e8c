"""Write zip files byte by byte, so that they can say anything: wrong sizes, shared bytes, any name."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

STORED, DEFLATED = 0, 8
UTF8, LOCKED = 0x800, 0x1
LINK, PIPE = 0o120777 << 16, 0o010644 << 16


def deflated(body: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(body) + packer.flush()


def deflated_zeros(megabytes: int, before: bytes = b"") -> bytes:
    """Pack some bytes and then megabytes of zeros, of which only one is really packed."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    start = packer.compress(before) + packer.flush(zlib.Z_FULL_FLUSH)
    one = packer.compress(bytes(1024 * 1024)) + packer.flush(zlib.Z_FULL_FLUSH)
    return start + one * megabytes + packer.flush()


@dataclass(frozen=True)
class Entry:
    """A member; what is None is filled in truthfully. `offset` points its directory entry at another's header."""

    name: bytes | str
    body: bytes = b"x"
    method: int = DEFLATED
    flags: int = 0
    attributes: int = 0
    packed: bytes | None = None
    size: int | None = None
    crc: int | None = None
    offset: int | None = None

    @property
    def raw_name(self) -> bytes:
        return self.name.encode() if isinstance(self.name, str) else self.name

    @property
    def data(self) -> bytes:
        if self.packed is not None:
            return self.packed
        return deflated(self.body) if self.method == DEFLATED else self.body

    @property
    def facts(self) -> bytes:
        """The fields that the local header and the directory share, from the flags to the name's length."""
        flags = self.flags | (UTF8 if isinstance(self.name, str) else 0)
        size = len(self.body) if self.size is None else self.size
        crc = zlib.crc32(self.body) if self.crc is None else self.crc
        numbers = (flags, self.method, 0, 0x5A21, crc, len(self.data), size, len(self.raw_name))
        return struct.pack("<HHHHLLLH", *numbers)


def zip_bytes(entries: Sequence[Entry], comment: bytes = b"", count: int | None = None) -> bytes:
    body, directory = bytearray(), bytearray()
    for entry in entries:
        here = len(body)
        if entry.offset is None:
            body += b"PK\3\4" + struct.pack("<H", 20) + entry.facts + b"\0\0" + entry.raw_name + entry.data
        place = here if entry.offset is None else entry.offset
        rest = struct.pack("<HHHHLL", 0, 0, 0, 0, entry.attributes, place)
        directory += b"PK\1\2" + struct.pack("<HH", 0x0314, 20) + entry.facts + rest + entry.raw_name
    listed = len(entries) if count is None else count
    end = struct.pack("<HHHHLLH", 0, 0, listed & 0xFFFF, listed & 0xFFFF, len(directory), len(body), len(comment))
    return bytes(body + directory + b"PK\5\6" + end + comment)


def write_zip(path: Path, entries: Sequence[Entry], **options: int) -> Path:
    path.write_bytes(zip_bytes(entries, **options))
    return path


def overlapping(members: int, unpacked: int) -> bytes:
    """Let every member's directory entry point at the one packed kernel."""
    first = Entry("0.txt", b"0" * unpacked)
    return zip_bytes([first, *(Entry(f"{number}.txt", b"0" * unpacked, offset=0) for number in range(1, members))])


def quoted(members: int, unpacked: int) -> bytes:
    """Let every member's data contain the next member's header, as a stored block of its own stream (Fifield's way)."""
    kernel = deflated(b"0" * unpacked)
    chain = kernel
    size = unpacked
    body = b"0" * unpacked
    pieces: list[tuple[Entry, int]] = []
    tail = b""
    for number in reversed(range(members)):
        entry = Entry(f"{number:04d}.txt", body, packed=chain, size=size)
        header = b"PK\3\4" + struct.pack("<H", 20) + entry.facts + b"\0\0" + entry.raw_name
        pieces.append((entry, len(header) + len(chain)))
        tail = header + chain
        if len(tail) > 0xFFFF:
            break
        # A stored block that is not the last one: its bytes are the header and all that follows it.
        chain = b"\0" + struct.pack("<HH", len(header), len(header) ^ 0xFFFF) + tail
        body, size = header + body, size + len(header)
    total = len(tail)
    directory = b""
    for entry, length in reversed(pieces):
        rest = struct.pack("<HHHHLL", 0, 0, 0, 0, 0, total - length)
        directory += b"PK\1\2" + struct.pack("<HH", 0x0314, 20) + entry.facts + rest + entry.raw_name
    end = struct.pack("<HHHHLLH", 0, 0, len(pieces), len(pieces), len(directory), total, 0)
    return tail + directory + b"PK\5\6" + end
