"""Read the columns and fields in which schools keep names, numbers and addresses: score tables, class lists, records."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from ingest.privacy.name_shape import is_full_name, is_listed_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ingest.document import Element, Metadata

ColumnKind = Literal["pupil", "teacher", "guardian", "phone", "id_number", "address"]
Setting = Literal["lesson", "told", "teaching"]

WIDE_DIGITS = {0xFF10 + digit: str(digit) for digit in range(10)} | {0xFF38: "X", 0xFF58: "x", 0xFF0D: "-", 0xFF0B: "+"}
# A bar inside a formula, |a|＝3, has no spaces on both sides; an empty cell is what stands between two bars.
_BAR = re.compile(r"(?:(?<= )|(?<![^\n]))\|(?= |\n|$)")
_BRACKETED = re.compile(r"[（(【\[].*")
_EXPLICIT = frozenset(
    "学生姓名 学生 学生名字 学生名单 考生姓名 考生 孩子姓名 幼儿姓名 组员 组员姓名 小组成员 学员姓名".split()
)
_NAMES = _EXPLICIT | {"姓名", "名字", "名单"}
_GUARDIAN = re.compile(r"(?:家长|监护人|父亲|母亲|爸爸|妈妈|紧急联系人)(?:姓名|名字)?|(?:家长|监护人)[12一二]")
_TEACHER = re.compile(r"(?:教师|老师|任课教师|执教|班主任)(?:姓名|名字)?")
_PHONE = re.compile(r"电话|手机|联系方式")
_ID = re.compile(r"身份证|证件号|学籍|学号|考号|准考证|考籍")
_ADDRESS = re.compile(r"住址|地址|住所")
_NO_HOME = re.compile(r"网|学校|单位|IP|邮箱|邮件|办公")
# Nearly every cell is a mark or a number: one look tells.
_MAY_SAY = re.compile(r"名|学|考|组|成员|电|手|联|证|籍|址|住|家长|监护|父|母|爸|妈|教|老师|班")
_TEACHERS = re.compile(r"职称|教龄|任教|学历|职务|教师|老师|部门|工号|单位|执教|授课|职位|岗位|讲课|签到|负责")
_STRONG = re.compile(r"学号|座号|学籍|考号|准考证|总分|得分|家长|监护人|身份证")
_PUPILS = re.compile(
    r"学号|座号|座位|学籍|考号|准考证|总分|得分|成绩|等第|等级|名次|排名|家长|监护人|出生|班级|题|语文|数学|英语|作业|小测|组别|错|表现|住址"
)
_SEATS = re.compile(r"座位|座次|花名册|学生名单|名单|分组表|小组安排|值日|讲台")
_FIELD = re.compile(
    r"(?P<label>(?:学生|考生|孩子|幼儿|家长|监护人|父亲|母亲|教师|老师)?(?:姓名|名字)|(?:家庭|现|户籍|居住|家庭详细)(?:住址|地址)|住址"
    r"|(?<![\u4e00-\u9fff])学生|家长|监护人)(?:[（(][^（）()\n]{1,8}[）)])?[ \u3000]?[：:][ \u3000]?(?P<value>[^｜|\n，,。；;]{2,60})"
)
_NEXT_FIELD = re.compile(
    r"[ \u3000]+[\u4e00-\u9fff]{2,6}[：:]|(?:联系)?电话|手机|邮编|邮箱|[ \u3000]{2}"
    r"|(?:学生|家长|教师|老师|监护人)?姓名|(?:家庭|现|户籍|居住)?(?:住址|地址)|学号|学籍|身份证|备注|班级|〔"
)
_PLACE = re.compile(r"[省市区县镇乡村路街巷号栋楼室组苑园庄屯弄里坊]")
_LATIN_NAME = re.compile(r"[A-Za-z][A-Za-z.'-]{0,19}(?: [A-Za-z][A-Za-z.'-]{0,19}){0,3}")
_LABEL = re.compile(r"学生[A-Z]{1,3}")
_BETWEEN_NAMES = re.compile(r"[、，,；;/]")
ROWS_LOOKED_AT = 40
FEWEST_SEATS = 4


@dataclass(frozen=True, slots=True)
class Entry:
    """What one cell or field holds; start and end count in the text of its element."""

    kind: ColumnKind
    element: int
    start: int
    end: int
    value: str


@dataclass(frozen=True, slots=True)
class _Cell:
    start: int
    text: str


def column_kind(header: str) -> ColumnKind | None:
    """Tell what a column or a field of this name holds; None for everything that is not private."""
    if not _MAY_SAY.search(header):
        return None
    name = _BRACKETED.sub("", header).replace(" ", "").replace("\u3000", "").strip("：:*＊")
    if name in _NAMES:
        return "pupil"
    if _ADDRESS.search(name) and not _NO_HOME.search(name):
        return "address"
    patterns: tuple[tuple[ColumnKind, re.Match[str] | None], ...] = (
        ("phone", _PHONE.search(name)),
        ("id_number", _ID.search(name)),
        ("guardian", _GUARDIAN.fullmatch(name)),
        ("teacher", _TEACHER.fullmatch(name)),
    )
    return next((kind for kind, match in patterns if match), None)


def entries(elements: Sequence[Element], metadata: Metadata, setting: Setting) -> Iterator[Entry]:
    """Yield what the tables and fields of a file hold, in order.

    Names of teachers are yielded too: elsewhere in the file they must stay.
    """
    columns: dict[int, ColumnKind] = {}
    head: list[str] = []
    seats = bool(_SEATS.search(metadata.title))
    for index, element in enumerate(elements):
        if element.kind != "table":
            yield from _fields(index, element.text, setting)
            columns, seats = {}, bool(_SEATS.search(element.text[:60])) or (seats and element.kind == "heading")
            continue
        rows = list(_rows(element.text))
        if columns and len(rows[0]) != len(head):  # a table may go on behind a page's end, with the same columns
            columns = {}
        found = False
        for number, row in enumerate(rows):
            texts = [cell.text for cell in row]
            if columns and texts == head:  # every piece of a long table says its header again
                continue
            header = _columns(rows, number, metadata.kind, setting)
            if header is not None:
                columns, head = header, texts
            elif columns:
                found = True
                yield from _row(index, row, columns)
            else:
                yield from _form(index, row, setting)
        seated = seats or bool(_SEATS.search(f"{element.locator.sheet or ''}\n{element.text[:60]}"))
        if seated and not found and setting != "teaching":
            yield from _seated(index, rows)


def _rows(text: str) -> Iterator[list[_Cell]]:
    start = 0
    for line in text.split("\n"):
        cells: list[_Cell] = []
        begin = 0
        for bar in [*(match.start() for match in _BAR.finditer(line)), len(line)]:
            raw = line[begin:bar]
            left = len(raw) - len(raw.lstrip(" \u3000"))
            cells.append(_Cell(start + begin + left, raw.strip(" \u3000")))
            begin = bar + 1
        yield cells
        start += len(line) + 1


def _columns(rows: Sequence[Sequence[_Cell]], number: int, kind: str, setting: Setting) -> dict[int, ColumnKind] | None:
    """Return the columns that matter when the row is a header; None when it holds values."""
    row = rows[number]
    kinds = {index: found for index, cell in enumerate(row) if (found := column_kind(cell.text)) is not None}
    if not kinds or len(row) < 2 or _holds_values(row):  # one cell alone is a caption
        return None
    for index, found in list(kinds.items()):
        below = rows[number + 1 : number + 1 + ROWS_LOOKED_AT]
        if found in {"pupil", "teacher"} and not _are_names(index, row[index].text, below):
            del kinds[index]
    if not kinds:
        return None
    joined = " ".join(cell.text for cell in row)
    teachers = bool(_TEACHERS.search(joined)) and not _STRONG.search(joined)
    explicit = any(cell.text.replace(" ", "") in _EXPLICIT for cell in row)
    pupils = not teachers and (
        bool(_STRONG.search(joined))
        or (setting != "teaching" and (explicit or bool(_PUPILS.search(joined)) or kind not in {"教研记录", "教案"}))
    )
    if not pupils:  # what a list of teachers or of schools says is no pupil's
        kinds = {index: found for index, found in kinds.items() if found != "address"}
    role: ColumnKind = "pupil" if pupils else "teacher"
    return {index: role if found == "pupil" else found for index, found in kinds.items()}


def _are_names(index: int, header: str, below: Sequence[Sequence[_Cell]]) -> bool:
    """Tell whether most cells of a column are names; under 「学生」 stand other things too, and only known surnames count."""
    is_name = is_listed_name if "名" in header else is_full_name
    cells = [_compact(_BRACKETED.sub("", row[index].text)) for row in below if index < len(row)]
    filled = [cell for cell in cells if cell]
    names = [cell for cell in filled if all(map(is_name, _BETWEEN_NAMES.split(cell))) or _LATIN_NAME.fullmatch(cell)]
    return bool(filled) and len(names) * 2 >= len(filled)


def _holds_values(row: Sequence[_Cell]) -> bool:
    """Tell 姓名 | 王小明 | 性别 | 男, a form, from a header: right of a label stands what it asks for."""
    for label, value in pairwise(row):
        kind = column_kind(label.text)
        digits = sum(character.isdigit() for character in value.text)
        if kind in {"pupil", "guardian", "teacher"} and is_full_name(_compact(value.text)):
            return True
        if kind in {"phone", "id_number"} and digits >= 6:  # no header is a number
            return True
        if kind == "address" and column_kind(value.text) is None and len(value.text) >= 6 and _PLACE.search(value.text):
            return True
    return False


def _row(index: int, row: Sequence[_Cell], columns: Mapping[int, ColumnKind]) -> Iterator[Entry]:
    for position, kind in columns.items():
        if position < len(row):
            yield from _values(index, row[position], kind)


def _form(index: int, row: Sequence[_Cell], setting: Setting) -> Iterator[Entry]:
    strong = _STRONG.search(" ".join(cell.text for cell in row))
    for label, value in pairwise(row):
        kind = column_kind(label.text)
        names = kind in {"pupil", "guardian", "teacher"}
        if kind is None or (
            names and (not is_full_name(_compact(value.text)) or (setting == "teaching" and not strong))
        ):
            continue
        if column_kind(value.text) is None:
            yield from _values(index, value, kind)


def _fields(index: int, text: str, setting: Setting) -> Iterator[Entry]:
    for match in _FIELD.finditer(text):
        kind = column_kind(match["label"])
        value = match["value"]
        following = _NEXT_FIELD.search(value)
        value = (value[: following.start()] if following else value).rstrip(" \u3000")
        names = kind in {"pupil", "guardian", "teacher"}
        if kind is None or (names and (setting == "teaching" or not is_full_name(_compact(value)))):
            continue
        if kind == "address" and not (_PLACE.search(value) and len(value) >= 4):  # 云溪县三组
            continue
        yield from _values(index, _Cell(match.start("value"), value), kind)


def _seated(index: int, rows: Sequence[Sequence[_Cell]]) -> Iterator[Entry]:
    cells = [cell for row in rows for cell in row if cell.text]
    named = [cell for cell in cells if is_full_name(_compact(cell.text))]
    if len(named) >= FEWEST_SEATS and len(named) * 2 >= len(cells):
        for cell in named:
            yield Entry("pupil", index, cell.start, cell.start + len(cell.text), _compact(cell.text))


def _values(index: int, cell: _Cell, kind: ColumnKind) -> Iterator[Entry]:
    text = cell.text
    if kind in {"pupil", "guardian", "teacher"}:
        yield from _names(index, cell, kind)
        return
    plain = text.translate(WIDE_DIGITS)
    digits = sum(character.isdigit() for character in plain)
    private = {
        "phone": digits >= 7,  # the shortest number of a landline
        # Numbers within a class (S01, 17) tell nobody outside it who is meant; those of a school or of the state do.
        "id_number": digits >= 6 and bool(re.fullmatch(r"[A-Za-z0-9 -]{6,24}", plain)),
        "address": len(text) >= 3 and bool(_PLACE.search(text)) and "〔" not in text,
    }[kind]
    if private:
        yield Entry(kind, index, cell.start, cell.start + len(text), text)


def _names(index: int, cell: _Cell, kind: ColumnKind) -> Iterator[Entry]:
    """Yield the names of a cell: 王小明, 王　明, 王小明（组长）, 王小明、李雨桐, Tom Li."""
    begin = 0
    for separator in [*_BETWEEN_NAMES.finditer(cell.text), None]:
        end = separator.start() if separator else len(cell.text)
        part = _BRACKETED.sub("", cell.text[begin:end])
        start = begin + len(part) - len(part.lstrip(" \u3000"))
        part = part.strip(" \u3000")
        name = _compact(part)
        if (is_listed_name(name) or _LATIN_NAME.fullmatch(part)) and not _LABEL.fullmatch(name):
            yield Entry(kind, index, cell.start + start, cell.start + start + len(part), name)
        begin = end + 1


def _compact(name: str) -> str:
    """Join 王　明, which is spaced to the width of three characters."""
    return re.sub(r"(?<=[\u3400-\u9fff])[ \u3000]+(?=[\u3400-\u9fff])", "", name)
