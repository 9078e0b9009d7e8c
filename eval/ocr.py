"""Character error rate of what is read from pictures of pages, clean and disturbed.

    python -m eval.ocr --json [--limit N]

Every page of the sample library's PDFs, and of a few of its Word files where LibreOffice is there to turn them to PDF,
is drawn at 300 dpi, written as a PNG, and read by `partition` as any picture is; so are pages that were skewed, blurred
and so on (`disturbances`). What comes back is compared with the page's text layer, in the order of both: the rate is
the edit distance (insertions, deletions and changes of a character) over the length of the text layer.

Before that both sides lose white space, "|" (which `partition` puts between cells) and characters for private use
(bullets of symbol fonts, which have no shape of their own); a blank to fill in is one "_" however long; and both are
brought to NFKC, where ： and : or ＋ and + are one, because print hardly shows which was typed. `strict` is the same rate
without NFKC. The aims are 2 % for clean pages and 8 % for each kind of disturbed ones.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections import defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.environment import prepare_environment
from ingest.errors import SourceError
from ingest.settings import IngestSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]

CORPUS = Path(__file__).resolve().parents[1] / "corpus"
DPI = 300
CLEAN_AIM, DISTURBED_AIM = 0.02, 0.08
ANGLES = (3.0, -4.0, 5.0, -6.0, 7.0)


@dataclass(frozen=True, slots=True)
class PageRate:
    """What was measured on one picture: edits beside characters, and the seconds it took, in all and of a processor."""

    document: str
    page: int
    kind: str
    characters: int
    edits: int
    strict_edits: int
    seconds: float
    cpu_seconds: float

    @property
    def rate(self) -> float:
        """Return the character error rate."""
        return self.edits / max(self.characters, 1)


def distance(first: str, second: str) -> int:
    """Return the edit distance, a column of the table at a time as the bits of one number (Myers 1999, Hyyrö 2003)."""
    if not first:
        return len(second)
    places: defaultdict[str, int] = defaultdict(int)
    for index, one in enumerate(first):
        places[one] |= 1 << index
    every, last = (1 << len(first)) - 1, 1 << (len(first) - 1)
    up, down, score = every, 0, len(first)
    for one in second:
        same = places.get(one, 0)
        diagonal = (((same & up) + up) ^ up) | same | down
        right, left = down | ~(diagonal | up) & every, up & diagonal
        score += bool(right & last) - bool(left & last)
        right = right << 1 | 1
        up, down = (left << 1 | ~(diagonal | right)) & every, right & diagonal & every
    return score


def comparable(text: str, *, strict: bool = False) -> str:
    """Return a text without what print does not show."""
    folded = re.sub("_+", "_", text if strict else unicodedata.normalize("NFKC", text))
    return "".join(one for one in folded if not one.isspace() and one != "|" and unicodedata.category(one) != "Co")


def disturbances() -> dict[str, Callable[[Picture, int], Picture]]:
    """Return what is done to a picture, by name; the number makes pages differ, and is the same in every run."""
    import cv2
    import numpy as np

    def skewed(picture: Picture, number: int) -> Picture:
        height, width = picture.shape
        angle = ANGLES[number % len(ANGLES)]
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
        cos, sin = abs(matrix[0, 0]), abs(matrix[0, 1])
        size = int(height * sin + width * cos), int(height * cos + width * sin)
        matrix[:, 2] += (size[0] - width) / 2, (size[1] - height) / 2
        return np.asarray(cv2.warpAffine(picture, matrix, size, flags=cv2.INTER_CUBIC, borderValue=255), np.uint8)

    def noisy(picture: Picture, number: int) -> Picture:
        noise = np.random.default_rng(number).normal(0, 25, picture.shape)
        return (picture + noise).clip(0, 255).astype(np.uint8)

    def blurred(picture: Picture, _: int) -> Picture:
        return np.asarray(cv2.GaussianBlur(picture, (0, 0), 2.5), np.uint8)

    def jpeg(picture: Picture, _: int) -> Picture:
        packed = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 40])[1]
        return np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), np.uint8)

    def shadowed(picture: Picture, _: int) -> Picture:
        height, width = picture.shape
        light = np.linspace(1.0, 0.6, width)[None, :] * np.linspace(1.0, 0.6, height)[:, None]
        return (picture * light).astype(np.uint8)

    def upside_down(picture: Picture, _: int) -> Picture:
        return np.ascontiguousarray(picture[::-1, ::-1])

    def photographed(picture: Picture, number: int) -> Picture:
        return jpeg(noisy(shadowed(blurred(skewed(picture, number), number), number), number), number)

    return {
        "clean": lambda picture, _: picture,
        "skewed": skewed,
        "noisy": noisy,
        "blurred": blurred,
        "jpeg": jpeg,
        "shadowed": shadowed,
        "upside_down": upside_down,
        "photographed": photographed,
    }


def measure(path: Path, limit: int, kinds: Sequence[str]) -> Iterator[PageRate]:
    """Read the pages of a PDF that has a text layer as pictures, each in every kind."""
    import cv2
    import numpy as np

    from ingest.partition import partition
    from ingest.partition.ocr import read_picture

    read_picture(np.full((64, 64, 3), 255, np.uint8), 1.0)  # opens the engine: its second is no page's
    settings = IngestSettings()
    done = disturbances()
    for number, (picture, text) in enumerate(_pages(path, limit), start=1):
        for kind in kinds:
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / "page.png"
                file.write_bytes(cv2.imencode(".png", done[kind](picture, number))[1].tobytes())
                began, worked = time.monotonic(), time.process_time()
                try:
                    found = "".join(element.text for element in partition(file, settings) if element.kind != "note")
                except SourceError:
                    found = ""  # every character is missing
                seconds, cpu = round(time.monotonic() - began, 2), round(time.process_time() - worked, 2)
            edits, strict = (
                distance(comparable(text, strict=strict), comparable(found, strict=strict)) for strict in (False, True)
            )
            yield PageRate(path.name, number, kind, len(comparable(text)), edits, strict, seconds, cpu)


def converted(folder: Path, most: int) -> list[Path]:
    """Turn the first Word files of the sample library to PDF with LibreOffice; none when it is not installed."""
    office = shutil.which("soffice")
    if office is None or not most:
        return []
    files = sorted(CORPUS.rglob("*.docx"))[:most]
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [office, profile, "--headless", "--convert-to", "pdf", "--outdir", str(folder), *map(str, files)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)  # noqa: S603  (our own files)
    return sorted(folder.glob("*.pdf"))


def _pages(path: Path, limit: int) -> Iterator[tuple[Picture, str]]:
    import numpy as np
    import pypdfium2 as pdfium

    document = pdfium.PdfDocument(path)
    for number in range(min(len(document), limit)):
        page = document[number]
        text = _text_layer(page.get_textpage())
        if comparable(text):
            yield np.ascontiguousarray(page.render(scale=DPI / 72, grayscale=True).to_numpy()), text
    document.close()


def _text_layer(text_page: Any) -> str:  # noqa: ANN401  (PDFium has no types)
    """Return the text layer, the characters of each line from left to right: marks of another font are written last."""
    text = text_page.get_text_range()
    if len(text) != text_page.count_chars():
        return str(text)
    lines, start = [], 0
    for line in text.splitlines(keepends=True):
        boxes = {index: text_page.get_charbox(start + index) for index, one in enumerate(line) if not one.isspace()}
        middles = [box[1] + box[3] for box in boxes.values()]
        level = not boxes or max(middles) - min(middles) < 2 * max(box[3] - box[1] for box in boxes.values())
        lines.append("".join(line[index] for index in sorted(boxes, key=lambda at: boxes[at][0])) if level else line)
        start += len(line)
    return "".join(lines)


def summary(rates: Sequence[PageRate]) -> dict[str, Any]:
    """Return the totals of each kind, whether the aims are met, and the rows."""
    kinds = {}
    for kind in dict.fromkeys(rate.kind for rate in rates):
        rows = [rate for rate in rates if rate.kind == kind]
        characters = max(sum(row.characters for row in rows), 1)
        kinds[kind] = {
            "pages": len(rows),
            "rate": round(sum(row.edits for row in rows) / characters, 5),
            "strict": round(sum(row.strict_edits for row in rows) / characters, 5),
            "worst": round(max(row.rate for row in rows), 5),
            "seconds": round(sum(row.seconds for row in rows) / len(rows), 2),
            "cpu_seconds": round(sum(row.cpu_seconds for row in rows) / len(rows), 2),
        }
    aims = {kind: found["rate"] < (CLEAN_AIM if kind == "clean" else DISTURBED_AIM) for kind, found in kinds.items()}
    return {
        "kinds": kinds,
        "aims_met": all(aims.values()),
        "pages": [{**asdict(rate), "rate": round(rate.rate, 5)} for rate in rates],
    }


def main() -> None:
    """Print the rates."""
    parser = argparse.ArgumentParser(prog="python -m eval.ocr")
    parser.add_argument("--json", action="store_true", help="只输出 JSON")
    parser.add_argument("--limit", type=int, default=1000, help="每份 PDF 最多读几页")
    parser.add_argument("--kinds", nargs="+", choices=tuple(disturbances()), default=tuple(disturbances()))
    parser.add_argument("--word", type=int, default=3, help="有 LibreOffice 时另转几份 Word 教案")
    parser.add_argument("paths", nargs="*", type=Path, help="有文字层的 PDF；不写就是示例资料库里的")
    options = parser.parse_args()
    rates = []
    with tempfile.TemporaryDirectory() as folder:
        paths = options.paths or [*sorted(CORPUS.rglob("*.pdf")), *converted(Path(folder), options.word)]
        for rate in (rate for path in paths for rate in measure(path, options.limit, options.kinds)):
            rates.append(rate)
            if not options.json:
                sys.stdout.write(f"{rate.document} 第{rate.page}页 {rate.kind} {rate.rate:.2%} {rate.seconds:.1f} 秒\n")
    result = summary(rates)
    if options.json:
        sys.stdout.write(json.dumps(result, ensure_ascii=False, indent=1) + "\n")
        return
    for kind, found in result["kinds"].items():
        sys.stdout.write(
            f"{kind}：{found['pages']} 页，错字率 {found['rate']:.2%}（最差一页 {found['worst']:.2%}），每页 {found['seconds']} 秒\n"
        )


if __name__ == "__main__":
    prepare_environment()
    main()
