"""What is refused, with which code; and the dispatch."""

import re
import zipfile
from pathlib import Path

import docx
import openpyxl
import pptx
import pytest

from ingest.document import Element, Locator
from ingest.errors import SourceError
from ingest.partition import page_count, partition
from ingest.partition.failures import REASONS
from ingest.settings import IngestSettings, load_settings

SETTINGS = IngestSettings(max_file_mb=5, max_characters=2000)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
README = Path(__file__).parents[2] / "ingest" / "README.md"


def code_of(path, settings=SETTINGS):
    with pytest.raises(SourceError) as caught:
        partition(path, settings)
    assert caught.value.message.endswith("。")
    assert caught.value.hint.endswith("。")
    return caught.value.code


def word_file(path, text="面积"):
    document = docx.Document()
    document.add_paragraph(text)
    document.save(str(path))
    return path


def repack(path, change):
    """Rewrite a package: `change` gets its parts by name."""
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    change(parts)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, body in parts.items():
            package.writestr(name, body)
    return path


@pytest.mark.parametrize(
    ("name", "body", "code"),
    [
        ("a.docx", b"", "IN-01"),
        ("a.xyz", b"text", "IN-04"),
        ("a.docx", "面积".encode(), "IN-06"),
        ("a.docx", b"<html><body>x</body></html>", "IN-06"),
        ("a.pdf", b"\x89PNG\r\n\x1a\n", "IN-06"),
        ("a.txt", b"\x89PNG\r\n\x1a\n\0\0", "IN-06"),
        ("a.md", b"%PDF-1.7\n", "IN-06"),
        ("a.txt", bytes(range(256)) * 8, "IN-06"),
        ("a.docx", OLE + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "IN-07"),
        ("a.docx", OLE + b"\0" * 600, "IN-06"),
        ("a.docx", b"PK\x03\x04 cut off", "IN-08"),
        ("a.pdf", b"\0\1\2 nothing", "IN-08"),
        ("a.pdf", b"%PDF-1.4\ncut off", "IN-08"),
        ("a.srt", "没有时间".encode(), "IN-08"),
        ("a.txt", "面积".encode() * 2000, "IN-10"),
        ("a.csv", ("面积,周长\n" * 900).encode(), "IN-10"),
        ("a.txt", b" \n\t\n", "IN-11"),
        ("a.md", "——\n".encode(), "IN-11"),
        ("a.html", b"<html><body></body></html>", "IN-11"),
        ("a.txt", "长方形的面积".encode() + b"\xff\xfe\xfa" + "等于长乘宽，周长".encode(), "IN-13"),
        ("a.txt", b"\x81\x8d\x8f\x90\x9d caf\xe9 \xff", "IN-13"),
    ],
)
def test_bytes_that_cannot_be_taken_in(tmp_path, name, body, code):
    path = tmp_path / name
    path.write_bytes(body)
    assert code_of(path) == code


def test_missing_and_oversized_files(tmp_path):
    assert code_of(tmp_path / "没有.txt") == "IN-17"
    big = tmp_path / "big.txt"
    big.write_bytes(b"x" * 1024 * 1024 * 2)
    assert code_of(big, IngestSettings(max_file_mb=1)) == "IN-03"


def test_an_office_file_under_another_office_name_says_what_it_is(tmp_path):
    path = tmp_path / "表.xlsx"
    word_file(path)
    with pytest.raises(SourceError, match="Word 文档") as caught:
        partition(path, SETTINGS)
    assert caught.value.code == "IN-06"


def test_a_truncated_package_is_damaged(tmp_path):
    path = word_file(tmp_path / "a.docx")
    path.write_bytes(path.read_bytes()[:-400])
    assert code_of(path) == "IN-08"


@pytest.mark.parametrize("name", ["a.docx", "a.pptx", "a.xlsx"])
@pytest.mark.parametrize("cut", [b"<w:unclosed", b""])
def test_a_package_with_a_broken_main_part_is_damaged(tmp_path, name, cut):
    path = tmp_path / name
    if name == "a.docx":
        word_file(path)
        main = "word/document.xml"
    elif name == "a.pptx":
        deck = pptx.Presentation()
        deck.slides.add_slide(deck.slide_layouts[5])
        deck.save(str(path))
        main = "ppt/slides/slide1.xml"
    else:
        openpyxl.Workbook().save(path)
        main = "xl/workbook.xml"
    repack(path, lambda parts: parts.update({main: cut}))
    assert code_of(path) == "IN-08"


def test_a_package_that_lost_a_part_is_damaged(tmp_path):
    path = repack(word_file(tmp_path / "a.docx"), lambda parts: parts.pop("word/styles.xml"))
    assert code_of(path) == "IN-08"


def test_a_part_that_unpacks_without_measure_is_not_opened(tmp_path):
    path = repack(word_file(tmp_path / "a.docx"), lambda parts: parts.update({"word/media/x.bin": b"\0" * 8_000_000}))
    assert code_of(path) == "IN-09"


def test_a_long_main_part_is_not_opened(tmp_path):
    filler = b"<!--" + bytes(range(48, 123)) * 160_000 + b"-->"
    path = repack(
        word_file(tmp_path / "a.docx"),
        lambda parts: parts.update({"word/document.xml": parts["word/document.xml"] + filler}),
    )
    assert code_of(path) == "IN-09"


def test_entities_are_not_expanded(tmp_path):
    def plant(parts):
        body = parts["word/document.xml"].decode()
        parts["word/document.xml"] = body.replace("?>", '?><!DOCTYPE w [<!ENTITY a "面积">]>', 1).encode()

    assert code_of(repack(word_file(tmp_path / "a.docx"), plant)) == "IN-09"


def test_a_zip_that_is_no_office_file_is_mislabelled(tmp_path):
    path = tmp_path / "a.docx"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("x.txt", "x")
    assert code_of(path) == "IN-06"


def test_the_character_limit_counts_what_was_read(tmp_path):
    assert code_of(word_file(tmp_path / "a.docx", "面" * 2001)) == "IN-10"
    assert partition(word_file(tmp_path / "b.docx", "面" * 2000), SETTINGS)


def test_pages_are_counted_from_what_the_format_has():
    assert page_count([Element("text", "a", Locator(page=3)), Element("text", "b")]) == 3
    assert page_count([Element("note", "a", Locator(slide=7))]) == 7
    assert page_count([Element("text", "a")]) == 0


def test_the_readme_lists_every_code():
    listed = set(re.findall(r"^\| (IN-\d\d) \|", README.read_text(encoding="utf-8"), re.MULTILINE))
    assert {code for code in listed if code < "IN-90"} == set(REASONS)


def test_awkward_real_files():
    folder = load_settings({}).eval_data / "real_docs"
    if not folder.is_dir():
        pytest.skip("the evaluation data are not here")
    codes = {}
    for path in sorted(folder.iterdir()):
        try:
            partition(path, IngestSettings())
            codes[path.suffix, path.name[:3]] = ""
        except SourceError as error:
            codes[path.suffix, path.name[:3]] = error.code
    assert codes[".docx", "216"] == codes[".pdf", "230"] == "IN-07"
    assert codes[".xls", "221"] == ""
    assert {code for (suffix, _), code in codes.items() if suffix == ".md"} == {""}
    assert codes[".pdf", "226"] == codes[".pdf", "231"] == ""
