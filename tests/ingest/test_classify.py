from pathlib import Path

import pytest

from ingest.classify import Manifests, classify
from ingest.document import Element
from ingest.labels import chinese_number, number_in_chinese
from ingest.manifest import iso_date

HEADER = "文件,种类,学段,年级,学科,教材版本,册,单元,课题,课时,层次,学校,作者,日期,许可,说明\n"


def by_name(name, *elements):
    return classify(Path("库") / name, elements, None)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        (
            "数学/人教版三下第五单元_长方形正方形面积的计算_教案.docx",
            {"kind": "教案", "stage": "小学", "grade": 3, "subject": "数学", "edition": "人教版", "volume": "下册",
             "unit": "第五单元", "topic": "长方形正方形面积的计算"},
        ),
        ("语文/七年级上册/《观沧海》课件.pptx", {"kind": "课件", "stage": "初中", "grade": 7, "volume": "上册", "topic": "观沧海"}),
        ("北师大版八年级下册第十二单元练习.docx", {"grade": 8, "volume": "下册", "unit": "第十二单元", "edition": "北师大版"}),
        ("PEP五上Unit3_What_would_you_like_A第2课时_教案.docx", {"edition": "PEP", "unit": "Unit 3", "periods": "第2课时"}),
        ("三下_面积_课堂实录_周敏_20250416.srt", {"kind": "课堂实录", "topic": "面积", "date": "2025-04-16", "author": ""}),
        ("初二物理期末试卷.docx", {"kind": "习题", "grade": 8, "subject": "物理"}),
        ("教科版三至六年级_小学科学_综合题库.md", {"grade": None, "stage": "", "subject": "科学"}),
        ("教案配套课件.pptx", {"kind": "课件"}),
        ("会议.docx", {"kind": "", "stage": "", "grade": None, "subject": "", "edition": "", "unit": "", "topic": "", "date": ""}),
        ("2024年度总结.docx", {"grade": None, "date": ""}),
        ("三上午.txt", {"grade": None}),
        ("13年级.txt", {"grade": None}),
    ],
)  # fmt: skip
def test_names_tell_what_they_tell_and_no_more(name, wanted):
    found = by_name(name)
    assert {key: getattr(found, key) for key in wanted} == wanted


def test_the_nearest_folder_wins():
    assert by_name("语文/数学/三年级/a.docx").subject == "数学"


@pytest.mark.parametrize(
    ("elements", "title"),
    [
        ([Element("text", "x"), Element("heading", "圆 的 面 积", level=1)], "圆的面积"),
        ([Element("heading", "一、教学目标", level=1)], "三下 面积"),
        ([Element("heading", "教学目标：", level=1)], "三下 面积"),
        ([Element("heading", "小节", level=2)], "三下 面积"),
        ([], "三下 面积"),
    ],
)
def test_title_is_the_first_topmost_heading_or_the_name(elements, title):
    assert by_name("三下_面积.docx", *elements).title == title


def test_a_file_of_turns_is_a_transcript():
    turns = [Element("turn", "师：好。", speaker="师")] * 5
    assert by_name("录音.txt", *turns).kind == "课堂实录"
    assert by_name("磨课研讨.txt", *turns).kind == "教研记录"


def test_the_manifest_wins_where_it_says_something(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "manifest.csv").write_text(
        HEADER + "sub/三下_面积_教案.docx,习题,,四,,,,,面积单位,,拓展层,实验小学,周敏,2025/4/6,CC0-1.0,\n",
        encoding="utf-8-sig",
    )
    path = tmp_path / "sub" / "三下_面积_教案.docx"
    manifests = Manifests(tmp_path)
    found = classify(path, [], manifests.row_for(path))
    assert (found.kind, found.grade, found.stage, found.topic) == ("习题", 4, "小学", "面积单位")
    assert (found.layer, found.author, found.date, found.licence) == ("拓展层", "周敏", "2025-04-06", "CC0-1.0")
    assert found.volume == "下册"
    assert manifests.row_for(tmp_path / "sub" / "没登记.docx") is None
    assert manifests.problems == ()


def test_the_nearest_manifest_that_lists_the_file_wins(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "manifest.csv").write_text(HEADER + "a/x.txt,教案\na/y.txt,课件\n", encoding="utf-8")
    (tmp_path / "a" / "manifest.csv").write_text(HEADER + ".\\X.txt,习题\n", encoding="gb18030")
    manifests = Manifests()
    assert manifests.row_for(tmp_path / "a" / "x.txt")["种类"] == "习题"
    assert manifests.row_for(tmp_path / "a" / "y.txt")["种类"] == "课件"


def test_a_manifest_above_the_top_does_not_count(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "manifest.csv").write_text(HEADER + "a/x.txt,教案\n", encoding="utf-8")
    assert Manifests(tmp_path / "a").row_for(tmp_path / "a" / "x.txt") is None


@pytest.mark.parametrize(
    "body", [b"\x00\x01\x02\x03", b"", "名称,种类\na,b\n".encode(), (HEADER + 'a.txt,"教案\n').encode()]
)
def test_a_bad_manifest_is_set_aside_with_one_row(tmp_path, body):
    (tmp_path / "manifest.csv").write_bytes(body)
    manifests = Manifests(tmp_path)
    assert manifests.row_for(tmp_path / "a.txt") is None
    assert manifests.row_for(tmp_path / "b.txt") is None
    (row,) = manifests.problems
    assert (row.status, row.code) == ("failed", "IN-15")


def test_values_that_do_not_fit_their_column_count_as_not_filled_in(tmp_path):
    row = {"文件": "a", "种类": "小说", "年级": "十九", "册": "中册", "日期": "昨天", "层次": "顶层", "学段": "大学"}
    found = classify(tmp_path / "三下_面积_教案.docx", [], row)
    assert (found.kind, found.grade, found.volume, found.date, found.layer, found.stage) == (
        "教案",
        3,
        "下册",
        "",
        "",
        "小学",
    )


def test_numbers():
    assert all(chinese_number(number_in_chinese(value)) == value for value in range(1, 100))
    assert [chinese_number(text) for text in ("十", "十二", "7", "", "百", "1a")] == [10, 12, 7, None, None, None]
    assert [iso_date(text) for text in ("2025年4月16日", "2025.13.1", "2025-04", "")] == [
        "2025-04-16",
        "",
        "2025-04",
        "",
    ]
