from __future__ import annotations

from html.parser import HTMLParser

import pytest

from shadow.report.page import to_html

VOID = {"meta"}


class Reader(HTMLParser):
    """Checks that tags are closed in order, and collects what a test asks for."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.ids, self.links, self.text = [], [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        """Note a tag that opens."""
        self.tags.append((tag, dict(attrs)))
        self.ids += [value for name, value in attrs if name == "id"]
        self.links += [value for name, value in attrs if name in ("href", "src", "action")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        """Note a tag that closes itself."""
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        """Check that the innermost tag is closed."""
        assert (self.open.pop(), self.getpos()) == (tag, self.getpos())

    def handle_data(self, data):
        """Keep the text."""
        self.text.append(data)


@pytest.fixture
def page(report):
    """Read the busy report's page."""
    return Reader(to_html(report))


def test_the_page_is_well_formed(page):
    """Every tag is closed, every id is unique."""
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))


def test_the_page_needs_nothing_from_outside(page, report):
    """No script, no link but its own anchors, no address to load from, and a policy that forbids it."""
    assert {tag for tag, _ in page.tags} & {"script", "link", "img", "iframe", "object"} == set()
    assert [link for link in page.links if not link.startswith("#")] == []
    assert "url(" not in to_html(report)
    assert (
        "meta",
        {"http-equiv": "Content-Security-Policy", "content": "default-src 'none'; style-src 'unsafe-inline'"},
    ) in page.tags


def test_hostile_text_is_shown_and_never_run(page, report, busy):
    """A client's markup appears as the text it is."""
    assert "<script" not in to_html(report)
    assert any("<script>alert(1)</script>|`x`\\x1b[31m\\u202e=1+1" in text for text in page.text)


def test_every_plot_has_a_title_and_words(page):
    """Who cannot see a plot is told what it shows."""
    plots = [attrs for tag, attrs in page.tags if tag == "svg"]
    assert len(plots) > 10
    for attrs in plots:
        assert attrs["role"] == "img"
        assert set(attrs["aria-labelledby"].split()) <= set(page.ids)


def test_every_plot_has_its_table(page):
    """Behind each figure stand its numbers."""
    tags = [tag for tag, _ in page.tags]
    figures = [i for i, tag in enumerate(tags) if tag == "figure"]
    ends = [*figures[1:], len(tags)]
    assert all("table" in tags[start:end] for start, end in zip(figures, ends, strict=True))


def test_the_lively_route_has_all_its_plots(report):
    """Dispositions, reasons, latency, each comparator, places, confidence and agreement are drawn."""
    found = to_html(report)
    names = (
        "Requests by disposition",
        "Requests by reason",
        "Latency of each side (logarithmic)",
        "Divergence by json",
        "Divergence by text",
        "The most frequent differences, by place",
        "Confidence of the model&#39;s answers",
        "Agreement by confidence",
    )
    assert [name for name in names if f">{name}</title>" not in found] == []


def test_an_empty_store_makes_a_page_with_one_sentence(empty):
    """No plot, no tile, but a plain word."""
    page = Reader(to_html(empty))
    assert "No traffic was recorded in this span, and no route is known." in page.text
    assert [tag for tag, _ in page.tags if tag in ("svg", "nav")] == []


def test_the_style_knows_dark_light_and_paper(report):
    """The page follows the reader's choice and prints."""
    found = to_html(report)
    assert "prefers-color-scheme: dark" in found
    assert "@media print" in found
