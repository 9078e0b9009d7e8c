r"""Equations of Word, PowerPoint and web pages as LaTeX. In the tables `X` builds OMML: X("f", num="3", den="4")."""

import re

import docx
import pptx
import pytest
from docx.oxml import parse_xml
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree
from pptx.util import Cm

from ingest.partition import fields, partition
from ingest.partition.formula import equation
from ingest.partition.markup import read_html, read_markdown
from ingest.settings import IngestSettings

NAMESPACE = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
OLE_OBJECT = '<o:OLEObject xmlns:o="urn:schemas-microsoft-com:office:office" ProgID="Equation.DSMT4"/>'
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def R(text, **style):  # noqa: N802  (they read as the XML they make)
    marks = "".join(f'<m:{name} m:val="{value}"/>' for name, value in style.items())
    return f"<m:r><m:rPr>{marks}</m:rPr><m:t>{text}</m:t></m:r>"


def X(name, properties=None, **parts):  # noqa: N802
    marks = "".join(f'<m:{key} m:val="{value}"/>' for key, value in (properties or {}).items())
    inner = "".join(
        f"<m:{key}>{one if one.startswith('<') else R(one)}</m:{key}>"
        for key, value in parts.items()
        for one in (value if isinstance(value, list) else [value])
    )
    return f"<m:{name}><m:{name}Pr>{marks}</m:{name}Pr>{inner}</m:{name}>"


def matrix(*rows):
    lines = "".join("<m:mr>" + "".join(f"<m:e>{R(cell)}</m:e>" for cell in row) + "</m:mr>" for row in rows)
    return f"<m:m><m:mPr/>{lines}</m:m>"


def omml(*pieces):
    body = "".join(piece if piece.startswith("<") else R(piece) for piece in pieces)
    return f"<m:oMath {NAMESPACE} {W}>{body}</m:oMath>"


def latex(*pieces):
    return equation(etree.fromstring(omml(*pieces)))


@pytest.mark.parametrize(
    ("pieces", "wanted"),
    [
        (["3+5=8"], "3+5=8"),
        (["x"], "x"),
        (["25%"], "25%"),
        (["−3×(−2)÷6≤π"], "-3×(-2)÷6≤π"),
        ([R("长", nor="on"), "×", R("宽", nor="on")], "长×宽"),
        (["△ABC≌△DEF，AB⊥CD，AC∥DE"], "△ABC≌△DEF，AB⊥CD，AC∥DE"),
        (["5×", X("d", e="a+b")], "5×(a+b)"),
        (["A=", X("d", {"begChr": "{", "endChr": "}"}, e="1,2,3")], "A={1,2,3}"),
        (["∠A=", X("sSup", e="30", sup="∘")], "∠A=30°"),
        (["3+____=8"], "3+____=8"),
        (["3+（   ）=8"], "3+（  ）=8"),
        (["3~5"], "3~5"),
        (["5", R("cm", sty="p")], "5cm"),
        ([X("phant", {"show": "off"}, e="9"), "𝑥=1"], "x=1"),
    ],
)
def test_what_latex_says_no_better_stays_plain(pieces, wanted):
    assert latex(*pieces) == wanted


@pytest.mark.parametrize(
    ("pieces", "wanted"),
    [
        ([X("f", num="3", den="4")], r"\frac{3}{4}"),
        (["2", X("f", num="1", den="2"), "−1"], r"2\frac{1}{2}-1"),
        ([X("f", num=R("路程"), den=R("时间"))], r"\frac{\text{路程}}{\text{时间}}"),
        ([X("d", e=X("f", {"type": "noBar"}, num="n", den="k"))], r"\binom{n}{k}"),
        ([X("sSup", e="x", sup="2")], "x^2"),
        ([X("sSup", e="x", sup="10")], "x^{10}"),
        ([X("sSup", e=X("sSup", e="x", sup="2"), sup="3")], "{x^2}^3"),
        ([X("sSup", e=X("d", e="a+b"), sup="2")], "(a+b)^2"),
        ([X("sSup", e=X("d", e=X("f", num="a", den="b")), sup="2")], r"\left(\frac{a}{b}\right)^2"),
        ([X("sSub", e="a", sub="1"), "2"], "a_{1}2"),
        ([X("sSubSup", e="C", sub="n", sup="k")], "C_n^k"),
        ([X("sSup", e="f", sup="′"), X("f", num="1", den="x")], r"f'\frac{1}{x}"),
        ([X("sSub", e="v", sub="初")], r"v_{\text{初}}"),
        ([X("sPre", sub="6", sup="14", e=R("C", sty="p"))], r"{}_6^{14}\mathrm{C}"),
        ([R("CaC", sty="p"), X("sSub", e=R("O", sty="p"), sub="3")], r"\mathrm{CaCO}_3"),
        ([X("rad", {"degHide": "1"}, deg="", e="2")], r"\sqrt{2}"),
        ([X("rad", deg="3", e="x+1")], r"\sqrt[3]{x+1}"),
        ([X("d", {"begChr": "|", "endChr": "|"}, e=X("f", num="1", den="2"))], r"\left|\frac{1}{2}\right|"),
        ([X("d", {"begChr": "", "endChr": ")"}, e=X("sSup", e="x", sup="2"))], r"\left.x^2\right)"),
        ([X("d", {"sepChr": ","}, e=["a", X("sSup", e="b", sup="2")])], "(a,b^2)"),
        ([X("nary", {"chr": "∑"}, sub="i=1", sup="n", e="i")], r"\sum_{i=1}^n i"),
        ([X("nary", sub="0", sup="1", e="x"), R("d", sty="p"), "x"], r"\int_0^1 x\mathrm{d}x"),
        ([X("func", fName=R("sin", sty="p"), e="30°")], r"\sin 30°"),
        ([X("func", fName=X("sSup", e=R("cos", sty="p"), sup="2"), e="α")], r"\cos^2 α"),
        ([X("func", fName=X("sSub", e="log", sub="2"), e="8")], r"\log_2 8"),
        (["sin30°=", X("f", num="1", den="2")], r"\sin 30°=\frac{1}{2}"),
        ([X("func", fName=X("limLow", e=R("lim", sty="p"), lim="x→0"), e="x")], r"\lim_{x→0} x"),
        ([X("bar", {"pos": "top"}, e="AB")], r"\overline{AB}"),
        ([X("bar", {"pos": "bot"}, e="x")], r"\underline{x}"),
        (["0.", X("acc", {"chr": "\u0307"}, e="3")], r"0.\dot{3}"),
        ([X("acc", e="y")], r"\hat{y}"),
        ([X("acc", {"chr": "\u20d7"}, e="a")], r"\vec{a}"),
        ([X("acc", {"chr": "\u20d7"}, e="AB")], r"\overrightarrow{AB}"),
        ([X("limUpp", e="AB", lim="⌢")], r"\overset{\frown}{AB}"),
        ([X("groupChr", {"chr": "→", "pos": "top", "vertJc": "bot"}, e="AB")], r"\overrightarrow{AB}"),
        ([R("A", sty="p"), X("groupChr", {"chr": "→", "vertJc": "bot"}, e="高温")], r"\mathrm{A}\xrightarrow{\text{高温}}"),
        ([X("limLow", e=X("groupChr", e="1+1"), lim="n")], r"\underbrace{1+1}_{n}"),
        ([X("limUpp", e="=", lim="点燃")], r"\overset{\text{点燃}}{=}"),
        ([X("borderBox", e=" ")], r"\boxed{}"),
        ([X("borderBox", {f"hide{side}": "1" for side in ("Top", "Bot", "Left", "Right")} | {"strikeH": "1"}, e="a")], r"\cancel{a}"),
        ([R("a", sty="b"), "·", R("R", scr="double-struck")], r"\mathbf{a}·\mathbb{R}"),
        ([X("d", e=matrix("12", "34"))], r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}"),
        ([matrix("1", "[")], r"\begin{matrix} 1 \\ {}[ \end{matrix}"),
        (
            [X("d", {"begChr": "{", "endChr": ""}, e=X("eqArr", e=["x+y=1", "x−y=3"]))],
            r"\begin{cases} x+y=1 \\ x-y=3 \end{cases}",
        ),
        ([X("eqArr", e=["a&amp;=b", "c&amp;=&amp;d"])], r"\begin{aligned} a & =b \\ c & =d \end{aligned}"),
        ([X("eqArr", e=[X("sSup", e="x", sup="2") + R("#(1)")])], r"x^2\quad(1)"),
        (["x_1"], "x_1"),
        ([r"\frac{1}{2}"], r"\frac{1}{2}"),
        (["<w:r><w:t>当</w:t></w:r>", X("sSup", e="x", sup="2")], r"\text{当}x^2"),
        ([X("func", fName=R("card", sty="p"), e=X("sSup", e="A", sup="2"))], r"\operatorname{card} A^2"),
    ],
)  # fmt: skip
def test_equations_become_latex(pieces, wanted):
    assert latex(*pieces) == f"${wanted}$"


def test_an_equation_nested_without_measure_keeps_its_letters():
    deep = "x"
    for _ in range(60):
        deep = X("sSup", e=deep, sup="2")
    found = latex(deep)
    assert found.count("2") == 60
    assert found.count("x") == 1


@example("1^\\")
@example("1_\\\\{}")
@given(st.text(alphabet="ab12\\{}^_$%&#~ 长，×√'′\u0305𝑥|[", max_size=12))
def test_no_text_breaks_the_braces_around_it(text):
    node = etree.fromstring(omml(X("f", num="1", den="2")))
    node[0][2][0][1].text = text
    depth = 0
    for sign in re.sub(r"\\.", "", equation(node)):
        depth += (sign == "{") - (sign == "}")
        assert depth >= 0
    assert depth == 0


def test_equations_in_word_stand_in_their_sentence(tmp_path):
    document = docx.Document()
    half, root = X("f", num="1", den="2"), X("rad", deg="", e=X("sSup", e="x", sup="2"))
    run = "<w:r><w:t>{}</w:t></w:r>"
    paragraph = (
        f"<w:p {W}>{run.format('求')}{omml(half)}{omml(root)}{run.format('与')}{omml('3')}{run.format('。')}</w:p>"
    )
    document.element.body.insert_element_before(parse_xml(paragraph), "w:sectPr")
    shown = f"<w:p {W} {NAMESPACE}><m:oMathPara>{omml('- 3+', half)}{omml(half)}</m:oMathPara></w:p>"
    document.element.body.insert_element_before(parse_xml(shown), "w:sectPr")
    table = document.add_table(1, 2)
    table.cell(0, 0).text = "面积"
    table.cell(0, 1).paragraphs[0]._p.append(parse_xml(omml(half)))
    raised = document.add_paragraph("S=a").add_run("2")
    raised.font.superscript = True
    document.save(str(tmp_path / "a.docx"))
    assert [one.text for one in partition(tmp_path / "a.docx", IngestSettings())] == [
        r"求$\frac{1}{2}$ $\sqrt{x^2}$与3。",
        r"$- 3+\frac{1}{2}$ $\frac{1}{2}$",
        r"面积 | $\frac{1}{2}$",
        "S=a²",
    ]


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        (r" EQ \f(x+1,2) ", r"$\frac{x+1}{2}$"),
        (r"eq \f(\r(2),\r(3,8))", r"$\frac{\sqrt{2}}{\sqrt[3]{8}}$"),
        (r"eq \f(1,f\(x\))", r"$\frac{1}{f(x)}$"),
        (r"eq \b\lc\{\rc\ (\a\vs4\al\co1(x+y=1,x-y=3))", r"$\begin{cases} x+y=1 \\ x-y=3 \end{cases}$"),
        (r"eq \b\bc\|(\f(1,2))", r"$\left|\frac{1}{2}\right|$"),
        (r"eq \o(AB,\s\up6(→))", r"$\overrightarrow{AB}$"),
        (r"eq \o(\s\up8(︵),AB)", r"$\overset{\frown}{AB}$"),
        (r"eq \o(=====,\s\up7(高温))", r"$\overset{\text{高温}}{=====}$"),
        (r"eq a\o\al(2,n)", "$a_{n}^{2}$"),
        (r"eq \x\to(AB)", r"$\overline{AB}$"),
        (r"eq \i\su(i=1,n,i)", r"$\sum_{i=1}^n i$"),
        (r"eq \s\up5(14)C", "${}^{14}C$"),
        (r"eq \o\ac(○,13)", "⑬"),
        (r"eq \f(1", r"\f(1"),
        (r" PAGEREF _Toc1 \h ", ""),
        (r"eq " + r"\f(" * 200, r"\f(" * 200),
    ],
)
def test_eq_fields(code, wanted):
    assert fields.equation(code) == wanted


def test_fields_and_objects_in_word(tmp_path):
    document = docx.Document()
    mark = '<w:r><w:fldChar w:fldCharType="{}"/></w:r>'
    pieces = (
        mark.format("begin"),
        r"<w:r><w:instrText>eq \f(x</w:instrText></w:r>",
        '<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:instrText>2</w:instrText></w:r>',
        "<w:r><w:instrText>,3)</w:instrText></w:r>",
        mark.format("separate"),
        "<w:r><w:t>旧图</w:t></w:r>",
        mark.format("end"),
        "<w:r><w:t>和第</w:t></w:r>",
        mark.format("begin"),
        "<w:r><w:instrText> PAGE </w:instrText></w:r>",
        mark.format("separate"),
        "<w:r><w:t>5</w:t></w:r>",
        mark.format("end"),
        f"<w:r><w:t>页，</w:t><w:object>{OLE_OBJECT}</w:object></w:r>",
    )
    document.element.body.insert_element_before(parse_xml(f"<w:p {W}>{''.join(pieces)}</w:p>"), "w:sectPr")
    document.save(str(tmp_path / "a.docx"))
    found = partition(tmp_path / "a.docx", IngestSettings())
    assert [one.text for one in found] == [r"$\frac{x^{2}}{3}$和第5页，〔公式〕"]


def test_equations_in_powerpoint(tmp_path):
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    frame = slide.shapes.add_textbox(Cm(1), Cm(1), Cm(9), Cm(2)).text_frame
    frame.text = "所以"
    holder = 'xmlns:a14="http://schemas.microsoft.com/office/drawing/2010/main"'
    choice = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    half = omml(X("f", num="1", den="2"))
    frame.paragraphs[0]._p.append(etree.fromstring(f"<a14:m {holder}>{half}{half}</a14:m>"))
    other = f'<mc:AlternateContent {choice}><mc:Choice Requires="a14"><a14:m {holder}>{half}</a14:m></mc:Choice></mc:AlternateContent>'
    frame.paragraphs[0]._p.append(etree.fromstring(other))
    deck.save(str(tmp_path / "a.pptx"))
    found = partition(tmp_path / "a.pptx", IngestSettings())
    assert [one.text for one in found] == [r"所以$\frac{1}{2}$ $\frac{1}{2}$ $\frac{1}{2}$"]


TYPED = (
    r"求 $x^2+y_1$ 与 $\frac{1}{2}$ 的和",
    r"由 \(a^2+b^2=c^2\) 可知",
    r"\[ \sqrt{2} \times \frac{-b}{2a} \]",
    r"$$ \begin{cases} x+y=1 \\ x-y<3 \end{cases} $$",
    r"$\{x \mid x_1 < *y* \& 2\}$",
    r"\frac{1}{2} 与 \sqrt[3]{8}",
)


@pytest.mark.parametrize("line", TYPED)
@pytest.mark.parametrize("suffix", [".txt", ".md", ".html", ".docx", ".pptx"])
def test_latex_typed_as_text_is_left_alone(tmp_path, suffix, line):
    path = tmp_path / f"a{suffix}"
    if suffix == ".docx":
        document = docx.Document()
        document.add_paragraph(line)
        document.save(str(path))
    elif suffix == ".pptx":
        deck = pptx.Presentation()
        slide = deck.slides.add_slide(deck.slide_layouts[6])
        slide.shapes.add_textbox(Cm(1), Cm(1), Cm(9), Cm(2)).text_frame.text = line
        deck.save(str(path))
    elif suffix == ".html":
        escaped = line.replace("&", "&amp;").replace("<", "&lt;")
        path.write_text(f"<html><body><p>{escaped}</p></body></html>", encoding="utf-8")
    else:
        path.write_text(line, encoding="utf-8")
    assert [one.text for one in partition(path, IngestSettings())] == [line]


def test_display_formulas_of_markdown_keep_their_lines_together():
    text = "解：\n$$\n\\begin{cases}\nx+y=1 \\\\\n- x = 3\n\\end{cases}\n$$\n所以\n\n\\[\n\\frac{1}{2}\n\\]\n\n完"
    assert [one.text for one in read_markdown(text)] == [
        "解：",
        r"$$ \begin{cases} x+y=1 \\ - x = 3 \end{cases} $$",
        "所以",
        r"\[ \frac{1}{2} \]",
        "完",
    ]


MATHML = (
    "<math><semantics><mrow><mfrac><mn>3</mn><mn>4</mn></mfrac></mrow>{}</semantics></math>",
    '<annotation encoding="application/x-tex">\\tfrac 34</annotation>',
)


@pytest.mark.parametrize(
    ("markup", "wanted"),
    [
        (MATHML[0].format(MATHML[1]), r"$\tfrac 34$"),
        (MATHML[0].format(""), r"$\frac{3}{4}$"),
        (
            '<span class="katex"><span class="katex-mathml">'
            + MATHML[0].format(MATHML[1])
            + '</span><span class="katex-html" aria-hidden="true">34</span></span>',
            r"$\tfrac 34$",
        ),
        (
            '<span class="MathJax_Preview">x2</span><span class="MathJax">x2</span><script type="math/tex">x^2</script>',
            "$x^2$",
        ),
        ("<math><mn>3</mn><mo>+</mo><mn>5</mn></math>", "3+5"),
        (
            "<math><mo>{</mo><mtable><mtr><mtd><mi>x</mi></mtd></mtr><mtr><mtd><mi>y</mi></mtd></mtr></mtable></math>",
            r"$\begin{cases} x \\ y \end{cases}$",
        ),
        (
            "<math><munderover><mo>∑</mo><mi>i</mi><mi>n</mi></munderover><msubsup><mi>a</mi><mi>i</mi><mn>2</mn></msubsup></math>",
            r"$\sum_i^n a_i^2$",
        ),
        ("<math><mover><mi>a</mi><mo>→</mo></mover><mo>=</mo><msqrt><mn>2</mn><mi>x</mi></msqrt></math>", r"$\vec{a}=\sqrt{2x}$"),
        (
            "<math><mmultiscripts><mi>C</mi><mprescripts/><mn>6</mn><mn>14</mn></mmultiscripts></math>",
            "${}_6^{14}C$",
        ),
        ("<math><mroot><mi>x</mi></mroot><mfenced><mi>a</mi><mi>b</mi></mfenced></math>", r"$\sqrt{x}(a,b)$"),
    ],
)  # fmt: skip
def test_formulas_of_web_pages(markup, wanted):
    assert [one.text for one in read_html(f"<html><body><p>求{markup}的值</p></body></html>")] == [f"求{wanted}的值"]
