"""Old office files. The originals are made by LibreOffice, so most of these tests need it; CI has it."""

import datetime as dt
import os
import shutil
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import docx
import openpyxl
import pptx
import pytest
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from ingest.errors import SourceError
from ingest.partition import legacy, partition
from ingest.partition.compound import compound_kind
from ingest.settings import IngestSettings, load_settings

SETTINGS = IngestSettings()
CONVERTER = legacy.find_converter()
needs_converter = pytest.mark.skipif(CONVERTER is None, reason="no LibreOffice on this machine")
FILTERS = {
    ".doc": "doc:MS Word 97",
    ".ppt": "ppt:MS PowerPoint 97",
    ".xls": "xls:MS Excel 97",
    ".rtf": "rtf:Rich Text Format",
}


def outcome(path, settings=SETTINGS):
    try:
        return [one.text for one in partition(path, settings)]
    except SourceError as error:
        return error.code


def read(path):
    return [(one.kind, one.text, one.locator.label()) for one in partition(path, SETTINGS)]


def word(path):
    document = docx.Document()
    document.add_heading("面积", 1)
    document.add_paragraph("长方形的面积等于长乘宽。")
    table = document.add_table(2, 2)
    for cell, text in zip(table._cells, ["环节", "活动", "导入", "提问"], strict=True):
        cell.text = text
    document.add_paragraph("S=a").add_run("2").font.superscript = True
    document.save(str(path))


def slides(path):
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "面积"
    slide.notes_slide.notes_text_frame.text = "问：为什么？"
    deck.save(str(path))


def workbook(path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "成绩"
    rows = (
        ["姓名", "学号", "得分率", "考试日期", "开始", "到考", "得分"],
        ["学生A", 7, 0.85, dt.date(2026, 5, 12), dt.time(8, 30), True, 92.5],
        ["学生B", 12, 0.9, dt.datetime.fromisoformat("2026-05-12 14:05"), dt.time(9, 0), False, 88],
        ["学生C", None, 1, "缺考", None, None, "=1/0"],
    )
    for row in rows:
        sheet.append(row)
    for row in sheet.iter_rows(min_row=2):
        row[1].number_format = "000"
        row[2].number_format = "0%"
    sheet["A6"] = "合计"
    sheet.merge_cells("A6:B6")
    other = book.create_sheet("空表")
    other["C9"] = "第九行"
    book.save(path)


@pytest.fixture(scope="session")
def old(tmp_path_factory):
    """A folder with a.doc, a.ppt, a.xls and a.rtf as LibreOffice writes them."""
    if CONVERTER is None:
        pytest.skip("no LibreOffice on this machine")
    folder = tmp_path_factory.mktemp("old")
    word(folder / "a.docx")
    slides(folder / "a.pptx")
    workbook(folder / "a.xlsx")
    for name, suffix in (("a.docx", ".doc"), ("a.pptx", ".ppt"), ("a.xlsx", ".xls"), ("a.docx", ".rtf")):
        make_old(folder / name, suffix)
    return folder


def make_old(path, suffix):
    profile = path.parent / "profile"
    command = [CONVERTER, "--headless", f"-env:UserInstallation={profile.as_uri()}", "--convert-to", FILTERS[suffix]]
    subprocess.run([*command, "--outdir", path.parent, path], check=True, capture_output=True, timeout=120)
    assert path.with_suffix(suffix).is_file()


WORD = [
    ("heading", "面积", ""),
    ("text", "长方形的面积等于长乘宽。", ""),
    ("table", "环节 | 活动\n导入 | 提问", ""),
    ("text", "S=a²", ""),
]


@pytest.mark.parametrize("suffix", [".doc", ".wps"])
def test_old_word_files_are_read_like_new_ones(old, tmp_path, suffix):
    path = shutil.copy(old / "a.doc", tmp_path / f"-教案 #1{suffix}")
    assert read(path) == WORD


def test_rich_text_under_a_word_name(old, tmp_path):
    assert read(shutil.copy(old / "a.rtf", tmp_path / "a.doc")) == WORD


@pytest.mark.parametrize("suffix", [".ppt", ".dps"])
def test_old_slides_keep_titles_and_notes(old, tmp_path, suffix):
    path = shutil.copy(old / "a.ppt", tmp_path / f"a{suffix}")
    assert read(path) == [("heading", "面积", "第1张"), ("note", "问：为什么？", "第1张")]


@pytest.mark.parametrize("suffix", [".xls", ".et"])
def test_old_workbooks_give_the_same_rows_as_new_ones(old, tmp_path, suffix, monkeypatch):
    monkeypatch.setattr(legacy, "find_converter", lambda: None)  # they are read without LibreOffice
    make = shutil.copy(old / "a.xls", tmp_path / f"a{suffix}")
    assert partition(make, SETTINGS) == partition(recalculated(old), SETTINGS)
    text = "\n".join(outcome(make))
    for wanted in ("007", "85%", "2026-05-12", "2026-05-12 14:05", "08:30", "是", "92.5", "第九行", "#DIV/0!"):
        assert wanted in text


def recalculated(old):
    """Return the new workbook with its formulas worked out, as the old one has them."""
    path = old / "recalculated" / "a.xlsx"
    if not path.exists():
        profile = old / "profile"
        command = [CONVERTER, "--headless", f"-env:UserInstallation={profile.as_uri()}", "--convert-to", "xlsx"]
        subprocess.run([*command, "--outdir", path.parent, old / "a.xls"], check=True, capture_output=True, timeout=120)
    return path


def test_without_libreoffice_the_code_says_what_to_do(old, monkeypatch):
    monkeypatch.setattr(legacy, "find_converter", lambda: None)
    with pytest.raises(SourceError, match=r"\.doc 是旧版办公格式") as caught:
        partition(old / "a.doc", SETTINGS)
    assert caught.value.code == "IN-14"
    assert ".docx" in caught.value.hint


def test_cut_files_are_damaged_and_never_half_read(old, tmp_path):
    for suffix in (".doc", ".ppt", ".xls"):
        whole = (old / f"a{suffix}").read_bytes()
        for share in (0.98, 0.9, 0.5, 0.1):
            path = tmp_path / f"a{suffix}"
            path.write_bytes(whole[: int(len(whole) * share)])
            assert outcome(path) in {"IN-08", "IN-24"}, (suffix, share)


def test_a_locked_word_file(old, tmp_path):
    body = bytearray((old / "a.doc").read_bytes())
    start = body.index(b"\xec\xa5")  # the file information block; its flags follow at 10
    body[start + 11] |= 0x01
    (tmp_path / "a.doc").write_bytes(body)
    assert outcome(tmp_path / "a.doc") == "IN-07"


def test_a_locked_workbook(old, tmp_path):
    body = bytearray((old / "a.xls").read_bytes())
    start = body.index(b"\x09\x08\x10\x00\x00\x06\x05\x00") + 20  # the record after the globals' BOF
    body[start : start + 2] = b"\x2f\x00"  # FILEPASS
    (tmp_path / "a.xls").write_bytes(body)
    assert outcome(tmp_path / "a.xls") == "IN-07"


def test_old_files_under_the_name_of_another_program(old, tmp_path):
    assert outcome(shutil.copy(old / "a.xls", tmp_path / "a.doc")) == "IN-06"
    assert outcome(shutil.copy(old / "a.ppt", tmp_path / "a.et")) == "IN-06"
    assert outcome(shutil.copy(old / "a.doc", tmp_path / "b.docx")) == "IN-06"
    assert outcome(shutil.copy(old / "a.docx", tmp_path / "c.xls")) == "IN-06"


def test_new_files_under_old_names_are_read(tmp_path):
    word(tmp_path / "a.docx")
    assert read((tmp_path / "a.docx").rename(tmp_path / "a.wps")) == WORD


@pytest.mark.parametrize(
    ("name", "body", "wanted"),
    [
        ("a.xls", "<html><table><tr><td>姓名</td><td>得分</td></tr><tr><td>学生A</td><td>9</td></tr></table></html>".encode("gbk"), ["姓名 | 得分\n学生A | 9"]),
        ("a.xls", "姓名\t得分\n学生A\t9\n".encode("utf-16"), ["姓名 | 得分\n学生A | 9"]),
        ("a.doc", "<!DOCTYPE html><html><body><p>长乘宽</p></body></html>".encode(), ["长乘宽"]),
        ("a.doc", "长乘宽".encode(), "IN-06"),
        ("a.doc", b"MIME-Version: 1.0\nContent-Type: multipart/related\n\n<html>=E9</html>", "IN-14"),
        ("a.wps", b"WPS\x01\x02\x03\x1a", "IN-14"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "IN-08"),
        ("a.ppt", b"\x89PNG\r\n\x1a\n", "IN-06"),
    ],
)  # fmt: skip
def test_what_else_stands_under_old_names(tmp_path, name, body, wanted):
    (tmp_path / name).write_bytes(body)
    assert outcome(tmp_path / name) == wanted


WORD_XML = (
    '<?xml version="1.0"?><w:wordDocument xmlns:w="http://schemas.microsoft.com/office/word/2003/wordml">'
    "<w:body><w:p><w:r><w:t>长乘宽</w:t></w:r></w:p></w:body></w:wordDocument>"
)
SHEET_XML = (
    '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
    'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="表"><Table><Row><Cell>'
    '<Data ss:Type="String">长乘宽</Data></Cell></Row></Table></Worksheet></Workbook>'
)


@needs_converter
@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("a.doc", WORD_XML),
        ("a.xls", SHEET_XML),
    ],
)
def test_the_xml_formats_of_2003(tmp_path, name, body):
    (tmp_path / name).write_text(body, encoding="utf-8")
    assert outcome(tmp_path / name) == ["长乘宽"]


def stub(tmp_path, monkeypatch, script):
    program = tmp_path / "soffice"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setattr(legacy, "find_converter", lambda: str(program))


def ole(path, old):
    return shutil.copy(old / "a.doc", path)


@pytest.mark.skipif(os.name == "nt", reason="the stand-in is a shell script")
def test_a_conversion_that_hangs_is_ended_with_its_children(old, tmp_path, monkeypatch):
    stub(tmp_path, monkeypatch, f"sleep 300 & echo $! > {tmp_path}/child; wait")
    started = time.monotonic()
    with pytest.raises(SourceError, match="超过了 1 秒") as caught:
        partition(ole(tmp_path / "a.doc", old), IngestSettings(max_seconds=1.5))
    assert caught.value.code == "IN-24"
    assert time.monotonic() - started < 10
    child = int((tmp_path / "child").read_text(encoding="utf-8"))
    for _ in range(50):
        if not is_running(child):
            break
        time.sleep(0.1)
    assert not is_running(child)


def is_running(number):
    try:
        with open(f"/proc/{number}/stat", encoding="utf-8") as stream:  # noqa: PTH123
            return stream.read().split()[2] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(os.name == "nt", reason="the stand-in is a shell script")
def test_a_conversion_that_gives_nothing_or_something_else(old, tmp_path, monkeypatch):
    path = ole(tmp_path / "a.doc", old)
    stub(tmp_path, monkeypatch, "exit 0")
    assert outcome(path) == "IN-24"
    for body, code in ((b"PK cut", "IN-08"), (b"text", "IN-06")):  # what comes out passes the same gate
        (tmp_path / "body").write_bytes(body)
        stub(
            tmp_path,
            monkeypatch,
            f'while [ "$1" != --outdir ]; do shift; done; mkdir "$2"; cp {tmp_path}/body "$2/original.docx"',
        )
        assert outcome(path) == code


@needs_converter
def test_nothing_stays_behind_and_nothing_goes_out(tmp_path, monkeypatch):
    """A linked picture is fetched by LibreOffice as it comes, and not by ours."""
    asked: list[str] = []

    class Server(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        do_HEAD = do_OPTIONS = do_PROPFIND = do_GET  # noqa: N815

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        linked_picture(tmp_path / "a.docx", f"http://127.0.0.1:{server.server_port}/bild.png")
        make_old(tmp_path / "a.docx", ".doc")
        assert asked  # the trap works
        asked.clear()
        temporary = tmp_path / "temporary"
        temporary.mkdir()
        monkeypatch.setattr("tempfile.tempdir", str(temporary))
        before = sorted(tmp_path.iterdir())
        assert outcome(tmp_path / "a.doc") == ["前"]
        assert asked == []
        assert list(temporary.iterdir()) == []
        assert sorted(tmp_path.iterdir()) == before
    finally:
        server.shutdown()
        server.server_close()


def linked_picture(path, address):
    document = docx.Document()
    document.add_paragraph("前")
    link = document.part.relate_to(address, RELATIONSHIP_TYPE.IMAGE, is_external=True)
    document.add_paragraph()._p.append(
        parse_xml(
            f'<w:r {nsdecls("w", "wp", "a", "pic", "r")}><w:drawing><wp:inline><wp:extent cx="914400" cy="914400"/>'
            '<wp:docPr id="1" name="p"/><a:graphic>'
            '<a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic><pic:nvPicPr>'
            '<pic:cNvPr id="0" name="x"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill>'
            f'<a:blip r:link="{link}"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/>'
            '<a:ext cx="914400" cy="914400"/></a:xfrm><a:prstGeom prst="rect"/></pic:spPr></pic:pic></a:graphicData>'
            "</a:graphic></wp:inline></w:drawing></w:r>"
        )
    )
    document.save(str(path))


def test_real_old_files():
    folder = load_settings({}).eval_data / "real_docs"
    if not folder.is_dir():
        pytest.skip("the evaluation data are not here")
    files = {path.name[:3]: path for path in folder.iterdir()}
    assert compound_kind(files["219"]) == "doc"
    assert len(outcome(files["221"])) == 1
    assert outcome(files["216"]) == "IN-07"
    if CONVERTER is not None:
        assert outcome(files["219"]) == "IN-11"  # a blank page
        assert len(outcome(files["220"])) == 1
