"""Write raised and lowered characters so that plain text keeps them: x², H₂O, a^(n+1)."""

from __future__ import annotations

_RAISED = str.maketrans("0123456789+-−=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ")
_LOWERED = str.maketrans("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎")
_CAN_RAISE = frozenset("0123456789+-−ni")
_CAN_LOWER = frozenset("0123456789+-−")
LONGEST_INDEX = 12  # what is raised beyond this is a remark, not an exponent


def raised(text: str) -> str:
    """Return a superscript; Unicode where it has the characters, else `^(…)`; prose stays as it is."""
    return _script(text, _CAN_RAISE, _RAISED, "^")


def lowered(text: str) -> str:
    """Return a subscript; Unicode where it has the characters, else `_(…)`; prose stays as it is."""
    return _script(text, _CAN_LOWER, _LOWERED, "_")


def _script(text: str, possible: frozenset[str], table: dict[int, int], sign: str) -> str:
    core = text.strip()
    if not core:
        return text
    if all(character in possible for character in core):
        return core.translate(table)
    is_index = core.isascii() and len(core) <= LONGEST_INDEX and not core.startswith("[")
    if not is_index:
        return text
    return f"{sign}{core}" if len(core) == 1 else f"{sign}({core})"
