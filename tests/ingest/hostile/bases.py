"""Sound files to start from, made with the libraries schools' programs are like, and ways to change their parts."""

from __future__ import annotations

import io
import random
import zipfile
import zlib
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LINES = (
    "长方形的面积",
    "一、教学目标",
    "能说出长方形面积公式，会算 3×4=12。",
    "二、教学过程",
    "师：请看图，一共有多少个小正方形？",
)
PROSE = "\n".join(LINES) + "\n"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8ffff3f0005fe02fea7"
    "9a9d3a0000000049454e44ae426082"
)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1016)


@cache
def docx(*, empty: bool = False) -> bytes:
    import docx as library

    document = library.Document()
    if not empty:
        for line in LINES:
            document.add_paragraph(line)
        table = document.add_table(2, 2)
        for cell, text in zip(table._cells, ["环节", "活动", "导入", "提问"], strict=True):
            cell.text = text
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


@cache
def pptx(*, empty: bool = False) -> bytes:
    import pptx as library

    deck = library.Presentation()
    if not empty:
        for number in range(3):
            slide = deck.slides.add_slide(deck.slide_layouts[1])
            slide.shapes.title.text = f"第{number + 1}环节"
            slide.placeholders[1].text = PROSE
            slide.notes_slide.notes_text_frame.text = "提醒学生看黑板。"
    stream = io.BytesIO()
    deck.save(stream)
    return stream.getvalue()


@cache
def xlsx(*, empty: bool = False) -> bytes:
    import openpyxl

    workbook = openpyxl.Workbook()
    sheet = workbook.active
    if not empty:
        sheet.append(["题号", "题干", "答案"])
        for number in range(8):
            sheet.append([number, f"第{number}题：长 {number} 厘米、宽 2 厘米的长方形面积是多少？", number * 2])
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


@cache
def locked(kind: str) -> bytes:
    """Encrypt an office file as Office does."""
    from msoffcrypto.format.ooxml import OOXMLFile

    stream = io.BytesIO()
    OOXMLFile(io.BytesIO({"docx": docx, "pptx": pptx, "xlsx": xlsx}[kind]())).encrypt("secret", stream)
    return stream.getvalue()


def repacked(package: bytes, changes: Mapping[str, bytes | str | None], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a package with parts replaced, added or (None) left out."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(stream, "w", method) as new:
        for part in old.infolist():
            if part.filename not in changes:
                new.writestr(part.filename, old.read(part))
        for name, body in changes.items():
            if body is not None:
                new.writestr(name, body)
    return stream.getvalue()


def part(package: bytes, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(package)) as opened:
        return opened.read(name).decode()


def body_xml(inside: str, namespaces: str = "") -> str:
    """Return a word/document.xml."""
    word = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><w:document {word} {namespaces}><w:body>{inside}</w:body></w:document>'
    )


def paragraph(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def flipped(content: bytes, seed: int, bits: int) -> bytes:
    """Return the content with some bits turned over, always the same ones."""
    chance = random.Random(seed)
    changed = bytearray(content)
    for _ in range(bits):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def pdf_of(objects: Sequence[bytes | str], *, root: int = 1, trailer: str = "") -> bytes:
    """Write numbered objects, a cross-reference table and a trailer."""
    body = bytearray(b"%PDF-1.7\n")
    offsets = []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(body))
        raw = content.encode("latin-1") if isinstance(content, str) else content
        body += f"{number} 0 obj\n".encode() + raw + b"\nendobj\n"
    start = len(body)
    body += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    body += b"".join(f"{offset:010d} 00000 n \n".encode() for offset in offsets)
    body += f"trailer << /Size {len(objects) + 1} /Root {root} 0 R {trailer} >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(body)


def stream(content: bytes, more: str = "") -> bytes:
    return f"<< /Length {len(content)} {more} >>\nstream\n".encode() + content + b"\nendstream"


FONT = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
PAGE = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R /Resources << /Font << /F1 3 0 R >> >> {more} >>"
WORDS = b"BT /F1 12 Tf 1 0 0 1 70 760 Tm (The area of a rectangle.) Tj 1 0 0 1 70 740 Tm (Length times width.) Tj ET"


def pdf(
    content: bytes = WORDS, *, catalogue: str = "", page: str = "", more: Sequence[bytes | str] = (), trailer: str = ""
) -> bytes:
    """Write a PDF of one page; objects in `more` are numbered from 6."""
    return pdf_of(
        [
            f"<< /Type /Catalog /Pages 2 0 R {catalogue} >>",
            "<< /Type /Pages /Kids [4 0 R] /Count 1 >>",
            FONT,
            PAGE.format(more=page),
            stream(content),
            *more,
        ],
        trailer=trailer,
    )


def picture(size: int = 16) -> bytes:
    pixels = zlib.compress(bytes(range(256)) * (size * size // 256))
    return stream(
        pixels,
        f"/Type /XObject /Subtype /Image /Width {size} /Height {size} /BitsPerComponent 8 /ColorSpace /DeviceGray /Filter /FlateDecode",
    )
