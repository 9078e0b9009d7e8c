"""Words that turn a statement: negations, limits, opposites, units; and those that claim nothing or say the same."""

from __future__ import annotations

import re

# Words that join a sentence together and claim nothing.
GLUE_WORDS = frozenset(
    "首先 其次 然后 接着 最后 例如 比如 从而 以便 并且 而且 因此 所以 如果 那么 使得 同时 还是 帮助 明确 过程 过程中 此外 另外 其中 "
    "总之 因而 于是 不过 但是 然而 可是 而 但 并 且 则 即 便 又 还 亦 及 与 和 跟 同 以及 在 于 是 为 由 被 把 将 对 向 从 到 给 让 使 "
    "以 用 其 该 此 这 那 他 她 它 他们 她们 它们 我们 之 得 地 这个 那个 这些 那些 这样 一个 一种 一位 一些 这里 所 等 等等 有 会 可 可以 "
    "能 能够 要 需要 因 因为 由于 虽 虽然 当 时 上 中 里 内 个 已 已经 曾 曾经 正 正在 更 很 非常 十分 或 或者 如 如下 本 进行 具体 "
    "主要 关于 对于 通过 根据 按照 资料 文中 文章 指出 提到 说明 表示 包括 包含 称为 叫做 成为 作为 属于 位于 来 去 起 所以 故 "
    "再 先 吧 呢 吗 啊 这篇 这本 该书 本作 本片 本书 就是 也是 都是 便是 即是 以来 来说 而言 方面 一般 通常 后来 当时 随后".split()
)
# Words a teacher would read as the same.
_SAME_WORDS = tuple(
    frozenset(group.split("="))
    for group in (
        "教师=老师", "学生=同学=孩子=儿童", "课堂=课上", "即=就是=便是", "因为=由于=因", "但是=但=不过=然而=可是", "和=与=及=以及=跟=同",
        "在=于", "或=或者", "如果=若=假如", "所以=因此=因而=故", "非常=十分=很", "时候=时", "通过=经过", "称为=叫做=称作", "把=将",
        "全部=所有=一切=全都", "至少=最少=不少于", "至多=最多=不超过", "大约=约=左右=大概=约为", "并且=而且=并=且", "例如=比如=如",
        "使用=运用=利用=用", "进行=开展", "需要=要", "可以=能够=能", "已经=已", "曾经=曾", "之后=以后=后", "之前=以前=前", "自=从",
        "没有=没=未", "不能=不可=不可以", "不要=别=勿=不得",
    )
)  # fmt: skip
_SAME_UNITS = tuple(
    frozenset(group.split("="))
    for group in (
        "公里=千米=km", "公尺=米", "公分=厘米", "公斤=千克=kg", "元=块=块钱", "分钟=分=min", "小时=钟头=h", "平方米=㎡=m²", "厘米=cm", "毫米=mm", "米=m",
                  "克=g", "人=名=位=个", "升=l", "毫升=ml", "%=％", "秒=s", "度=°", "平方公里=平方千米", "节=课时")
)  # fmt: skip
_UNIT = re.compile(
    r"\s*(?:多|余|几)?(平方[厘分千毫]?米|平方公里|立方[厘分千毫]?米|立方公里|海里|公里|公斤|公顷|公尺|公分|英亩|公吨|英里|英尺|英寸|[厘分千毫微纳]米|米|分钟|小时|"
    r"课时|[千毫]克|毫升|摄氏度|美元|欧元|英镑|日元|港元|人民币|世纪|年代|年级|个月|星期|周岁|[吨克升元角分秒时天日月年周岁度亩顷页章节课道"
    r"步张名位人个次种届集部场座条只台辆支本册件层间所家户倍%℃°级班排号期项句段篇首字行列成代枚匹头颗棵艘架套点回组批户筐箱盒杯碗袋瓶包堆群双对副幅单项]|km|kg|cm|mm|ml|mb|gb|[mglh](?![a-z]))"
)
_LEXICAL = re.compile(
    r"不断|不仅|不但|不过|不同|不久|不少于|不少|不论|不管|不止|不得不|不可不|不得已|不只|不单|不超过|不足|不等|不已|无论|无线|无数|无疑|无锡|无双|"
    r"无穷|无机|虚无|非常|非洲|除非|是非|莫非|非得|[东西南北中]非|未来|未必|未免|未婚|没收|没落|没关系|区别|特别|类别|级别|分别|个别|别墅|别人|别的|性别|"
    r"告别|别名|别称|差别|派别|辨别|识别|判别|国别|离别|送别|能不能|是不是|会不会|可不可以|有没有|不一会|不管怎样|毫不|绝不|决不"
)
_NEGATION = re.compile(r"并非|禁止|避免|没有|不[是能可要必得会用写曾再]|不|没|未|无|非|勿|(?:请|就|千万|^)别(?!的|人)")
_HARD = re.compile(r"毫不|绝不|决不")
# Limits by what they say: a claim may not change one for another, nor bring one of its own.
_LIMITS = (
    (
        "全部",
        re.compile(
            r"全部|所有|一切|全都|全体|每个|每位|(?<![首成京古国旧迁建陪])都(?![灵市城督护江会])|(?<!平)均(?![匀衡等值分线价田])|总是|任何"
        ),
    ),
    ("部分", re.compile(r"有些|有的|部分|某些|少数|有时|之一|个别(?![化辅指谈教])")),
    ("多数", re.compile(r"多数|大部[分份]|大都|大多|几乎|往往")),
    ("至少", re.compile(r"至少|最少|不少于|不低于|不小于|以上|起码|≥")),
    ("至多", re.compile(r"至多|最多|不超过|不多于|不高于|不大于|以下|以内|≤")),
    ("只", re.compile(r"只有|只能|仅仅|只(?=[有能是在会用要])|仅|唯一|惟一")),
    ("超过", re.compile(r"(?<!不)(?:超过|大于|多于|高于)|>")),
    ("不足", re.compile(r"不足|不到|小于|少于|低于|未满|<")),
)
# What a claim may leave out without saying more than the source.
_MAY_DROP = frozenset({"全部", "只"})
_ORDER = re.compile(
    r"先|再|然后|接着|随后|最后|其次|后来|第[一二三四五六七八九十]步|于是|因此|所以|从而|之后|以后|依次|分别|前者|后者"
)
_OPPOSITES = tuple(
    frozenset(pair)
    for pair in "多少 大小 高低 早晚 先后 前后 上下 左右 东西 南北 内外 里外 男女 正负 长短 快慢 胜负 胜败 升降 加减 乘除 始末 首末 首尾 增减 远近 "
    "深浅 厚薄 宽窄 轻重 新旧 老新 强弱 优劣 好坏 难易 进出 入出 买卖 开关 父母 兄弟 姐妹 冷热 阴阳 公母 单双 奇偶 早迟 旺淡 明暗 生死 来去 "
    "主客 进退 攻守 输赢 古今 因果 亲疏 横竖 纵横 顺逆 春秋 昼夜 夫妻 父子 姐弟 兄妹".split()
) + tuple(
    frozenset(pair.split("/"))
    for pair in "增加/减少 上升/下降 提高/降低 增长/减少 开始/结束 最高/最低 成功/失败 之前/之后 以前/以后 早于/晚于 大于/小于 多于/少于 高于/低于 "
    "扩大/缩小 支持/反对 同意/拒绝 允许/禁止 直接/间接 主动/被动 有/无 有/没有 首先/最后 先/再 首先/然后 先/然后 收入/支出 加入/退出 进入/离开 "
    "上市/退市 当选/落选 国内/国外 前者/后者 前期/后期 上半/下半 增大/减小 变大/变小 变长/变短 必须/不必 必须/可以 一定/可能 可能/必然 优于/劣于 "
    "创立/关闭 成立/解散 建成/拆除 赢/负 赢/输 胜/败 击败/败给 被/把 出生/逝世 出生/去世 生于/卒于 公元前/公元 前/现".split()
)


def units_differ(claim: str, at: int, source: str, source_at: int) -> tuple[str, str] | None:
    """Return the two units behind two places of the texts if both name one and they are not the same."""
    one, other = unit(claim, at), unit(source, source_at)
    return (one, other) if one and other and not _same(one, other, _SAME_UNITS) else None


def unit(text: str, at: int) -> str:
    """Return the unit or counter that begins at a place of a text; empty when there is none."""
    match = _UNIT.match(text, at)
    return match[1] if match else ""


def stands_in(word: str, text: str) -> bool:
    """Tell whether a word, or one that says the same, stands in a text."""
    return word in text or any(other in text for group in _SAME_WORDS if word in group for other in group)


def tells_order(text: str) -> bool:
    """Tell whether a text says what comes first and what after."""
    return bool(_ORDER.search(text))


def same_words(one: str, other: str) -> bool:
    """Tell whether two words say the same to a teacher."""
    return one == other or _same(one, other, _SAME_WORDS)


def _same(one: str, other: str, groups: tuple[frozenset[str], ...]) -> bool:
    return one == other or any(one in group and other in group for group in groups)


def denies(text: str) -> bool:
    """Tell whether a piece of text turns what it says: an odd number of negations, words that only look so left out."""
    return (len(_NEGATION.findall(_LEXICAL.sub("", text))) + len(_HARD.findall(text))) % 2 == 1


def limits(text: str) -> frozenset[str]:
    """Return the limits a piece of text sets, by name: 全部, 部分, 至少, 至多, 只 and others."""
    return frozenset(name for name, words in _LIMITS if words.search(text))


def limit_fault(claim: str, source: str) -> bool | None:
    """Compare the limits of two pieces of text: None when they agree, True when they exclude each other, else False."""
    one, other = limits(claim), limits(source)
    if one == other or (not one and other <= _MAY_DROP):
        return None
    return bool(one and other)


def opposite(claim: str, source: str) -> bool:
    """Tell whether two pieces of text differ by one pair of opposites: 早于 and 晚于, 增加 and 减少."""
    if frozenset((claim, source)) in _OPPOSITES:
        return True
    if len(claim) != len(source):
        return False
    pairs = [frozenset(pair) for pair in zip(claim, source, strict=True) if pair[0] != pair[1]]
    return bool(pairs) and all(pair in _OPPOSITES for pair in pairs)
