r"""Read the formulas of web pages (MathML, KaTeX, MathJax) as LaTeX, from the LaTeX they were made of where it is there."""

from __future__ import annotations

from typing import Any

from ingest.partition import latex

DEEPEST = 60
_SOURCES = frozenset({"application/x-tex", "latex", "tex", "application/x-latex"})
_OPEN, _CLOSE = frozenset("([{|∣‖∥⟨"), frozenset(")]}|∣‖∥⟩")
_FONTS = {
    "bold": "mathbf",
    "bold-italic": "boldsymbol",
    "double-struck": "mathbb",
    "script": "mathcal",
    "fraktur": "mathfrak",
}
_LARGE = frozenset("∑∏∐∫∬∭∮⋃⋂⋁⋀")


def write_formulas(root: Any) -> None:
    """Put the LaTeX of every formula of a parsed page in its place."""
    for script in [node for node in root.iter("script") if (node.get("type") or "").startswith("math/tex")]:
        _replace(script, latex.in_text(script.text or ""))
    for drawn in [
        node for node in root.iter("span", "div") if _has_class(node, "MathJax", "MathJax_Preview", "MathJax_Display")
    ]:
        _replace(drawn, "")
    for math in list(root.iter("math")):
        drawing = next((node for node in math.iterancestors("span") if _has_class(node, "katex")), math)
        _replace(drawing, latex.in_text(_source(math) or _latex(math, 0)))


def _has_class(node: Any, *names: str) -> bool:
    return not set(names).isdisjoint((node.get("class") or "").split())


def _replace(node: Any, text: str) -> None:
    node.clear(keep_tail=True)
    node.tag = "span"
    node.text = text


def _source(math: Any) -> str:
    notes = (node for node in math.iter("annotation") if (node.get("encoding") or "").lower() in _SOURCES)
    return " ".join((next(notes, math).text or "").split())


def _latex(node: Any, depth: int) -> str:
    if depth > DEEPEST:
        return latex.characters("".join(node.itertext()))
    rule = _RULES.get(node.tag)
    return rule(node, depth + 1) if rule else _row(node, depth + 1)


def _row(node: Any, depth: int) -> str:
    children = list(node)
    table = next((child for child in children if child.tag == "mtable"), None)
    if table is not None and len(children) <= 3:
        place = children.index(table)
        left = _sign(children[0]) if place else ""
        right = _sign(children[-1]) if place < len(children) - 1 else ""
        if place <= 1 and left in {"", *_OPEN} and right in {"", *_CLOSE}:
            return _table(table, depth, left, right)
    return "".join(_latex(child, depth) for child in children)


def _sign(node: Any) -> str:
    return "".join(node.itertext()).strip() if node.tag == "mo" else "\0"


def _letters(node: Any, depth: int) -> str:  # noqa: ARG001  (rules share one form)
    text = "".join(node.itertext()).strip()
    font = _FONTS.get(node.get("mathvariant") or "")
    if font:
        return latex.styled(latex.characters(text), font)
    is_upright = node.tag == "mi" and (len(text) > 1 or node.get("mathvariant") == "normal")
    return latex.upright(text) if is_upright else latex.characters(text)


def _words(node: Any, depth: int) -> str:  # noqa: ARG001
    return latex.words("".join(node.itertext()))


def _parts(node: Any, depth: int, count: int) -> list[str]:
    parts = [_latex(child, depth).strip(" ") for child in node]
    return (parts + [""] * count)[: max(count, len(parts))]


def _fraction(node: Any, depth: int) -> str:
    above, below, *_ = _parts(node, depth, 2)
    return latex.fraction(above, below, bar=(node.get("linethickness") or "1").strip("px ") not in {"0", "0.0"})


def _indexed(node: Any, depth: int) -> str:
    base, first, second, *_ = _parts(node, depth, 3)
    if node.tag == "msup":
        return latex.indexed(base, "", first)
    return latex.indexed(base, first, second)


def _preceded(node: Any, depth: int) -> str:
    children = list(node)
    place = next((index for index, child in enumerate(children) if child.tag == "mprescripts"), len(children))
    after = [_latex(child, depth).strip(" ") for child in children[1:place]] + ["", ""]
    ahead = [_latex(child, depth).strip(" ") for child in children[place + 1 :]] + ["", ""]
    base = latex.indexed(_latex(children[0], depth).strip(" ") if children else "", after[0], after[1])
    return latex.preceded(base, ahead[0], ahead[1]) if ahead[0] or ahead[1] else base


def _root(node: Any, depth: int) -> str:
    if node.tag == "msqrt":
        return latex.root("".join(_latex(child, depth) for child in node).strip(" "), "")
    radicand, degree, *_ = _parts(node, depth, 2)
    return latex.root(radicand, degree)


def _stacked(node: Any, depth: int) -> str:
    base, first, second, *_ = _parts(node, depth, 3)
    below, above = ("", first) if node.tag == "mover" else (first, second)
    if len(node) and _sign(node[0]) in _LARGE:
        return latex.indexed(base, below, above) + " "
    return latex.stacked(base, below, above)


def _fenced(node: Any, depth: int) -> str:
    separators = (node.get("separators") if node.get("separators") is not None else ",").replace(" ", "")
    inner = (separators[:1]).join(_latex(child, depth) for child in node)
    return latex.fenced(node.get("open", "(").strip(), inner, node.get("close", ")").strip())


def _table(node: Any, depth: int, left: str = "", right: str = "") -> str:
    rows = [[_latex(cell, depth).strip(" ") for cell in row.iterchildren("mtd")] for row in node.iterchildren("mtr")]
    return latex.table(rows, left, right)


def _enclosed(node: Any, depth: int) -> str:
    inner = _row(node, depth)
    notation = node.get("notation") or ""
    if "strike" in notation:
        return latex.styled(inner, "cancel")
    return f"\\boxed{{{inner}}}" if "box" in notation else inner


def _nothing(node: Any, depth: int) -> str:  # noqa: ARG001
    return ""


_RULES = {
    **dict.fromkeys(("mi", "mn", "mo", "ms"), _letters),
    **dict.fromkeys(("msup", "msub", "msubsup"), _indexed),
    **dict.fromkeys(("msqrt", "mroot"), _root),
    **dict.fromkeys(("mover", "munder", "munderover"), _stacked),
    **dict.fromkeys(("annotation", "annotation-xml", "mphantom", "mspace"), _nothing),
    "mtext": _words,
    "mfrac": _fraction,
    "mmultiscripts": _preceded,
    "mfenced": _fenced,
    "mtable": _table,
    "menclose": _enclosed,
}
