from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.chat.plain_formula import plain_formulas


@pytest.mark.parametrize(
    ("latex", "plain"),
    [
        (r"$\frac{3}{4}$", "3/4"),
        (r"$\frac{a+b}{2}$", "(a+b)/2"),
        (r"$x^{2}+2x+1=0$", "x²+2x+1=0"),
        (r"$x_1=\frac{-b+\sqrt{b^2-4ac}}{2a}$", "x₁=(-b+√(b²-4ac))/2a"),
        (r"$\sqrt[3]{8}=2$", "∛8=2"),
        (r"$3\times 4\div 2\leq 6$", "3×4÷2≤6"),
        (r"$\angle A=90^\circ$", "∠A=90°"),
        (r"$a^{n+1}$", "aⁿ⁺¹"),
        (r"$a^{m+1}$", "a^(m+1)"),
        (r"$\left(\frac{1}{2}\right)^2$", "(1/2)²"),
        (r"$S=\pi r^2$", "S=πr²"),
        (r"$5\text{厘米}$", "5厘米"),
        (r"面积是 $\frac{1}{2}ah$，高是 $h$。", "面积是 1/2ah，高是 h。"),
        (r"$$x=1$$", "x=1"),
    ],
)
def test_formulas_are_said_on_the_line(latex: str, plain: str) -> None:
    assert plain_formulas(latex) == plain


@pytest.mark.parametrize(
    "text",
    [
        r"$\begin{cases}x+y=1\\x-y=3\end{cases}$",
        r"$\frac{1}$",
        r"$\unknown{x}$",
        r"$}{$",
        "一支铅笔 2$，两支 4 $。",
        "没有公式",
        "$",
        r"\$5 和 \$6",
    ],
)
def test_what_one_line_cannot_say_stays_as_it_is(text: str) -> None:
    assert plain_formulas(text) == text


@given(st.text(alphabet="$\\{}^_fracsqt[]12ab+ \n面", max_size=60))
def test_any_text_comes_through(text: str) -> None:
    assert isinstance(plain_formulas(text), str)
