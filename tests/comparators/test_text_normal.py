import pytest
from hypothesis import given
from hypothesis import strategies as st

from comparators.text_normal import normaliser, without_markdown


@pytest.mark.parametrize(
    ("marked", "plain"),
    [
        ("# Title\n\n## Part", "Title\n\nPart"),
        ("**bold** *so* __it__ _is_ ~~not~~ `code`", "bold so it is not code"),
        ("- one\n* two\n  + three\n1. four\n2) five", "one\ntwo\nthree\nfour\nfive"),
        ("> quoted\n>> twice", "quoted\ntwice"),
        ("[words](https://a.example/b 'no')", "[words](https://a.example/b 'no')"),
        ('see [the page](https://a.example/b) ![a picture](x.png "t")', "see the page a picture"),
        ("```python\nx = 1\n```", "\nx = 1\n"),
        ("a\n---\nb", "a\n\nb"),
        ("2 * 3 = 6, snake_case, 5*3, C#", "2 * 3 = 6, snake_case, 5*3, C#"),
    ],
)
def test_markdown_is_taken_off(marked, plain):
    """What is only form goes; what is said stays."""
    assert without_markdown(marked) == plain


def test_of_a_table_its_cells_stay():
    """Without the line below its head."""
    assert without_markdown("| a | b |\n|---|:--|\n| 1 | 2 |").split() == ["a", "b", "1", "2"]


def test_each_form_is_taken_off_only_when_asked_for():
    """In the order markdown, numerals, case, white space."""
    text = "  **A**  1,234.50 "
    made = [
        normaliser(casefold=c, squeeze=s, markdown=m, numerals=n)(text)
        for c, s, m, n in (
            (False, False, False, False),
            (True, False, False, False),
            (False, True, False, False),
            (False, False, True, False),
            (False, False, False, True),
            (True, True, True, True),
        )
    ]
    assert made == [
        text,
        "  **a**  1,234.50 ",
        "**A** 1,234.50",
        "  A  1,234.50 ",
        "  **A**  1234.5 ",
        "a 1234.5",
    ]


@given(st.text('#>*_`~|-+[]()!" \n1.a', max_size=60))
def test_any_marks_can_be_taken_off(text):
    """None of them makes the text longer."""
    assert len(without_markdown(text)) <= len(text)
