import pytest

from comparators.text_checks import CHECKS, failed
from comparators.text_reading import read


def check(old, new, *checks):
    """Run checks, all if none is named, both ways; they must agree."""
    found, swapped = (failed(set(checks or CHECKS), read(a), read(b)) for a, b in ((old, new), (new, old)))
    assert found == swapped
    return found


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("The fee is 10 euros.", "The fee is 19 euros.", ("numbers", "10")),
        ("10 or 12", "10 or 13", ("numbers", "12")),
        ("It costs 10", "It costs", None),
        ("Due on 2026-01-31", "It is due on 28 January 2026", ("dates", "2026-01-31")),
        ("Due on 2026-01-31", "It is due on January 31, 2026", None),
        ("Moved to Tuesday", "The meeting was moved to Thursday", ("dates", "tuesday")),
        ("Tuesday", "It was moved from Monday to Tuesday", None),
        ("Am Dienstag", "It is on Tuesday", None),
        ("On Tuesday", "It was moved to next week", None),
        ("Born in 1961", "He was born on 12 April 1961", None),
    ],
)
def test_numbers_and_dates(old, new, found):
    """The shorter text's must be in the longer one; that one may tell more."""
    assert check(old, new, "numbers", "dates") == found


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("The claim is covered.", "The claim is not covered.", "not"),
        ("It's open", "It isn't open", "not"),
        ("It's so, and open", "It's so, and it isn't", "not"),
        ("A mountain shirt", "A mountain t shirt", None),
        ("5 Main Street", "No. 5 Main Street", None),
        ("There is room", "There is no room", "not"),
        ("Está em estoque", "Está no estoque", None),
        ("Das Konto ist gesperrt.", "Das Konto ist nicht gesperrt.", "not"),
        ("La carte est valable.", "La carte n'est pas valable.", "not"),
        ("Заказ отправлен", "Заказ не отправлен", "not"),
        ("订单已发货", "订单未发货", "not"),
        ("Yes, it is open", "No, it is open", "no / yes"),
        ("ja, morgen", "nein, morgen", "ja / nein"),
        ("It is not open", "It isn't open", None),
        ("Paris", "The capital is Paris, not London as some say", None),
        ("Paris", "Sorry, but the capital is not Paris at all", "not"),
        ("Paris", "It is not Paris but near Paris, as we know", None),
        ("not Paris", "As far as anybody knows it is not Paris", None),
        ("London", "The capital of the country is not Paris", None),
        ("...", "not", None),
    ],
)
def test_negation(old, new, found):
    """A "not" on one side; beside a short answer only one that stands right before it."""
    assert check(old, new, "negation") == (found and ("negation", found))


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("David Seville", "It was written by Ross Bagdasarian", "David Seville"),
        ("David Seville", "It was written by D. Seville", None),
        ("Catherine", "It is Katherine, or Catharine", None),
        ("He met Ada in London", "He met Ada in Paris last year", "London"),
        ("The house is red and old", "this house is red, and old", None),
        ("nobody", "It was written by Ross", None),
    ],
)
def test_names(old, new, found):
    """One word of a name is enough, spelled nearly alike; a sentence's first word is no name."""
    assert check(old, new, "names") == (found and ("names", found))


def test_many_names_are_not_all_looked_for():
    """The cost is bounded: of a hundred names, fifty."""
    said = " ".join(f"a Name{at:03}x" for at in range(100))
    told = (
        " ".join(f"a name{at:03}x" for at in range(50))
        + " and more words than the other text has, to be longer" * 9
    )
    assert check(f"of {said}", told, "names") is None


def test_only_what_is_asked_for_is_checked():
    """In the order of CHECKS."""
    pair = ("Oslo is 5, not 6", "Bonn is 7 or 6, so")
    assert [check(*pair, name) for name in CHECKS] == [("numbers", "5"), None, ("negation", "not"), None]
