r"""Write LaTeX that KaTeX and pandoc read: the parts of formulas, whichever format they come from.

Signs stay Unicode (×, ≤, π, △), so that a search finds them in formulas as in prose. Every function takes and returns
LaTeX without dollars, except `in_text`.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_FUNCTIONS = frozenset(
    "sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh coth ln lg log exp lim max min sup inf det gcd deg arg dim ker".split()
)
_LIMITED = re.compile(r"\\(?:lim|max|min|sup|inf|det|gcd|sum|prod|coprod|bigcup|bigcap|bigvee|bigwedge) ")
_LARGE = {
    "∑": "sum", "∏": "prod", "∐": "coprod", "∫": "int", "∬": "iint", "∭": "iiint", "∮": "oint",
    "⋃": "bigcup", "⋂": "bigcap", "⋁": "bigvee", "⋀": "bigwedge",
}  # fmt: skip
_CHARACTERS = str.maketrans(
    {
        **{sign: f"\\{name} " for sign, name in _LARGE.items()},
        **{sign: f"\\{sign}" for sign in "{}$%#&_"},
        **dict.fromkeys("\u00a0\u2002\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f", " "),
        **dict.fromkeys("\u200b\u2060\u2061\u2062\u2063\u2064\ufeff"),
        "\\": "\\backslash ", "^": "∧", "~": "\\sim ", "−": "-", "′": "'", "″": "''", "‴": "'''",
        "⟂": "⊥", "⋅": "·", "∣": "|", "\u0305": "\u0304",  # the same sign under a number that fonts and keyboards lack
    }
)  # fmt: skip
_WORDS = str.maketrans(
    {**{sign: f"\\{sign}" for sign in "{}$%#&_"}, "\\": "\\textbackslash ", "^": "∧", "~": "\\textasciitilde "}
)
_WIDE = re.compile(r"[\u2460-\u24ff\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef“”‘’]+|\u2014+")
_NAME = re.compile(r"(?<![A-Za-z\\])(?:arc(?:sin|cos|tan)|sin|cos|tan|cot|ln|lg|log|lim)(?![A-Za-z])")
_GAP = re.compile(r"[ \u00a0\u2002]{2,}|[\u2003\u3000]+")  # a blank to fill in, or what sets two equations apart
_LETTER = re.compile("[\U0001d400-\U0001d7ff]")  # 𝑥, as some programs write italics
_TYPED = re.compile(r"\\[A-Za-z]{2,}|[A-Za-z0-9)}\]]\s?[\^_]\s?[A-Za-z0-9{(\\]")
_ATOM = re.compile(
    r"[0-9A-Za-z.]+|[^\\{}^_&\s]|\\[A-Za-z]+ ?|\\[A-Za-z]+\{[^{}]*\}|(?:\\mathrm\{[A-Za-z]+\})+|(?:\\left)?\((?:(?!\\left|\\right|[()]).)*(?:\\right)?\)"
)
_ABOVE = {
    "\u0302": ("hat", "widehat"), "^": ("hat", "widehat"), "ˆ": ("hat", "widehat"), "∧": ("hat", "widehat"),
    "\u0303": ("tilde", "widetilde"), "~": ("tilde", "widetilde"), "˜": ("tilde", "widetilde"),
    "\u0304": ("bar", "overline"), "\u0305": ("overline", "overline"), "¯": ("bar", "overline"),
    "‾": ("overline", "overline"), "―": ("overline", "overline"), "_": ("overline", "overline"),
    "\u20d7": ("vec", "overrightarrow"), "→": ("vec", "overrightarrow"), "⇀": ("vec", "overrightarrow"),
    "\u20d6": ("overleftarrow", "overleftarrow"), "←": ("overleftarrow", "overleftarrow"),
    "\u20e1": ("overleftrightarrow", "overleftrightarrow"), "↔": ("overleftrightarrow", "overleftrightarrow"),
    "\u0307": ("dot", "dot"), "˙": ("dot", "dot"), "\u0308": ("ddot", "ddot"), "¨": ("ddot", "ddot"),
    "\u20db": ("dddot", "dddot"), "\u0301": ("acute", "acute"), "\u0300": ("grave", "grave"),
    "\u0306": ("breve", "breve"), "\u030c": ("check", "check"), "⏞": ("overbrace", "overbrace"),
}  # fmt: skip
_BELOW = {
    "\u0332": "underline", "_": "underline", "¯": "underline", "‾": "underline", "\u0331": "underline",
    "⏟": "underbrace", "→": "underrightarrow", "←": "underleftarrow",
}  # fmt: skip
_OWN_FONT = frozenset("ℂℍℕℙℚℝℤ")
_ARCS = frozenset("⌢⌒⏜\u0311")
_ARROWS = {"→": "xrightarrow", "⟶": "xrightarrow", "←": "xleftarrow", "⟵": "xleftarrow"}  # pandoc knows no others
_FENCES = {
    "(": "(", ")": ")", "[": "[", "]": "]", "|": "|", "/": "/", "{": "\\{", "}": "\\}", "‖": "\\|",
    "⟨": "\\langle ", "⟩": "\\rangle ",
    "⌊": "\\lfloor ", "⌋": "\\rfloor ", "⌈": "\\lceil ", "⌉": "\\rceil ", "": ".",
}  # fmt: skip
_SAME_FENCE = {"∣": "|", "∥": "‖", "〈": "⟨", "〉": "⟩"}
_TALL = re.compile(r"\\(?:frac|binom|begin|sum|prod|i*int|oint|overset|underset|overbrace|underbrace|x[a-z]+arrow)")
_ENVIRONMENTS = {
    ("(", ")"): "pmatrix", ("[", "]"): "bmatrix", ("|", "|"): "vmatrix", ("‖", "‖"): "Vmatrix",
    ("{", "}"): "Bmatrix", ("{", ""): "cases",
}  # fmt: skip
_NEEDLESS_SPACE = re.compile(r"(\\[A-Za-z]+) +(?![A-Za-z0-9\u0370-\u03ff ])")
_NEIGHBOURS = re.compile(r"\\(mathrm|text)\{[^{}\\]+\}(?:\\\1\{[^{}\\]+\})+")
_LOOSE_INDEX = re.compile(r"(?<!\\)([_^])([^\\{}])(?=[0-9.])")  # x_12 is x₁2 to TeX and x₁₂ to a reader and to pandoc
_PLAIN = re.compile(r"\\(?:text|mathrm)\{((?:[^{}\\]|\\[%#$&{}_])*)\}|\\([%#$&{}_])|\\(quad|sim|backslash) ?")
_BARE = {"quad": "  ", "sim": "~", "backslash": "\\"}


def in_text(latex: str) -> str:
    """Return a formula for running text: in dollars, or bare where LaTeX says nothing more: `3+5=8`, `长×宽`, `25%`."""
    latex = _NEEDLESS_SPACE.sub(r"\1", latex).strip()
    latex = _NEIGHBOURS.sub(lambda match: match[0].replace(f"}}\\{match[1]}{{", ""), latex)
    latex = _LOOSE_INDEX.sub(r"\1{\2}", latex)
    if re.search(r"[\\^_{}~]", _PLAIN.sub("", latex)) is None:
        return _PLAIN.sub(_bare, latex).strip()
    return f"${latex}$"


def _bare(match: re.Match[str]) -> str:
    if match[3]:
        return _BARE[match[3]]
    return match[2] or re.sub(r"\\(.)", r"\1", match[1])


def characters(text: str) -> str:
    """Write the characters of a formula; what a teacher typed as LaTeX stays as typed."""
    text = _LETTER.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)
    if _TYPED.search(text) and _is_balanced(text):
        return text
    text = _GAP.sub("\ufffc", text).translate(_CHARACTERS)
    text = _NAME.sub(lambda match: f"\\{match[0]} ", text)
    return _WIDE.sub(lambda match: words(match[0]), text).replace("\ufffc", "\\quad ")


def _is_balanced(text: str) -> bool:
    depth = 0
    for sign in re.findall(r"\\.?|[{}]", text):
        if sign == "\\":  # nothing behind it: it would escape the brace that closes the part around it
            return False
        depth += {"{": 1, "}": -1}.get(sign, 0)
        if depth < 0:
            return False
    return depth == 0


def words(text: str) -> str:
    """Write prose within a formula."""
    return f"\\text{{{text.translate(_WORDS)}}}" if text else ""


def upright(text: str) -> str:
    """Write upright letters: the name of a function, a unit, a chemical element."""
    if text.strip() in _FUNCTIONS:
        return f"\\{text.strip()} "
    return f"\\mathrm{{{text}}}" if text.isascii() and text.isalpha() else characters(text)


def styled(text: str, font: str) -> str:
    """Write letters in a font of LaTeX (`mathbf`, `mathbb` …)."""
    return f"\\{font}{{{text}}}" if any(sign.isalpha() and sign not in _OWN_FONT for sign in text) else text


def fraction(above: str, below: str, *, bar: bool = True) -> str:
    """Write a fraction, or two parts on top of each other without a bar."""
    return f"\\frac{{{above}}}{{{below}}}" if bar else f"{{{above} \\atop {below}}}"


def choose(above: str, below: str) -> str:
    """Write a binomial coefficient."""
    return f"\\binom{{{above}}}{{{below}}}"


def indexed(base: str, low: str, high: str) -> str:
    """Write a base with its indices, either of which may be empty."""
    if high in {"∘", "°", "\\circ"} and not low:
        return f"{base}°"
    atom = base if base and _ATOM.fullmatch(base) else f"{{{base}}}"
    if high and not high.strip("'"):
        return atom.rstrip() + high + _index("_", low)
    return atom.rstrip() + _index("_", low) + _index("^", high) if low or high else base


def preceded(base: str, low: str, high: str) -> str:
    """Write indices in front of their base: an isotope's numbers."""
    return f"{{}}{_index('_', low)}{_index('^', high)}{base}"


def _index(sign: str, text: str) -> str:
    if not text:
        return ""
    return sign + (text if len(text) == 1 and text not in "\\^_{}'" else f"{{{text}}}")


def root(radicand: str, degree: str) -> str:
    """Write a root; the degree is empty for square roots."""
    return f"\\sqrt[{degree}]{{{radicand}}}" if degree and degree != "2" else f"\\sqrt{{{radicand}}}"


def function(name: str, argument: str) -> str:
    """Write a function by its name, which may carry indices, and its argument."""
    if re.fullmatch(r"[A-Za-z]{2,}", name):
        name = f"\\{name}" if name in _FUNCTIONS else f"\\operatorname{{{name}}}"
    name = re.sub(r"^\\mathrm(?=\{)", r"\\operatorname", name)
    return f"{name} {argument}"


def large(sign: str, low: str, high: str, body: str) -> str:
    """Write a sum, a product, an integral or the like with its bounds and what it runs over."""
    return f"{characters(sign).rstrip()}{_index('_', low)}{_index('^', high)} {body}"


def fenced(left: str, inner: str, right: str) -> str:
    """Write brackets, high ones around high parts; an empty bracket is not drawn."""
    left, right = _SAME_FENCE.get(left, left), _SAME_FENCE.get(right, right)
    if not left and not right:
        return inner
    if left not in _FENCES or right not in _FENCES:
        return characters(left) + inner + characters(right)
    if left and right and not _TALL.search(inner):
        return f"{_FENCES[left]}{inner}{_FENCES[right]}"
    return f"\\left{_FENCES[left]}{inner}\\right{_FENCES[right]}"


def table(rows: Sequence[Sequence[str]], left: str = "", right: str = "", *, aligned: bool = False) -> str:
    """Write a matrix, a determinant, or a system of equations, with its brackets."""
    lines = [" & ".join(cells) for cells in rows]
    body = " \\\\ ".join("{}" + line if line.startswith("[") else line for line in lines)  # `\\ [` would be a length
    name = _ENVIRONMENTS.get((_SAME_FENCE.get(left, left), _SAME_FENCE.get(right, right)))
    if name is not None:
        return f"\\begin{{{name}}} {body} \\end{{{name}}}"
    if len(lines) == 1 and (aligned or len(rows[0]) == 1):
        return fenced(left, "".join(rows[0]), right)
    name = "aligned" if aligned else "matrix"
    return fenced(left, f"\\begin{{{name}}} {body} \\end{{{name}}}", right)


def marked(base: str, sign: str, *, below: bool = False) -> str:
    """Write a bar, an arrow, a brace, a hat or another sign that runs along its base."""
    if below:
        name = _BELOW.get(sign)
        return f"\\{name}{{{base}}}" if name else f"\\underset{{{characters(sign)}}}{{{base}}}"
    if sign in _ARCS:
        return f"\\overset{{\\frown}}{{{base}}}"
    short, long = _ABOVE.get(sign, ("", ""))
    if not short:
        return f"\\overset{{{characters(sign)}}}{{{base}}}"
    return f"\\{short if len(base) == 1 else long}{{{base}}}"


def stacked(base: str, below: str, above: str) -> str:
    """Write what stands under and over a base: the limit of a function, the conditions of a reaction, a brace's remark."""
    bare = base.strip()
    if bare in _ARROWS:
        return f"\\{_ARROWS[bare]}{f'[{below}]' if below else ''}{{{above}}}"
    if _LIMITED.fullmatch(bare + " "):
        return bare + _index("_", below) + _index("^", above) + " "
    if bare.startswith("\\underbrace{") and not above:
        return f"{bare}_{{{below}}}"
    if bare.startswith("\\overbrace{") and not below:
        return f"{bare}^{{{above}}}"
    if above:
        is_mark = above in _ABOVE or above in _ARCS
        base = marked(base, above) if is_mark else f"\\overset{{{above}}}{{{base}}}"
    if below:
        sign = below.lstrip("\\")
        base = marked(base, sign, below=True) if sign in _BELOW else f"\\underset{{{below}}}{{{base}}}"
    return base
