"""Read rendered markup as a browser would and tell what in it could be active."""

from __future__ import annotations

from html.parser import HTMLParser

TAGS = {
    *(
        "article",
        "section",
        "header",
        "div",
        "p",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "ol",
        "ul",
        "li",
        "dl",
        "dt",
        "dd",
    ),
    *("span", "i", "button", "details", "summary", "pre", "blockquote", "mark", "table", "tbody", "tr", "th", "td"),
    *("nav", "a", "svg", "path", "b", "label", "input", "thead", "code"),
}
VOID = {"input"}


class Outline(HTMLParser):
    """Collect tags, attributes and text; note what is not closed in order."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        self.text += data


def assert_harmless(markup: str) -> Outline:
    """Fail when markup holds anything but our own inactive tags; returns its outline."""
    outline = Outline(markup)
    assert outline.open == []
    assert set(outline.tags) <= TAGS
    for name, value in outline.attributes:
        assert not name.startswith("on"), name
        assert name not in {"src", "srcdoc", "formaction", "action"}, name
        if name == "href":
            assert value in {"#main", "#library", "#scores"}
        if name == "style":
            assert value.startswith(("--after:", "--share:"))
    return outline
