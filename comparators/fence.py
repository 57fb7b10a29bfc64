"""The one place where a comparator is called: whatever it does wrong makes the answers not comparable."""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING, Any

from comparators.divergence import Difference, Divergence, NotComparable, Obstacle, Severity

if TYPE_CHECKING:
    from comparators.answer import Answer
    from comparators.divergence import Comparator

_LONGEST = 200  # characters of a detail


def measure(comparator: Comparator, legacy: Answer, model: Answer) -> Divergence:
    """Ask a comparator and check what it says; raises NotComparable, and nothing else, when that is no use.

    No use are: any exception; a result that is no Divergence; a value that is no number in [0, 1]. The
    message names the exception's class and is cut at 200 characters, as is the detail.
    """
    try:
        return _checked(comparator(legacy, model))
    except NotComparable as exc:
        raise NotComparable(cut(str(exc)), exc.obstacle) from exc
    except Exception as exc:
        raise NotComparable(_told(exc), Obstacle.PLUGIN) from exc


def cut(text: str) -> str:
    """Shorten a detail to 200 characters."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _checked(found: Any) -> Divergence:
    if not isinstance(found, Divergence):
        raise NotComparable(
            f"the comparator gave a {type(found).__name__}, not a Divergence", Obstacle.PLUGIN
        )
    number = _share(found.value, "divergence")
    major = None if found.major is None else _share(found.major, "major part")
    if not all(map(_is_sound, found.differences)):
        raise NotComparable("the comparator's differences are not all Differences", Obstacle.PLUGIN)
    return Divergence(number, cut(str(found.detail)), tuple(found.differences), major)


def _share(value: Any, what: str) -> float:
    if type(value) is not float and not isinstance(value, Real):  # bool and numpy's numbers are real
        raise NotComparable(f"the {what} is a {type(value).__name__}, not a number", Obstacle.PLUGIN)
    number = float(value)
    if not 0.0 <= number <= 1.0:  # nor is NaN
        raise NotComparable(f"the {what} {value!r} is not in [0, 1]", Obstacle.PLUGIN)
    return number


def _is_sound(one: Any) -> bool:
    if not isinstance(one, Difference):
        return False
    texts: tuple[Any, ...] = (one.pointer, one.detail, one.kind)
    number: Any = one.divergence
    severity: Any = one.severity
    return (
        all(isinstance(text, str) for text in texts)
        and (type(number) is float or isinstance(number, Real))
        and isinstance(severity, Severity)
    )


def _told(exc: Exception) -> str:
    try:
        return cut(f"{type(exc).__name__}: {exc}")
    except Exception:  # noqa: BLE001 - even an exception's text may be a plugin's own code
        return type(exc).__name__
