"""The words schools name their files with: kinds, stages, subjects, editions, grades, and the labels of their forms."""

from __future__ import annotations

KINDS = ("教案", "课件", "习题", "课堂实录", "教研记录", "问卷", "成绩", "课标", "其他")
STAGES = ("小学", "初中", "高中")
LAYERS = ("基础层", "拓展层", "定制层")
SCOPES = {"本校": "school", "链内": "alliance", "链外": "public"}
GRADES = range(1, 13)
PRIMARY, JUNIOR = 6, 9

# Patterns of a kind's words. What stands last in a name decides: 「教案配套课件」 is courseware.
KIND_WORDS: dict[str, tuple[str, ...]] = {
    "课堂实录": ("课堂实录", "教学实录", "实录", "课堂转写"),
    "成绩": ("小题得分", "得分明细", "得分表", "成绩单", "成绩", "分数表"),
    "问卷": ("调查问卷", "问卷调查", "问卷", "调查表"),
    "课标": ("课程标准", "课标"),
    "教研记录": (
        "教研组?(?:学期)?(?:工作)?计划", "教研活动(?:记录)?", "教学研究活动", "教研", "研讨", "磨课记录", "磨课", "听课记录", "评课(?!件)", "质量分析",
        "会议纪要", "会纪要",
    ),
    "课件": ("课件", "(?<![A-Za-z])[Pp][Pp][Tt](?![A-Za-z])", "幻灯片"),
    "教案": ("(?:教案|教学设计)[及与和+＋]?(?:教学|课后)?反思", "教案", "教学设计", "导学案", "(?<![教科数化文])学案(?!例)", "大单元设计", "备课稿"),
    "习题": (
        "题库", "习题集?", "练习题", "练习卷", "单元练习", "同步练习", "练习册?", "试卷", "试题卷?", "真题", "模拟题", "测试题", "测试卷",
        "检测题", "检测卷", "单元卷", "期中卷", "期末卷", "月考卷?", "周测", "小测", "测验", "作业单", "作业本", "家庭作业", "寒假作业",
        "暑假作业", "口算(?:题|练|卡|训练)", "专项训练", "一课一练",
        "复习卷", "(?:单元|期中|期末|阶段|质量)(?:测试|检测|考试|测评)",
    ),
    "其他": ("工作计划", "管理说明", "管理制度"),
}  # fmt: skip
# Papers that are near a kind and are not it; what follows a kind's word can also make another thing of it.
OTHER_PAPERS = (
    "说课", "论文", "反思", "家长会", "班会", "培训", "讲座", "述职", "总结", "汇报", "教学案例", "案例分析", "通知", "读后感", "研究",
    "心得", "体会", "浅谈", "简历",
)  # fmt: skip
ANOTHER_THING = "分析|讲评|解读|培训|讲座|模板|格式|评比|比赛|大赛|通知|检查|目录|清单|安排|方案|总结|监考|表彰"
# With one of these a name that has 课标 in it speaks about the standard.
ABOUT_STANDARDS = "解读|学习|培训|研修|心得|测试|考试|试题|对照|变化"

# Written form → the one name used for it; the longest form that fits counts.
_SUBJECTS_AS_WRITTEN = (
    "道德与法治", "信息科技", "体育与健康", "综合实践", "劳动", "心理健康", "语文", "数学", "英语", "科学", "物理",
    "化学", "生物", "历史", "地理", "音乐", "美术", "体育", "书法",
)  # fmt: skip
SUBJECT_NAMES = {name: name for name in _SUBJECTS_AS_WRITTEN} | {
    "信息技术": "信息科技",
    "道法": "道德与法治",
    "思想品德": "道德与法治",
    "思想政治": "思想政治",
    "生物学": "生物",
}
# 生物的进化, 劳动最光荣, 科学探究: names of these that are also plain words count only where they stand as a subject,
# behind a grade, a stage or an edition, or before one of these words or none.
PLAIN_WORDS = frozenset("科学 物理 化学 生物 生物学 历史 地理 音乐 美术 体育 劳动 书法 综合实践 心理健康".split())
BEFORE_SUBJECT = "年级|[初高][一二三]|小学|初中|高中|[版册本上下]"
AFTER_SUBJECT = (
    "组|课|教|学科|备|第|期|单元|测|练|习题|试|复习|导学|学案|上册|下册|[上下](?:学期|期)|必修|选修|选择性|听|实验室|题|作业|成绩|说课|磨课|公开|研|阶段|专项|专题|中考|高考"
    "|综合|[一二三四五六七八九高初](?:年级|[一二三上下])|学业|会考|会议|工作"
)
_EDITIONS_AS_WRITTEN = (
    "人教版", "统编版", "北师大版", "苏教版", "苏科版", "外研版", "沪教版", "沪科版", "冀教版", "青岛版", "西师大版", "浙教版", "教科版",
    "湘教版", "湘少版", "湘艺版", "粤教版", "粤人版", "译林版", "鲁教版", "鲁科版", "人音版", "华师大版", "牛津版", "冀美版", "人美版",
    "大象版", "科教版", "接力版", "闽教版",
)  # fmt: skip
EDITION_NAMES = {name: name for name in _EDITIONS_AS_WRITTEN} | {
    "部编版": "统编版",
    "统编本": "统编版",
    "部编本": "统编版",
    "西师版": "西师大版",
    "华东师大版": "华师大版",
    "人教PEP版": "人教PEP版",
    "人教PEP": "人教PEP版",
    "PEP": "人教PEP版",
}
# Provinces with these books teach one subject, 科学, where others teach physics, chemistry, biology and geography.
JOINT_SCIENCE_EDITIONS = ("浙教版", "华师大版")
SCIENCES = ("物理", "化学", "生物", "地理")

# Labels of lesson plans' and minutes' forms → what can be read from the value; () ends the value before it.
FORM_LABELS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("学校", "单位", "学校名称", "执教学校"), ("school",)),
    **dict.fromkeys(("学校班级", "学校年级"), ("school", "grade")),
    **dict.fromkeys(("年级", "班级", "授课班级", "执教班级", "学生", "教学对象", "授课对象", "对象", "年级班级"), ("grade",)),
    **dict.fromkeys(
        ("教材", "教材版本", "版本", "使用教材", "选用教材"), ("edition", "grade", "volume", "unit", "subject")
    ),
    **dict.fromkeys(("册次", "册别"), ("grade", "volume")),
    **dict.fromkeys(("学科", "科目"), ("subject",)),
    "年级学科": ("grade", "subject"),
    "学段": ("stage",),
    "单元": ("unit",),
    **dict.fromkeys(("课题", "课题名称", "教学课题", "课名"), ("topic", "edition", "grade", "volume", "unit")),
    "教学内容": ("edition", "grade", "volume", "unit"),
    "课例": ("topic", "edition", "grade", "volume", "unit"),
    **dict.fromkeys(("课时", "课时安排", "课时数"), ("periods",)),
    **dict.fromkeys(
        (
            "教师", "授课教师", "授课老师", "执教", "执教者", "执教人", "执教教师", "任课教师", "授课", "授课人", "主备", "主备人", "主备教师",
            "设计者", "设计人", "编写", "编写人", "编者", "执笔", "执笔人", "备课人", "命题人", "出卷人",
        ),
        ("author",),
    ),
    **dict.fromkeys(("记录", "记录人", "听课人", "听课教师"), ("recorder",)),
    **dict.fromkeys(
        (
            "日期", "时间", "授课时间", "授课日期", "上课时间", "上课日期", "教学时间", "执教时间", "活动时间", "会议时间", "听课时间",
            "制定日期", "检测日期", "测试日期",
        ),
        ("date",),
    ),
    **dict.fromkeys(
        (
            "课型", "作者", "时长", "地点", "主持", "主持人", "参加", "参加人员", "出席", "列席", "参备", "审校", "审核", "校对", "说明", "备注", "配套",
            "配套课件", "人数", "班级人数", "材料", "适用", "录音", "转写整理", "整理", "作业", "课件", "议题", "请假", "录制同意", "录音同意",
        ),
        (),
    ),
}  # fmt: skip

SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾"
    "夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤季温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申"
    "欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦"
    "麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝"
)
# Words of two or three characters that begin like a surname and stand where names do.
NO_NAMES = frozenset(
    "高中 高一 高二 高三 高清 高清版 方案 方程 方法 周长 周一 周二 周三 周四 周五 周六 周日 周末 周测 单元 单元卷 古诗 古文 安全 时间 作文 全册 "
    "全一册 全文 文言文 文本 明白 成绩 成绩单 和谐 简单 简案 包含 包班 易错 易错题 易错点 连线 连堂 路线 关键 商量 解方程 解答 解析 解答题 温度 "
    "米尺 金属 石头 江苏 江西 安徽 温州 常规 应用 应用题 师生 游戏 游戏课 万以内 盛开 左右 向上 平均 华师大 明清 农业 阳光 路程 边长 边角 管理 "
    "成长 成语 石墨 关联 关系 施工 时区 全班 全体 全等 白板 花朵 司法 查找 文科 文学 史料 武术 于是 任务 任务单 古代 何为 何时 毕业班 毕业 陈述 "
    "申请 申论 时分秒 时分 向量 项目 项目化 连加 连减 连乘 连除".split()
)
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
