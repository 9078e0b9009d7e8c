"""What can be wrong with any office package: missing and wrong parts, entities, bombs, locks, macros, links."""

from __future__ import annotations

import bz2
import io
import random
import re
import zipfile
from typing import TYPE_CHECKING

from tests.ingest.hostile import bases
from tests.ingest.hostile.bases import docx, part, pptx, repacked, xlsx
from tests.ingest.hostile.spec import TEXT, made, spec
from tests.ingest.hostile.zipcraft import LOCKED, Entry, deflated_zeros, zip_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.ingest.hostile.spec import Spec

MEGABYTE = 1024 * 1024
MAIN = {"docx": "word/document.xml", "pptx": "ppt/slides/slide1.xml", "xlsx": "xl/worksheets/sheet1.xml"}
BASES: dict[str, Callable[[], bytes]] = {"docx": docx, "pptx": pptx, "xlsx": xlsx}
BOMB = (
    '<!DOCTYPE x [<!ENTITY a0 "lol">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)) + "]>"
)
QUADRATIC = f'<!DOCTYPE x [<!ENTITY a "{"A" * 50_000}">]>'
FILE = '<!DOCTYPE x [<!ENTITY a SYSTEM "{canary}">]>'
PARAMETER = '<!DOCTYPE x [<!ENTITY % a SYSTEM "http://127.0.0.1:9/x.dtd"> %a;]>'
LOCAL_DTD = '<!DOCTYPE x SYSTEM "file:///nowhere/x.dtd">'
COMMENT = f"<!--{'x' * 9_000}-->"
DAMAGED = "IN-08"
ODD = ("", "-1", "0", "x", "9" * 20, "²", "1.5", "true", "../../x", "NaN", " ")


def specs() -> Iterator[Spec]:
    """Yield the packages of each kind."""
    for kind, base in BASES.items():
        yield from _packages(kind, base)
        yield from _entities(kind, base)
        yield from _bombs(kind, base)
        for seed in range(12):
            twisted = made(lambda base=base, seed=seed: _twisted(base(), seed))
            yield spec(f"{kind}-twisted-{seed}", f"教案.{kind}", "text IN-06 IN-08 IN-11 IN-18", twisted)


def _packages(kind: str, base: Callable[[], bytes]) -> Iterator[Spec]:
    def changed(word: str, expect: str, changes: Callable[[], dict[str, bytes | str | None]]) -> Spec:
        return spec(f"{kind}-{word}", f"教案.{kind}", expect, made(lambda: repacked(base(), changes())))

    yield changed("no-types", "IN-06 IN-08", lambda: {"[Content_Types].xml": None})
    yield changed("types-empty", "IN-08 IN-11", lambda: {"[Content_Types].xml": "<Types/>"})
    yield changed("types-broken", DAMAGED, lambda: {"[Content_Types].xml": "<Types"})
    yield changed("no-relations", "text IN-08 IN-11", lambda: {"_rels/.rels": None})
    yield changed("relations-empty", "text IN-08 IN-11", lambda: {"_rels/.rels": "<Relationships/>"})
    yield changed("no-main", "text IN-08 IN-11", lambda: {MAIN[kind]: None})
    yield changed("main-empty", "text IN-08 IN-11", lambda: {MAIN[kind]: ""})
    yield changed("main-cut", "text IN-08 IN-11", lambda: {MAIN[kind]: part(base(), MAIN[kind])[:-40]})
    yield changed("main-other", "text IN-08 IN-11", lambda: {MAIN[kind]: "<html><body>课文</body></html>"})
    yield changed("main-binary", "IN-08 IN-11", lambda: {MAIN[kind]: bytes(range(256)) * 9})
    yield changed("extra-parts", TEXT, lambda: {f"custom/{number}.xml": "<x/>" for number in range(500)})
    yield changed(
        "names-outside",
        "text IN-08 IN-09",
        lambda: {"../../../outside.xml": "<x/>", "/absolute.xml": "<x/>", "C:\\x.xml": "<x/>"},
    )
    yield changed(
        "program-inside", TEXT, lambda: {"run.exe": b"MZ" + bytes(999), "autorun.inf": "[autorun]\nopen=run.exe"}
    )
    yield changed("macros", "IN-06" if kind == "docx" else TEXT, lambda: _macros(kind, base))
    yield changed("link-outside", "text IN-08", lambda: _outside(kind, base))
    yield spec(f"{kind}-empty", f"空.{kind}", "IN-11", made(lambda: base(empty=True)))  # type: ignore[call-arg]
    yield spec(f"{kind}-locked", f"锁.{kind}", "IN-07", made(lambda: bases.locked(kind)))
    yield spec(f"{kind}-locked-cut", f"锁.{kind}", "IN-06 IN-07 IN-08", made(lambda: bases.locked(kind)[:3000]))
    yield spec(f"{kind}-parts-locked", f"锁.{kind}", "IN-07", made(lambda: _crafted(base, flags=LOCKED)))
    yield spec(f"{kind}-stored", f"教案.{kind}", TEXT, made(lambda: repacked(base(), {}, method=zipfile.ZIP_STORED)))
    yield spec(
        f"{kind}-bzip2",
        f"教案.{kind}",
        "text IN-08 IN-09",
        made(lambda: repacked(base(), {}, method=zipfile.ZIP_BZIP2)),
    )
    yield spec(
        f"{kind}-lzma", f"教案.{kind}", "text IN-08 IN-09", made(lambda: repacked(base(), {}, method=zipfile.ZIP_LZMA))
    )
    yield spec(f"{kind}-junk-before", f"教案.{kind}", "text IN-06 IN-08", made(lambda: b"MZ" + bytes(500) + base()))
    yield spec(f"{kind}-text-before", f"教案.{kind}", "text IN-06 IN-08", made(lambda: b"abc\n" * 99 + base()))
    yield spec(f"{kind}-junk-after", f"教案.{kind}", "text IN-08", made(lambda: base() + b"\0" * 500))
    yield spec(f"{kind}-twice", f"教案.{kind}", "text IN-08", made(lambda: base() + base()))
    yield spec(f"{kind}-parts-twice", f"教案.{kind}", "text IN-08 IN-09", made(lambda: _crafted(base, times=2)))
    yield spec(f"{kind}-crc-wrong", f"教案.{kind}", DAMAGED, made(lambda: _crafted(base, crc=1)))
    yield spec(f"{kind}-method-unknown", f"教案.{kind}", DAMAGED, made(lambda: _crafted(base, method=97)))


def _entries(base: Callable[[], bytes]) -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(base())) as package:
        return [(name, package.read(name)) for name in package.namelist()]


def _crafted(
    base: Callable[[], bytes],
    *,
    times: int = 1,
    method: int = 8,
    without: str = "",
    more: Sequence[Entry] = (),
    **facts: int,
) -> bytes:
    own = [Entry(name, body, method, **facts) for name, body in _entries(base) * times if name != without]
    return zip_bytes([*own, *more])


def _macros(kind: str, base: Callable[[], bytes]) -> dict[str, bytes | str | None]:
    """Give a package the main type and the program of a macro file (.docm), under its plain name."""
    types = part(base(), "[Content_Types].xml")
    for plain, macro in (
        ("vnd.openxmlformats-officedocument.wordprocessingml.document.main", "vnd.ms-word.document.macroEnabled.main"),
        (
            "vnd.openxmlformats-officedocument.presentationml.presentation.main",
            "vnd.ms-powerpoint.presentation.macroEnabled.main",
        ),
        ("vnd.openxmlformats-officedocument.spreadsheetml.sheet.main", "vnd.ms-excel.sheet.macroEnabled.main"),
    ):
        types = types.replace(plain, macro)
    folder = MAIN[kind].split("/", 1)[0]
    return {"[Content_Types].xml": types, f"{folder}/vbaProject.bin": bases.OLE}


def _outside(kind: str, base: Callable[[], bytes]) -> dict[str, bytes | str | None]:
    """Point relations outside: a template, a picture and a frame that a careless reader would fetch."""
    name = {
        "docx": "word/_rels/document.xml.rels",
        "pptx": "ppt/slides/_rels/slide1.xml.rels",
        "xlsx": "xl/_rels/workbook.xml.rels",
    }[kind]
    kinds = ("attachedTemplate", "image", "frame", "externalLinkPath", "oleObject")
    start = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
    links = "".join(
        f'<Relationship Id="rIdX{number}" Type="{start}{word}" Target="http://127.0.0.1:9/{word}" TargetMode="External"/>'
        f'<Relationship Id="rIdY{number}" Type="{start}{word}" Target="file:///etc/passwd" TargetMode="External"/>'
        for number, word in enumerate(kinds)
    )
    return {name: part(base(), name).replace("</Relationships>", f"{links}</Relationships>")}


def _entities(kind: str, base: Callable[[], bytes]) -> Iterator[Spec]:
    """Yield document type declarations in the main part: at its head, and behind a comment longer than a look."""
    for word, declaration in {
        "bomb": BOMB,
        "quadratic": QUADRATIC,
        "file": FILE,
        "parameter": PARAMETER,
        "dtd": LOCAL_DTD,
    }.items():
        for place, before in (("head", ""), ("late", COMMENT)):
            yield spec(
                f"{kind}-entity-{word}-{place}", f"教案.{kind}", "IN-09", _entity(kind, base, before, declaration)
            )
    yield spec(f"{kind}-entity-utf16", f"教案.{kind}", "IN-09", _entity(kind, base, COMMENT, BOMB, "utf-16"))
    types = made(
        lambda: repacked(base(), {"[Content_Types].xml": _declared(part(base(), "[Content_Types].xml"), COMMENT, BOMB)})
    )
    yield spec(f"{kind}-entity-types", f"教案.{kind}", "IN-09", types)


def _entity(
    kind: str, base: Callable[[], bytes], before: str, declaration: str, encoding: str = "utf-8"
) -> Callable[[object], object]:
    def write(path: object) -> None:
        canary = path.parent / "canary.txt"  # type: ignore[attr-defined]
        canary.write_text("金丝雀")
        name = MAIN[kind]
        said = {"a": "&a;", "a9": "&a9;"}["a9" if declaration is BOMB else "a"] * (
            1000 if declaration is QUADRATIC else 1
        )
        xml = _declared(part(base(), name), before, declaration.replace("{canary}", canary.as_uri()))
        if declaration not in {PARAMETER, LOCAL_DTD}:
            xml = xml.replace("长方形", said, 1).replace("第1环节", said, 1).replace("题号", said, 1)
        path.write_bytes(repacked(base(), {name: xml.replace("UTF-8", encoding).encode(encoding)}))  # type: ignore[attr-defined]

    return write


def _declared(xml: str, before: str, declaration: str) -> str:
    start = xml.index("?>") + 2 if xml.startswith("<?xml") else 0
    return xml[:start] + before + declaration + xml[start:]


def _bombs(kind: str, base: Callable[[], bytes]) -> Iterator[Spec]:
    """Yield bombs by ratio, by blanks in the main part, by the number of parts, by lies, and by shared bytes."""
    main = MAIN[kind]
    filler = Entry(f"{main}.bin", packed=deflated_zeros(60), size=60 * MEGABYTE)
    yield spec(f"{kind}-bomb-ratio", f"炸.{kind}", "IN-09", made(lambda: _crafted(base, more=[filler])))
    blanks = made(lambda: repacked(base(), {main: part(base(), main) + " " * 9 * MEGABYTE}))
    yield spec(f"{kind}-bomb-blanks", f"炸.{kind}", "IN-09", blanks)
    many = [Entry(str(number), b"", 0) for number in range(12_000)]
    yield spec(f"{kind}-bomb-parts", f"炸.{kind}", "IN-09", made(lambda: _crafted(base, more=many)))
    yield spec(f"{kind}-bomb-lying", f"炸.{kind}", "IN-09", made(lambda: _lying(kind, base, 8)))
    yield spec(f"{kind}-bomb-lying-bzip2", f"炸.{kind}", "IN-08", made(lambda: _lying(kind, base, 12)))
    yield spec(f"{kind}-bomb-shared", f"炸.{kind}", "IN-08 IN-09", made(lambda: _shared(kind, base)))


def _twisted(package: bytes, seed: int) -> bytes:
    """Give attributes of one of a package's parts values that they cannot have; the zip around them stays sound."""
    chance = random.Random(seed)
    with zipfile.ZipFile(io.BytesIO(package)) as opened:
        name = chance.choice(
            [one for one in opened.namelist() if one.endswith((".xml", ".rels")) and "theme" not in one]
        )
        xml = opened.read(name).decode()
    for _ in range(3):
        value = chance.choice(re.findall(r'="([^"]+)"', xml))
        xml = xml.replace(f'="{value}"', f'="{chance.choice(ODD)}"')
    return repacked(package, {name: xml})


def _lying(kind: str, base: Callable[[], bytes], method: int) -> bytes:
    """Let the main part say it is small, and unpack to far more."""
    xml = part(base(), MAIN[kind]).encode()
    packed = deflated_zeros(1500, xml) if method == 8 else bz2.compress(xml + bytes(99 * MEGABYTE))
    return _crafted(base, without=MAIN[kind], more=[Entry(MAIN[kind], xml, method, packed=packed)])


def _shared(kind: str, base: Callable[[], bytes]) -> bytes:
    """Let a thousand parts share one packed body."""
    kernel = Entry(f"{MAIN[kind]}.bin", packed=deflated_zeros(1), size=MEGABYTE)
    start = _crafted(base).index(b"PK\1\2")
    same = [Entry(f"{number}.bin", packed=kernel.data, size=MEGABYTE, offset=start) for number in range(1000)]
    return _crafted(base, more=[kernel, *same])
