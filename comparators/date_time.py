"""DateTime: how far two points in time lie apart. Asks no clock: what a text leaves open is not filled in."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from comparators.decimals import decimal_of
from comparators.divergence import Divergence, NotComparable
from comparators.json_value import kind
from comparators.place import Place

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from comparators.answer import Answer

_LONGEST = 100  # characters of a time
_UNITS = {"ms": Decimal("0.001"), "s": Decimal(1), "m": Decimal(60), "h": Decimal(3600), "d": Decimal(86400)}
_DURATION = re.compile(r"(\d+(?:\.\d+)?) *(ms|s|m|h|d)?", re.ASCII)
_ZONES = {"UT": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}
_ORDERS = {
    "dmy": (True, False),
    "mdy": (False, False),
    "ymd": (False, True),
}  # whether day, or year, comes first
_YEAR_FIRST = re.compile(r"\d{4}\D", re.ASCII)
_WHOLE = 8  # characters of the shortest text in ISO 8601 that names a whole date
_LEAST = 5e-324  # the smallest float above 0


class DateTime:
    """0 when two times are within `within` of each other, else their distance as a share of `scale`, at most 1.

    Read are ISO 8601 (to the microsecond), RFC 2822 and what else names a whole date; a date without a time is its
    midnight. Not comparable are words that name no date, or only a part of one, and dates such as 03/04/2026
    that can be read in two ways, unless `order` says how: `dmy`, `mdy` or `ymd`. Numbers are read with `epoch`
    only: `s` or `ms` since 1970.

    Times are compared as instants, so the same one in another zone is the same time. Two times without a zone
    are compared as they stand; where only one has a zone, they are not comparable, unless `zone` (as `+02:00`
    or `Europe/Paris`) says which one is meant when none is told. Names of zones in the text itself are those of
    RFC 2822. Missing on one side only is 1.

    `within` and `scale` are seconds, or a text with a unit: ms, s, m, h or d.
    Raises ValueError for a duration or a zone that is none.
    """

    name = "datetime"

    def __init__(
        self,
        pointer: str = "",
        *,
        within: float | str = 0,
        scale: float | str = "1d",
        zone: str = "",
        order: Literal["", "dmy", "mdy", "ymd"] = "",
        epoch: Literal["", "s", "ms"] = "",
    ) -> None:
        self.pointer = pointer
        self._place = Place(pointer)
        self._within, self._scale = _seconds("within", within), _seconds("scale", scale)
        if not self._scale:
            raise ValueError("scale must be above 0")
        self._zone = _zone(zone) if zone else None
        self._order = _ORDERS[order] if order else None
        self._unit = _UNITS[epoch] if epoch else None
        from dateutil.parser import isoparse, parse  # late: most panels compare no times

        self._iso, self._parse = isoparse, parse
        self._since = isoparse("1970-01-01")
        self._blanks = [isoparse("2000-01-01"), isoparse("2004-02-02")]  # stand for what a text leaves open

    def __call__(self, legacy: Answer, model: Answer, /) -> Divergence:
        """Tell how far the model's answer lies from the legacy answer."""
        old, new = self._place.values(legacy, model)
        alone = self._place.one_sided(old, new)
        if alone is not None:
            return alone
        (first, known), (second, also) = self._instant(old, "legacy"), self._instant(new, "model")
        if known != also:
            raise NotComparable("only one of the times has a zone: option 'zone' says which the other has")
        gap = abs(first - second)
        value = 0.0 if gap <= self._within else min(float(gap / self._scale) or _LEAST, 1.0)
        return self._place.differ(value, old, new)

    def _instant(self, value: Any, side: str) -> tuple[Decimal, bool]:
        """Give a time as seconds since 1970, and whether its zone is known."""
        number = decimal_of(value) if self._unit is not None or type(value) is not str else None
        if number is not None:
            if self._unit is None:
                raise NotComparable(f"{side}: the number is no time: option 'epoch' says what it counts")
            return number * self._unit, True
        if type(value) is not str:
            raise NotComparable(f"{side}: the {kind(value)} is no time")
        try:
            moment = self._read(value.strip())
        except NotComparable as exc:
            raise NotComparable(f"{side}: {exc}") from exc
        except (ValueError, ArithmeticError, TypeError) as exc:
            raise NotComparable(f"{side}: the text is no time") from exc
        if moment.tzinfo is None and self._zone is not None:
            moment = moment.replace(tzinfo=self._zone)
        offset = moment.utcoffset()
        past = moment.replace(tzinfo=None) - self._since
        return _exact(past) - (_exact(offset) if offset is not None else 0), offset is not None

    def _read(self, text: str) -> datetime:
        if len(text) > _LONGEST:
            raise NotComparable("the text is too long for a time")
        try:
            moment = self._iso(text)
        except ValueError:
            return self._in_one_way(text)
        if len(text) < _WHOLE:
            raise NotComparable("the text names no whole date")
        return moment

    def _in_one_way(self, text: str) -> datetime:
        """Read a time in any format in which it can be read in one way only."""
        orders = [_ORDERS["ymd"]] if _YEAR_FIRST.match(text) else list(_ORDERS.values())
        found = {self._in_order(text, self._order or order) for order in orders}
        if len(found) > 1:
            raise NotComparable("the date can be read in two ways: option 'order' says which")
        return found.pop()

    def _in_order(self, text: str, order: tuple[bool, bool]) -> datetime:
        one, other = (
            self._parse(text, default=blank, tzinfos=_offset, dayfirst=order[0], yearfirst=order[1])
            for blank in self._blanks
        )
        if one.replace(tzinfo=None) != other.replace(tzinfo=None):
            raise NotComparable("the text names no whole date")
        return one


def _offset(name: str | None, offset: int | None) -> int | None:
    """Give the seconds a zone named in a text lies before UTC; None when no zone is named."""
    if offset is not None or name is None:
        return offset
    if name not in _ZONES:
        raise NotComparable("the text names a time zone that has no fixed meaning")
    return _ZONES[name] * 3600


def _exact(span: timedelta) -> Decimal:
    return Decimal(span.days * 86_400 + span.seconds) + Decimal(span.microseconds) / 1_000_000


def _seconds(option: str, value: float | str) -> Decimal:
    found = _DURATION.fullmatch(str(value))
    if found is None:
        raise ValueError(f"{option} must be seconds, or a number with ms, s, m, h or d, not {value!r}")
    return Decimal(found[1]) * _UNITS[found[2] or "s"]


def _zone(name: str) -> Any:
    from zoneinfo import ZoneInfo

    from dateutil.parser import isoparse

    try:
        return isoparse(f"2000-01-01T00:00{name}").tzinfo or ZoneInfo(name)
    except ValueError:
        pass
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as exc:
        raise ValueError(f"zone {name!r} is neither an offset such as +02:00 nor a known zone") from exc
