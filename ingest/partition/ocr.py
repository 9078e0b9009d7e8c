"""Text of pictures of pages, through RapidOCR: turned upright, set straight, every line with its place."""

from __future__ import annotations

import math
import os
import re
import statistics
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.environment import prepare_environment
from ingest.partition.columns import Piece
from ingest.partition.failures import failure
from ingest.partition.grid import BLANK, GRID_SCALE, Blank, Table, find_rules

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]
    Points = NDArray[np.float32]

LONGEST_SIDE = 3400  # pixels; an A3 sheet at 200 dpi
FIND_SCALE = 1.5  # pixels a point at which lines are looked for: four times as fast as at 3, and as good
LOWEST_LINE = 13  # pixels; lines found lower than that are looked for again on the whole picture
SMALLEST = 64  # pixels
SURE = 0.5  # lines read with less confidence are stains and drawings
MODELS = {
    "Det": "PP-OCRv6_det_small.onnx",
    "Rec": "PP-OCRv6_rec_small.onnx",
    "Cls": "ch_ppocr_mobile_v2.0_cls_mobile.onnx",
}
WIDE = 3.0  # times as long as high: long enough to tell how a line runs
TALL = 1.5  # times as high as long
VOTERS = 32  # lines that are asked whether the page stands on its head
SKEW = 0.05  # degrees that do not matter
SMOOTH = 0.045  # of a line's height, the radius it is smoothed by: halves the errors of noisy pages, harms no clean one
SMOOTHEST = 3.0  # pixels
SAME_TYPE = 0.2  # lines that much smaller or larger than the page's type are set in it
SHORT = 0.35  # characters by which the box of a line is too wide

_NARROW = re.compile(r"(?<=[\u4e00-\u9fff”』」》）])[,:;!?]|[,:;!?](?=[\u4e00-\u9fff“『「《（])")
_WIDE = str.maketrans(",:;!?", "，：；！？")
_BRACKETS = re.compile(r"[（(]([^（）()]*)[）)]")

_lock = threading.Lock()  # one picture at a time: the engine's memory is 0.8 GB
_engine: Any = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What stands on a picture: pieces and tables in points, and the mean confidence of its characters, 0 to 1."""

    pieces: tuple[Piece, ...]
    tables: tuple[Table, ...]
    confidence: float

    @property
    def has_words(self) -> bool:
        """Tell whether more than marks and dashes was read."""
        return any(one.isalnum() for piece in self.pieces for one in piece.text)


def read_picture(picture: Picture, points: float) -> Reading:
    """Read a picture of a page.

    Args:
        picture: height × width × 3, red first.
        points: points a pixel.

    Raises:
        SourceError: IN-12 when the models are not installed.

    """
    import numpy as np

    with _lock:
        engine = _open_engine()
        bgr = _framed(picture[:, :, ::-1])
        quads = _find(engine, bgr, FIND_SCALE * points)
        if len(quads) and _lies(quads):
            bgr = np.ascontiguousarray(np.rot90(bgr))
            quads = _find(engine, bgr, FIND_SCALE * points)
        if not len(quads):
            return Reading((), (), 0.0)
        bgr, quads = _straight(*_on_feet(engine, bgr, quads))
        rules = find_rules(_gray(bgr, GRID_SCALE * points), GRID_SCALE)
        quads, blanks = _around_blanks(quads, rules.blanks, len(bgr), points)
        texts = _recognise(engine, bgr, quads)
    places = [_place(quad, len(bgr), points) for quad in quads]
    pieces = [
        Piece(_punctuated(text.strip()), *place)
        for place, (text, score) in zip(places, texts, strict=True)
        if score >= SURE and text.strip()
    ]
    characters = sum(len(text) for text, _ in texts)
    confidence = sum(len(text) * score for text, score in texts) / max(characters, 1)
    return Reading((*_even(pieces), *blanks), rules.tables, confidence)


def _framed(bgr: Picture) -> Picture:
    """Put a very low or narrow picture on white paper: the engine wants some pixels to look at."""
    import numpy as np

    height, width = bgr.shape[:2]
    framed = np.full((max(height, SMALLEST), max(width, SMALLEST), 3), 255, np.uint8)
    framed[:height, :width] = bgr
    return framed


def _open_engine() -> Any:
    """Open the engine once; the models' own paths keep it from ever downloading."""
    global _engine  # noqa: PLW0603  (loading takes a second and 0.2 GB: one for the process)
    if _engine is None:
        prepare_environment()
        try:
            import rapidocr
        except ImportError as error:
            raise failure("IN-12", detail="本机没有装好文字识别程序") from error
        folder = Path(rapidocr.__file__).parent / "models"
        if not all((folder / name).is_file() for name in MODELS.values()):
            raise failure("IN-12", detail="本机的文字识别模型不完整")
        threads = 2 if (os.cpu_count() or 1) > 2 else 1
        _engine = rapidocr.RapidOCR(
            params={
                "Global.log_level": "critical",
                "EngineConfig.onnxruntime.intra_op_num_threads": threads,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
                "Global.use_vertical_padding": False,
                "Det.limit_type": "max",  # its own way enlarges narrow pictures until their letters are too large
                "Det.limit_side_len": 2 * LONGEST_SIDE,
                **{f"{part}.model_path": str(folder / name) for part, name in MODELS.items()},
            }
        )
    return _engine


def _find(engine: Any, bgr: Picture, scale: float) -> Points:
    """Return the corners of each line, n × 4 × 2, from the upper left one clockwise; on a smaller picture if it does."""
    import cv2
    import numpy as np

    if scale >= 1:
        return _detect(engine, bgr)
    small = cv2.resize(bgr, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    quads = _detect(engine, small)
    if len(quads) and float(np.median(np.minimum(*_sizes(quads)))) < LOWEST_LINE:
        return _detect(engine, bgr)  # small print, or a sheet larger than thought
    return quads / scale


def _detect(engine: Any, bgr: Picture) -> Points:
    import numpy as np
    from rapidocr.main import RapidOCRError

    try:
        _, found = engine.detect_and_crop(bgr, {})
    except RapidOCRError:  # it found no line
        return np.zeros((0, 4, 2), np.float32)
    return np.asarray(found.boxes, np.float32)


def _lies(quads: Points) -> bool:
    """Tell whether most lines run up or down: the page lies on its side."""
    widths, heights = _sizes(quads)
    areas = widths * heights
    return bool(areas[heights > TALL * widths].sum() > 0.5 * areas.sum())


def _on_feet(engine: Any, bgr: Picture, quads: Points) -> tuple[Picture, Points]:
    """Turn the page by 180 degrees when most of its longest lines stand on their heads."""
    import numpy as np

    widths, heights = _sizes(quads)
    wide = [int(index) for index in np.argsort(-widths) if widths[index] > WIDE * heights[index]][:VOTERS]
    if not wide:
        return bgr, quads
    _, found = engine.cls_and_rotate([_cut(bgr, quads[index]) for index in wide])
    if sum(score if label == "180" else -score for label, score in found.cls_res) <= 0:
        return bgr, quads
    turned = np.array([bgr.shape[1], bgr.shape[0]], np.float32) - quads
    return np.ascontiguousarray(bgr[::-1, ::-1]), np.ascontiguousarray(turned[:, [2, 3, 0, 1]])


def _sizes(quads: Points) -> tuple[Any, Any]:
    import numpy as np

    return (
        np.linalg.norm(quads[:, 1] - quads[:, 0], axis=1),
        np.linalg.norm(quads[:, 3] - quads[:, 0], axis=1).clip(min=1),
    )


def _cut(bgr: Picture, quad: Points) -> Picture:
    """Return a line as a straight picture of its own, without the grain of scanners and cameras."""
    import cv2
    import numpy as np

    width = max(int(np.linalg.norm(quad[0] - quad[1])), int(np.linalg.norm(quad[2] - quad[3])), 1)
    height = max(int(np.linalg.norm(quad[0] - quad[3])), int(np.linalg.norm(quad[1] - quad[2])), 1)
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(quad, corners)
    crop = cv2.warpPerspective(bgr, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.GaussianBlur(crop, (0, 0), min(SMOOTH * min(width, height), SMOOTHEST)), np.uint8)


def _recognise(engine: Any, bgr: Picture, quads: Points) -> list[tuple[str, float]]:
    """Return text and confidence of each line; a tall one may be a narrow digit or stand on its side: the surer wins."""
    import numpy as np

    crops = [_cut(bgr, quad) for quad in quads]
    tall = [index for index, crop in enumerate(crops) if crop.shape[0] > TALL * crop.shape[1]]
    found = engine.recognize_txt([*crops, *(np.rot90(crops[index]) for index in tall)])
    read = list(zip(found.txts, (float(score) for score in found.scores), strict=True))
    texts = read[: len(crops)]
    for index, other in zip(tall, read[len(crops) :], strict=True):
        texts[index] = max(texts[index], other, key=lambda one: one[1])
    return texts


def _straight(bgr: Picture, quads: Points) -> tuple[Picture, Points]:
    """Turn the page by the angle most of its lines run at."""
    import cv2
    import numpy as np

    widths, heights = _sizes(quads)
    wide = quads[widths > WIDE * heights]
    if not len(wide):
        return bgr, quads
    slopes = [math.degrees(math.atan2(y, x)) for x, y in (wide[:, 1] + wide[:, 2] - wide[:, 0] - wide[:, 3])]
    angle = statistics.median(slopes)
    if abs(angle) < SKEW:
        return bgr, quads
    height, width = bgr.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    cos, sin = abs(matrix[0, 0]), abs(matrix[0, 1])
    size = math.ceil(height * sin + width * cos), math.ceil(height * cos + width * sin)
    matrix[:, 2] += (size[0] - width) / 2, (size[1] - height) / 2
    turned = cv2.warpAffine(bgr, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(turned, np.uint8), np.asarray(cv2.transform(quads, matrix), np.float32)


def _gray(bgr: Picture, scale: float) -> Picture:
    import cv2
    import numpy as np

    smoothing = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(
        cv2.cvtColor(cv2.resize(bgr, None, fx=scale, fy=scale, interpolation=smoothing), cv2.COLOR_BGR2GRAY), np.uint8
    )


def _place(quad: Points, height: int, points: float) -> tuple[float, float, float, float]:
    """Return left, right, bottom and top of a line in points."""
    left, right = (quad[0] + quad[3])[0] / 2, (quad[1] + quad[2])[0] / 2
    top, bottom = (quad[0] + quad[1])[1] / 2, (quad[2] + quad[3])[1] / 2
    return (
        float(left) * points,
        float(right) * points,
        float(height - bottom) * points,
        float(height - top) * points,
    )


def _around_blanks(quads: Points, blanks: Sequence[Blank], height: int, points: float) -> tuple[Points, list[Piece]]:
    """Cut lines at the blanks in them, which recognition drops; return the cut lines and a piece for each blank."""
    import numpy as np

    found: dict[Blank, Piece] = {}
    cut = []
    for quad in quads:
        left, right, bottom, top = _place(quad, height, points)
        reach = top - bottom
        holes = [
            blank
            for blank in blanks
            if blank.is_in_line(bottom, top) and left - reach < blank.right and blank.left < right + reach
        ]
        for blank in holes:
            found.setdefault(blank, Piece(BLANK, blank.left, blank.right, bottom, top))
        edges = [
            left,
            *(edge for blank in sorted(holes, key=lambda one: one.left) for edge in (blank.left, blank.right)),
            right,
        ]
        for start, end in zip(edges[::2], edges[1::2], strict=True):
            if end - start > 0.3 * reach or not holes:
                first, last = ((edge - left) / max(right - left, 1.0) for edge in (start, end))
                over, under = quad[1] - quad[0], quad[2] - quad[3]
                cut.append(
                    [quad[0] + first * over, quad[0] + last * over, quad[3] + last * under, quad[3] + first * under]
                )
    return np.asarray(cut, np.float32).reshape(-1, 4, 2), list(found.values())


def _punctuated(text: str) -> str:
    """Give marks among ideographs their full width, which recognition often halves, and brackets one width a pair."""
    text = _NARROW.sub(lambda match: match[0].translate(_WIDE), text)
    return _BRACKETS.sub(
        lambda match: f"（{match[1]}）" if match[0][0] == "（" or _is_chinese(match[1]) else f"({match[1]})", text
    )


def _is_chinese(text: str) -> bool:
    return any("\u4e00" <= one <= "\u9fff" for one in text)


def _even(pieces: Sequence[Piece]) -> list[Piece]:
    """Give all lines set in the page's type one height: a box is higher or lower by the letters in it."""
    if not pieces:
        return []
    usual = statistics.median(piece.height for piece in pieces for _ in piece.text)
    wide = statistics.median((piece.right - piece.left) / _ems(piece.text) for piece in pieces for _ in piece.text)
    evened = []
    for piece in pieces:
        ems = _ems(piece.text)
        size = min(piece.height / usual, (piece.right - piece.left) / ems / wide)
        alike = 1 - SAME_TYPE < size < 1 + SAME_TYPE + SHORT / ems
        height = usual if alike else usual * size
        evened.append(replace(piece, bottom=piece.y - height / 2, top=piece.y + height / 2))
    return evened


def _ems(text: str) -> float:
    """Return about how wide a text is set: letters are half as wide as ideographs."""
    return sum(1.0 if one > "\u2e7f" else 0.5 for one in text)
