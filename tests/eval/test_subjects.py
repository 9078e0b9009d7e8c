import json

from eval.subjects import sheets, tally
from ingest.classify import classify


def test_items_of_one_subject_are_put_together(tmp_path):
    text = {"ques_content": "下列是光合作用的是", "ques_answer": ["A"], "ques_analyze": "叶绿体 细胞 淀粉 气孔 种群"}
    rows = [{"subject": "初中生物", **text}] * 5 + [{"subject": "初中信息技术", **text}] * 2
    path = tmp_path / "valid.jsonl"
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    found = list(sheets(path, 2))
    assert [subject for subject, _ in found] == ["生物", "生物", "信息科技"]
    assert [len(elements) for _, elements in found] == [3, 3, 3]
    assert classify(tmp_path / "001.txt", found[0][1], None)[0].subject == "生物"


def test_what_is_wrong_says_what_it_was_taken_for():
    row = tally("生物", [("生物", "生物"), ("生物", ""), ("生物", "化学"), ("生物", "化学")])
    assert row == {"subject": "生物", "sheets": 4, "right": 1, "unknown": 1, "wrong": {"化学": 2}}
