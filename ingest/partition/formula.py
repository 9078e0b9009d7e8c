r"""Read the equations of Word and PowerPoint (OMML) as LaTeX: `$\frac{3}{4}$`, `$x^2$`, but `3+5=8`."""

from __future__ import annotations

from typing import Any

from ingest.partition import latex

MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
DEEPEST = 60  # no formula of a school is a quarter as deep; beyond it the letters are kept without their places
_FONTS = {"double-struck": "mathbb", "script": "mathcal", "fraktur": "mathfrak", "b": "mathbf", "bi": "boldsymbol"}
_ARROWS = frozenset("→←↔⇒⇐⇔⇌⇋⟶⟵")


def equation(node: Any, before: str = "") -> str:
    """Return an equation as it stands in running text behind `before`: LaTeX in dollars, or bare where it needs none."""
    text = latex.in_text(_latex(node, 0))
    return f" {text}" if before.endswith("$") and text.startswith("$") else text  # `$a$$b$` would be display math


def _latex(node: Any, depth: int) -> str:
    if not isinstance(node.tag, str):  # a comment
        return ""
    if depth > DEEPEST:
        return latex.characters("".join(part.text or "" for part in node.iter(MATH + "t")))
    name = node.tag.rpartition("}")[2]
    rule = _RULES.get(name) if node.tag.startswith(MATH) else None
    if rule is not None:
        return rule(node, depth + 1)
    if name == "t":
        return latex.words(node.text or "")  # an ordinary run of text inside an equation
    return "" if name.endswith("Pr") else "".join(_latex(child, depth + 1) for child in node)


def _part(node: Any, name: str, depth: int) -> str:
    child = node.find(MATH + name)
    return "" if child is None else _latex(child, depth).strip(" ")


def _value(node: Any, path: str, default: str) -> str:
    """Return a property; one that is named without a value is empty."""
    found = node.find("/".join(MATH + step for step in path.split("/")))
    return default if found is None else str(found.get(MATH + "val", ""))


def _is_on(node: Any, path: str) -> bool:
    return _value(node, path, "off") not in {"off", "0", "false"}


def _run(node: Any, depth: int) -> str:  # noqa: ARG001  (rules share one form)
    text = "".join(_characters(part) for part in node)
    if _is_on(node, "rPr/nor"):
        return latex.words(text)
    font = _FONTS.get(_value(node, "rPr/scr", "")) or _FONTS.get(_value(node, "rPr/sty", ""))
    if font:
        return latex.styled(latex.characters(text), font)
    return latex.upright(text) if _value(node, "rPr/sty", "") == "p" else latex.characters(text)


def _characters(node: Any) -> str:
    if node.tag == MATH + "t":
        return node.text or ""
    return "\u3000" if str(node.tag).endswith("}br") else ""


def _fraction(node: Any, depth: int) -> str:
    bar = _value(node, "fPr/type", "bar") != "noBar"
    return latex.fraction(_part(node, "num", depth), _part(node, "den", depth), bar=bar)


def _indexed(node: Any, depth: int) -> str:
    return latex.indexed(_part(node, "e", depth), _part(node, "sub", depth), _part(node, "sup", depth))


def _preceded(node: Any, depth: int) -> str:
    return latex.preceded(_part(node, "e", depth), _part(node, "sub", depth), _part(node, "sup", depth))


def _root(node: Any, depth: int) -> str:
    degree = "" if _is_on(node, "radPr/degHide") else _part(node, "deg", depth)
    return latex.root(_part(node, "e", depth), degree)


def _delimited(node: Any, depth: int) -> str:
    left, right = _value(node, "dPr/begChr", "("), _value(node, "dPr/endChr", ")")
    cells = node.findall(MATH + "e")
    only = [child for cell in cells for child in cell if not str(child.tag).endswith("Pr")]
    if len(only) == 1 and only[0].tag in {MATH + "m", MATH + "eqArr"}:
        return _table(only[0], depth + 1, left, right)
    if len(only) == 1 and only[0].tag == MATH + "f" and _value(only[0], "fPr/type", "") == "noBar" and left == "(":
        return latex.choose(_part(only[0], "num", depth), _part(only[0], "den", depth))
    separator = latex.characters(_value(node, "dPr/sepChr", "|"))
    return latex.fenced(left, separator.join(_latex(cell, depth).strip(" ") for cell in cells), right)


def _large(node: Any, depth: int) -> str:
    low = "" if _is_on(node, "naryPr/subHide") else _part(node, "sub", depth)
    high = "" if _is_on(node, "naryPr/supHide") else _part(node, "sup", depth)
    return latex.large(_value(node, "naryPr/chr", "∫"), low, high, _part(node, "e", depth))


def _table(node: Any, depth: int, left: str = "", right: str = "") -> str:
    if node.tag == MATH + "m":
        rows = [
            [_latex(cell, depth).strip(" ") for cell in row.findall(MATH + "e")] for row in node.findall(MATH + "mr")
        ]
        return latex.table(rows, left, right)
    lines = [_latex(row, depth).strip(" ").replace("\\#", "\\quad ") for row in node.findall(MATH + "e")]
    # Word aligns an equation at its first &; `#` sets its number apart.
    split = [line.split("\\&", 1) for line in lines]
    return latex.table([[part.replace("\\&", "") for part in line] for line in split], left, right, aligned=True)


def _function(node: Any, depth: int) -> str:
    return latex.function(_part(node, "fName", depth), _part(node, "e", depth))


def _limit_below(node: Any, depth: int) -> str:
    return latex.stacked(_part(node, "e", depth), _part(node, "lim", depth), "")


def _limit_above(node: Any, depth: int) -> str:
    return latex.stacked(_part(node, "e", depth), "", _part(node, "lim", depth))


def _bar(node: Any, depth: int) -> str:
    below = _value(node, "barPr/pos", "bot") != "top"
    return latex.marked(_part(node, "e", depth), "_" if below else "\u0305", below=below)


def _accent(node: Any, depth: int) -> str:
    return latex.marked(_part(node, "e", depth), _value(node, "accPr/chr", "\u0302"))


def _grouped(node: Any, depth: int) -> str:
    """Write a brace or an arrow along its base, or the words along an arrow: what stands on the line is the base."""
    sign, base = _value(node, "groupChrPr/chr", "⏟"), _part(node, "e", depth)
    top = _value(node, "groupChrPr/pos", "bot") == "top"
    words_on_line = (_value(node, "groupChrPr/vertJc", "top") == "bot") == top
    if sign in _ARROWS and not words_on_line:
        return latex.stacked(sign, base if top else "", "" if top else base)
    return latex.marked(base, sign, below=not top)


def _boxed(node: Any, depth: int) -> str:
    inner = _part(node, "e", depth)
    if any(_is_on(node, f"borderBoxPr/strike{way}") for way in ("H", "V", "BLTR", "TLBR")):
        inner = latex.styled(inner, "cancel")
    hidden = all(_is_on(node, f"borderBoxPr/hide{side}") for side in ("Top", "Bot", "Left", "Right"))
    return inner if hidden else f"\\boxed{{{inner}}}"


def _phantom(node: Any, depth: int) -> str:
    return _part(node, "e", depth) if _value(node, "phantPr/show", "on") not in {"off", "0", "false"} else ""


_RULES = {
    "r": _run,
    "f": _fraction,
    "sSup": _indexed,
    "sSub": _indexed,
    "sSubSup": _indexed,
    "sPre": _preceded,
    "rad": _root,
    "d": _delimited,
    "nary": _large,
    "m": _table,
    "eqArr": _table,
    "func": _function,
    "limLow": _limit_below,
    "limUpp": _limit_above,
    "bar": _bar,
    "acc": _accent,
    "groupChr": _grouped,
    "borderBox": _boxed,
    "phant": _phantom,
}
