"""Tell a document's subject by the words that only that subject uses, counted, with a margin over the second."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from ingest.classify.reading import Reading
from ingest.labels import JOINT_SCIENCE_EDITIONS, PRIMARY, SCIENCES

if TYPE_CHECKING:
    from collections.abc import Iterator

# A word counts this often at most: one lesson's topic must not make a subject by itself.
MOST_OF_ONE = 4
FEWEST_WORDS, FEWEST_POINTS = 4, 10
MARGIN = 2.5
MOST_SHOWN = 8
STANDARD_POINTS = 3
SURE = 0.75
# English words in a text that also has Chinese ones: a manual in English is no lesson.
FEWEST_ENGLISH, ENGLISH_SHARE, FEWEST_HAN = 25, 0.03, 100
_WORDS = {
    "语文": (
        "课文 朗读 诵读 生字 词语 修辞 比喻 拟人 排比 诗人 古诗 诗句 诗歌 默写 文言文 散文 小说 记叙文 说明文 议论文 拼音 声母 韵母 声调 偏旁 部首 "
        "笔画 习作 作文 病句 段落 中心思想 描写 抒情 名著 字音 词义 字形 多音字 近义词 反义词 成语 文言 实词 虚词 译文 李白 杜甫 苏轼 王维 白居易 "
        "鲁迅 论语 古文 语段 读后感 写字 识字 修辞手法 表达方式 人物形象 中心句 仿写 缩写 续写 背诵 作者 写作 词句 赏析 原文 整本书阅读 课外阅读 章回 "
        "文本"
    ),
    "数学": (
        "周长 面积 平方厘米 平方分米 平方米 立方厘米 长方形 正方形 三角形 平行四边形 梯形 圆周率 半径 直径 圆柱 圆锥 乘法 除法 加法 减法 口算 竖式 "
        "分数 小数 通分 约分 方程 未知数 不等式 有理数 无理数 负数 绝对值 数轴 相反数 因式分解 平方根 函数 抛物线 勾股定理 全等 概率 中位数 众数 方差 "
        "垂线 平行线 内角 钝角 锐角 直角 等腰 对称轴 因数 倍数 质数 公因数 公倍数 被除数 余数 百分数 应用题 代数式 多项式 单项式 整式 同类项 坐标系 "
        "进率 得数 算式 列式 口诀 小棒 计数器 加数 被减数 运算律 分配律 交换律 结合律 列方程 求证 斜边 直角边 一元一次 一元二次 二元一次 配方法 化简 "
        "因数分解"
    ),
    "物理": (
        "电路 电流 电压 电阻 欧姆 灯泡 导线 串联 并联 杠杆 力臂 支点 重力 摩擦力 浮力 压强 弹力 拉力 匀速 匀变速 加速度 位移 牛顿 密度 熔化 凝固 沸腾 "
        "汽化 液化 升华 凸透镜 平面镜 反射 折射 入射角 反射角 光线 光源 振动 音调 响度 音色 磁场 磁铁 电磁 电动机 功率 机械能 动能 势能 比热容 热量 "
        "测力计 惯性 参照物 滑轮 焦耳 电荷 电能 电功率 保险丝 机械效率 匀速直线 串并联 电流表 电压表 滑动变阻器 做功 内能"
    ),
    "化学": (
        "化学式 化学方程式 化学反应 化学变化 元素符号 原子 离子 氧气 氢气 一氧化碳 盐酸 硫酸 硝酸 氢氧化钠 氢氧化钙 碳酸钙 碳酸钠 溶液 溶质 溶剂 "
        "溶解度 催化剂 氧化物 置换反应 复分解 化合反应 分解反应 试管 酒精灯 化合价 相对原子质量 质量守恒 石蕊 酚酞 氯化钠 高锰酸钾 蒸发皿 漏斗 过滤 "
        "氧化铜 氧化铁 硫酸铜 金属活动性 还原性 氧化还原 元素周期 澄清石灰水 摩尔 烷烃"
    ),
    "生物": (
        "细胞 细胞膜 细胞核 细胞质 叶绿体 线粒体 光合作用 呼吸作用 蒸腾作用 染色体 基因 遗传 变异 进化 生态系统 食物链 食物网 胚芽 根尖 叶片 气孔 "
        "淀粉 酶 神经元 神经系统 反射弧 突触 血液 动脉 静脉 红细胞 白细胞 肺泡 消化液 小肠 激素 胰岛素 免疫 抗体 病毒 细菌 真菌 显微镜 器官 种群 群落 "
        "物种 自然选择 生物圈 脊椎动物 无脊椎动物 节肢动物 被子植物 裸子植物 减数分裂 有丝分裂 蛋白质 氨基酸 生殖 受精 子房 条件反射 生物体 交感神经 "
        "内环境 体温调节"
    ),
    "地理": (
        "经线 纬线 经度 纬度 经纬网 比例尺 等高线 季风 降水量 年降水 地形 高原 平原 盆地 丘陵 板块 地震带 人口密度 自转 公转 时区 亚洲 欧洲 非洲 "
        "北美洲 南美洲 大洋洲 长江 黄河 青藏高原 西北地区 北方地区 南方地区 亚热带 温带 热带 寒带 北回归线 赤道 南极 北极 洋流 水资源 土地资源 城市化 "
        "聚落 省级行政 东南亚 中东 撒哈拉 秦岭 淮河"
    ),
    "历史": (
        "朝代 皇帝 变法 起义 条约 秦始皇 汉武帝 唐太宗 唐朝 宋朝 元朝 明朝 清朝 清政府 鸦片战争 辛亥革命 五四运动 抗日战争 解放战争 工业革命 文艺复兴 "
        "改革开放 科举 丝绸之路 分封制 郡县制 史料 春秋 战国 三国 隋朝 洋务运动 戊戌变法 太平天国 国民党 共产党 新文化运动 二战 第一次世界大战 "
        "第二次世界大战 殖民 资产阶级 封建 法国大革命 独立战争 罗斯福 冷战 贞观 商鞅 中华民国 北伐 长征 红军 世界史 近代 统治 侵略 列强 帝国 王朝 "
        "中央集权 专制 君主 史实 史书 世纪 抗战 罢工"
    ),
    "道德与法治": (
        "宪法 公民 权利 法律 违法 犯罪 未成年人保护 法治 社会主义核心价值观 青春期 自尊 诚信 国家利益 人民代表大会 道德 行政机关 人民法院 检察院 "
        "基本国策 民族团结 国家安全 消费者权益 公共秩序 规则意识 网络道德 亲社会 集体主义 共同富裕 依法治国 中国梦 友谊 师长 生命健康权 监护"
    ),
    "信息科技": (
        "Excel WPS Word PPT 计算机 单元格 工作表 编程 算法 Python Scratch 循环结构 互联网 文件夹 键盘 鼠标 操作系统 浏览器 幻灯片 数据库 二进制 编码 "
        "局域网 防火墙 人工智能 传感器 IP地址 硬盘 内存 软件 图层 关键帧"
    ),
}  # fmt: skip
_VOCABULARY = {subject: (subject, *words.split()) for subject, words in _WORDS.items()}
_OF_STANDARD = re.compile(
    r"(语文|数学|英语|科学|物理|化学|生物|地理|历史|道德与法治|信息科技)学?(?:学科)?(?:课标|课程标准|教研组|备课组|核心素养)"
)
_ENGLISH = re.compile(
    r"(?<![A-Za-z])(?:the|is|are|am|was|were|what|you|your|my|does|did|have|has|he|she|it|we|they|this|that|to|of|and|can|with|for|not"
    r"|where|how|who|when)(?![A-Za-z])",
    re.IGNORECASE,
)
_HAN = re.compile(r"[\u4e00-\u9fff]")


def read_subject(text: str, *, grade: int | None, stage: str, edition: str) -> Iterator[Reading]:
    """Yield the subject a text's own words tell; in primary school physics, chemistry, biology and geography are 科学.

    Where the stage is unknown, words of nature tell no subject: they may be a primary school's 科学 or one of the four.
    """
    found = _counted(text)
    for subject, count in Counter(_OF_STANDARD.findall(text)).items():
        found[subject][f"{subject}课标"] = STANDARD_POINTS * min(count, MOST_OF_ONE)
    if stage == "小学" or (grade is not None and grade <= PRIMARY) or edition in JOINT_SCIENCE_EDITIONS:
        found["科学"] += sum((found.pop(subject) for subject in SCIENCES), Counter[str]())
    first, second = sorted(found, key=lambda subject: -found[subject].total())[:2]
    words = found[first]
    sure = len(words) >= FEWEST_WORDS and words.total() >= max(FEWEST_POINTS, MARGIN * found[second].total())
    if sure and (stage or first not in SCIENCES):
        yield Reading("subject", first, "content", SURE, "、".join(word for word, _ in words.most_common(MOST_SHOWN)))


def _counted(text: str) -> dict[str, Counter[str]]:
    """Return how often each subject's words stand in a text, each counted four times at most."""
    found = {
        subject: Counter({word: min(MOST_OF_ONE, count) for word in words if (count := text.count(word))})
        for subject, words in _VOCABULARY.items()
    }
    english = Counter(word.lower() for word in _ENGLISH.findall(text))
    han = len(_HAN.findall(text))
    if han >= FEWEST_HAN and english.total() >= max(FEWEST_ENGLISH, ENGLISH_SHARE * han):
        found["英语"] = Counter({word: min(MOST_OF_ONE, count) for word, count in english.items()})
    return defaultdict(Counter, found)


def narrowed_science(readings: list[Reading], *, stage: str, edition: str) -> list[Reading]:
    """Drop a folder's 科学 above primary school: there it holds four subjects' files, save where books teach one."""
    if stage in {"", "小学"} or edition in JOINT_SCIENCE_EDITIONS:
        return readings
    return [reading for reading in readings if (reading.kind, reading.value) != ("folder", "科学")]
