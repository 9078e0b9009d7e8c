import pytest

from ingest.classify import classify
from ingest.classify.consent import consent_stated, read_consent
from ingest.document import Element


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("录制同意：2025-04-14 已登记", "2025-04-14 已登记"),
        ("录音已登记同意，日期2025-04-07。学生一律记作生1、生2。", "2025-04-07 已登记"),
        ("执教：周敏  2025-04-23 第2节  录音已登记同意（2025-04-21）", "2025-04-21 已登记"),
        ("日期 | 2024-11-13\n录音 | 已登记同意，日期2024-11-11 | 说明 | 未记姓名", "2024-11-11 已登记"),
        ("录像已征得全体家长同意", "已登记"),
        ("家长知情同意书已签，2025年4月1日存档", "2025-04-01 已登记"),
    ],
)
def test_a_statement_of_consent_is_read(text, wanted):
    found = read_consent([Element("text", text)])
    assert found is not None
    assert (found.value, found.kind) == (wanted, "content")


@pytest.mark.parametrize(
    "text",
    [
        "录音未登记同意",
        "录制同意：否",
        "录制同意：",
        "录音前请先征得家长同意并登记",
        "家长是否同意录音？已登记",
        "录像同意书待补",
        "部分家长已同意录像",
        "如家长同意，录音须登记",
        "家长撤回同意，录音已登记",
        "已登记同意",
        "全班同意周长这个说法，已登记",
    ],
)
def test_anything_less_is_no_consent(text):
    assert read_consent([Element("text", text)]) is None


def test_what_is_said_in_class_is_no_consent():
    said = "生1：录音我同意，已登记"
    assert read_consent([Element("turn", said, speaker="生1")]) is None


def test_only_the_head_counts():
    consent = Element("text", "录音已登记同意，日期2025-04-07")
    assert read_consent([Element("text", "x")] * 29 + [consent]) is not None
    assert read_consent([Element("text", "x")] * 30 + [consent]) is None


@pytest.mark.parametrize("entry", ["未登记", "无", "否", "不同意", "待补", "没有", "×", "n"])
def test_a_register_that_says_no_is_believed(entry, tmp_path):
    assert consent_stated(entry) == ""
    consent = Element("text", "录音已登记同意，日期2025-04-07")
    assert classify(tmp_path / "a.txt", [consent], {"同意": entry})[0].consent == ""


def test_a_register_that_says_yes_is_kept_as_written(tmp_path):
    found, where = classify(tmp_path / "a.txt", [], {"同意": "2025-04-14 已登记"})
    assert found.consent == "2025-04-14 已登记"
    assert where["consent"].kind == "manifest"
