from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from ingest.library import Library
from ingest.likeness import FEWEST_CHARACTERS, NEAR, NEARLY_SAME, SAME, SHINGLE, Likenesses, signature
from tests.fakes.vectors import FakeVectorStore
from tests.ingest.test_access import put

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

from ingest.document import Metadata

WORDS = (
    "面积 周长 边线 铺满 单位 厘米 平方 方片 长方形 正方形 篱笆 菜地 计算 比较 学生 追问 板书 练习 反思 课桌".split()
)


def prose(seed: int, length: int = 400) -> list[str]:
    chosen = random.Random(seed)
    return [chosen.choice(WORDS) for _ in range(length)]


def changed(words: list[str], share: float, seed: int) -> str:
    chosen = random.Random(seed)
    return "".join(chosen.choice("甲乙丙丁戊") * 2 if chosen.random() < share else word for word in words)


def jaccard(one: str, other: str) -> float:
    sets = [{text[i : i + SHINGLE] for i in range(len(text) - SHINGLE + 1)} for text in (one, other)]
    return len(sets[0] & sets[1]) / len(sets[0] | sets[1])


@pytest.fixture
def likenesses(tmp_path: Path) -> Iterator[tuple[Library, Likenesses]]:
    with Library(tmp_path, open_vectors=FakeVectorStore) as library:
        yield library, library.likenesses()


def link(pair: tuple[Library, Likenesses], name: str, text: str) -> list[tuple[str, float]]:
    library, likenesses = pair
    document_id = put(library, f"/{name}", text, Metadata(scope="school"), "published")
    return [(one.path, one.share) for one in likenesses.link(document_id, f"/{name}", name, signature(text))]


@pytest.mark.parametrize("seed", range(5))
def test_the_estimate_is_near_the_true_likeness(likenesses: tuple[Library, Likenesses], seed: int) -> None:
    words = prose(seed)
    first, second = "".join(words), changed(words, 0.02, seed)
    link(likenesses, "a", first)
    ((path, share),) = link(likenesses, "b", second)
    assert path == "/a"
    assert share == pytest.approx(jaccard(first, second), abs=0.12)


def test_texts_that_differ_in_one_number_are_near_but_never_the_same(likenesses: tuple[Library, Likenesses]) -> None:
    text = "".join(prose(1, 3000))
    link(likenesses, "a", text + "一课时四十分钟。")
    ((_, share),) = link(likenesses, "b", text + "一课时九十分钟。")
    assert NEAR < share <= NEARLY_SAME < SAME


def test_the_same_text_in_another_file_is_the_same(likenesses: tuple[Library, Likenesses]) -> None:
    text = "".join(prose(2))
    link(likenesses, "a", text)
    assert link(likenesses, "b", text) == [("/a", SAME)]
    assert link(likenesses, "短一", "下课。") == []
    assert link(likenesses, "短二", "下课。") == [("/短一", SAME)], "short texts are compared whole"


def test_other_texts_are_not_alike(likenesses: tuple[Library, Likenesses]) -> None:
    link(likenesses, "a", "".join(prose(3)))
    assert link(likenesses, "b", "".join(prose(4))) == []
    assert link(likenesses, "c", "面" * (FEWEST_CHARACTERS - 1)) == []


def test_a_document_that_changes_loses_its_old_links(likenesses: tuple[Library, Likenesses]) -> None:
    text = "".join(prose(5))
    link(likenesses, "a", text)
    assert link(likenesses, "b", text) != []
    assert link(likenesses, "b", "".join(prose(6))) == []
    library = likenesses[0]
    assert library.likenesses().of(library.catalogue.paths()[0]) == []


def test_links_are_the_same_whichever_came_first(tmp_path: Path) -> None:
    words = prose(7)
    texts = {"a": "".join(words), "b": changed(words, 0.03, 1), "c": changed(words, 0.05, 2), "d": "".join(prose(8))}
    tables = []
    for number, order in enumerate(("abcd", "dcba", "bdac")):
        with Library(tmp_path / str(number), open_vectors=FakeVectorStore) as library:
            pair = (library, library.likenesses())
            for name in order:
                link(pair, name, texts[name])
            tables.append(library.catalogue.database.all("SELECT * FROM likeness ORDER BY one, other"))
    assert tables[0] == tables[1] == tables[2]
    assert len(tables[0]) >= 2
