"""What every vector store does: the fake and the real Chroma alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from ingest.vectors import COMPARED_ALL, ChromaVectorStore
from tests.fakes.vectors import FakeVectorStore

if TYPE_CHECKING:
    from pathlib import Path

    from ingest.vectors import VectorStore


@pytest.fixture(params=[FakeVectorStore, ChromaVectorStore], ids=["fake", "chroma"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> VectorStore:
    return request.param(tmp_path / "vectors")


def unit(*values: float) -> np.ndarray:
    vector = np.array(values, np.float32)
    return vector / np.linalg.norm(vector)


def test_an_empty_store_finds_nothing(store: VectorStore) -> None:
    assert store.nearest(unit(1, 0, 0), 5) == []
    assert store.ids() == set()


def test_nearest_gives_cosine_similarity_best_first(store: VectorStore) -> None:
    store.put(["a", "b", "c"], np.stack([unit(1, 0, 0), unit(1, 1, 0), unit(0, 1, 0)]))
    found = store.nearest(unit(1, 0, 0), 2)
    assert [chunk_id for chunk_id, _ in found] == ["a", "b"]
    assert found[0][1] == pytest.approx(1.0, abs=1e-5)
    assert found[1][1] == pytest.approx(0.7071, abs=1e-3)


def test_ties_are_ordered_by_id(store: VectorStore) -> None:
    store.put(["b", "a"], np.stack([unit(1, 0, 0), unit(1, 0, 0)]))
    assert [chunk_id for chunk_id, _ in store.nearest(unit(1, 0, 0), 2)] == ["a", "b"]


def test_putting_an_id_again_replaces_its_vector(store: VectorStore) -> None:
    store.put(["a"], unit(1, 0, 0).reshape(1, -1))
    store.put(["a"], unit(0, 1, 0).reshape(1, -1))
    assert store.ids() == {"a"}
    assert store.nearest(unit(0, 1, 0), 1)[0][1] == pytest.approx(1.0, abs=1e-5)


def test_deleted_and_unknown_ids(store: VectorStore) -> None:
    store.put(["a", "b"], np.stack([unit(1, 0, 0), unit(0, 1, 0)]))
    store.delete(["a", "never there"])
    assert store.ids() == {"b"}
    store.delete([])
    assert [chunk_id for chunk_id, _ in store.nearest(unit(1, 0, 0), 5)] == ["b"]


def test_after_clearing_vectors_of_another_length_may_follow(store: VectorStore) -> None:
    store.put(["a"], unit(1, 0, 0).reshape(1, -1))
    store.clear()
    assert store.ids() == set()
    store.put(["b"], unit(1, 0).reshape(1, -1))
    assert [chunk_id for chunk_id, _ in store.nearest(unit(1, 0), 5)] == ["b"]


def test_vectors_survive_reopening(tmp_path: Path) -> None:
    ChromaVectorStore(tmp_path / "v").put(["a"], unit(1, 0, 0).reshape(1, -1))
    assert ChromaVectorStore(tmp_path / "v").ids() == {"a"}


def test_stored_vectors_come_back_as_they_were_put(store: VectorStore) -> None:
    store.put(["a", "b"], np.stack([unit(1, 0, 0), unit(1, 2, 3)]))
    found = store.get(["b", "unknown"])
    assert list(found) == ["b"]
    np.testing.assert_allclose(found["b"], unit(1, 2, 3), rtol=1e-6)
    assert store.get([]) == {}


@pytest.mark.parametrize(
    ("only", "wanted"),
    [(None, ["a", "c", "b"]), (["a", "b"], ["a", "b"]), ([], []), (["b", "never there"], ["b"]), (["never there"], [])],
)
def test_a_search_goes_over_the_ids_meant_only(store: VectorStore, only: list[str] | None, wanted: list[str]) -> None:
    store.put(["a", "b", "c"], np.stack([unit(5, 1, 0), unit(0, 1, 0), unit(1, 1, 0)]))
    assert [chunk_id for chunk_id, _ in store.nearest(unit(1, 0, 0), 5, only)] == wanted
    assert store.nearest(unit(1, 0, 0), 1, only) == store.nearest(unit(1, 0, 0), 5, only)[:1]
    assert store.nearest(unit(1, 0, 0), 0, only) == []


def test_a_search_over_many_ids_passes_over_those_without_a_vector(store: VectorStore) -> None:
    count = 2 * COMPARED_ALL
    angles = np.linspace(0, np.pi / 2, count, dtype=np.float32)
    ids = [f"{number:05}" for number in range(count)]
    store.put(ids, np.stack([np.cos(angles), np.sin(angles)], axis=1))
    store.delete(ids[1:3])
    found = [chunk_id for chunk_id, _ in store.nearest(unit(1, 0), 3, ids[: COMPARED_ALL + 10])]
    assert found == [ids[0], ids[3], ids[4]]
    assert store.nearest(unit(0, 1), 1, ids[: COMPARED_ALL + 10])[0][0] == ids[COMPARED_ALL + 9]
