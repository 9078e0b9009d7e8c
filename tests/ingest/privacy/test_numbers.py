"""Phone and identity numbers, e-mail and home addresses; and the many numbers that are none."""

from __future__ import annotations

import pytest

from ingest.privacy.numbers import is_valid_id, numbers_in
from tests.ingest.privacy.marked import plain, sentences, wanted

VALID = "110101200001010"


def checked(first17: str) -> str:
    return next(first17 + last for last in "0123456789X" if is_valid_id(first17 + last))


ID = checked(VALID + "11")

PRIVATE = f"""
家长电话：⟦13812345678⟧，有事请打。
电话 ⟦138 1234 5678⟧
联系方式：⟦138-1234-5678⟧（妈妈）
手机：⟦１３８１２３４５６７８⟧
⟦+86 13812345678⟧是爸爸的号码。
⟦13812345678⟧
李老师(⟦13912345678⟧)
办公室电话：⟦0571-88123456⟧
传真：⟦(0571) 88123456⟧
请拨打⟦010-62345678⟧联系教务处。
座机：⟦88123456⟧
身份证号：⟦{ID}⟧
身份证⟦{ID[:6]} {ID[6:14]} {ID[14:]}⟧
证件是⟦{ID}⟧。
身份证号码⟦110101200001010000⟧，请核对。
旧身份证号⟦110101800101123⟧
学籍号：⟦G110101200001010011⟧
⟦G11010120000101001X⟧
学号：⟦20230115⟧
准考证号：⟦202511130027⟧
邮箱：⟦wang.xiaoming@163.com⟧
请发到⟦banji_2@example.com.cn⟧。
家庭住址：⟦云溪县柳湾镇大塘村3组⟧。
他家住⟦幸福路12号3栋2单元501室⟧，离学校很近。
家住⟦云溪县柳湾镇大塘村⟧，每天走四十分钟。
住在⟦阳光小区12号楼3单元602室⟧
现住址：⟦浙江省杭州市西湖区文三路100号8幢302室⟧
寄到⟦杭州市西湖区文三路100号8幢302室⟧
"""

HARMLESS = """
一共有13812345678元，平均分给四所学校。
距离大约是149600000千米。
ISBN 978-7-107-13800-1，人民教育出版社。
ISBN 9787107138001
2025年11月13日15:30—17:05
20250416
第13题、第14题、第15题、第16题共18分。
3.14159265358979
0.12345678901
1234567890123456789012345
13×45678=593814
138 + 1234 = 1372
13812345678÷2
10 20 30 40 50 60 70 80 90 100
1380 1381 1382 1383
00:12:40 师：好
年降水量约为1500毫米，人口14000000000人。
第3单元第2课时
第三单元 长方形和正方形的面积
三(2)班第3组第4排
学校位于云溪县人民路88号。
云溪县实验小学在县城中心，旁边是人民路。
北京市海淀区中关村大街
中国的首都是北京，浙江省的省会是杭州市。
从幸福村到柳湾镇有3千米。
小区里有12栋楼，每栋3个单元。
柳湾镇第三组老师发言。
长江流经青海省、四川省、湖北省、江苏省、上海市。
家住农村的学生有12人，住在学校附近的有8人。
他们住在同一个小区。
人教版三下第五单元练习卷2号
110
120119110
一个12位数：110101200001
18位数123456789012345678写成科学记数法
学号尾数为3和7的学生
座号：17
A4纸 210mm×297mm
x@y
a@b
师：@大家，看屏幕
图书编号 G1101
准考证、身份证请带好。
"""


def spans(text: str, *, teaching: bool = False) -> list[tuple[int, str]]:
    return sorted((number.start, text[number.start : number.end]) for number in numbers_in(text, teaching=teaching))


@pytest.mark.parametrize("marked", sentences(PRIVATE))
def test_private_numbers_are_found(marked: str) -> None:
    assert spans(plain(marked)) == wanted(marked)


@pytest.mark.parametrize("text", sentences(HARMLESS))
def test_other_numbers_and_places_stay(text: str) -> None:
    assert spans(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "我的电话号码是476-5939。", "Tel: 021-4615998", "E-mail: amy@school.com", "小明家住在幸福小区3号楼2单元501室，他的编码是320501。",
        "身份证号110101200001010000中，哪几位表示出生日期？",
    ],
)  # fmt: skip
def test_the_numbers_of_exercises_stay(text: str) -> None:
    assert spans(text, teaching=True) == []


def test_what_can_be_somebodys_is_found_in_courseware_too() -> None:
    text = f"有问题请打13812345678，联系邮箱：zhou@163.com，{ID}"
    assert [found for _, found in spans(text, teaching=True)] == ["13812345678", "zhou@163.com", ID]


def test_the_check_character_of_identity_numbers() -> None:
    assert is_valid_id(ID)
    assert not any(is_valid_id(ID[:17] + last) for last in "0123456789X" if last != ID[17])
    assert not is_valid_id("99" + ID[2:])
