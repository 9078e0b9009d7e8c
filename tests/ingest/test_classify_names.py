"""File names under habits other than the sample library's: each field is read rightly or not at all."""

from collections import Counter
from pathlib import Path

import pytest

from ingest.classify import classify

# A name, and what a teacher would say it is. None stands for what the name does not tell: it must stay unknown.
NAMES = {
    "三年级数学上册第二单元测试题(含答案).docx": {
        "kind": "习题", "stage": "小学", "grade": 3, "subject": "数学", "volume": "上册", "unit": "第二单元", "edition": None,
    },
    "2024-2025学年第一学期五年级语文期中试卷.docx": {
        "kind": "习题", "grade": 5, "subject": "语文", "volume": "上册", "unit": None, "date": None,
    },
    "《背影》教学设计 王老师.docx": {"kind": "教案", "grade": None, "subject": None, "topic": "背影", "author": None},
    "Unit 3 What would you like Part A 说课稿.docx": {"kind": None, "grade": None, "unit": "第三单元"},
    "高一物理必修一 第二章 匀变速直线运动 学案.docx": {
        "kind": "教案", "stage": "高中", "grade": 10, "subject": "物理", "volume": None, "unit": "第二章", "topic": "匀变速直线运动",
    },
    "3-2.docx": {"kind": None, "grade": None, "volume": None, "unit": None, "date": None},
    "G3S2.docx": {"kind": None, "grade": None, "volume": None},
    "三(2)班.docx": {"kind": None, "grade": 3, "subject": None},
    "三（2）班语文期末成绩.xlsx": {"kind": "成绩", "grade": 3, "subject": "语文"},
    "人教版小学数学四年级下册第三单元《运算定律》教学设计.docx": {
        "kind": "教案", "stage": "小学", "grade": 4, "subject": "数学", "edition": "人教版", "volume": "下册", "unit": "第三单元",
        "topic": "运算定律", "school": None,
    },
    "部编版语文五年级下册第四单元《军神》公开课课件.pptx": {
        "kind": "课件", "grade": 5, "subject": "语文", "edition": "统编版", "volume": "下册", "unit": "第四单元", "topic": "军神",
    },
    "【教学设计】探索勾股定理_数学_初中.docx": {"kind": "教案", "stage": "初中", "grade": None, "subject": "数学"},
    "初中数学八年级上册第十一章三角形单元测试卷（附答案）.docx": {
        "kind": "习题", "stage": "初中", "grade": 8, "subject": "数学", "unit": "第十一章",
    },
    "初中数学三年级上册教案.docx": {"kind": "教案", "grade": 9, "stage": "初中"},
    "七年级上册道德与法治第一单元导学案.docx": {"kind": "教案", "grade": 7, "subject": "道德与法治", "unit": "第一单元"},
    "2023-2024学年度下学期七年级数学期末质量检测试卷分析.docx": {
        "kind": None, "grade": 7, "subject": "数学", "volume": "下册",
    },
    "五（3）班家长会.pptx": {"kind": None, "grade": 5, "subject": None},
    "数学教研组活动记录20240315.docx": {"kind": "教研记录", "subject": "数学", "date": "2024-03-15", "grade": None},
    "小升初数学衔接教案.docx": {"kind": "教案", "stage": None, "grade": None, "subject": "数学"},
    "5上第三单元.docx": {"grade": 5, "volume": "上册", "unit": "第三单元"},
    "1.1 长方体的认识.pptx": {"kind": "课件", "grade": None, "unit": None, "date": None},
    "苏科版八年级物理上册1.1声音是什么教案.docx": {"kind": "教案", "grade": 8, "subject": "物理", "edition": "苏科版"},
    "外研版(三起)四年级上册Module 5 Unit 1教案.docx": {"kind": "教案", "grade": 4, "edition": "外研版", "unit": "第五单元", "topic": None},
    "体育与健康水平二（三年级）篮球教案.docx": {"kind": "教案", "grade": 3, "subject": "体育与健康"},
    "鲁教版(五四制)六年级下册数学教案.docx": {"kind": "教案", "stage": None, "grade": 6, "subject": "数学", "edition": "鲁教版"},
    "高二（下）生物期末考试试题.docx": {"kind": "习题", "grade": 11, "subject": "生物"},
    "强化学习专题研讨.docx": {"kind": "教研记录", "subject": None},
    "劳动节放假通知.docx": {"kind": None, "subject": None, "grade": None},
    "二年级下册数学《有余数的除法》教学反思.docx": {"kind": None, "grade": 2, "subject": "数学", "topic": "有余数的除法"},
    "解读数学新课标.pptx": {"kind": None, "subject": "数学"},
    "1-6年级古诗词.docx": {"grade": None, "stage": None},
    "三四年级英语.docx": {"grade": None, "subject": "英语"},
    "《孔乙己》课堂实录 钱梦龙.docx": {"kind": "课堂实录", "topic": "孔乙己", "author": None},
    "三上_司马光_教案.docx": {"kind": "教案", "grade": 3, "volume": "上册", "author": None},
    "六年级数学、科学期末成绩.xlsx": {"kind": "成绩", "grade": 6, "subject": None},
    "三年级上册和四年级上册.docx": {"grade": None, "volume": "上册"},
    "面积.docx": {"kind": None, "grade": None, "subject": None, "topic": None},
}  # fmt: skip
ENOUGH = 0.95


def read(name):
    return classify(Path("/资料") / name, [], None)[0]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_read_rightly_or_not_at_all(name):
    found = read(name)
    wrong = {
        field: value
        for field, truth in NAMES[name].items()
        if (value := getattr(found, field)) not in {"", None} and value != truth
    }
    assert wrong == {}


def test_most_of_what_names_tell_is_read():
    told = [(name, field, truth) for name, truths in NAMES.items() for field, truth in truths.items() if truth]
    counts = Counter(getattr(read(name), field) == truth for name, field, truth in told)
    assert counts[True] / counts.total() >= ENOUGH, [
        (name, field) for name, field, truth in told if getattr(read(name), field) != truth
    ]
