"""Photographs and scans in picture files, through Pillow; their text is read by `ocr`."""

from __future__ import annotations

import struct
import threading
import warnings
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from ingest.document import Locator
from ingest.partition.failures import DAMAGE, failure
from ingest.partition.ocr import LONGEST_SIDE, read_picture
from ingest.partition.page import PageText, page_elements, page_lines

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from ingest.document import Element

    Picture = NDArray[np.uint8]

_LOCK = threading.Lock()  # warnings are switched for the whole process
_DAMAGE: tuple[type[Exception], ...] = (*DAMAGE, struct.error, MemoryError)
MOST_PIXELS = 120_000_000  # of one picture; the largest telephones make 108 million
MOST_PAGES = 500  # of one TIFF file
SHORT_SIDE, LONG_SIDE = 595.0, 842.0  # points of a sheet of A4, which most pictures show
NARROWEST_SHOT = 300  # pixels
LONG_SHOT = 2.5  # times as high as wide: a screenshot of a telephone, scrolled
SHORTEST_SIDE = 1200  # pixels of the longer side: smaller pictures are enlarged to it


def read_photo(
    path: Path, max_characters: int, *, ocr: bool = True, on_page: Callable[[int], None] = lambda _: None
) -> list[Element]:
    """Read a picture file; only those of several pages have page numbers.

    Raises:
        SourceError: IN-08 damaged, IN-10 too long, IN-12 without text that can be read, IN-18 too large to open.

    """
    from PIL import Image

    if not ocr:
        raise failure("IN-12", detail="文字识别已在设置里关闭")
    with _LOCK, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of large pictures and odd tags; limits are checked below
        try:
            with Image.open(path) as image:
                count = (
                    getattr(image, "n_frames", 1) if image.format == "TIFF" else 1
                )  # elsewhere they are an animation
                if count > MOST_PAGES:
                    raise failure("IN-18", detail=f"有 {count} 页")
                pages: list[PageText] = []
                for number in range(count):
                    image.seek(number)
                    for sheet in _sheets(_upright(image)):
                        pages.append(_read(sheet, len(pages) + 1))
                        on_page(len(pages))
        except Image.DecompressionBombError as error:
            raise failure("IN-18", detail="图片尺寸过大") from error
        except _DAMAGE as error:
            raise failure("IN-08") from error
    if sum(len(line.text) for page in pages for line in page.lines) > max_characters:
        raise failure("IN-10", limit=max_characters)
    if not any(page.lines for page in pages):
        raise failure("IN-12", detail=f"{count} 页都没有文字" if count > 1 else "图片里没有文字")
    elements = page_elements(pages)
    return elements if count > 1 else [replace(element, locator=Locator()) for element in elements]


def _read(picture: Picture, number: int) -> PageText:
    height, width = picture.shape[:2]
    reading = read_picture(picture, (SHORT_SIDE if width <= height else LONG_SIDE) / width)
    if not reading.has_words:
        return PageText([], pictured=True)
    lines = page_lines([[piece] for piece in reading.pieces], reading.tables, number, in_order=False)
    return PageText(lines, reading.confidence, pictured=True)


def _sheets(picture: Picture) -> list[Picture]:
    """Cut a long screenshot to sheets, each where the picture is plainest."""
    import numpy as np

    height, width = picture.shape[:2]
    if height <= LONG_SHOT * width or width < NARROWEST_SHOT:
        return [picture]
    plain = picture.astype(np.float32).std(axis=(1, 2))
    cuts = [0]
    while height - cuts[-1] > LONG_SHOT * width:
        first, last = cuts[-1] + width, cuts[-1] + 3 * width // 2
        cuts.append(first + int(np.argmin(plain[first:last])))
    return [picture[top:bottom] for top, bottom in pairwise([*cuts, height])]


def _upright(image: Any) -> Picture:
    """Return the picture as the camera was held, on white paper where it is transparent, of a size that reads well."""
    import numpy as np
    from PIL import Image, ImageOps

    if image.width * image.height > MOST_PIXELS:
        raise failure("IN-18", detail=f"图片有 {image.width} × {image.height} 像素")
    image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # JPEG unpacks to a smaller picture, not much below this
    picture = ImageOps.exif_transpose(image)
    if picture.mode.startswith(("I", "F")):  # deep grey: Pillow would cut it off at 255
        deep = np.asarray(picture, np.float32)
        picture = Image.fromarray(((deep - deep.min()) * (255 / max(float(np.ptp(deep)), 1.0))).astype(np.uint8))
    clear = picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info
    picture = picture.convert("RGBA" if clear else "RGB")
    longer = min(max(picture.size), 3 * picture.width // 2)  # a long screenshot is as large as it is wide
    factor = max(min(1.0, LONGEST_SIDE / longer), SHORTEST_SIDE / max(picture.size))
    if factor != 1.0:
        size = (max(1, round(picture.width * factor)), max(1, round(picture.height * factor)))
        picture = picture.resize(size, Image.Resampling.LANCZOS)
    if clear:
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("RGB")
    return np.asarray(picture, np.uint8)
