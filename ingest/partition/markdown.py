"""Guard Markdown before it is read: what teachers typed as text must not be taken for markup."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ingest.partition.failures import failure
from ingest.partition.scripts import lowered, raised
from ingest.partition.structured import EATEN, KEEP
from ingest.partition.tree import DEEPEST

if TYPE_CHECKING:
    from collections.abc import Iterator

_FENCE = re.compile(r"\s{0,3}(```|~~~)")
_DISPLAY = {"$$": "$$", "\\[": "\\]"}  # what opens a formula of several lines, and what ends it
LONGEST_DISPLAY = 100
_HEADING = re.compile(r"(#{1,6})(?!#)\s*(\S.*?)\s*#*$")
_ITEM = re.compile(r"[-*+]\s+(?=\S)")
_NUMBER = re.compile(r"(\d{1,4})([.)])(?!\d)\s*")
_RULE = re.compile(r"([-*_=])(?:\s*\1){2,}\s*$")
_DELIMITER = re.compile(r"\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$")
_STARTS = re.compile(
    r"[A-H][.．、]|[（(]\d{1,3}[）)]|[①-⑳]|[^\s：:，。；]{1,8}[：:]|\d{1,4}[.．、)）](?!\d)|[一二三四五六七八九十]{1,3}、"
)
_TAGS = "u|sup|sub|br|b|strong|em|i|s|del|ins|mark|span|font|p|div|img|figure|figcaption|center|table|thead|tbody|tr|td|th|ul|ol|li|details|summary|a|h[1-6]|hr|ruby|rt|rp|kbd|code|small"  # noqa: E501  (one list)
# The tags that hold others until they are closed; HTML ends p, li, td and the like by itself.
_CONTAINER = re.compile(
    r"<(/?)(?:div|center|table|ul|ol|details|a|b|strong|em|i|s|u|del|ins|mark|span|font|code|small)\b", re.IGNORECASE
)
# Only written-out attributes: in 「若 a<b 且 c>d」 nothing is a tag.
_ATTRIBUTES = r"""(?:\s+[a-z-]{1,20}\s?=\s?(?:"[^"<>]{0,300}"|'[^'<>]{0,300}'|[^\s"'<>]{1,100})){0,8}"""
_INLINE = re.compile(
    r"(?P<math>\$\$[^$]{1,2000}\$\$|\$[^$\n]{1,500}\$|\\\([^\n]{1,500}?\\\)|\\\[[^\n]{1,500}?\\\])"
    r"|`(?P<code>[^`\n]{1,500})`"
    r"|<u>(?:&nbsp;|\s){0,200}</u>(?P<blank>)"
    r"|<sup>(?P<sup>[^<>]{1,40})</sup>|<sub>(?P<sub>[^<>]{1,40})</sub>"
    rf"|(?P<tag></?(?:{_TAGS}){_ATTRIBUTES}\s?/?>)"
    r"|(?P<entity>&(?:[a-z]{2,8}|#\d{1,6});)"
    r"|!\[(?P<alt>[^\]\n]{0,200})\]\([^)\n]{0,500}\)"
    r"|\[(?P<link>[^\]\n]{1,300})\]\((?:https?:|mailto:|\.{0,2}/|#|[\w%-]+\.)[^)\s\n]{0,500}\)"
    r"|\*\*(?=[^\s*])(?P<bold>[^*\n]{1,500})(?<=\S)\*\*"
    r"|(?<![\w*])\*(?=[^\s*])(?P<italic>[^*\n]{1,300})(?<=\S)\*(?![\w*])"
    r"|~~(?P<struck>[^~\n]{1,300})~~"
    r"|\\(?P<escaped>[\\`*_{}\[\]()>#+.!~|-])"
    r"|(?P<plain>[\\`*_{}\[\]()>#+.!<&-])",
    re.IGNORECASE,
)
_LITERAL = frozenset("\\`*_{}[]()>#+-.!")
LONGEST_LINE = 200_000
MOST_WORK = 2_000_000_000  # signs × length of their line: the reader copies the line for each, 1–2 s for so many


def protect(text: str) -> str:
    """Return Markdown in which every source paragraph stands alone and only meant markup is left.

    Left to itself the reader drops `12.` from an item, joins 答案 to its stem, and eats the signs of `3*4*5` and `a<b`.
    Soft-wrapped lines of one paragraph are joined; a line that starts an item or a labelled field begins a new one.

    Raises:
        SourceError: IN-18 when the reader would take minutes over rows of signs, or lose what deep tags hold.

    """
    guarded = "\n\n".join(_blocks(text.split("\n")))
    if sum((line.count("\\") + line.count("&")) * len(line) for line in guarded.split("\n")) > MOST_WORK:
        raise failure("IN-18", detail="一行里的符号太多")
    depth = 0
    for tag in _CONTAINER.finditer(guarded):
        depth = max(depth - 1, 0) if tag[1] else depth + 1
        if depth > DEEPEST:
            raise failure("IN-18", detail="网页标签嵌套太深")
    return guarded


def _blocks(lines: list[str]) -> Iterator[str]:
    paragraph: list[str] = []
    position = _skip_front_matter(lines)
    yield from (_kept(line.strip()) for line in lines[1 : max(position - 1, 1)] if line.strip())
    while position < len(lines):
        raw = lines[position]
        line = _unquoted(raw)
        size = _special(lines, position, line)
        if size or _breaks(paragraph, line):
            if paragraph:
                yield _joined(paragraph)
            paragraph = []
        if size:
            yield from _written(lines[position : position + size], line)
            position += size
            continue
        if line:
            paragraph.append(line + ("\n" if raw.endswith(("  ", "\\")) else ""))
        position += 1
    if paragraph:
        yield _joined(paragraph)


def _skip_front_matter(lines: list[str]) -> int:
    """Return the line after a `---` … `---` header, 0 when there is none."""
    if lines and lines[0].strip() == "---":
        for index in range(1, min(len(lines), 60)):
            if lines[index].strip() == "---":
                return index + 1
    return 0


def _unquoted(line: str) -> str:
    return re.sub(r"^(?:\s{0,8}>){1,20}", "", line).strip()


def _special(lines: list[str], position: int, line: str) -> int:
    """Return how many lines a formula, fence, heading, list item, rule or table takes; 0 for a line of prose."""
    if (size := _display(lines, position, line)) > 0:
        return size
    if _FENCE.match(line):
        mark = line.lstrip()[:3]
        for index in range(position + 1, len(lines)):
            if lines[index].strip().startswith(mark):
                return index - position + 1
        return 1
    if _is_table(lines, position):
        end = position + 2
        while end < len(lines) and "|" in lines[end]:
            end += 1
        return end - position
    if position + 1 < len(lines) and line and re.fullmatch(r"=+\s*", lines[position + 1]):
        return 2
    return 1 if _HEADING.match(line) or _RULE.match(line) or _ITEM.match(line) else 0


def _display(lines: list[str], position: int, line: str) -> int:
    """Return how many lines a formula set apart takes, whose own line ends and signs mean nothing to Markdown."""
    end = _DISPLAY.get(line[:2])
    if end is None or end in line[2:]:
        return 0
    for index in range(position + 1, min(len(lines), position + LONGEST_DISPLAY)):
        if end in lines[index]:
            return index - position + 1
    return 0


def _is_table(lines: list[str], position: int) -> bool:
    following = lines[position + 1] if position + 1 < len(lines) else ""
    return "|" in lines[position] and "|" in following and _DELIMITER.match(following.strip()) is not None


def _written(lines: list[str], line: str) -> Iterator[str]:
    if _display(lines, 0, line):
        yield _escape(" ".join(part for row in lines if (part := _unquoted(row))))
    elif _FENCE.match(line):
        yield from (KEEP + _escape(part.strip()) for part in lines[1:] if part.strip() and not _FENCE.match(part))
    elif _is_table(lines, 0):
        yield "\n".join([_cells(lines[0]), lines[1].strip(), *(_cells(row) for row in lines[2:])])
    elif (heading := _HEADING.match(line)) is not None:
        yield f"{heading[1]} {_kept(heading[2])}"
    elif len(lines) == 2:  # a title and the line of = under it
        yield f"# {_inline(line)}"
    elif _ITEM.match(line) and not _RULE.match(line):
        yield f"- {_kept(_ITEM.sub('', line, count=1))}"


def _cells(row: str) -> str:
    return _inline(row.strip())


def _breaks(paragraph: list[str], line: str) -> bool:
    """Tell whether a line of prose begins a new paragraph."""
    if not paragraph:
        return False
    return not line or paragraph[-1].endswith("\n") or _STARTS.match(line) is not None


def _joined(lines: list[str]) -> str:
    text = ""
    for line in (part.strip() for part in lines):
        wide = text and line and (text[-1] > "\u2e7f" or line[0] > "\u2e7f")
        text += line if wide or not text else f" {line}"
    return _kept(text.rstrip("\\"))


def _kept(text: str) -> str:
    """Return a paragraph's markup, guarded where the reader would drop its sign or all of it."""
    return (KEEP if EATEN.match(text) else "") + _inline(text)


def _inline(text: str) -> str:
    return _INLINE.sub(_guard, text[:LONGEST_LINE]) + text[LONGEST_LINE:]


def _guard(match: re.Match[str]) -> str:
    kind = match.lastgroup or ""
    text = match[kind]
    if kind in {"math", "code", "plain", "escaped"}:
        return _escape(text)
    if kind in {"bold", "italic", "struck", "link"}:
        return _inline(text)
    if kind == "blank":
        return _escape("____")
    if kind == "alt":
        return f"〔图：{_escape(text)}〕" if text.strip() else ""
    if kind in {"sup", "sub"}:
        return _escape(raised(text) if kind == "sup" else lowered(text))
    return text


def _escape(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;")
    return "".join("\\" + character if character in _LITERAL else character for character in text)
