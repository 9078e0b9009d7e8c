"""PDF files: locks, loops, lies, bombs, scripts, attachments, odd characters."""

from __future__ import annotations

import hashlib
import zlib
from typing import TYPE_CHECKING

from tests.ingest.hostile.bases import FONT, PAGE, WORDS, pdf, pdf_of, picture, stream
from tests.ingest.hostile.spec import TEXT, made, spec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.ingest.hostile.spec import Spec

MEGABYTE = 1024 * 1024
PADDING = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")
BLANK_OR_BAD = "IN-08 IN-11 IN-12"


def specs() -> Iterator[Spec]:
    """Yield the PDF files."""
    contents: dict[str, tuple[Callable[[], bytes], str]] = {
        "only-header": (lambda: b"%PDF-1.7\n", "IN-08"),
        "header-late": (lambda: b"\n" * 900 + pdf(), "text IN-06 IN-08"),
        "header-too-late": (lambda: b"x\n" * 900 + pdf(), "text IN-06 IN-08"),
        "no-end": (lambda: pdf()[: pdf().index(b"xref")], "text IN-08"),
        "junk-after": (lambda: pdf() + bytes(3000), "text IN-08"),
        "twice": (lambda: pdf() + pdf(), TEXT),
        "no-pages": (
            lambda: pdf_of(["<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [] /Count 0 >>"]),
            "IN-08",
        ),
        "no-catalogue": (lambda: pdf_of(["<< >>"]), "IN-08"),
        "pages-loop": (
            lambda: pdf_of(["<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2 >>"]),
            BLANK_OR_BAD,
        ),
        "pages-circle": (_circle, BLANK_OR_BAD + " text IN-18"),
        "count-lies": (lambda: pdf().replace(b"/Count 1", b"/Count 2000000000"), "text IN-08 IN-18"),
        "count-negative": (lambda: pdf().replace(b"/Count 1", b"/Count -5"), "text IN-08"),
        "pages-4000": (lambda: _pages(4000), "IN-18"),
        "pages-300": (lambda: _pages(300), "text IN-11"),
        "page-tree-deep": (_deep_tree, "text IN-08 IN-11"),
        "previous-loop": (lambda: pdf(trailer="/Prev 9"), "text IN-08"),
        "xref-negative": (lambda: pdf().replace(b"startxref\n", b"startxref\n-"), "text IN-08"),
        "xref-far": (lambda: pdf().replace(b"startxref\n", b"startxref\n99999999999"), "text IN-08"),
        "object-loop": (
            lambda: pdf().replace(b"/Contents 5 0 R", b"/Contents [5 0 R 4 0 R [5 0 R]]"),
            "text IN-08 IN-11",
        ),
        "content-missing": (lambda: pdf().replace(b"/Contents 5 0 R", b"/Contents 99 0 R"), BLANK_OR_BAD),
        "content-broken": (lambda: pdf(b"BT /F1 12 Tf ((((( Tj ET q q q q Q BT"), BLANK_OR_BAD + " text"),
        "content-unclosed": (lambda: pdf(b"BT /F1 12 Tf 70 700 Td [" + b"(a) " * 90_000), "text IN-11"),
        "content-nested": (lambda: pdf(b"[" * 200_000 + b"<<" * 200_000), "text IN-08 IN-11"),
        "states-deep": (lambda: pdf(b"q " * 200_000 + WORDS), "text IN-11"),
        "bomb-flate": (lambda: _flate(300), "text IN-11 IN-12"),
        "bomb-double": (_double, "text IN-11 IN-12"),
        "form-itself": (_form, "text IN-11 IN-12 IN-21"),
        "pattern-itself": (_pattern, "text IN-11 IN-12"),
        "picture-only": (lambda: _picture(1), "IN-12 IN-11 text"),
        "picture-huge": (lambda: _picture(1, "/Width 60000 /Height 60000"), "IN-12 IN-11 text"),
        "picture-lies": (lambda: _picture(1, "/Width -5 /Height 999999999999"), "IN-12 IN-11 text"),
        "vector-only": (lambda: pdf(b"0 0 m 100 100 l S " * 5000), "IN-11 IN-12"),
        "script": (
            lambda: pdf(
                catalogue="/OpenAction << /S /JavaScript /JS (app.alert\\('x'\\); this.submitForm\\('http://127.0.0.1:9'\\)) >>"
            ),
            TEXT,
        ),
        "launch": (lambda: pdf(catalogue="/OpenAction << /S /Launch /F (touch) /Win << /F (cmd.exe) >> >>"), TEXT),
        "link": (
            lambda: pdf(
                page="/Annots [<< /Subtype /Link /Rect [0 0 9 9] /A << /S /URI /URI (file:///etc/passwd) >> >>]"
            ),
            TEXT,
        ),
        "attachment": (_attachment, TEXT),
        "form-fields": (_fields, TEXT),
        "forms-xfa": (lambda: pdf(catalogue="/AcroForm << /XFA 6 0 R /Fields [] >>", more=[stream(b"<xdp/>")]), TEXT),
        "outline-loop": (
            lambda: pdf(catalogue="/Outlines 6 0 R", more=["<< /First 6 0 R /Last 6 0 R /Next 6 0 R /Title (x) >>"]),
            TEXT,
        ),
        "locked": (
            lambda: pdf(
                trailer=f"/ID [<00> <00>] /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <{'11' * 32}> /U <{'22' * 32}> >>"
            ),
            "IN-07",
        ),
        "locked-unknown": (
            lambda: pdf(trailer="/ID [<00> <00>] /Encrypt << /Filter /Nobody /V 9 /R 9 >>"),
            "IN-07 IN-08",
        ),
        "locked-owner": (_owner, TEXT),
        "text-unseen": (lambda: pdf(WORDS.replace(b"BT", b"BT 3 Tr", 1)), TEXT),
        "text-outside": (lambda: pdf(WORDS.replace(b"70 760", b"-9000 99999", 1)), "text IN-11"),
        "text-many": (lambda: pdf(b"BT /F1 1 Tf " + b"1 0 0 1 5 5 Tm (abcdefghij) Tj " * 9000 + b"ET"), "text IN-10"),
        "text-one-place": (
            lambda: pdf(b"BT /F1 9 Tf 1 0 0 1 70 700 Tm " + b"(a) Tj 1 0 0 1 70 700 Tm " * 20_000 + b"ET"),
            "text IN-11",
        ),
        "text-tiny": (lambda: pdf(WORDS.replace(b"/F1 12 Tf", b"/F1 0.00001 Tf")), "text IN-11 IN-12"),
        "text-vast": (lambda: pdf(WORDS.replace(b"/F1 12 Tf", b"/F1 99999999999999 Tf")), "text IN-11 IN-12"),
        "text-turned": (lambda: pdf(WORDS.replace(b"1 0 0 1", b"0 1 -1 0")), TEXT),
        "text-mirrored": (lambda: pdf(WORDS.replace(b"1 0 0 1", b"-1 0 0 -1")), TEXT),
        "matrix-odd": (lambda: pdf(WORDS.replace(b"1 0 0 1", b"0 0 0 0")), "text IN-11 IN-12"),
        "numbers-odd": (lambda: pdf(WORDS.replace(b"70 760", b"1e99 --5..3")), "text IN-11"),
        "page-vast": (lambda: pdf().replace(b"[0 0 595 842]", b"[0 0 99999999 9e30]"), "text IN-11"),
        "page-none": (lambda: pdf().replace(b"[0 0 595 842]", b"[0 0 0 0]"), "text IN-11"),
        "page-backward": (lambda: pdf().replace(b"[0 0 595 842]", b"[595 842 0 0]"), TEXT),
        "font-missing": (lambda: pdf().replace(b"/F1 3 0 R", b"/F1 99 0 R"), "text IN-11"),
        "font-broken": (lambda: _font(bytes(range(256))), "text IN-11"),
        "filter-unknown": (lambda: pdf().replace(b"/Length", b"/Filter /Nobody /Length", 1), BLANK_OR_BAD + " text"),
        "length-lies": (lambda: pdf().replace(b"/Length ", b"/Length 9999", 1), "text IN-08 IN-11"),
        "object-stream-broken": (lambda: pdf(more=[stream(b"1 0 2 9 xx", "/Type /ObjStm /N 99 /First 9")]), TEXT),
        "names-deep": (lambda: pdf(catalogue="/Names " + "<< /A " * 3000 + "1" + " >>" * 3000), "text IN-08"),
    }
    for word, (content, expect) in contents.items():
        yield spec(f"pdf-{word}", "讲义.pdf", expect, made(content), slow="IN-21" in expect)  # it never ends
    for word, code in {
        "lost": "FFFD",
        "nul": "0000",
        "half": "D800",
        "halves": "DC00D800",
        "private": "E000",
        "no-character": "FFFE",
        "long": "8BFE6587" * 60,
    }.items():
        yield spec(f"pdf-characters-{word}", "讲义.pdf", "text IN-11 IN-12", made(_mapping(code)))


def _circle() -> bytes:
    return pdf_of([
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 9 >>",
        "<< /Type /Pages /Kids [2 0 R 4 0 R] /Parent 2 0 R /Count 9 >>",
        "<< /Type /Pages /Kids [3 0 R] /Parent 3 0 R /Count 9 >>",
    ])  # fmt: skip


def _pages(count: int) -> bytes:
    kids = " ".join(f"{number} 0 R" for number in range(5, 5 + count))
    page = (
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 3 0 R >> >> >>"
    )
    return pdf_of(
        [
            "<< /Type /Catalog /Pages 2 0 R >>",
            f"<< /Type /Pages /Kids [{kids}] /Count {count} >>",
            FONT,
            stream(WORDS),
            *[page] * count,
        ]
    )


def _deep_tree() -> bytes:
    depth = 2000
    nodes = [
        f"<< /Type /Pages /Kids [{number + 1} 0 R] /Count 1 /Parent {number - 1} 0 R >>"
        for number in range(3, 3 + depth)
    ]
    last = 3 + depth
    page = f"<< /Type /Page /Parent {last - 1} 0 R /MediaBox [0 0 595 842] /Contents {last + 1} 0 R /Resources << /Font << /F1 {last + 2} 0 R >> >> >>"
    return pdf_of(
        [
            "<< /Type /Catalog /Pages 2 0 R >>",
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            *nodes,
            page,
            stream(WORDS),
            FONT,
        ]
    )


def _flate(megabytes: int) -> bytes:
    packed = _blanks(megabytes)
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [4 0 R] /Count 1 >>",
        FONT,
        PAGE.format(more=""),
    ]
    return pdf_of([*objects, stream(packed, "/Filter /FlateDecode")])


def _blanks(megabytes: int) -> bytes:
    """Pack megabytes of blanks, of which only one is really packed; the checksum at the end is left out."""
    packer = zlib.compressobj(9)
    start = packer.compress(b" ") + packer.flush(zlib.Z_FULL_FLUSH)
    return start + (packer.compress(b" " * MEGABYTE) + packer.flush(zlib.Z_FULL_FLUSH)) * megabytes


def _double() -> bytes:
    packed = zlib.compress(_blanks(500), 9)
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [4 0 R] /Count 1 >>",
        FONT,
        PAGE.format(more=""),
    ]
    return pdf_of([*objects, stream(packed, "/Filter [/FlateDecode /FlateDecode]")])


def _with_resource(content: bytes, resource: str, *more: bytes | str) -> bytes:
    page = PAGE.format(more="").replace("/Resources <<", f"/Resources << {resource}")
    return pdf_of(
        [
            "<< /Type /Catalog /Pages 2 0 R >>",
            "<< /Type /Pages /Kids [4 0 R] /Count 1 >>",
            FONT,
            page,
            stream(content),
            *more,
        ]
    )


def _form() -> bytes:
    form = stream(
        b"/X Do /X Do " + WORDS,
        "/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 6 0 R >> >>",
    )
    return _with_resource(b"/X Do " * 9 + WORDS, "/XObject << /X 6 0 R >>", form)


def _pattern() -> bytes:
    pattern = stream(
        b"/Pattern cs /P scn 0 0 9 9 re f",
        "/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 9 9] /XStep 1e-9 /YStep 1e-9 /Resources << /Pattern << /P 6 0 R >> >>",
    )
    return _with_resource(b"/Pattern cs /P scn 0 0 500 500 re f " + WORDS, "/Pattern << /P 6 0 R >>", pattern)


def _picture(times: int, facts: str = "") -> bytes:
    image = picture()
    if facts:
        image = image.replace(b"/Width 16 /Height 16", facts.encode())
    return _with_resource(b"q 400 0 0 400 50 50 cm /I Do Q " * times, "/XObject << /I 6 0 R >>", image)


def _attachment() -> bytes:
    names = "/Names << /EmbeddedFiles << /Names [(run.exe) 6 0 R] >> >>"
    return pdf(
        catalogue=names,
        more=[
            "<< /Type /Filespec /F (../../run.exe) /EF << /F 7 0 R >> >>",
            stream(b"MZ" + bytes(300), "/Type /EmbeddedFile"),
        ],
    )


def _fields() -> bytes:
    field = (
        "<< /Type /Annot /Subtype /Widget /FT /Tx /T (a) /V (value) /Rect [0 0 99 99] /Kids [6 0 R] /Parent 6 0 R >>"
    )
    return pdf(catalogue="/AcroForm << /Fields [6 0 R] >>", page="/Annots [6 0 R]", more=[field])


def _owner() -> bytes:
    """Lock a PDF for changes only, with the 40-bit way of PDF 1.1: it opens without a password."""
    owner = bytes.fromhex("11" * 32)
    permissions = (-4 & 0xFFFFFFFF).to_bytes(4, "little")
    key = hashlib.md5(PADDING + owner + permissions + b"\0", usedforsecurity=False).digest()[:5]
    user = _rc4(key, PADDING)
    salted = hashlib.md5(key + (5).to_bytes(3, "little") + b"\0\0", usedforsecurity=False).digest()[:10]
    locked = f"/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <{owner.hex()}> /U <{user.hex()}> >> /ID [<00> <00>]"
    return pdf(_rc4(salted, WORDS), trailer=locked)


def _rc4(key: bytes, content: bytes) -> bytes:
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    result, i, j = bytearray(), 0, 0
    for byte in content:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        result.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(result)


def _font(program: bytes) -> bytes:
    font = "<< /Type /Font /Subtype /TrueType /BaseFont /X /FontDescriptor 6 0 R >>"
    described = "<< /Type /FontDescriptor /FontName /X /Flags 32 /FontFile2 7 0 R >>"
    return pdf(more=[described, stream(program, f"/Length1 {len(program)}")]).replace(FONT.encode(), font.encode())


def _mapping(code: str) -> Callable[[], bytes]:
    """Let the letter e stand for any code units."""

    def content() -> bytes:
        cmap = (
            f"begincmap 1 begincodespacerange <00> <FF> endcodespacerange 1 beginbfchar <65> <{code}> endbfchar endcmap"
        )
        font = FONT.replace(">>", "/ToUnicode 6 0 R >>")
        objects = [
            "<< /Type /Catalog /Pages 2 0 R >>",
            "<< /Type /Pages /Kids [4 0 R] /Count 1 >>",
            font,
            PAGE.format(more=""),
        ]
        return pdf_of([*objects, stream(WORDS), stream(cmap.encode())])

    return content
