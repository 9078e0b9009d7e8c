import pytest

from ingest.classify.terms import (
    dates,
    editions,
    grades,
    iso_date,
    kind_in,
    periods,
    schools,
    stages,
    subjects,
    terms,
    units,
    volumes,
)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("三下_面积", [(3, "下册")]),
        ("人教版三下第五单元", [(3, "下册")]),
        ("PEP五上Unit3", [(5, "上册")]),
        ("北师大版八年级下册", [(8, "")]),
        ("三年级上学期", [(3, "")]),
        ("三(2)班", [(3, "")]),
        ("三（2）班、三 （4） 班", [(3, ""), (3, "")]),
        ("三年二班", [(3, "")]),
        ("三2班", [(3, "")]),
        ("初二物理", [(8, "")]),
        ("初中二年级", [(8, "")]),
        ("高一（3）班", [(10, "")]),
        ("高三年级", [(12, "")]),
        ("高中三年级", [(12, "")]),
        ("三（1）—三（6）班", [(3, "")]),
        ("七年级_八上衔接", [(7, ""), (8, "上册")]),
        ("三至六年级", []),
        ("三—六年级", []),
        ("3～4年级", []),
        ("五、六年级", []),
        ("三四年级", []),
        ("一年级至六年级", []),
        ("第三年级", []),
        ("13年级", []),
        ("2013年上", []),
        ("想一下", []),
        ("读一下，再说", []),
        ("一下子", []),
        ("三上午", []),
        ("一上课就", []),
        ("提高一点", []),
        ("大年初一", []),
        ("3-2", []),
        ("G3S2", []),
    ],
)
def test_grades(text, wanted):
    assert [(found.grade, found.volume) for found in grades(text)] == wanted


def test_a_secondary_school_may_call_its_own_years_one_to_three():
    assert grades("三（2）班", secondary=True) == []
    assert [found.grade for found in grades("八（2）班", secondary=True)] == [8]


@pytest.mark.parametrize(
    ("find", "text", "wanted"),
    [
        (volumes, "三年级上册", ["上册"]),
        (volumes, "九年级全一册", ["全一册"]),
        (volumes, "上课", []),
        (terms, "2025学年第一学期", ["上册"]),
        (terms, "七年级下学期", ["下册"]),
        (units, "第5单元 圆", ["第五单元"]),
        (units, "人教版七上第一二章", ["第一章、第二章"]),
        (units, "第一、二单元", ["第一单元、第二单元"]),
        (units, "第十七章", ["第十七章"]),
        (units, "第三单元第二章第二节", ["第三单元"]),
        (units, "Unit 3 What would you like", ["第三单元"]),
        (units, "Module8_A_Bag", ["第八单元"]),
        (units, "Module 5 Unit 1", ["第五单元"]),
        (units, "Unit1-3", []),
        (units, "第一三单元", []),
        (units, "Communitys 3", []),
        (periods, "第2课时", ["第2课时"]),
        (periods, "单元共8课时，本课为第4课时（40分钟）", ["第4课时"]),
        (periods, "两课时", ["2课时"]),
        (periods, "2课时（观察后第1课时：写；第2课时：改）", ["2课时"]),
        (periods, "岳阳楼记（第2课时）", ["第2课时"]),
        (periods, "第一单元第 2 课（1 课时）", []),
        (periods, "第1、第2课", []),
        (dates, "2025年4月16日", ["2025-04-16"]),
        (dates, "2025 年 3 月", ["2025-03"]),
        (dates, "周敏_20250416", ["2025-04-16"]),
        (dates, "2024年10月21日、22日", ["2024-10-21"]),
        (dates, "2024-2025学年", []),
        (dates, "2013 年审定", []),
        (dates, "2025.13.1", []),
        (dates, "123456789", []),
        (subjects, "语文七上", ["语文"]),
        (subjects, "八年级物理第十章", ["物理"]),
        (subjects, "小学科学三上", ["科学"]),
        (subjects, "高二（下）生物期末试题", ["生物"]),
        (subjects, "道法第一单元", ["道德与法治"]),
        (subjects, "体育与健康", ["体育与健康"]),
        (subjects, "信息技术教案", ["信息科技"]),
        (subjects, "《科学家的故事》语文课件", ["语文"]),
        (subjects, "第六章 生物的进化", []),
        (subjects, "强化学习单", []),
        (subjects, "科学探究", []),
        (subjects, "劳动最光荣", []),
        (subjects, "物理变化和化学变化", []),
        (editions, "部编版", ["统编版"]),
        (editions, "PEP五上", ["人教PEP版"]),
        (editions, "人教PEP（2024版）", ["人教PEP版"]),
        (editions, "人教版（2013 年审定）", ["人教版"]),
        (editions, "STEPPED", []),
        (schools, "云溪县实验小学校本教研活动", ["云溪县实验小学"]),
        (schools, "柳湾镇初级中学", ["柳湾镇初级中学"]),
        (schools, "人教版小学数学", []),
        (schools, "三年级小学数学", []),
        (schools, "东吴大学校", []),
        (schools, "我从小学起", []),
        (stages, "小学数学", ["小学"]),
        (stages, "选择性必修1", ["高中"]),
        (stages, "小升初", []),
        (stages, "大中小学一体化", []),
    ],
)
def test_terms(find, text, wanted):
    assert [found.value for found in find(text)] == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("三下_面积_教案", "教案"),
        ("《背影》教学设计 王老师", "教案"),
        ("教案配套课件", "课件"),
        ("古诗二首 PPT", "课件"),
        ("第二单元测试题(含答案)", "习题"),
        ("期中试卷", "习题"),
        ("试卷讲评课件", "课件"),
        ("面积与周长_练习课教案", "教案"),
        ("《练习》教案", "教案"),
        ("教案及反思", "教案"),
        ("课堂实录_周敏", "课堂实录"),
        ("校本教研活动记录", "教研记录"),
        ("数学教研组工作计划", "教研记录"),
        ("教师教研需求问卷", "问卷"),
        ("单元检测_小题得分", "成绩"),
        ("义务教育数学课程标准（2022年版）", "课标"),
        ("说课稿", ""),
        ("教学反思", ""),
        ("试卷分析", ""),
        ("教案模板", ""),
        ("教案和课件", ""),
        ("解读数学新课标", ""),
        ("课堂练习的有效性研究", ""),
        ("面积练习课", None),
        ("数学案例", None),
        ("科学案例", None),
        ("面积", None),
    ],
)
def test_the_kind_a_name_ends_with(text, wanted):
    found = kind_in(text)
    assert (found and found.value) == wanted


def test_the_first_date_of_a_text():
    assert [iso_date(text) for text in ("2025年4月16日", "2025-04", "昨天", "")] == ["2025-04-16", "2025-04", "", ""]
