import builtins

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comparators.answer import Answer
from comparators.checks import check_comparator
from comparators.divergence import NotComparable
from comparators.markup import Html, Xml

BOMB = '<!DOCTYPE a [<!ENTITY b "xxxxxxxxxx"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><a x="&c;">&c;&c;</a>'
FILE = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'


def apart(comparator, old, new):
    """Measure two documents."""
    return comparator(Answer.of(text=old), Answer.of(text=new)).value


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('<a x="1" y="2"/>', "<a  y='2' x='1'></a>"),
        ("<a><b>t</b></a>", "<a>\n  <b>\n    t </b><!-- c --><?pi d?>\n</a>"),
        ('<p:a xmlns:p="u"/>', '<q:a xmlns:q="u"/>'),
        ('<?xml version="1.0" encoding="iso-8859-1"?><a>é</a>', "<a>é</a>"),
        ("<a>&lt;&#233;</a>", "<a><![CDATA[<é]]></a>"),
    ],
)
def test_xml_that_is_written_otherwise_is_equal(old, new):
    """Formatting, comments, prefixes and the order of attributes do not count."""
    assert apart(Xml(), old, new) == 0.0


@pytest.mark.parametrize(
    ("old", "new", "value"),
    [
        ("<a>1</a>", "<a>2</a>", 1 / 3),
        ("<a><b/><c/></a>", "<a><c/><b/></a>", 4 / 6),
        ('<a x="1"/>', '<a x="2"/>', 1 / 2),
        ('<a xmlns="u"/>', "<a/>", 1.0),
        ("<a><b/>t</a>", "<a>t<b/></a>", 2 / 5),
    ],
)
def test_xml_that_says_something_else_differs(old, new, value):
    """By the share of starts, ends and texts."""
    assert apart(Xml(), old, new) == pytest.approx(value)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('<p class="a b" id=x>hi <b>you', '<P id="x" class="b a">hi\n<b>you</b></p>'),
        ("<ul><li>1<li>2</ul>", "<ul><li>1</li>\n<li>2</li></ul><!-- c -->"),
        ("", "  \n"),
        ("<br/>", "<BR>"),
    ],
)
def test_html_that_is_written_otherwise_is_equal(old, new):
    """It is read as browsers do."""
    assert apart(Html(), old, new) == 0.0


@pytest.mark.parametrize(
    ("old", "new"), [("<p>a</p>", "<p>b</p>"), ("<b>a</b>", "<i>a</i>"), ("", "<p>a</p>")]
)
def test_html_that_says_something_else_differs(old, new):
    """In its texts or its elements."""
    assert apart(Html(), old, new) > 0.0


@pytest.mark.parametrize("comparator", [Xml(ignore=["id"]), Html(ignore=["id"])])
def test_attributes_can_be_left_out(comparator):
    """Such as ids that are made anew each time."""
    assert (
        apart(comparator, '<p id="1"/>', '<p id="2"/>'),
        apart(comparator, '<p x="1"/>', '<p x="2"/>') > 0,
    ) == (
        0.0,
        True,
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (BOMB, "legacy: the document declares entities, which are not expanded"),
        (FILE, "legacy: the document declares entities"),
        ("<a>", "legacy: the text is no XML: "),
        ("", "legacy: the text is no XML"),
        ("<a>" * 10_000 + "</a>" * 10_000, "legacy: .*[Dd]e(ep|pth)"),
        ("<a>" + "b" * 1_000_000 + "</a>", "legacy: 1000007 characters are beyond the limit 1000000"),
    ],
)
def test_dangerous_xml_is_not_comparable(text, why):
    """No entity is expanded, no file read, no depth walked."""
    with pytest.raises(NotComparable, match=why):
        apart(Xml(), text, "<a/>")


def test_deep_html_is_read_or_refused():
    """Without any recursion."""
    try:
        found = apart(Html(), "<div>" * 10_000, "<p>")
    except NotComparable:
        return
    assert found > 0.0


@pytest.mark.parametrize("comparator", [Xml(), Html(), Xml("/text"), Html("/text", ignore=["class"])])
def test_they_keep_the_laws(comparator):
    """On any answers."""
    check_comparator(comparator, examples=[
        *(Answer.of(text=text) for text in ("<a/>", "<a>b</a>", "<a x='1'>b</a>", "", "a", BOMB)),
        *(Answer.of(json={"text": text}) for text in ("<a/>", "<b>c</b>")),
    ])  # fmt: skip


pieces = st.lists(
    st.sampled_from(["<a>", "</a>", "<b x='1'>", "<", ">", "&", "&lt;", "&#0;", "<!--", "-->", "<![CDATA[", "]]>", "t",
                     "\x00", "é", "\ud800", "<!DOCTYPE", "<?xml", "?>", " "]),
    max_size=12,
).map("".join)  # fmt: skip


@given(st.sampled_from([Xml(), Html()]), pieces, pieces)
def test_any_pieces_are_compared_or_not_comparable(comparator, old, new):
    """Nothing else comes of them."""
    old, new = (Answer(body=text.encode("utf-8", "replace")) for text in (old, new))
    try:
        found = comparator(old, new).value
    except NotComparable:
        return
    assert (0.0 <= found <= 1.0, comparator(new, old).value) == (True, found)


@pytest.mark.parametrize(("make", "name"), [(Xml, "xml"), (Html, "html")])
def test_a_missing_extra_is_told_with_the_command(make, name, monkeypatch):
    """When the comparator is built, so that `shadow check` tells it."""
    there = builtins.__import__

    def absent(wanted, *args, **more):
        if wanted.startswith("lxml"):
            raise ImportError(wanted)
        return there(wanted, *args, **more)

    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(ValueError, match=rf"{name} needs lxml: pip install 'shadow-router\[markup\]'"):
        make()
