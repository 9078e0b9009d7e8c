"""Every reason one file is not taken in: code, what happened, what to do. `ingest/README.md` lists the same table."""

from __future__ import annotations

import zipfile
import zlib

from ingest.errors import SourceError

# What python-docx, python-pptx, openpyxl and unstructured raise on damaged packages, depending on the part that is bad
# (found by fuzzing: XML errors are SyntaxErrors, a bad number overflows, a lost relation is a KeyError).
DAMAGE: tuple[type[Exception], ...] = (
    ArithmeticError, AttributeError, EOFError, LookupError, OSError, SyntaxError, TypeError, ValueError,
    zipfile.BadZipFile, zlib.error,
)  # fmt: skip

REASONS: dict[str, tuple[str, str]] = {
    "IN-01": ("这个文件是空的（0 字节），没有内容可收。", "请找到原文件重新拷贝一份再放进来。"),
    "IN-02": ("这个文件打不开：{detail}。", "请确认文件没有被别的程序占用、您有权限读取，然后重试。"),
    "IN-03": (
        "这个文件有 {size} MB，超过了 {limit} MB 的上限，没有收录。",
        "请拆成几个小文件，或压缩其中的图片后再放进来。",
    ),
    "IN-04": (
        "暂时不认识 {suffix} 这种文件，已跳过。",
        "请另存为 Word、PPT、PDF、Excel、Markdown 或纯文本后再放进来。",
    ),
    "IN-05": ("这是系统或办公软件自动产生的文件，不是资料，已跳过。", "不需要处理。"),
    "IN-06": (
        "文件名写的是 {named}，内容其实是{actual}，没有收录。",
        "请用对应的软件打开确认，另存为正确的格式后再放进来。",
    ),
    "IN-07": ("这个文件设了打开密码，读不到内容。", "请打开文件取消密码，另存一份再放进来。"),
    "IN-08": ("这个文件已损坏或不完整，读不出内容。", "请用原来的软件打开看看，能打开就另存一份，打不开就重新拷贝。"),
    "IN-09": ("这个文件解压后大得反常，为了安全没有打开。", "请用办公软件打开确认，另存一份正常大小的文件再放进来。"),
    "IN-10": ("这个文件的文字超过 {limit} 个字符，没有收录。", "请按单元或章节拆成几个文件再放进来。"),
    "IN-11": ("这个文件里没有文字。", "如果内容全是图片，请换成有文字的版本；如果确实是空白文件，可以删掉。"),
    "IN-12": (
        "这份文件是扫描件或图片，里面认不出文字（{detail}）。",
        "请换一份更清楚的扫描件，或找电子版再放进来。",
    ),
    "IN-13": (
        "认不出这个文件的文字编码，强行读取会变成乱码，没有收录。",
        "请用记事本打开，另存为 UTF-8 编码后再放进来。",
    ),
    "IN-14": ("{suffix} 是旧版办公格式，没有收录。", "请用 Word、PPT、Excel 或 WPS 打开，另存为 {newer} 后再放进来。"),
    "IN-15": (
        "资料清单 {name} 读不出来（{detail}），其中的登记没有使用，资料本身照常收录。",
        "请按清单格式改好后重新收录。",
    ),
    "IN-16": ("这是一个快捷链接，指向别处的文件，已跳过。", "请把原文件拷贝进来。"),
    "IN-17": ("找不到这个文件或文件夹。", "请检查路径是否写对、移动硬盘或网盘是否连上。"),
    "IN-18": ("这个文件的结构过于复杂（{detail}），没有收录。", "请用办公软件打开，拆分或简化后另存一份再放进来。"),
    "IN-19": ("文件名里有无法识别的字符，没有收录。", "请给文件换一个正常的名字再放进来。"),
    "IN-20": (
        "这是课堂录音的转写，没有登记录制同意，没有放进资料库。文件没有改动。",
        "请先取得师生和家长同意，在资料清单的「同意」一栏写上登记日期，或用 --consent 写明后再放一次。",
    ),
    "IN-21": (
        "读这个文件超过了 {limit} 秒，已经放弃，没有收录。",
        "请用办公软件打开，拆分或另存一份再放进来。",
    ),
    "IN-22": ("这是压缩包，里面的 {count} 个文件已经逐个处理，结果见它们各自的记录。", "不需要处理。"),
    "IN-23": (
        "压缩包里的 {name} 写着包外的位置，为了安全没有解压。",
        "请把压缩包解开检查，再放文件夹进来。",
    ),
    "IN-24": (
        "旧版办公文件转换没有成功（{detail}），没有收录。",
        "请用 Word、PPT、Excel 或 WPS 打开，另存为 {newer} 后再放进来。",
    ),
    "IN-26": ("{suffix} 压缩包还不能打开，已跳过。", "请解压后放文件夹进来，或改存为 .zip。"),
    "IN-25": ("读这个文件时读取程序意外中断，没有收录，其他文件不受影响。", "请用办公软件打开，另存一份再放进来。"),
}


def reason(code: str, **facts: object) -> tuple[str, str]:
    """Return the message and the hint of a code, its blanks filled with the facts."""
    message, hint = REASONS[code]
    return message.format(**facts), hint.format(**facts)


def failure(code: str, **facts: object) -> SourceError:
    """Make the error of a code; facts fill the blanks of its sentences."""
    message, hint = reason(code, **facts)
    return SourceError(code, message, hint, retryable=code == "IN-02")
