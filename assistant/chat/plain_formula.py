r"""Formulas as people read them in running text: `$\frac{3}{4}$` → 3/4, `$x^{2}$` → x²; what is too complex stays LaTeX."""

from __future__ import annotations

import re

# One formula of a line; a price (5$) has no second sign, and a doubled sign sets a formula apart.
_FORMULA = re.compile(r"(?<!\\)(\$\$?)(?=\S)((?:\\.|[^$\\\n]){1,400}?)(?<=\S)\1")
_PIECE = re.compile(r"(\\(?:[a-zA-Z]+|.)|[{}^_&]|[^\\{}^_&])", re.DOTALL)
# White space behind a command only ends its name.
_AFTER_NAME = re.compile(r"(\\[a-zA-Z]+)\s+")
_RAISED = str.maketrans("0123456789+-−=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ")
_LOWERED = str.maketrans("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎")
_SIGNS = {
    "times": "×", "div": "÷", "pm": "±", "mp": "∓", "leq": "≤", "le": "≤", "geq": "≥", "ge": "≥", "neq": "≠", "ne": "≠",
    "approx": "≈", "equiv": "≡", "cong": "≅", "sim": "∽", "cdot": "·", "cdots": "⋯", "ldots": "…", "dots": "…", "angle": "∠",
    "triangle": "△", "odot": "⊙", "perp": "⊥", "parallel": "∥", "circ": "°", "degree": "°", "because": "∵", "therefore": "∴",
    "infty": "∞", "in": "∈", "notin": "∉", "subset": "⊂", "subseteq": "⊆", "cup": "∪", "cap": "∩", "emptyset": "∅",
    "varnothing": "∅", "to": "→", "rightarrow": "→", "Rightarrow": "⇒", "Leftrightarrow": "⇔", "leftarrow": "←", "mid": "|",
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "theta": "θ", "lambda": "λ", "mu": "μ", "pi": "π", "rho": "ρ",
    "sigma": "σ", "phi": "φ", "varphi": "φ", "omega": "ω", "Delta": "Δ", "Omega": "Ω", "sum": "∑", "prod": "∏", "int": "∫",
    "sin": "sin", "cos": "cos", "tan": "tan", "lg": "lg", "ln": "ln", "log": "log", "lim": "lim", "max": "max", "min": "min",
    "quad": " ", "qquad": " ", ",": "", ";": " ", ":": " ", " ": " ", "!": "", "{": "{", "}": "}", "%": "%", "$": "$",
    "_": "_", "&": "&", "#": "#", "lbrace": "{", "rbrace": "}", "left": "", "right": "", "displaystyle": "", "prime": "′",
    "lvert": "|", "rvert": "|", "vert": "|", "|": "‖",
}  # fmt: skip
_WRAPPERS = frozenset("text mathrm mathbf mathit mathsf operatorname textbf boxed mbox".split())
_ROOTS = {"": "√", "2": "√", "3": "∛", "4": "∜"}
_DEEPEST = 12


class _TooComplexError(Exception):
    """The formula says something that one line cannot."""


def plain_formulas(text: str) -> str:
    """Return a text with its formulas on the line; one that one line cannot say stays as it is."""
    return _FORMULA.sub(lambda match: _plain(match[2]) or match[0], text) if "$" in text else text


def _plain(source: str) -> str:
    try:
        reader = _Reader(_PIECE.findall(_AFTER_NAME.sub(r"\1{}", source)))
        return " ".join(reader.sequence(0).split())
    except (_TooComplexError, IndexError):
        return ""


class _Reader:
    """Read pieces from left to right."""

    def __init__(self, pieces: list[str]) -> None:
        self._pieces = pieces
        self._at = 0

    def sequence(self, depth: int) -> str:
        """Read to the end, or to the brace that closes this group."""
        if depth > _DEEPEST:
            raise _TooComplexError
        said = ""
        while self._at < len(self._pieces):
            piece = self._next()
            if piece == "}":
                if not depth:
                    raise _TooComplexError
                return said
            if piece == "^":
                said += _script(self._argument(depth), _RAISED, "^")
            elif piece == "_":
                said += _script(self._argument(depth), _LOWERED, "_")
            else:
                said += self._atom(piece, depth)
        if depth:
            raise _TooComplexError
        return said

    def _next(self) -> str:
        self._at += 1
        return self._pieces[self._at - 1]

    def _argument(self, depth: int) -> str:
        piece = self._next()
        while piece.isspace():
            piece = self._next()
        return self._atom(piece, depth)

    def _atom(self, piece: str, depth: int) -> str:
        if piece == "{":
            return self.sequence(depth + 1)
        if not piece.startswith("\\"):
            if piece in "}^_&":
                raise _TooComplexError
            return piece
        name = piece[1:]
        if name in _SIGNS:
            return _SIGNS[name]
        return self._command(name, depth)

    def _command(self, name: str, depth: int) -> str:
        if name in {"frac", "dfrac", "tfrac"}:
            return f"{_group(self._argument(depth))}/{_group(self._argument(depth))}"
        if name == "sqrt":
            return self._root(depth)
        if name in _WRAPPERS:
            return self._argument(depth)
        if name in {"overline", "bar"}:
            inner = self._argument(depth)
            return f"{inner}\u0305" if len(inner) == 1 else inner
        raise _TooComplexError

    def _root(self, depth: int) -> str:
        degree = ""
        if self._pieces[self._at] == "[":
            self._at += 1
            while (piece := self._next()) != "]":
                degree += piece
        return _ROOTS.get(degree, f"{degree}次√") + _group(self._argument(depth))


def _script(text: str, table: dict[int, int], sign: str) -> str:
    if text in {"°", "′"}:
        return text
    if text and all(ord(character) in table for character in text):
        return text.translate(table)
    return f"{sign}{text}" if len(text) == 1 else f"{sign}({text})"


def _group(text: str) -> str:
    """Bracket what would be misread without its bar or root."""
    simple = text.replace(".", "").isalnum() or (text.startswith("(") and text.endswith(")") and text.count("(") == 1)
    return text if simple else f"({text})"
