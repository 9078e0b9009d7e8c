from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.classify import FIELDS, Manifests, classify, unknown_fields
from ingest.classify.manifest import COLUMNS, FIELD_COLUMNS
from ingest.document import Element, Metadata, Origin
from ingest.labels import chinese_number, number_in_chinese

HEADER = "文件,种类,学段,年级,学科,教材版本,册,单元,课题,课时,层次,学校,作者,日期,许可,说明,同意,范围\n"
FORM = Element(
    "table",
    "学校 | 云溪县实验小学 | 授课教师 | 周敏\n班级 | 三（6）班（46人） | 授课时间 | 2025年4月24日（周四）\n"
    "教材 | 人教版三年级下册第五单元《面积》 | 课时 | 单元共8课时，本课为第4课时",
)


def read(name, *elements, row=None):
    return classify(Path("库") / name, elements, row)[0]


def origins(name, *elements, row=None):
    return classify(Path("库") / name, elements, row)[1]


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
        (
            "PEP五上Unit3_What_would_you_like_A第2课时_教案.docx",
            {"edition": "人教PEP版", "unit": "第三单元", "periods": "第2课时", "topic": "What would you like"},
        ),
        ("三下_面积_课堂实录_周敏_20250416.srt", {"kind": "课堂实录", "topic": "面积", "date": "2025-04-16", "author": "周敏"}),
        ("三下_面积_教案_二小改编.docx", {"author": "", "topic": "面积"}),
        ("初二物理期末试卷.docx", {"kind": "习题", "grade": 8, "subject": "物理"}),
        ("教科版三至六年级_小学科学_综合题库.md", {"grade": None, "stage": "小学", "subject": "科学"}),
        ("教案配套课件.pptx", {"kind": "课件"}),
        ("会议.docx", {"kind": "", "stage": "", "grade": None, "subject": "", "edition": "", "unit": "", "topic": "", "date": ""}),
        ("2024年度总结.docx", {"grade": None, "date": ""}),
    ],
)  # fmt: skip
def test_names_tell_what_they_tell_and_no_more(name, wanted):
    found = read(name)
    assert {key: getattr(found, key) for key in wanted} == wanted


def test_the_nearest_folder_wins():
    found = read("语文/数学/三年级/a.docx")
    assert (found.subject, found.grade) == ("数学", 3)
    assert origins("语文/数学/三年级/a.docx")["subject"] == Origin("folder", 0.75, "数学")


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
    assert read("三下_面积.docx", *elements).title == title


def test_a_file_without_a_name_still_has_a_title():
    assert read(" _ .docx").title == "_ .docx"


def test_the_head_of_a_document_tells_what_its_name_does_not():
    found, where = classify(Path("/x/001.docx"), [Element("heading", "《面积》教案", level=1), FORM], None)
    assert found == Metadata(
        title="《面积》教案", kind="教案", stage="小学", grade=3, subject="", edition="人教版", volume="下册", unit="第五单元",
        topic="面积", periods="第4课时", layer="定制层", school="云溪县实验小学", author="周敏", date="2025-04-24",
    )  # fmt: skip
    assert where["author"] == Origin("heading", 0.9, "授课教师：周敏")
    assert where["grade"].kind == "heading"
    assert set(where) == {name for name in Metadata.__slots__ if getattr(found, name) not in {"", None}}


def test_places_of_like_trust_that_contradict_each_other_leave_a_field_unknown():
    found = read("四下_面积_教案.docx", Element("heading", "《面积》教案", level=1), FORM)
    assert found.grade is None
    assert found.stage == "小学", "the school's name tells it"
    assert (found.volume, found.kind) == ("下册", "教案")


def test_a_less_trusted_place_settles_a_contradiction_but_brings_no_value_of_its_own():
    elements = (Element("heading", "《面积》教案", level=1), FORM)
    assert read("三年级/四下_面积_教案.docx", *elements).grade == 3
    assert read("五年级/四下_面积_教案.docx", *elements).grade is None


def test_a_folder_does_not_contradict_a_name():
    assert read("四年级/三下_面积_教案.docx").grade == 3


def test_agreement_makes_surer():
    alone = origins("三下_面积_教案.docx")["grade"].confidence
    assert origins("三年级/三下_面积_教案.docx")["grade"].confidence > alone
    assert origins("三年级/三下_面积_教案.docx")["grade"].kind == "name"


def test_a_stage_that_contradicts_the_grade_leaves_both_unknown():
    found = read("小学综合衔接_七年级.docx")
    assert (found.grade, found.stage) == (None, "")


def test_words_are_short_and_say_where_it_was_read():
    elements = (Element("table", f"课题 | {'面积' * 50}\n年级 | 三"),)
    where = origins("a.docx", *elements)
    assert where["grade"].words == "年级：三"
    assert all(len(origin.words) <= 80 and 0 < origin.confidence <= 1 for origin in where.values())


def test_the_layer_follows_from_the_kind_and_is_the_schools_own_only_where_a_school_is_named():
    assert read("三下_面积_课件.pptx").layer == "拓展层"
    assert read("三下_面积_课堂实录.txt").layer == "基础层"
    assert read("三下_面积_教案.docx").layer == ""
    assert read("云溪县实验小学_三下_面积_教案.docx").layer == "定制层"
    assert read("基础层/三下_面积_课件.pptx").layer == "基础层"


@pytest.mark.parametrize(
    ("name", "scope"),
    [
        ("链内/三下_面积_教案.docx", "alliance"),
        ("联盟共享资料/三下_面积_教案.docx", "alliance"),
        ("链外/课标.docx", "public"),
        ("本校/三下.docx", "school"),
        ("链内/本校/三下.docx", "school"),
        ("链内教研会议纪要.docx", "alliance"),
        ("公开课/三下.docx", ""),
        ("三下_公开课.docx", ""),
    ],
)
def test_scope_is_read_from_folders_and_names(name, scope):
    assert read(name).scope == scope


def test_a_folder_of_science_in_junior_school_holds_four_subjects():
    text = Element("text", "密度 浮力 压强 重力 弹力 电压 电阻 电流 杠杆 滑轮 测力计 惯性")
    assert read("科学/八年级上册/第六章_教案.docx", text).subject == "物理"
    assert read("科学/八年级上册/第六章_教案.docx").subject == ""
    assert read("科学/浙教版八年级上册/第六章_教案.docx", text).subject == "科学"
    assert read("科学/四年级上册/第六单元_教案.docx", text).subject == "科学"


def test_the_manifest_wins_where_it_says_something(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "manifest.csv").write_text(
        HEADER
        + "sub/三下_面积_教案.docx,习题,,四,,,,,面积单位,,拓展层,实验小学,周敏,2025/4/6,CC0-1.0,,2025-04-14 已登记,链内\n",
        encoding="utf-8-sig",
    )
    path = tmp_path / "sub" / "三下_面积_教案.docx"
    manifests = Manifests(tmp_path)
    found, where = classify(path, [], manifests.row_for(path))
    assert (found.kind, found.grade, found.stage, found.topic) == ("习题", 4, "小学", "面积单位")
    assert (found.layer, found.author, found.date, found.licence) == ("拓展层", "周敏", "2025-04-06", "CC0-1.0")
    assert (found.volume, found.consent, found.scope) == ("下册", "2025-04-14 已登记", "alliance")
    assert where["kind"] == Origin("manifest", 1.0, "种类：习题")
    assert (where["volume"].kind, where["stage"].kind) == ("name", "manifest")
    assert manifests.row_for(tmp_path / "sub" / "没登记.docx") is None
    assert manifests.problems == ()


def test_a_stage_in_the_manifest_overrules_a_grade_read_elsewhere():
    found = read("三下_面积.docx", row={"学段": "初中"})
    assert (found.stage, found.grade) == ("初中", None)


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


def test_values_that_do_not_fit_their_column_count_as_not_filled_in():
    row = {
        "种类": "小说",
        "年级": "十九",
        "册": "中册",
        "日期": "昨天",
        "层次": "顶层",
        "学段": "大学",
        "范围": "全世界",
    }
    found = read("三下_面积_教案.docx", row=row)
    assert (found.kind, found.grade, found.volume, found.date, found.layer, found.stage, found.scope) == (
        "教案",
        3,
        "下册",
        "",
        "",
        "小学",
        "",
    )


def test_the_columns_of_a_manifest_are_those_of_the_metadata():
    assert set(FIELD_COLUMNS) == set(Metadata.__slots__) - {"title"}
    assert COLUMNS[0] == "文件"
    assert COLUMNS[-2:] == ("同意", "范围")


def test_what_a_curator_wants_known_is_listed_while_it_is_unknown():
    assert unknown_fields(Metadata()) == FIELDS
    assert set(FIELDS) >= {"kind", "stage", "grade", "subject", "edition", "volume", "unit", "topic", "school"}
    known = read("人教版三下第五单元_面积_教案.docx")
    assert "grade" not in unknown_fields(known)
    assert "author" in unknown_fields(known)


def test_numbers():
    assert all(chinese_number(number_in_chinese(value)) == value for value in range(1, 100))
    assert [chinese_number(text) for text in ("十", "十二", "7", "", "百", "1a")] == [10, 12, 7, None, None, None]


_TEXT = st.text(
    alphabet="三四上下册单元第年级班（）()《》_ 0123456789教案课件数学：|，。\n\u3000Unit学校小中周敏\u0000\ud800",
    max_size=60,
)
_ELEMENT = st.builds(Element, kind=st.sampled_from(["heading", "text", "list", "table", "turn", "item"]), text=_TEXT)


@given(name=_TEXT.map(lambda text: text.replace("\u0000", "") or "x"), elements=st.lists(_ELEMENT, max_size=8))
@settings(max_examples=300, deadline=None)
def test_whatever_stands_in_a_file_every_known_field_has_its_origin(name, elements):
    found, where = classify(Path("/x") / f"{name}.docx", elements, None)
    assert set(where) == {field for field in Metadata.__slots__ if getattr(found, field) not in {"", None}}
    assert all(0.6 <= origin.confidence <= 1 and len(origin.words) <= 80 for origin in where.values())
