"""Find phone numbers, identity numbers, e-mail addresses and home addresses in running text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ingest.privacy.rosters import WIDE_DIGITS

if TYPE_CHECKING:
    from collections.abc import Iterator

NumberKind = Literal["phone", "id_number", "address", "email"]

# Every pattern is bounded and begins where no number is running, so the time grows with the length of the text only.
_MOBILE = re.compile(
    r"(?<![0-9A-Za-z.])(?:\+?86[ -]?)?(?:1[3-9]\d[ -]?\d{4}[ -]?\d{4}|1[3-9]\d{2}[ -]\d{3}[ -]\d{4})(?![0-9A-Za-z])(?!\.\d)"
)
_LANDLINE = re.compile(
    r"(?<![0-9A-Za-z.-])(?:[（(]0(?:10|2\d|[3-9]\d{2})[）)][ ]?|0(?:10|2\d|[3-9]\d{2})[ -])[2-8]\d{2,3}[ -]?\d{4}(?![0-9A-Za-z])(?!-\d{5})"
)
_NAMED_PHONE = re.compile(
    r"(?:电话(?!〕)|手机|座机|传真|联系方式|Tel|TEL|tel)[^0-9\n，。；〔〕]{0,8}(?P<number>(?:[（(]?0\d{2,3}[）)]?[ -]?)?[2-8]\d{2,3}[ -]?\d{4})(?![0-9])"
)
_ID18 = re.compile(
    r"(?<![0-9A-Za-z])(?P<number>[1-8]\d{5}[ -]?(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[ -]?\d{3}[0-9Xx])(?![0-9A-Za-z])"
)
_ID15 = re.compile(
    r"(?<![0-9A-Za-z.])[1-8]\d{5}\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}(?![0-9A-Za-z])(?!\.\d)"
)
_PUPIL_ID = re.compile(r"(?<![0-9A-Za-z])[GLJglj]\d{17}[0-9Xx](?![0-9A-Za-z])")
_NAMED_ID = re.compile(
    r"(?:学籍号|学籍辅号|准考证号|考籍号|学号(?!〕)|身份证号码?(?!〕)|身份证) ?[：:为是]{0,2} ?(?P<number>[A-Za-z]?\d{8,20}[Xx]?)(?![0-9A-Za-z])"
)
_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,40}(?:\.[A-Za-z0-9-]{1,20}){1,4}(?![A-Za-z0-9-])"
)
_IN_A_FORMULA = re.compile(r"[=＝+＋×÷*/^<>≈≤≥%％·]")
_MEASURED = re.compile(r" ?(?:万|亿|元|米|千米|公里|吨|千克|克|人|年|秒|平方|立方|个|倍|光年|[=＝+＋×÷*/^<>≈%％])")
_ABOUT_MAIL = re.compile(r"(?:邮箱|信箱|邮件|联系)[^\n。；〔〕]{0,14}$")
_ABOUT_IDS = re.compile(r"身份证(?!号〕)|证件号|身份号")
# The first two digits of the places that give identity numbers.
_PROVINCES = frozenset(
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83".split()
)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"

_HAN = r"[\u4e00-\u9fff]"
_COUNT = r"(?:第?[0-9一二三四五六七八九十]{1,5}|[A-Za-z甲乙丙丁]{1,2}[0-9]{0,3})"
# 幸福路12号, 大塘村3组: the part of an address that ends it, found first; what stands before it is read backwards.
_DOOR = re.compile(
    r"(?:(?:路|街|道|巷|弄|胡同|小区|新村|花园|家园|公寓|苑|园|城|府|院|镇)[东西南北中]?"
    rf"(?:{_COUNT}(?:号楼|号院|号|弄|栋|幢|座|单元|室|支弄)[-—,， ]?){{1,6}}"
    rf"|(?:村|屯|庄|寨|社区|里|坊|湾)(?:{_COUNT}(?:号楼|号|栋|幢|组|队|单元|室|户)[-—,， ]?){{1,6}})"
    r"(?:[0-9]{1,4}[-—]?){0,3}室?"
)
_BEFORE_DOOR = re.compile(rf"(?:{_HAN}|[0-9]){{2,40}}$")
_HOME = re.compile(
    r"(?:家庭|现|居住|户籍|户口)地址(?:是|为|在)?[：: ]{0,2}|住址(?:是|为|在)?[：: ]{0,2}|(?:家|现|都|也|就)?住在?[：: ]{0,2}|家就?在|搬到|户口(?:在|所在地)"
)
_LIVES = re.compile(r"家住在?|(?<!居)住在|家在|现住|户籍在|户籍地[：:]?|户口在|搬到")
_FLOORS = re.compile(rf"(?:{_COUNT}(?:号楼|号|栋|幢|组|队|单元|室|户)){{0,5}}")
_DWELLING = re.compile(r"号楼|[栋幢]|单元|室|户")
_REGION = re.compile(
    r"(?:(?![的了与之和是])[\u4e00-\u9fff]){1,7}?(?:省|自治区|市|州|盟|区|县|旗|镇|乡|街道|村|社区|新村|屯)"
)
_PUBLIC = re.compile(
    r"学校|小学|中学|大学|幼儿园|公司|商店|超市|书店|医院|博物馆|图书馆|少年宫|银行|邮局|派出所|政府|教育局|研究所|中心|本校|我校|总部|位于|坐落"
)
_TRANSIT = re.compile(r".*(?:在|到|从|过|于|往|去|给|送|是|为|离|距|址|住|[0-9])")
BEFORE_AN_ADDRESS = 40
BEFORE_A_NUMBER = 20
LONGEST_LABEL = 10
FEWEST_LEVELS, MOST_LEVELS = 2, 5  # 柳湾镇大塘村


@dataclass(frozen=True, slots=True)
class Number:
    """One number or address in a text."""

    kind: NumberKind
    start: int
    end: int


def numbers_in(text: str, *, teaching: bool = False) -> list[Number]:
    """Return what is private in a text, in order and without overlap.

    Args:
        text: cleaned text; digits may be full-width.
        teaching: whether it is teaching material, where an identity number that fails its check is an example to
            decode, and addresses, landlines and e-mail addresses are those of an exercise.

    """
    plain = text.translate(WIDE_DIGITS)
    found: list[Number] = []
    if any(character in plain for character in "0123456789"):
        found += _phones(plain, teaching=teaching)
        found += _ids(plain, teaching=teaching)
    if not teaching:
        found += _addresses(plain)
    if "@" in plain:
        found += _emails(plain, teaching=teaching)
    kept: list[Number] = []
    for number in sorted(found, key=lambda n: (n.start, -n.end)):
        if not kept or number.start >= kept[-1].end:
            kept.append(number)
    return kept


def is_valid_id(number: str) -> bool:
    """Tell whether the 18 characters of an identity number have the check character they ask for."""
    digits = [int(character) for character in number[:17]]
    total = sum(weight * digit for weight, digit in zip(_WEIGHTS, digits, strict=True))
    return number[:2] in _PROVINCES and _CHECKS[total % 11] == number[17].upper()


def _phones(text: str, *, teaching: bool) -> Iterator[Number]:
    for match in _MOBILE.finditer(text):
        before = text[match.start() - 1 : match.start()]
        round_number = match[0].endswith("000000")
        if not (_IN_A_FORMULA.match(before) or _MEASURED.match(text, match.end()) or round_number):
            yield Number("phone", match.start(), match.end())
    if teaching:  # Tel: 476-5939 in an English exercise
        return
    for match in _LANDLINE.finditer(text):
        if not _IN_A_FORMULA.match(text[match.start() - 1 : match.start()]):
            yield Number("phone", match.start(), match.end())
    for match in _NAMED_PHONE.finditer(text):
        if not _MEASURED.match(text, match.end()):
            yield Number("phone", match.start("number"), match.end("number"))


def _ids(text: str, *, teaching: bool) -> Iterator[Number]:
    for match in _ID18.finditer(text):
        number = match["number"].replace(" ", "").replace("-", "")
        named = _ABOUT_IDS.search(text, max(0, match.start() - BEFORE_A_NUMBER), match.start())
        if is_valid_id(number) or (named and not teaching):
            yield Number("id_number", match.start(), match.end())
    for match in _ID15.finditer(text):
        named = _ABOUT_IDS.search(text, max(0, match.start() - BEFORE_A_NUMBER), match.start())
        calculated = _IN_A_FORMULA.match(text[match.start() - 1 : match.start()]) or _MEASURED.match(text, match.end())
        if match[0][:2] in _PROVINCES and not teaching and (named or not calculated):
            yield Number("id_number", match.start(), match.end())
    for match in _PUPIL_ID.finditer(text):
        yield Number("id_number", match.start(), match.end())
    if not teaching:
        for match in _NAMED_ID.finditer(text):
            yield Number("id_number", match.start("number"), match.end("number"))


def _emails(text: str, *, teaching: bool) -> Iterator[Number]:
    for match in _EMAIL.finditer(text):
        # The addresses of English exercises are invented.
        if not teaching or _ABOUT_MAIL.search(text[max(0, match.start() - BEFORE_A_NUMBER) : match.start()]):
            yield Number("email", match.start(), match.end())


def _addresses(text: str) -> Iterator[Number]:
    """Yield addresses with a door: at home, or told from the district down to the flat; those of schools stay."""
    for match in _DOOR.finditer(text):
        window = text[max(0, match.start() - BEFORE_AN_ADDRESS) : match.start()]
        run = _BEFORE_DOOR.search(window)
        if run is None:
            continue
        home = list(_HOME.finditer(run[0]))
        start = match.start() - len(run[0])
        if home:
            start += home[-1].end()
        elif not any(match.end() == start for match in _HOME.finditer(text, max(0, start - LONGEST_LABEL), start)):
            transit = _TRANSIT.match(run[0])
            start += transit.end() if transit else 0
            region = _REGION.match(text, start, match.start())
            if region is None or not _DWELLING.search(match[0]) or _PUBLIC.search(window):
                continue
        if match.start() > start:
            yield Number("address", start, match.start() + len(match[0].rstrip("-—,， ")))
    for match in _LIVES.finditer(text):
        end, levels = match.end(), 0
        while levels < MOST_LEVELS and (region := _REGION.match(text, end)):
            end, levels = region.end(), levels + 1
        if levels >= FEWEST_LEVELS:
            floors = _FLOORS.match(text, end)
            yield Number("address", match.end(), floors.end() if floors else end)
