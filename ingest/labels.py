"""The words schools name their files with: kinds, stages, subjects, editions, grades."""

from __future__ import annotations

KINDS = ("教案", "课件", "习题", "课堂实录", "教研记录", "问卷", "成绩", "课标", "其他")
STAGES = ("小学", "初中", "高中")
LAYERS = ("基础层", "拓展层", "定制层")
GRADES = range(1, 13)
PRIMARY, JUNIOR = 6, 9

# The word that stands last in a name decides, so the order here only breaks ties at the same place: longer first.
KIND_WORDS: tuple[tuple[str, str], ...] = (
    ("课堂实录", "课堂实录"),
    ("教学实录", "课堂实录"),
    ("实录", "课堂实录"),
    ("小题得分", "成绩"),
    ("得分明细", "成绩"),
    ("成绩", "成绩"),
    ("问卷", "问卷"),
    ("课程标准", "课标"),
    ("课标", "课标"),
    ("教研", "教研记录"),
    ("研讨", "教研记录"),
    ("磨课记录", "教研记录"),
    ("听课记录", "教研记录"),
    ("评课", "教研记录"),
    ("质量分析", "教研记录"),
    ("会议纪要", "教研记录"),
    ("会纪要", "教研记录"),
    ("课件", "课件"),
    ("教案", "教案"),
    ("教学设计", "教案"),
    ("导学案", "教案"),
    ("题库", "习题"),
    ("习题", "习题"),
    ("练习题", "习题"),
    ("练习卷", "习题"),
    ("试卷", "习题"),
    ("测试卷", "习题"),
    ("检测卷", "习题"),
    ("单元卷", "习题"),
    ("作业单", "习题"),
    ("口算", "习题"),
    ("单元练习", "习题"),
    ("练习", "习题"),
    ("工作计划", "其他"),
    ("管理说明", "其他"),
    ("管理制度", "其他"),
)
SUBJECTS = (
    "道德与法治", "信息科技", "信息技术", "体育与健康", "综合实践", "劳动", "心理健康", "语文", "数学", "英语", "科学", "物理",
    "化学", "生物", "历史", "地理", "音乐", "美术", "体育", "书法",
)  # fmt: skip
EDITIONS = (
    "人教版", "统编版", "部编版", "北师大版", "苏教版", "苏科版", "外研版", "沪教版", "沪科版", "冀教版", "青岛版", "西师大版",
    "西师版", "浙教版", "教科版", "湘教版", "湘少版", "湘艺版", "粤教版", "粤人版", "译林版", "鲁教版", "鲁科版", "人音版",
    "华师大版", "华东师大版", "牛津版", "冀美版", "人美版", "大象版", "科教版", "接力版", "闽教版",
)  # fmt: skip
_DIGITS = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}


def chinese_number(text: str) -> int | None:
    """Return the value of 1 … 99 written in digits or as 十二; None for anything else."""
    text = text.strip()
    if text.isascii() and text.isdecimal() and len(text) <= 2:  # up to 99
        return int(text)
    tens, ten, ones = text.rpartition("十")
    if (ten and tens and tens not in _DIGITS) or (ones and ones not in _DIGITS) or not text:
        return None
    return (_DIGITS.get(tens, 1) * 10 if ten else 0) + _DIGITS.get(ones, 0)


def number_in_chinese(value: int) -> str:
    """Write 1 … 99 as schools number their units: 五, 十二, 二十一."""
    names = {number: name for name, number in _DIGITS.items()}
    tens, ones = divmod(value, 10)
    return ("" if tens == 0 else ("" if tens == 1 else names[tens]) + "十") + names.get(ones, "")


def stage_of(grade: int | None) -> str:
    """Return the stage of a grade in the six-three system; empty when the grade is unknown."""
    if grade is None:
        return ""
    return STAGES[0] if grade <= PRIMARY else STAGES[1] if grade <= JUNIOR else STAGES[2]
