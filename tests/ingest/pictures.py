"""Pictures of printed Chinese, drawn from a PDF of the sample library, and PDFs made of pictures."""

from pathlib import Path

import numpy as np
import pypdfium2 as pdfium

PRINTED = next((Path(__file__).parents[2] / "corpus").rglob("*7的乘法口诀*.pdf"))
POINTS = 72 / 200  # a pixel of these pictures


def printed(top=50, bottom=250, page=0, dpi=200):
    """Return the stretch of a page between two heights, in points from its top, as a picture."""
    with pdfium.PdfDocument(PRINTED) as document:
        drawn = document[page].render(scale=dpi / 72, crop=(0, 842 - bottom, 0, top), rev_byteorder=True)
        return np.ascontiguousarray(drawn.to_numpy()[:, :, :3])


def pictures_pdf(path, pictures, *, words=None):
    """Write a PDF of full-page pictures of 200 dpi; `words` are pages of another PDF to put before them."""
    document = pdfium.PdfDocument.new()
    if words is not None:
        with pdfium.PdfDocument(PRINTED) as source:
            document.import_pages(source, words)
    for picture in pictures:
        height, width = picture.shape[0] * POINTS, picture.shape[1] * POINTS
        image = pdfium.PdfImage.new(document)
        bgr = np.ascontiguousarray(picture[:, :, ::-1])
        bitmap = pdfium.PdfBitmap.new_native(picture.shape[1], picture.shape[0], pdfium.raw.FPDFBitmap_BGR)
        target = bitmap.to_numpy()
        target[:] = bgr
        image.set_bitmap(bitmap)
        image.set_matrix(pdfium.PdfMatrix().scale(width, height))
        page = document.new_page(width, height)
        page.insert_obj(image)
        page.gen_content()
    document.save(path)
    document.close()
    return path
