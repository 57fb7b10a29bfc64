import pytest
from hypothesis import given
from hypothesis import strategies as st

from comparators.answer import Answer
from comparators.checks import EXAMPLES, check_comparator
from comparators.code import Code, _pattern


def apart(old, new, language="python"):
    """Measure two programs."""
    return Code(language=language)(Answer.of(text=old), Answer.of(text=new)).value


@pytest.mark.parametrize(
    ("language", "old", "new"),
    [
        ("python", "def f(a):\n    # why\n    return a\n", "def f( a ):\n\n  return a"),
        ("python", "x = 'a'", 'x="a"'),
        ("python", "f(a,\n      b)\ng()", "f(a, b)\ng()"),
        ("python", "x = 1 + \\\n  2", "x = 1 + 2"),
        ("python", "if a:\n  if b:\n    c\nd", "if a:\n\tif b:\n\t\tc\nd"),
        ("javascript", "let a = 'x'; // why", 'let a="x";'),
        ("javascript", "if (a) { b() }", "if (a) {\n  b()\n}"),
        ("c", "int a; /* why */", "int  a;"),
        ("rust", "fn f<'a>(x: &'a str) {}", "fn f<'a>( x : &'a str ) { } // why"),
        ("cpp", "vector<vector<int>> a;", "vector<vector<int> > a;"),
        ("php", "$a = 1; # why", "$a=1; // or why"),
        ("lua", "a = 1 --[[ why\nso ]] b = 2", "a = 1\nb = 2 -- why"),
        ("css", "a { b: c } /* why */", "a{b:c}"),
        ("yaml", "a:\n  - b # why\n", "a:\n    - b\n"),
    ],
)
def test_programs_that_are_written_otherwise_are_equal(language, old, new):
    """White space and comments do not count."""
    assert apart(old, new, language) == 0.0


@pytest.mark.parametrize(
    ("language", "old", "new"),
    [
        ("python", "if a:\n  b\n  c", "if a:\n  b\nc"),
        ("python", "a\nb", "a b"),
        ("python", "x = 'a'", "x = 'b'"),
        ("python", "x = 'a b'", "x = 'a  b'"),
        ("python", "x = ' '", "x = ''"),
        ("python", 'x = """a\n# b"""', 'x = """a\n"""'),
        ("go", "a := `b  c`", "a := `b c`"),
        ("css", "a // b", "a"),
        ("c", "#include <a.h>", "#include <b.h>"),
        ("c", "'a'", '"a"'),
        ("javascript", "a == b", "a === b"),
    ],
)
def test_programs_that_say_something_else_differ(language, old, new):
    """Where Python's lines end and how deep they stand is what it says."""
    assert apart(old, new, language) > 0.0


def test_the_divergence_is_the_share_of_tokens():
    """1 of 4: a line, a name, a sign, a number."""
    assert apart("a = 1", "a = 2") == 0.25


def test_an_unknown_language_stops_the_construction():
    """The known ones are listed."""
    with pytest.raises(ValueError, match=r"language must be one of python, yaml, .*, not 'pyton'"):
        Code(language="pyton")


def test_it_keeps_the_laws():
    """On any answers."""
    check_comparator(Code(), examples=EXAMPLES[::3])
    check_comparator(
        Code("/text", language="rust"), examples=[Answer.of(json={"text": t}) for t in ("[1]", "x", "")]
    )


@given(
    st.sampled_from(["python", "c", "lua", "php"]),
    st.text("a'\"\\\n\t #(){}[]/*:,", max_size=40),
    st.text("a'\"\\\n (){}", max_size=40),
)
def test_any_text_is_compared(language, old, new):
    """A program need not be right."""
    found = apart(old, new, language)
    assert (0.0 <= found <= 1.0, apart(new, old, language), apart(old, old, language)) == (True, found, 0.0)


@pytest.mark.slow
@pytest.mark.parametrize("language", ["python", "go", "lua"])
@pytest.mark.parametrize("piece", ['"', "'", "`", "\\'", "\\`", "(", "/*", "--[[", "\n ", '"""', "#", "a"])
def test_no_text_takes_long(piece, language):
    """However often something opens that never closes: were the cost not linear, this would not end."""
    text = f"'\n{piece * (300_000 // len(piece))}"
    assert sum(len(token[0]) for token in _pattern(language).finditer(text)) == len(text)
