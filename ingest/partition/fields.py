r"""Read Word's EQ fields as LaTeX: `eq \f(1,2)` is ½ in the papers of two decades, and no plain reader shows it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ingest.partition import latex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

RAISED, LOWERED, END = "\ue000", "\ue001", "\ue002"  # around what the field's runs raise or lower
DEEPEST = 30
_EQ = re.compile(r"\s*eq\b\s*", re.IGNORECASE)
_COMMAND = re.compile(r"\\([abfilorsxABFILORSX])(?![A-Za-z]{2})")
# After a command: how it is drawn. `\lc\{` and its like name a bracket, `\up5` and its like a height in points.
_SWITCH = re.compile(
    r"\\([lrb]c)\s?\\(.)|\\(co|hs|vs|up|do|ai|di|al|ac|ar|to|bo|le|ri|su|pr|in|fc|vc|ba|fo)\s?-?\d{0,3}", re.IGNORECASE
)
_INDEX = re.compile(f"([{RAISED}{LOWERED}])([^{RAISED}{LOWERED}{END}]*){END}")
_PAIRS = {"(": ")", "[": "]", "{": "}", "<": ">"}
_UPPER = re.compile(r"\^\{(.*)\}", re.DOTALL)
_MARK = re.compile(r"(?:\\text\{)?([→←↔⌒⌢︵¯－―ˉ—–∧·•])\}?")
_SAME_MARK = {"︵": "⌢", "－": "¯", "ˉ": "¯", "—": "¯", "–": "¯", "·": "˙", "•": "˙"}
_RINGS = frozenset({"○", "〇", "◯"})

Switches = dict[str, str]


def equation(code: str) -> str:
    """Return the formula of a field code as it stands in running text; empty when the field is none."""
    match = _EQ.match(code)
    if match is None:
        return ""
    formula = _latex(code[match.end() :], 0)
    return latex.in_text("{}" + formula if formula[:1] in {"^", "_"} else formula)


def _latex(code: str, depth: int) -> str:
    pieces: list[str] = []
    plain = position = 0
    while depth < DEEPEST and (command := _COMMAND.search(code, position)) is not None:
        switches, start = _switches(code, command.end())
        end = _closing(code, start)
        if end is None:  # an escaped letter, no command
            position = command.end()
            continue
        pieces.append(_characters(code[plain : command.start()]))
        parts = [_latex(part, depth + 1).strip(" ") for part in _split(code[start + 1 : end])]
        pieces.append(_RULES[command[1].lower()](parts, switches))
        plain = position = end + 1
    return "".join([*pieces, _characters(code[plain:])])


def _characters(text: str) -> str:
    text = re.sub(r"\\([\\(),;])", r"\1", text)
    written, position = "", 0
    for index in _INDEX.finditer(text):
        written += latex.characters(text[position : index.start()])
        written += ("^" if index[1] == RAISED else "_") + f"{{{latex.characters(index[2])}}}"
        position = index.end()
    return written + latex.characters(re.sub(f"[{RAISED}{LOWERED}{END}]", "", text[position:]))


def _switches(code: str, position: int) -> tuple[Switches, int]:
    found: Switches = {}
    while True:
        while code[position : position + 1] == " ":
            position += 1
        match = _SWITCH.match(code, position)
        if match is None:
            return found, position
        found[(match[1] or match[3]).lower()] = match[2] or re.sub(r"\D", "", match[0])
        position = match.end()


def _closing(code: str, start: int) -> int | None:
    """Return where the bracket that opens at `start` closes."""
    if code[start : start + 1] != "(":
        return None
    depth = 0
    position = start
    while position < len(code):
        if code[position] == "\\" and code[position + 1 : position + 2] in {"(", ")", "\\", ",", ";"}:
            position += 1
        elif code[position] == "(":
            depth += 1
        elif code[position] == ")":
            depth -= 1
            if depth == 0:
                return position
        position += 1
    return None


def _split(code: str) -> Iterator[str]:
    """Split the parts of a command at the commas that are not inside brackets."""
    depth = start = position = 0
    while position < len(code):
        if code[position] == "\\" and code[position + 1 : position + 2] in {"(", ")", "\\", ",", ";"}:
            position += 1
        elif code[position] in "()":
            depth += 1 if code[position] == "(" else -1
        elif code[position] in ",;" and depth == 0:
            yield code[start:position]
            start = position + 1
        position += 1
    yield code[start:]


def _fraction(parts: list[str], switches: Switches) -> str:  # noqa: ARG001  (rules share one form)
    return latex.fraction(parts[0], ",".join(parts[1:]))


def _root(parts: list[str], switches: Switches) -> str:  # noqa: ARG001
    return latex.root(",".join(parts[1:]), parts[0]) if len(parts) > 1 else latex.root(parts[0], "")


def _index(parts: list[str], switches: Switches) -> str:
    if len(parts) > 1:
        return f"_{{{parts[1]}}}^{{{parts[0]}}}"
    return f"_{{{parts[0]}}}" if "do" in switches else f"^{{{parts[0]}}}"


def _over(parts: list[str], switches: Switches) -> str:
    """Write what is printed over each other: a sign or words above a base, a ring around a number, two indices."""
    if len(parts) != 2:
        return "".join(parts)
    if "al" in switches:
        high, low = (re.sub(r"^[\^_]\{(.*)\}$", r"\1", part) for part in parts)
        return f"_{{{low}}}^{{{high}}}"
    if parts[0] in _RINGS:
        return chr(0x245F + int(parts[1])) if re.fullmatch(r"1?[1-9]|[12]0", parts[1]) else f"({parts[1]})"
    base, over = (parts[1], parts[0]) if _UPPER.fullmatch(parts[0]) else (parts[0], parts[1])
    over = _UPPER.sub(r"\1", over)
    mark = _MARK.fullmatch(over)
    return latex.marked(base, _SAME_MARK.get(mark[1], mark[1])) if mark else latex.stacked(base, "", over)


def _fenced(parts: list[str], switches: Switches) -> str:
    both = switches.get("bc", "")
    left = switches.get("lc", both)
    right = switches.get("rc", _PAIRS.get(both, both)).strip()
    if not {"lc", "rc", "bc"} & switches.keys():
        left, right = "(", ")"
    inner = ",".join(parts)
    if left == "{" and not right and inner.startswith("\\begin{matrix}") and inner.count("\\begin{matrix}") == 1:
        return inner.replace("{matrix}", "{cases}")
    return latex.fenced(left, inner, right)


def _array(parts: list[str], switches: Switches) -> str:
    columns = max(int(switches.get("co") or 1), 1)
    return latex.table([parts[start : start + columns] for start in range(0, len(parts), columns)])


def _ruled(parts: list[str], switches: Switches) -> str:
    inner = ",".join(parts)
    if "to" in switches:
        return latex.marked(inner, "\u0305")
    return latex.marked(inner, "_", below=True) if "bo" in switches else f"\\boxed{{{inner}}}"


def _integral(parts: list[str], switches: Switches) -> str:
    sign = "∑" if "su" in switches else "∏" if "pr" in switches else "∫"
    low, high, *body = (*parts, "", "")
    return latex.large(sign, low, high, ",".join(part for part in body if part))


def _list(parts: list[str], switches: Switches) -> str:  # noqa: ARG001
    return ",".join(parts)


_RULES: dict[str, Callable[[list[str], Switches], str]] = {
    "f": _fraction,
    "r": _root,
    "s": _index,
    "o": _over,
    "b": _fenced,
    "a": _array,
    "x": _ruled,
    "i": _integral,
    "l": _list,
}
