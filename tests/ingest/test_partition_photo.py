"""Picture files: formats, turned cameras, several pages, and what is refused."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from ingest.errors import SourceError
from ingest.partition import page_count, partition, photo
from ingest.partition.ocr import Reading
from ingest.settings import IngestSettings
from tests.ingest.pictures import printed

TITLE = "《7的乘法口诀》教案"


@pytest.fixture(scope="module")
def title():
    return Image.fromarray(printed(top=40, bottom=95)).crop((400, 0, 1250, 153))


def code_of(path, settings=None):
    with pytest.raises(SourceError) as caught:
        partition(path, settings or IngestSettings())
    assert caught.value.message.endswith("。")
    return caught.value.code


def first(path, **kwargs):
    return "".join(partition(path, IngestSettings(), **kwargs)[0].text.split())


@pytest.mark.parametrize("suffix", [".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"])
def test_every_kind_of_picture_is_read(tmp_path, title, suffix):
    title.save(tmp_path / f"a{suffix}")
    [element] = partition(tmp_path / f"a{suffix}", IngestSettings())
    assert "".join(element.text.split()) == TITLE
    assert element.locator.page is None  # a photograph has no pages


@pytest.mark.parametrize(
    "mode",
    ["L", "1", "P", "CMYK", "I;16", "RGBA"],
)
def test_every_colour_mode_is_read(tmp_path, title, mode):
    if mode == "I;16":
        picture = Image.fromarray(np.asarray(title.convert("L"), np.uint16) * 257)
    elif mode == "RGBA":  # black on nothing
        ink = 255 - np.asarray(title.convert("L"))
        picture = Image.fromarray(np.dstack([np.zeros((*ink.shape, 3), np.uint8), ink]))
    else:
        picture = title.convert(mode)
    path = tmp_path / ("a.tif" if mode == "CMYK" else "a.png")
    picture.save(path)
    assert first(path) == TITLE


def test_a_picture_with_another_pictures_name_is_read(tmp_path, title):
    title.save(tmp_path / "a.png", "JPEG")
    assert first(tmp_path / "a.png") == TITLE


def test_the_way_the_camera_was_held_counts(tmp_path, title):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter with the clock
    title.rotate(90, expand=True).save(tmp_path / "a.jpg", exif=exif)
    assert first(tmp_path / "a.jpg") == TITLE


def test_pages_of_a_tiff_are_pages(tmp_path, title):
    pages = []
    other = Image.fromarray(printed(top=210, bottom=235))
    title.save(tmp_path / "a.tiff", save_all=True, append_images=[other])
    found = partition(tmp_path / "a.tiff", IngestSettings(), on_page=pages.append)
    assert [one.locator.page for one in found] == [1, 2]
    assert "课标依据" in found[1].text
    assert (page_count(found), pages) == (2, [1, 2])


def test_a_long_screenshot_is_read_sheet_by_sheet(tmp_path, title):
    pages = []
    long = Image.new("RGB", (title.width, 3200), "white")
    for top in range(0, 3000, 400):
        long.paste(title, (0, top))
    long.save(tmp_path / "a.png")
    found = partition(tmp_path / "a.png", IngestSettings(), on_page=pages.append)
    assert "".join("".join(one.text.split()) for one in found) == TITLE * 8
    assert pages == list(range(1, len(pages) + 1))
    assert len(pages) > 1


def test_a_picture_without_words(tmp_path):
    Image.new("RGB", (900, 700), "lightblue").save(tmp_path / "a.png")
    assert code_of(tmp_path / "a.png") == "IN-12"


def test_with_reading_switched_off(tmp_path, title):
    title.save(tmp_path / "a.png")
    assert code_of(tmp_path / "a.png", IngestSettings(ocr=False)) == "IN-12"


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".bmp", ".webp", ".tif"])
def test_a_picture_cut_off(tmp_path, title, suffix):
    title.save(tmp_path / f"whole{suffix}")
    body = (tmp_path / f"whole{suffix}").read_bytes()
    for share in (0.1, 0.6):
        (tmp_path / f"a{suffix}").write_bytes(body[: int(len(body) * share)])
        assert code_of(tmp_path / f"a{suffix}") == "IN-08"


def test_damaged_pictures_end_with_a_code(tmp_path, title, monkeypatch):
    monkeypatch.setattr(photo, "read_picture", lambda *_: Reading((), (), 0.0))
    title.save(tmp_path / "whole.tif")
    body = (tmp_path / "whole.tif").read_bytes()
    random = np.random.default_rng(3)
    codes = set()
    for trial in range(100):
        broken = bytearray(body)
        for place in (*random.integers(4, 200, 6), *random.integers(len(body) - 300, len(body), 20)):
            broken[place] = random.integers(256)
        path = tmp_path / f"{trial}.tif"
        path.write_bytes(broken)
        codes.add(code_of(path))
    assert codes <= {"IN-08", "IN-12", "IN-18"}
    assert "IN-08" in codes


def png_of(width, height):
    """Write the head of a PNG that says it is very large, and almost nothing of it."""

    def part(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(b"\0" * 1000)) + part(b"IEND", b"")


@pytest.mark.parametrize("size", [(12_000, 11_000), (60_000, 60_000)])
def test_a_bomb_is_not_unpacked(tmp_path, size):
    (tmp_path / "a.png").write_bytes(png_of(*size))
    assert code_of(tmp_path / "a.png") == "IN-18"


def test_a_tiff_of_too_many_pages(tmp_path, title, monkeypatch):
    monkeypatch.setattr(photo, "MOST_PAGES", 1)
    title.save(tmp_path / "a.tif", save_all=True, append_images=[title])
    assert code_of(tmp_path / "a.tif") == "IN-18"


@pytest.mark.parametrize(
    ("name", "body", "code"),
    [
        ("a.jpg", b"", "IN-01"),
        ("a.jpg", "面积".encode(), "IN-06"),
        ("a.png", b"%PDF-1.7\n", "IN-06"),
        ("a.png", b"\0\1\2\3" * 100, "IN-08"),
        ("a.jpg", b"\0\0\0\x18ftypheic\0\0\0\0", "IN-06"),
        ("a.pdf", b"\xff\xd8\xff\xe0\0\x10JFIF", "IN-06"),
        ("a.gif", b"GIF89a", "IN-04"),
    ],
)
def test_what_is_no_picture(tmp_path, name, body, code):
    (tmp_path / name).write_bytes(body)
    assert code_of(tmp_path / name) == code


def test_very_long_and_very_thin_pictures_end(tmp_path):
    for at, size in enumerate([(20_000, 3), (1, 1), (5, 9000)]):
        Image.new("RGB", size, "white").save(tmp_path / f"{at}.png")
        assert code_of(tmp_path / f"{at}.png") == "IN-12"
