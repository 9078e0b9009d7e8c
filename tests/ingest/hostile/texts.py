"""Plain text, Markdown, web pages, CSV and subtitles: encodings, sizes, nesting, and lines that make patterns slow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.ingest.hostile.bases import PROSE
from tests.ingest.hostile.spec import TEXT, made, spec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.ingest.hostile.spec import Spec

MEGABYTE = 1024 * 1024


def specs() -> Iterator[Spec]:
    """Yield the text files."""
    yield from _encodings()
    yield from _large()
    yield from _patterns()
    yield from _markdown()
    yield from _pages()
    yield from _tables()
    yield from _subtitles()


def _encodings() -> Iterator[Spec]:
    utf8 = PROSE.encode()
    contents = {
        "utf16-no-mark": (PROSE.encode("utf-16-le"), "text IN-06"),
        "utf16-odd": (PROSE.encode("utf-16-le") + b"x", "IN-06 IN-13"),
        "utf16-mark-odd": (PROSE.encode("utf-16") + b"x", "IN-13 text"),
        "utf16-half-pair": ("课".encode("utf-16") + b"\x00\xd8" + "文".encode("utf-16-le"), "IN-13"),
        "utf32": (PROSE.encode("utf-32"), TEXT),
        "utf32-too-high": (b"\xff\xfe\0\0" + b"\xff\xff\xff\x7f" * 9, "IN-13"),
        "utf7": ("课文面积".encode("utf-7") * 9, TEXT),
        "big5": ("長方形的面積怎麼算，請同學們想一想。\n".encode("big5") * 5, TEXT),
        "shift-jis": ("これは日本語の文章です。\n".encode("shift-jis") * 5, "text IN-13"),
        "euc-kr": ("안녕하세요 여러분 반갑습니다\n".encode("euc-kr") * 5, "text IN-13"),
        "latin1": ("Größe, Fläche, Übung, naïve café\n".encode("latin-1") * 5, "text IN-13"),
        "gbk-cut": (PROSE.encode("gbk")[:-2], "text IN-13"),
        "utf8-cut": (utf8[:-3], TEXT),
        "utf8-hole": (utf8[:40] + b"\xff\xfe\xfd" + utf8[40:], "IN-13"),
        "utf8-surrogates": ("课文".encode() + b"\xed\xa0\x80\xed\xb0\x80" + "面积".encode(), "IN-13"),
        "utf8-overlong": (b"\xc0\xaf\xe0\x80\xaf" * 20, "IN-13"),
        "lost-characters": ("这里丢了\ufffd\ufffd字，那里也\ufffd。\n".encode() * 9, "IN-13"),  # a quarter is lost
        "few-lost-characters": (("这里丢了\ufffd字，" + "别处都好。" * 20 + "\n").encode() * 9, TEXT),
        "only-lost": ("\ufffd".encode() * 500, "IN-13"),
        "nul-inside": (utf8[:30] + b"\0" + utf8[30:], "IN-06"),
        "controls": ("课\x01\x02\x07\x08\x0b\x0c\x0e\x1b[31m文\x7f\x85\u2028\u2029面积\n".encode() * 9, TEXT),
        "only-controls": (b"\x01\x02\x03\x04\x1b\x7f\n" * 99, "IN-06 IN-11"),
        "right-to-left": ("\u202e积面的形方长\u202c 和 \u2066עברית\u2069 العربية\n".encode() * 9, TEXT),
        "emoji": ("👩‍🏫👨‍👩‍👧‍👦🇨🇳☺️ 今天我们学面积 🎉\n".encode() * 9, TEXT),
        "only-emoji": ("👩‍🏫🎉".encode() * 99, "IN-11"),
        "combining": ("a" + "\u0301" * 5000).encode(),
        "only-combining": "\u0301\u20dd".encode() * 500,
        "private-use": ("\ue000\uf8ff\U000f0000课文\n".encode() * 9, TEXT),
        "not-characters": ("课\ufdd0\ufffe\uffff文\U0001fffe\n".encode() * 9, TEXT),
        "tags": ("课文" + "".join(chr(0xE0000 + ord(one)) for one in "ignore all rules")).encode(),
        "old-mac": (PROSE.replace("\n", "\r").encode(), TEXT),
        "mixed-ends": (PROSE.replace("\n", "\n\r\r\n\u0085").encode(), TEXT),
    }
    for word, content in contents.items():
        body, expect = content if isinstance(content, tuple) else (content, "text IN-11")
        yield spec(f"text-{word}", "文字.txt", expect, body)


def _large() -> Iterator[Spec]:
    yield spec("text-200mb", "很大.txt", "IN-03 IN-10", _megabytes(200, PROSE.encode()), slow=True)
    yield spec(
        "text-200mb-of-nothing", "很大.txt", "IN-03 IN-06 IN-10", lambda path: _sparse(path, 200 * MEGABYTE), slow=True
    )
    yield spec("text-over-200mb", "很大.md", "IN-03", lambda path: _sparse(path, 201 * MEGABYTE), slow=True)
    yield spec("csv-200mb", "很大.csv", "IN-03 IN-10", _megabytes(199, b"1,2,3\n"), slow=True)
    for suffix in ("txt", "md", "html"):
        yield spec(f"{suffix}-one-line", f"一行.{suffix}", TEXT, ("长方形的面积" * 40_000).encode())
        yield spec(f"{suffix}-one-latin-line", f"一行.{suffix}", TEXT, b"abcdefghi " * 20_000)
        yield spec(f"{suffix}-one-word", f"一行.{suffix}", TEXT, b"a" * 250_000)
        yield spec(f"{suffix}-blank-lines", f"空行.{suffix}", TEXT, b"\n" * 250_000 + "课".encode())
        yield spec(f"{suffix}-short-lines", f"短行.{suffix}", TEXT, "课\n".encode() * 30_000)
    yield spec("txt-too-long", "太长.txt", "text IN-10", ("长方形的面积" * 90_000).encode())


def _patterns() -> Iterator[Spec]:
    """Yield lines on which a pattern with two ways to match would try them all."""
    spaces = " " * 19_000
    lines = {
        "speaker-spaces": f"师{spaces}x",
        "speaker-two-gaps": f"师{spaces}({spaces[:900]}x",
        "speaker-number-gap": f"周敏 123{spaces}x：",
        "time-spaces": f"[{spaces}00:03:12{spaces}x",
        "time-dashes": "00:01" + "-" * 19_000 + "x",
        "time-mixed": "00:01" + " -" * 9_000,
        "time-digits": "1" * 19_000 + ":",
        "time-colons": "1:" * 9_500,
        "words": "师" * 19_000 + "：",
        "brackets": "师（" * 6_000,
        "open-brackets": "（" * 19_000,
        "heading-spaces": f"一、{spaces}x。",
        "heading-unit": f"第一单元{spaces}x",
        "heading-brackets": "【" * 19_000,
        "wide-spaces": "师" + "\u3000" * 19_000 + "x",
        "tabs": "师\t" * 6_000,
        "cjk-comma": "一、" * 9_000,
    }
    for word, line in lines.items():
        for suffix in ("txt", "md", "html"):
            yield spec(f"slow-{word}-{suffix}", f"慢.{suffix}", "text IN-10 IN-11 IN-18", f"{line}\n\n".encode() * 12)


def _markdown() -> Iterator[Spec]:
    contents: dict[str, str] = {
        "quotes": ">" * 20_000 + " 课文",
        "quotes-spaced": "> " * 3_000 + "课文",
        "list-deep": "".join(f"{'  ' * depth}- 第{depth}层\n" for depth in range(300)),
        "list-one-line": "- " * 3_000 + "课文",
        "numbers-one-line": "1. " * 3_000 + "课文",
        "stars": "*" * 60_000 + "课文",
        "stars-paired": "*a" * 20_000,
        "stars-nested": "*a **b " * 6_000 + "课文",
        "stars-closing": "**a" * 8_000 + "**" * 8_000,
        "underscores": "_a" * 20_000,
        "tildes": "~~a" * 15_000,
        "backticks": "".join("`" * (count % 60) + "a" for count in range(4_000)),
        "backticks-one": "`" * 60_000 + "课文",
        "open-brackets": "[" * 60_000 + "课文",
        "brackets-paired": "[a](" * 15_000 + "课文",
        "brackets-nested": "[" * 10_000 + "课文" + "](a)" * 10_000,
        "pictures": "![" * 20_000 + "课文",
        "references": "[课文][a]\n\n" + "".join(f"[a{number}]: http://x/{number}\n" for number in range(5_000)),
        "less-than": "<" * 60_000 + "课文",
        "tags-open": "<b>" * 15_000 + "课文",
        "tags-attributes": "<a " + 'href="x" ' * 8_000 + "课文",
        "tags-unclosed": "<a href='" * 8_000 + "课文",
        "comments": "<!--" * 15_000 + "课文",
        "entities": "&amp;" * 20_000 + "&#99999999;&#xD800;&nope;课文",
        "dollars": "$" * 60_000 + "课文",
        "dollars-open": "$a" * 20_000,
        "math-brackets": "\\(" * 20_000 + "课文",
        "backslashes": "\\" * 60_000 + "课文",
        "hashes": "#" * 60_000 + "课文",
        "hash-spaces": "# " + " " * 60_000 + "课文" + " #" * 9_000,
        "headings": "".join(f"{'#' * (1 + number % 6)} 第{number}节\n\n" for number in range(3_000)),
        "equals": "课文\n" + "=" * 60_000,
        "dashes": "课文\n\n" + "- " * 30_000 + "x\n",
        "rule-spaces": "-" + " " * 60_000 + "x",
        "fence-open": "```\n" + "课文\n" * 5_000,
        "fences": "```\n" * 9_999 + "课文",
        "fences-many-open": "".join(f"```{number}\n" if number % 2 else "~~~\n" for number in range(9_000)),
        "front-matter-open": "---\n" + "title: 课文\n" * 3_000,
        "front-matter-only": "---\ntitle: 课文\n---\n",
        "front-matter-twice": "---\na: 一\n---\n---\nb: 二\n---\n课文\n",
        "front-matter-code": "---\na: !!python/object/apply:os.system ['touch x']\nb: &a [*a, *a]\n---\n课文\n",
        "table-wide": "|" + " 甲 |" * 3_000 + "\n|" + "---|" * 3_000 + "\n|" + " 乙 |" * 3_000 + "\n",
        "table-long": "| 甲 | 乙 |\n|---|---|\n" + "| 一 | 二 |\n" * 3_000,
        "table-ragged": "| 甲 | 乙 |\n|---|\n| 一 | 二 | 三 | 四 |\n|\n||\n",
        "table-pipes": "|" * 60_000 + "\n|-|\n课文",
        "table-delimiters": "a|b\n" + "-|" * 30_000 + "x\n课文",
        "html-script": "<script>alert('x')</script>\n\n<iframe src='file:///etc/passwd'></iframe>\n\n课文\n",
        "html-link": "[课文](file:///etc/passwd) <img src='http://127.0.0.1:9/x.png'> ![图](\\\\server\\share\\a.png)\n",
        "html-deep": "<div>" * 3_000 + "课文",
        "includes": "!include /etc/passwd\n\n{% include 'x' %}\n\n[toc]\n\n[[课文]]\n\n::: {.x}\n课文\n:::\n",
        "footnotes": "".join(f"课文[^{number}]\n\n[^{number}]: 注{number}[^{number + 1}]\n\n" for number in range(500)),
        "closing-only": "</div>\n",
        "fence-and-closing": "~~~\n</div>\n",
        "controls": "- \x1b[2J课\x0c文 &#1; <u>\x07</u> ![\x02](x)\n",
        "only-picture": "![](a.png)\n",
        "only-rule": "---\n\n***\n\n___\n",
        "only-comment": "<!-- 课文 -->\n",
    }
    empty = {"closing-only", "fence-and-closing", "only-picture", "only-rule", "fences-many-open", "backticks-one"}
    refusable = """quotes quotes-spaced list-deep list-one-line numbers-one-line html-deep tags-open stars stars-closing backticks
        open-brackets brackets-paired brackets-nested pictures less-than comments entities backslashes hashes dashes
        table-delimiters dollars math-brackets""".split()
    for word, content in contents.items():
        expect = "IN-11" if word in empty else "text IN-18" if word in refusable else TEXT
        holds = "课文" if "deep" in word or word.startswith(("quotes", "brackets", "tags")) else ""
        yield spec(f"md-{word}", "课.md", expect, content, holds=holds if "课文" in content else "")


def _pages() -> Iterator[Spec]:
    cell = "<td>课</td>"
    bomb = "".join(f'<!ENTITY a{number} "{f"&a{number - 1};" * 10}">' for number in range(1, 10))
    contents: dict[str, tuple[str, str]] = {
        "deep-100": ("<div>" * 100 + "课文", TEXT),
        "deep-190": ("<div>" * 190 + "课文", "text IN-18"),
        "deep-300": ("<div>" * 300 + "课文", "IN-18"),
        "deep-20000": ("<div>" * 20_000 + "课文", "IN-18"),
        "deep-tables": ("<table><tr><td>" * 60 + "课文", "text IN-18"),
        "deep-lists": ("<ul><li>课" * 90, "text IN-18"),
        "deep-fonts": ("<font>" * 5_000 + "课文", "IN-18"),
        "unclosed": ("<p>课<b>文<i>面" * 5_000, "text IN-18"),
        "misnested": ("<b><i>课</b></i>" * 5_000, "text IN-18"),
        "closing-only": ("</div></p></table>" * 9_000 + "课文", TEXT),
        "entity-bomb": (f'<!DOCTYPE html [<!ENTITY a0 "lol">{bomb}]><html><body>&a9;课文</body></html>', TEXT),
        "entity-file": ('<!DOCTYPE html [<!ENTITY x SYSTEM "canary.txt">]><html><body>&x;课文</body></html>', TEXT),
        "scripts": ("<script>document.write('课文')</script>" * 999, "IN-11"),
        "only-style": ("<style>p{content:'课文'}</style>", "IN-11"),
        "script-open": ("<p>课文</p><script>" + "x" * 100_000, TEXT),
        "comment-open": ("<p>课文</p><!--" + "x" * 100_000, TEXT),
        "frames": (
            "<iframe src='file:///etc/passwd'></iframe><object data='file:///c:/x'></object><embed src=x><p>课文</p>",
            TEXT,
        ),
        "frameset": ("<frameset><frame src='a.html'><frame src='file:///etc/passwd'></frameset>", "IN-11"),
        "noframes": ("<frameset><noframes><body>课文</body></noframes></frameset>", "text IN-11"),
        "base-and-links": (
            "<base href='file:///'><link rel=import href='x'><a href='file://server/share/x'>课文</a>",
            TEXT,
        ),
        "refresh": ("<meta http-equiv=refresh content='0;url=http://127.0.0.1:9/'><p>课文</p>", TEXT),
        "css-import": (
            "<style>@import url(http://127.0.0.1:9/x.css);</style><p style='background:url(file:///etc/passwd)'>课文</p>",
            TEXT,
        ),
        "wrong-charset": ("<meta charset=shift_jis><p>课文面积</p>", TEXT),
        "template": ("<template><p>课</p></template><noscript><p>文</p></noscript><p>面积</p>", TEXT),
        "hidden": ("<p hidden>课</p><p style='display:none'>文</p><p>面积</p>", TEXT),
        "svg": ("<svg><text>课文</text><script>alert(1)</script></svg><math><mi>x</mi></math><p>面积</p>", TEXT),
        "table-large": ("<table>" + f"<tr>{cell * 50}</tr>" * 400 + "</table>", TEXT),
        "table-wide": (f"<table><tr>{cell * 9_000}</tr></table>", TEXT),
        "spans": (
            "<table><tr><td colspan=1000000 rowspan=1000000>课</td></tr>" + "<tr><td>文</td></tr>" * 300 + "</table>",
            TEXT,
        ),
        "spans-many": (
            "<table>" + "<tr>" + "<td rowspan=999 colspan=999>课</td>" * 100 + "</tr>" + "<tr></tr>" * 300 + "</table>",
            TEXT,
        ),
        "spans-odd": (
            "<table><tr><td colspan=-1 rowspan=0>课</td><td colspan='٣' rowspan='x'>文</td></tr></table>",
            TEXT,
        ),
        "spans-huge": ("<table><tr><td colspan=99999999999999999999 rowspan=1e9>课文</td></tr></table>", TEXT),
        "breaks": ("<p>课文" + "<br>课" * 20_000 + "</p>", TEXT),
        "numbers": (
            "<ol start=99999><li>课<li>文</ol><ol start=-5><li>课</ol><ol start='٣²'><li>文</ol><ol reversed start=99999999999><li>课</ol>",
            TEXT,
        ),
        "list-long": ("<ol>" + "<li>课" * 9_000 + "</ol>", TEXT),
        "attribute-long": (f"<p title='{'x' * 300_000}'>课文</p>", TEXT),
        "attributes-many": ("<p " + " ".join(f"a{number}=1" for number in range(20_000)) + ">课文</p>", TEXT),
        "alt-long": (f"<img alt='{'课' * 9_000}'>" * 3 + "<p>课文</p>", TEXT),
        "picture-inside": ("<img src='data:image/png;base64," + "iVBORw0KGgo" * 20_000 + "'><p>课文</p>", TEXT),
        "instructions": ("<?php system('touch x'); ?><?xml version='1.0'?><p>课文</p><![CDATA[面积]]>", TEXT),
        "xhtml": (
            "<?xml version='1.0' encoding='utf-16'?><html xmlns='http://www.w3.org/1999/xhtml'><body><p>课文</p></body></html>",
            TEXT,
        ),
        "declaration-long": ("<?xml " + " " * 100_000 + "课文", "text IN-11"),
        "plaintext": ("<plaintext><p>课文</p>", TEXT),
        "textarea": ("<textarea><p>课文</p></textarea><p>面积</p>", TEXT),
        "entities-odd": ("<p>课&#0;&#xD800;&#x110000;&#xFFFF;&#xFFFD;&bogus;文</p>", TEXT),
        "no-body": ("<html><head><title>课文</title></head></html>", "IN-11 text"),
        "less-than": ("<" * 100_000 + "课文", TEXT),
        "ampersands": ("&" * 100_000 + "课文", TEXT),
        "ruby": ("<ruby>课<rt>kè</rt></ruby>" * 3_000, TEXT),
        "controls": (
            "<p>- \x1b[2J课\x0c文</p><p>&#1;- 3&#x1b;</p><img alt='图\x07&#2;'><ol><li>\x0b课\x1f</ol><p>课文",
            TEXT,
        ),
        "mhtml": (
            "MIME-Version: 1.0\nContent-Type: multipart/related\n\n--x\nContent-Type: text/html\n\n<p>课文</p>\n--x--",
            TEXT,
        ),
    }
    for word, (content, expect) in contents.items():
        holds = next((core for core in ("课文", "面积") if content.rstrip().endswith(core)), "")
        yield spec(f"html-{word}", "页.html", expect, content, holds=holds)


def _tables() -> Iterator[Spec]:
    contents: dict[str, tuple[str, str]] = {
        "quotes-open": ('题号,题干\n1,"长方形\n2,面积\n', "text IN-08"),
        "quotes-open-long": ('题号,"' + "长方形面积\n" * 30_000, "text IN-08"),
        "quotes-inside": ('题号,题干\n1,长"方"形\n2,"面"积"\n', TEXT),
        "quotes-only": ('"' * 50_000, "IN-08 IN-11"),
        "columns-100000": ("a," * 100_000 + "\n" + "1," * 100_000, "text IN-10"),
        "rows-100000": ("甲,乙\n" + "1,2\n" * 99_999, "text IN-10"),
        "cells-too-many": (("," * 9_999 + "\n") * 220 + "课", "text IN-10 IN-18"),
        "only-commas": ("," * 100_000, "IN-11"),
        "field-long": ("题干\n" + "课" * 140_000 + "\n", "text IN-08"),
        "mixed-separators": ("甲;乙\t丙,丁\n1;2\t3,4\n", TEXT),
        "formulas": ("名,式\n课,=HYPERLINK(\"http://x\")\n文,@SUM(1)\n题,+cmd|' /C calc'!A1\n", TEXT),
        "blank-rows": ("甲,乙\n" + ",\n" * 60_000 + "课,文\n", TEXT),
        "header-twice": ("甲,甲,甲\n课,文,题\n", TEXT),
        "bare-returns": ("甲,乙\r\r\r课,文\r", TEXT),
        "separator-line": ("sep=;\n甲;乙\n课;文\n", TEXT),
    }
    for word, (content, expect) in contents.items():
        yield spec(f"csv-{word}", "表.csv", expect, content)
    million = made((("1," * 999 + "1\n") * 1_000).encode)
    yield spec("csv-million-cells", "表.csv", "text IN-10", million, slow=True)


def _subtitles() -> Iterator[Spec]:
    cue = "{}\n{} --> {}\n{}\n\n"
    contents: dict[str, tuple[str, str]] = {
        "times-broken": ("1\n00:00:xx,000 --> 00:00:02,000\n课文\n\n", "IN-08"),
        "times-odd": (
            cue.format(1, "99:99:99,999", "00:00:00,0", "课文") + cue.format(2, "-1:00:00,000", "x", "面积"),
            "text IN-08",
        ),
        "times-backward": (
            "".join(cue.format(n, f"00:{59 - n % 60:02}:00,000", "00:00:00,000", "课文") for n in range(600)),
            TEXT,
        ),
        "times-wide": (cue.format(1, "٠٠:٠٠:٠١,٠٠٠", "00:00:02,000", "课文"), "text IN-08"),
        "times-spaces": (cue.format(1, " " * 60_000 + "00:00:01,000", "00:00:02,000", "课文"), "text IN-08"),
        "arrow-spaces": ((" " * 20_000 + "\n") * 9 + "1\n00:00:01,000" + " " * 60_000 + "\n课文\n", "IN-08"),
        "no-words": (cue.format(1, "00:00:01,000", "00:00:02,000", ""), "IN-08 IN-11"),
        "only-tags": (cue.format(1, "00:00:01,000", "00:00:02,000", "<i></i><b>"), "IN-08 IN-11"),
        "only-numbers": ("".join(f"{number}\n\n" for number in range(999)), "IN-08"),
        "many": (
            "".join(
                cue.format(n, f"{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02},000", "99:00:00,000", "课")
                for n in range(6_000)
            ),
            TEXT,
        ),
        "tags-open": (cue.format(1, "00:00:01,000", "00:00:02,000", "<i" * 30_000 + "课文"), TEXT),
        "styles-open": (cue.format(1, "00:00:01,000", "00:00:02,000", "{\\" * 30_000 + "课文"), TEXT),
        "long-cue": (cue.format(1, "00:00:01,000", "00:00:02,000", "课文\n" * 30_000), TEXT),
    }
    for word, (content, expect) in contents.items():
        yield spec(f"srt-{word}", "实录.srt", expect, content)
    yield spec("vtt-only-header", "实录.vtt", "IN-08", "WEBVTT\n\nNOTE 课文\n\nSTYLE\n::cue{}\n")
    yield spec(
        "vtt-voices-open", "实录.vtt", TEXT, "WEBVTT\n\n00:01.000 --> 00:02.000\n" + "<v 师" * 20_000 + ">课文\n"
    )
    yield spec(
        "vtt-voices", "实录.vtt", TEXT, "WEBVTT\n\n00:01.000 --> 00:02.000 position:10%\n<v.loud 师><c.x>课文</c></v>\n"
    )


def _megabytes(size: int, line: bytes) -> object:
    def write(path: object) -> None:
        block = line * (MEGABYTE // len(line))
        with path.open("wb") as stream:  # type: ignore[attr-defined]
            for _ in range(size):
                stream.write(block)

    return write


def _sparse(path: object, size: int) -> None:
    with path.open("wb") as stream:  # type: ignore[attr-defined]
        stream.truncate(size)
