"""Reading pictures of pages with the real engine."""

import threading

import cv2
import numpy as np
import pytest

from ingest.errors import SourceError
from ingest.partition import ocr, page_count, partition
from ingest.partition.columns import Piece
from ingest.partition.ocr import read_picture
from ingest.partition.page import DOUBT
from ingest.settings import IngestSettings
from tests.ingest.pictures import POINTS, pictures_pdf, printed

TITLE = "《7的乘法口诀》教案"
SECTION = ("一、课标依据", "2022年版课标第一学段")


def words(reading):
    return ["".join(piece.text.split()) for piece in sorted(reading.pieces, key=lambda piece: -piece.y)]


def turned(picture, angle):
    """Turn a picture by degrees against the clock, on white paper large enough."""
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    cos, sin = abs(matrix[0, 0]), abs(matrix[0, 1])
    size = int(height * sin + width * cos), int(height * cos + width * sin)
    matrix[:, 2] += (size[0] - width) / 2, (size[1] - height) / 2
    return cv2.warpAffine(picture, matrix, size, borderValue=(255, 255, 255))


def test_lines_come_with_their_places_and_tables_with_their_cells():
    reading = read_picture(printed(), POINTS)
    title = next(piece for piece in reading.pieces if "".join(piece.text.split()) == TITLE)
    assert (title.left + title.right) / 2 == pytest.approx(595 / 2, abs=8)  # it is centred
    assert title.height > 1.2 * next(piece for piece in reading.pieces if "课标第一学段" in piece.text).height
    assert [len(row) for row in reading.tables[0].rows] == [4, 4, 4, 4]
    assert reading.confidence > 0.95


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_page_that_lies_on_its_side_or_head_is_set_upright(quarters):
    found = words(read_picture(np.rot90(printed(), quarters), POINTS))
    assert found[0] == TITLE
    assert any(line.startswith(SECTION[1]) for line in found)


@pytest.mark.parametrize("angle", [-5.0, 4.0])
def test_a_skewed_page_is_set_straight(angle):
    reading = read_picture(turned(printed(), angle), POINTS)
    assert words(reading)[0] == TITLE
    assert len(reading.tables[0].rows) == 4


def test_grain_is_smoothed_away():
    picture = printed(top=200)
    noise = np.random.default_rng(1).normal(0, 45, picture.shape)
    noisy = (picture + noise).clip(0, 255).astype(np.uint8)
    assert any(line.startswith(SECTION[1]) for line in words(read_picture(noisy, POINTS)))


def test_white_paper_has_no_text():
    reading = read_picture(np.full((600, 400, 3), 255, np.uint8), POINTS)
    assert (reading.pieces, reading.has_words) == ((), False)


def test_blanks_to_fill_in_are_kept():
    picture = printed(top=210, bottom=260)
    line = next(piece for piece in read_picture(picture, POINTS).pieces if "课标第一学段" in piece.text)
    foot = int(picture.shape[0] - line.bottom / POINTS)
    top, start, end = int(foot - line.height / POINTS), 500, 620
    picture[top - 4 : foot + 4, start:end] = 255
    picture[foot - 4 : foot - 2, start:end] = 0
    pieces = [piece for piece in read_picture(picture, POINTS).pieces if abs(piece.y - line.y) < line.height / 2]
    assert [piece.text == "____" for piece in sorted(pieces, key=lambda piece: piece.left)] == [False, True, False]


def test_marks_among_ideographs_are_wide_and_brackets_match():
    assert ocr._punctuated("生2:用时3:20,对吗?（1)班") == "生2：用时3:20，对吗？（1）班"
    assert ocr._punctuated("口算:(-3)+5,再画图(两种）") == "口算：(-3)+5，再画图（两种）"
    assert ocr._punctuated("read, then (write): why?") == "read, then (write): why?"


def test_small_type_of_the_page_is_not_taken_for_headings():
    body = [
        Piece("长方形的面积等于长乘宽这是本单元最重要的结论", 70, 270, 100 - 20 * n, 110 - 20 * n) for n in range(4)
    ]
    short, title = Piece("解：", 70, 93, 200, 213), Piece("教学目标", 70, 130, 220, 235)
    evened = ocr._even([*body, short, title])
    assert evened[4].height == evened[0].height
    assert evened[5].height > 1.3 * evened[0].height


def test_a_scanned_pdf_reads_like_the_printed_one(tmp_path):
    pages = []
    found = partition(
        pictures_pdf(tmp_path / "scan.pdf", [printed(bottom=300), printed(top=540, bottom=760)]),
        IngestSettings(),
        on_page=pages.append,
    )
    assert ("heading", "".join(found[0].text.split())) == ("heading", TITLE)
    table = next(one for one in found if one.kind == "table")
    assert "教材 | 人教版二年级上册第六单元《表内乘法（二" in table.text  # the cell has two lines
    paragraph = next(one for one in found if one.text.startswith("2022"))
    assert paragraph.kind == "text"
    assert "".join(paragraph.text.split()).endswith("记不住的会自己推。")
    assert page_count(found) == 2
    assert pages == [1, 2]


def test_in_a_mixed_pdf_only_the_pictures_are_read(tmp_path, monkeypatch):
    read = []
    monkeypatch.setattr("ingest.partition.pdf.read_picture", lambda *page: read.append(page) or read_picture(*page))
    found = partition(pictures_pdf(tmp_path / "mixed.pdf", [printed(bottom=120)], words=[3]), IngestSettings())
    assert [one.locator.page for one in found if "乘法口诀" in one.text][-1] == 2
    assert found[0].text == "九、教学反思"
    assert len(read) == 1


def test_with_reading_switched_off_a_scan_is_refused(tmp_path):
    with pytest.raises(SourceError, match="2 页里有 2 页没有文字") as caught:
        partition(pictures_pdf(tmp_path / "scan.pdf", [printed(bottom=120)] * 2), IngestSettings(ocr=False))
    assert caught.value.code == "IN-12"


def test_a_page_that_is_hard_to_read_says_so(tmp_path):
    clear = printed()
    coarse = cv2.resize(clear, None, fx=0.17, fy=0.17, interpolation=cv2.INTER_AREA)
    rough = cv2.resize(coarse, clear.shape[1::-1])
    found = partition(pictures_pdf(tmp_path / "rough.pdf", [clear, rough]), IngestSettings())
    assert [(one.locator.page, one.text == DOUBT) for one in found if one.kind == "note"] == [(2, True)]


def test_without_its_models_the_engine_says_so_and_downloads_nothing(monkeypatch):
    monkeypatch.setattr(ocr, "_engine", None)
    monkeypatch.setattr(ocr, "MODELS", {**ocr.MODELS, "Rec": "PP-OCRv9_rec_huge.onnx"})
    with pytest.raises(SourceError, match="模型不完整") as caught:
        read_picture(printed(bottom=120), POINTS)
    assert caught.value.code == "IN-12"


def test_threads_take_turns():
    found, picture = [], printed(bottom=90)
    threads = [threading.Thread(target=lambda: found.append(words(read_picture(picture, POINTS)))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [[TITLE]] * 3
