import pptx
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Cm

from ingest.partition import page_count, partition
from ingest.settings import IngestSettings


def read(deck, tmp_path):
    path = tmp_path / "a.pptx"
    deck.save(str(path))
    return partition(path, IngestSettings())


def box(shapes, text, left, top):
    shape = shapes.add_textbox(Cm(left), Cm(top), Cm(5), Cm(1))
    shape.text_frame.text = text
    return shape


def test_title_body_and_notes_carry_their_slide(tmp_path):
    deck = pptx.Presentation()
    deck.slides.add_slide(deck.slide_layouts[5]).shapes.title.text = "第一张"
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = "面积"
    slide.placeholders[1].text = "长乘宽\n宽乘长"
    slide.notes_slide.notes_text_frame.text = "问：为什么？\n预设：数格子。"
    found = read(deck, tmp_path)
    assert [(one.kind, one.text, one.locator.slide) for one in found] == [
        ("heading", "第一张", 1),
        ("heading", "面积", 2),
        ("list", "长乘宽", 2),
        ("list", "宽乘长", 2),
        ("note", "问：为什么？", 2),
        ("note", "预设：数格子。", 2),
    ]
    assert page_count(found) == 2


def test_shapes_are_read_as_seen_and_groups_at_their_place(tmp_path):
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    box(slide.shapes, "右上", 12, 2.2)
    box(slide.shapes, "下", 2, 9)
    group = slide.shapes.add_group_shape()
    box(group.shapes, "组下", 2, 6)
    box(group.shapes, "组上", 2, 4)
    box(slide.shapes, "左上", 2, 2)
    assert [one.text for one in read(deck, tmp_path)] == ["左上", "右上", "组上", "组下", "下"]


def test_tables_charts_indices_and_page_numbers(tmp_path):
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    table = slide.shapes.add_table(2, 3, Cm(1), Cm(1), Cm(10), Cm(2)).table
    for column, text in enumerate(["题", "对", "错"]):
        table.cell(0, column).text = text
        table.cell(1, column).text = str(column)
    table.cell(0, 1).merge(table.cell(0, 2))
    data = CategoryChartData()
    data.categories = ["前测", "后测"]
    data.add_series("三班", (61, 88.5))
    slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, Cm(1), Cm(6), Cm(8), Cm(5), data)
    run = box(slide.shapes, "S = r", 1, 12).text_frame.paragraphs[0].add_run()
    run.text = "2"
    run.font._element.set("baseline", "30000")
    box(slide.shapes, "1", 22, 18)
    found = [(one.kind, one.text) for one in read(deck, tmp_path)]
    assert found[0] == ("table", "题 | 对 错\n0 | 1 | 2") or found[0] == ("table", "题 | 对\n0 | 1 | 2")
    assert found[1][0] == "table"
    assert found[1][1].endswith("三班 | 61 | 88.5")
    assert found[2:] == [("text", "S = r²")]


def test_a_text_on_most_slides_belongs_to_the_deck_and_is_left_out(tmp_path):
    deck = pptx.Presentation()
    for number in range(1, 6):
        slide = deck.slides.add_slide(deck.slide_layouts[6])
        slide.shapes.add_textbox(0, 0, Cm(10), Cm(2)).text_frame.text = f"第{number}步怎样做"
        slide.shapes.add_textbox(0, Cm(15), Cm(10), Cm(1)).text_frame.text = "云溪县实验小学 周敏"
        if number < 3:
            slide.shapes.add_textbox(0, Cm(5), Cm(10), Cm(1)).text_frame.text = "想一想"
    path = tmp_path / "deck.pptx"
    deck.save(path)
    texts = [element.text for element in partition(path, IngestSettings())]
    assert "云溪县实验小学 周敏" not in texts
    assert texts.count("想一想") == 2
    assert [text for text in texts if text.startswith("第")] == [f"第{number}步怎样做" for number in range(1, 6)]
