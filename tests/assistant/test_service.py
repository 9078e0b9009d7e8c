"""What the command line gets: the shapes of the JSON, from the library of this process."""

from __future__ import annotations

import itertools
import json
import time
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import pytest

from assistant.chat.answer import Answer, Checked, Citation, Claim, Delta, Filter, Search
from assistant.errors import EngineError
from assistant.llm.engine import Usage
from assistant.service import LocalService, event_json
from ingest.document import Locator, Span
from ingest.errors import LibraryError
from ingest.report import FileRow, Progress
from tests.fakes.chat import evidence
from tests.fakes.local import FILES, FOUND, OFF_TOPIC, local_assistant

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ingest.settings import Settings
    from tests.fakes.embedder import FakeEmbedder

SEARCHED = {
    "question",
    "filters",
    "relaxed",
    "respelled",
    "choices",
    "terms",
    "documents",
    "chunks",
    "seconds",
    "expected_seconds",
    "evidence",
}
PASSAGE = {"number", "document", "version", "locator", "text"}
SENTENCE = {"text", "support", "quoted", "group", "heading", "conflict", "reason", "citations"}
PLAIN = {"quoted": False, "group": "", "heading": "", "conflict": False}
CITED = {"number", "document", "version", "locator", "quote"}
ANSWER = {
    "type",
    "status",
    "question",
    "sentences",
    "searched",
    "notice",
    "model",
    "prompt",
    "timings",
    "gate",
    "shape",
}
ROW = {field.name for field in fields(FileRow)}
PROGRESS = {"type", *(field.name for field in fields(Progress))}


@pytest.fixture
def service(settings: Settings, tmp_path: Path) -> Iterator[LocalService]:
    with local_assistant(settings, tmp_path / "资料") as assistant:
        yield LocalService(settings, assistant)


def plain(value: Any) -> Any:
    """Return the value as it is after a journey over the wire."""
    return json.loads(json.dumps(value, ensure_ascii=False))


# --- events ---------------------------------------------------------------------------------------------------

PASSAGE_ONE = evidence("先摸边线，再铺满面。", 1)
SEARCH = Search("怎么分清？", ("面积", "周长"), 12, 486, (PASSAGE_ONE,), 0.12345, 8.0, (Filter("grade", 3, "三年级"),))


def test_a_search_as_json() -> None:
    assert event_json(SEARCH) == {
        "type": "search",
        "question": "怎么分清？",
        "filters": [{"name": "grade", "value": 3, "words": "三年级", "carried": False}],
        "relaxed": [],
        "respelled": [],
        "choices": [],
        "terms": ["面积", "周长"],
        "documents": 12,
        "chunks": 486,
        "seconds": 0.123,
        "expected_seconds": 8.0,
        "evidence": [
            {
                "number": 1,
                "document": "面积教案",
                "version": 1,
                "locator": "教学难点",
                "text": "先摸边线，再铺满面。",
            }
        ],
    }


def test_words_and_sentences_as_json() -> None:
    assert event_json(Delta("先摸")) == {"type": "delta", "text": "先摸"}
    claim = Claim("先摸边线。", "partial", (), ("边线",), "原因")
    assert event_json(Checked(claim)) == {"type": "checked", "text": "先摸边线。", "support": "partial"}


def test_an_answer_as_json() -> None:
    citation = Citation(1, "d1", "v1", Span(100, 104), "先摸边线")
    claims = (Claim("先摸边线。", "supported", (citation,)), Claim("再想想。", "inferred", reason="资料里没有"))
    usage = Usage(100, 40, 20, 1.0, 2.0, "stop")
    said = event_json(Answer("partial", SEARCH, claims, "abc", "模型", "", usage, 3.14159))
    assert plain(said) == said
    assert set(said) == ANSWER
    assert (said["status"], said["question"], said["prompt"], said["model"]) == ("partial", "怎么分清？", "abc", "模型")
    assert said["sentences"] == [
        {
            **PLAIN,
            "text": "先摸边线。",
            "support": "supported",
            "reason": "",
            "citations": [
                {"number": 1, "document": "面积教案", "version": 1, "locator": "教学难点", "quote": "先摸边线"}
            ],
        },
        {**PLAIN, "text": "再想想。", "support": "inferred", "reason": "资料里没有", "citations": []},
    ]
    assert said["timings"] == {
        "search_seconds": 0.123,
        "seconds": 3.142,
        "prompt_tokens": 100,
        "cached_tokens": 40,
        "generated_tokens": 20,
        "prompt_seconds": 1.0,
        "generation_seconds": 2.0,
        "finish": "stop",
    }


def test_an_answer_without_a_generation_as_json() -> None:
    said = event_json(Answer("not_found", SEARCH, (), "abc", "", seconds=0.5))
    assert said["sentences"] == []
    assert said["timings"] == {"search_seconds": 0.123, "seconds": 0.5}


@pytest.mark.parametrize(
    ("locator", "shown"),
    [
        (Locator(page=3), "第3页"),
        (Locator(slide=2), "第2张"),
        (Locator(start=760.0), "12:40"),
        (Locator(), "教学难点"),
    ],
)
def test_a_place_is_the_files_own_or_the_headings(locator: Locator, shown: str) -> None:
    from dataclasses import replace

    search = replace(SEARCH, evidence=(replace(PASSAGE_ONE, locator=locator),))
    assert event_json(search)["evidence"][0]["locator"] == shown


# --- the service ----------------------------------------------------------------------------------------------


def test_search_gives_hits_best_first(service: LocalService) -> None:
    found = service.search("面积和周长混淆", 2)
    assert plain(found) == found
    assert set(found) == {"query", "notice", "terms", "hits"}
    assert found["query"] == "面积和周长混淆"
    assert len(found["hits"]) == 2
    for hit in found["hits"]:
        assert set(hit) == {"document", "title", "version", "locator", "headings", "score", "text"}
        assert hit["locator"]
    assert "混淆" in found["hits"][0]["text"]
    assert found["hits"][0]["document"].endswith("长方形面积_教案.txt")
    scores = [hit["score"] for hit in found["hits"]]
    assert scores == sorted(scores, reverse=True)


def test_asking_gives_events_and_last_the_answer(service: LocalService) -> None:
    events = list(service.ask(FOUND))
    assert plain(events) == events
    assert events[0]["type"] == "search"
    assert set(events[0]) == {"type", *SEARCHED}
    assert {event["type"] for event in events[1:-1]} == {"delta", "checked"}
    answer = events[-1]
    assert answer["type"] == "answer"
    assert set(answer) == ANSWER
    assert set(answer["searched"]) == SEARCHED
    assert all(set(passage) == PASSAGE for passage in answer["searched"]["evidence"])
    assert all(set(sentence) == SENTENCE for sentence in answer["sentences"])
    cited = [citation for sentence in answer["sentences"] for citation in sentence["citations"]]
    assert cited
    assert all(set(citation) == CITED for citation in cited)
    checked = [event["text"] for event in events if event["type"] == "checked"]
    assert checked == [sentence["text"] for sentence in answer["sentences"]]
    assert answer["status"] in {"grounded", "partial"}


def test_asking_what_is_not_there(service: LocalService) -> None:
    assert [event["type"] for event in service.ask(OFF_TOPIC)] == ["search", "answer"]


def test_asking_without_a_model_says_why(settings: Settings, tmp_path: Path) -> None:
    def fail() -> FakeEmbedder:
        raise EngineError("EN-01", "语言模型文件还没有下载。", "运行 zhujiao models pull。")

    with local_assistant(settings, tmp_path / "资料", fail) as assistant:  # type: ignore[arg-type]  # it only fails
        *_, answer = LocalService(settings, assistant).ask(FOUND)
    assert answer["status"] == "unavailable"
    assert "zhujiao models pull" in answer["notice"]
    assert answer["sentences"]


def test_the_status_is_plain(service: LocalService) -> None:
    status = service.status()
    assert plain(status) == status
    assert (status["documents"], status["pending"], status["search"], status["model"]) == (3, 0, "ready", "ready")
    assert status["kinds"] == {"教案": 2, "课件": 1}
    assert status["model_name"] == "fake"


# --- ingest ---------------------------------------------------------------------------------------------------


def test_taking_in_gives_progress_and_one_report(service: LocalService, tmp_path: Path) -> None:
    (tmp_path / "资料" / "新.txt").write_text("分数的初步认识。", encoding="utf-8")
    (tmp_path / "资料" / "坏.docx").write_bytes(b"PK\x03\x04")
    events = list(service.ingest([str(tmp_path / "资料")], anew=False))
    assert plain(events) == events
    assert [event["type"] for event in events[:-1]] == ["progress"] * (len(events) - 1)
    assert set(events[0]) == PROGRESS
    report = events[-1]
    assert report["type"] == "report"
    assert (report["added"], report["unchanged"], report["failed"]) == (1, len(FILES), 1)
    assert report["cancelled"] is False
    assert len(report["files"]) == len(FILES) + 2
    assert all(set(row) == ROW for row in report["files"])
    assert "分数" in service.search("分数的初步认识", 1)["hits"][0]["text"]


def test_rebuilding_needs_no_paths(service: LocalService) -> None:
    *_, report = service.ingest([], anew=True)
    assert (report["type"], len(report["files"])) == ("report", len(FILES))
    assert {row["status"] for row in report["files"]} == {"indexed"}


def test_what_fails_as_a_whole_is_one_error(service: LocalService, tmp_path: Path) -> None:
    service.assistant.library.catalogue.set_meta("fingerprint", "another model")
    events = list(service.ingest([str(tmp_path / "资料")], anew=False))
    assert [event["type"] for event in events] == ["error"]
    assert set(events[0]) == {"type", "code", "message", "hint"}
    assert events[0]["code"] == "LB-07"


def test_without_an_embedding_model_taking_in_says_why(settings: Settings, tmp_path: Path) -> None:
    def fail() -> FakeEmbedder:
        raise LibraryError("LB-05", "向量模型打不开，资料库没有改动。", "检查模型文件。")

    with local_assistant(settings, tmp_path / "资料", started=False) as assistant:
        from assistant.loading import Loading

        assistant.embedder = Loading("embedder", fail)
        (tmp_path / "资料" / "新.txt").write_text("分数的初步认识。", encoding="utf-8")
        *_, last = LocalService(settings, assistant).ingest([str(tmp_path / "资料")], anew=False)
    assert (last["type"], last["code"]) == ("error", "LB-05")


def test_leaving_stops_the_run_and_keeps_what_is_finished(
    service: LocalService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "很多"
    folder.mkdir()
    for number in range(200):
        (folder / f"{number}.txt").write_text(f"第{number}份资料。", encoding="utf-8")
    from ingest import pipeline

    real = pipeline.signature

    def slowly(*given: Any) -> Any:
        time.sleep(0.02)
        return real(*given)

    monkeypatch.setattr(pipeline, "signature", slowly)
    run = service.ingest([str(folder)], anew=False)
    assert next(run)["type"] == "progress"
    began = time.monotonic()
    run.close()  # type: ignore[attr-defined]  # an iterator of the protocol, a generator in fact
    assert time.monotonic() - began < 2
    status = service.status()
    assert status["documents"] + status["pending"] < len(FILES) + 100
    monkeypatch.setattr(pipeline, "signature", real)
    *_, report = service.ingest([str(folder)], anew=False)
    assert (report["type"], report["failed"]) == ("report", 0)
    assert service.status()["documents"] == len(FILES) + 200


def test_a_stopped_run_reports_what_it_did(service: LocalService, tmp_path: Path) -> None:
    folder = tmp_path / "几份"
    folder.mkdir()
    for number in range(5):
        (folder / f"{number}.txt").write_text(f"第{number}份资料。", encoding="utf-8")
    whole = list(service.ingest([str(folder)], anew=False, stopped=lambda: False))[-1]
    assert (whole["cancelled"], len(whole["files"])) == (False, 5)
    asked = itertools.count()
    *_, report = service.ingest([str(folder)], anew=False, stopped=lambda: next(asked) > 2)
    assert (report["type"], report["cancelled"]) == ("report", True)
    assert 0 < len(report["files"]) < 5


def test_a_search_that_only_finds_what_is_near_says_so(service: LocalService) -> None:
    assert service.search("面积", 2)["notice"] == ""
    found = service.search("蒸汽机车", 2)
    assert found["hits"]
    assert "意思相近" in found["notice"]
