import pytest

from comparators.answer import Answer
from comparators.date_time import DateTime
from comparators.divergence import Difference, Divergence, NotComparable

HOUR = 1 / 24


def apart(old, new, **options):
    """Compare two times."""
    return DateTime(**options)(Answer.of(json=old), Answer.of(json=new)).value


@pytest.mark.parametrize(
    ("old", "new", "value"),
    [
        ("2026-11-01T10:00:00Z", "2026-11-01T12:00:00+02:00", 0.0),
        ("2026-11-01T10:00:00Z", "20261101T100000Z", 0.0),
        ("2026-11-01T10:00:00Z", "Sun, 01 Nov 2026 11:00:00 GMT", HOUR),
        ("2026-11-01T10:00:00.25Z", "2026-11-01T10:00:00.250000000Z", 0.0),
        ("2026-11-01T15:00Z", "Nov 1 2026 10:00 EST", 0.0),
        ("2026-11-01 10:00", "Nov 1, 2026 11:00 AM", HOUR),
        ("2026-11-01", "2026-11-03", 1.0),
        ("31/12/2026", "2026-12-31", 0.0),
        ("2026/03/04", "2026-03-04", 0.0),
        ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", 1.0),
    ],
)
def test_times_are_instants_in_whatever_form_they_are_written(old, new, value):
    """Told as a share of a day."""
    assert (apart(old, new), apart(new, old)) == (value, value)


@pytest.mark.parametrize(
    ("options", "value"),
    [
        ({"within": 30}, 0.0),
        ({"within": "30s"}, 0.0),
        ({"within": "0.5m"}, 0.0),
        ({"within": "29999ms"}, 30 / 86400),
        ({"scale": "1m"}, 0.5),
        ({"scale": 10}, 1.0),
    ],
)
def test_a_tolerance_and_a_scale_are_durations(options, value):
    """Seconds, or with a unit."""
    assert apart("2026-11-01T10:00:00Z", "2026-11-01T10:00:30Z", **options) == value


@pytest.mark.parametrize(
    ("old", "new", "options"),
    [
        ("03/04/2026", "2026-04-03", {"order": "dmy"}),
        ("03/04/2026", "2026-03-04", {"order": "mdy"}),
        ("03/04/05", "2003-04-05", {"order": "ymd"}),
        (1_793_527_200, "2026-11-01T10:00:00Z", {"epoch": "s"}),
        ("1793527200000", "2026-11-01T10:00:00Z", {"epoch": "ms"}),
        ("2026-11-01T11:00:00", "2026-11-01T10:00:00Z", {"zone": "Europe/Paris"}),
        ("2026-11-01T12:00:00", "2026-11-01T10:00:00Z", {"zone": "+02:00"}),
    ],
)
def test_what_a_text_leaves_open_is_told_by_an_option(old, new, options):
    """Each would not be comparable without it."""
    assert apart(old, new, **options) == 0.0
    with pytest.raises(NotComparable):
        apart(old, new)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("03/04/2026", "model: the date can be read in two ways"),
        ("1.5.2026 10:00", "model: the date can be read in two ways"),
        ("10:30", "model: the text names no whole date"),
        ("March 2026", "model: the text names no whole date"),
        ("2026-11", "model: the text names no whole date"),
        ("Sun", "model: the text names no whole date"),
        ("Nov 1 2026 10:00 IST", "model: the text names a time zone that has no fixed meaning"),
        ("gold", "model: the text is no time"),
        ("2026-02-30", "model: the text is no time"),
        ("", "model: the text is no time"),
        ("9" * 60, "model: the text is no time"),
        ("x" * 1000, "model: the text is too long"),
        (1_793_527_200, "model: the number is no time: option 'epoch'"),
        (True, "model: the boolean is no time"),
        ("2026-11-01T10:00:00Z", "only one of the times has a zone"),
    ],
)
def test_what_is_not_one_point_in_time_is_not_comparable(value, why):
    """Nothing is filled in, and no clock is asked."""
    with pytest.raises(NotComparable, match=why):
        apart("2026-11-01T10:00:00", value)


def test_a_time_on_one_side_only_is_a_difference():
    """Of its kind."""
    found = DateTime("/at")(Answer.of(json={"at": "x"}), Answer.of(json={}))
    assert found == Divergence(1.0, '"x" -> nothing', (Difference("/at", 1.0, '"x" -> nothing', "missing"),))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"within": "5 parsecs"},
            "within must be seconds, or a number with ms, s, m, h or d, not '5 parsecs'",
        ),
        ({"within": -1}, "within must be seconds"),
        ({"scale": "0s"}, "scale must be above 0"),
        ({"zone": "Mars/Olympus"}, "zone 'Mars/Olympus' is neither an offset"),
        ({"zone": "../x"}, "is neither an offset"),
    ],
)
def test_bad_options_stop_the_construction(options, message):
    """They are the operator's errors."""
    with pytest.raises(ValueError, match=message):
        DateTime(**options)
