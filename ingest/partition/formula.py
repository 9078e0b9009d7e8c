"""Write Word and PowerPoint equations (OMML) on one line: 3/4, x², √(a+b), lim_(x→0)."""

from __future__ import annotations

from typing import Any

from ingest.partition.scripts import lowered, raised

MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
DEEPEST = 40


def linear(node: Any, depth: int = 0) -> str:
    """Return the equation in `node` as text; what has no rule of its own gives the text inside it."""
    if depth > DEEPEST or not isinstance(node.tag, str):
        return ""
    name = node.tag.removeprefix(MATH)
    if name == "t":
        return node.text or ""
    rule = _RULES.get(name)
    if rule is not None:
        return rule(node, depth + 1)
    if name.endswith("Pr"):
        return ""
    return "".join(linear(child, depth + 1) for child in node)


def _part(node: Any, name: str, depth: int) -> str:
    child = node.find(MATH + name)
    return "" if child is None else linear(child, depth).strip()


def _value(node: Any, path: str, default: str) -> str:
    found = node.find("/".join(MATH + step for step in path.split("/")))
    return default if found is None else str(found.get(MATH + "val", default))


def _group(text: str) -> str:
    """Bracket what would be misread without its bar or root."""
    simple = text.replace(".", "").isalnum() or (text.startswith(("(", "（")) and text.endswith((")", "）")))
    return text if simple and text else f"({text})"


def _fraction(node: Any, depth: int) -> str:
    return f"{_group(_part(node, 'num', depth))}/{_group(_part(node, 'den', depth))}"


def _superscript(node: Any, depth: int) -> str:
    return _part(node, "e", depth) + _index(raised, "^", _part(node, "sup", depth))


def _subscript(node: Any, depth: int) -> str:
    return _part(node, "e", depth) + _index(lowered, "_", _part(node, "sub", depth))


def _both(node: Any, depth: int) -> str:
    low, high = _part(node, "sub", depth), _part(node, "sup", depth)
    return _part(node, "e", depth) + _index(lowered, "_", low) + _index(raised, "^", high)


def _index(write: Any, sign: str, text: str) -> str:
    if not text:
        return ""
    written = str(write(text))
    return f"{sign}({text})" if written == text else written


def _root(node: Any, depth: int) -> str:
    degree = _part(node, "deg", depth)
    sign = {"": "√", "2": "√", "3": "∛", "4": "∜"}.get(degree, f"{degree}次√")
    return sign + _group(_part(node, "e", depth))


def _delimited(node: Any, depth: int) -> str:
    left, right = _value(node, "dPr/begChr", "("), _value(node, "dPr/endChr", ")")
    inner = _value(node, "dPr/sepChr", "|").join(linear(child, depth).strip() for child in node.findall(MATH + "e"))
    return f"{left}{inner}{right}"


def _large(node: Any, depth: int) -> str:
    low, high = _part(node, "sub", depth), _part(node, "sup", depth)
    sign = _value(node, "naryPr/chr", "∫")
    return sign + _index(lowered, "_", low) + _index(raised, "^", high) + " " + _part(node, "e", depth)


def _rows(node: Any, depth: int) -> str:
    if node.tag == MATH + "m":
        rows = [", ".join(linear(cell, depth).strip() for cell in row) for row in node.findall(MATH + "mr")]
    else:
        rows = [linear(row, depth).strip() for row in node.findall(MATH + "e")]
    return "；".join(row for row in rows if row)


def _bar(node: Any, depth: int) -> str:
    return _part(node, "e", depth) + "\u0305" if len(_part(node, "e", depth)) == 1 else _part(node, "e", depth)


_RULES = {
    "f": _fraction,
    "sSup": _superscript,
    "sSub": _subscript,
    "sSubSup": _both,
    "rad": _root,
    "d": _delimited,
    "nary": _large,
    "m": _rows,
    "eqArr": _rows,
    "bar": _bar,
}
