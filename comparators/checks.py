"""The laws every comparator keeps, as a check that plugin authors run in their own tests."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any, Final

import msgspec

from comparators.answer import Answer
from comparators.divergence import Difference, Divergence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from comparators.divergence import Comparator

_DATA_ERRORS = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError)
_CLOSE = 1e-9  # sums taken in another order may differ by rounding

_ORDER = {
    "id": "A-1",
    "name": "Ada",
    "price": 12.5,
    "amount": 3,
    "total": 37.5,
    "cost": 9.5,
    "score": 0.75,
    "value": 1,
    "label": "gold",
    "text": "two words",
    "at": "2026-11-01T10:00:00Z",
    "shares": {"gold": 0.75, "silver": 0.25},
    "ranks": ["a", "b", "c"],
    "vector": [0.5, -1.0, 2.0],
}
_SMALL: tuple[Any, ...] = (
    *({}, [], [[], {}], "", "gold", 0, 1, 1.0, -1.5, True, None),
    *([1, 2, 3], [3, 2, 1], [True], {"0": 1}, {"": {"": ""}}),
)
EXAMPLES: Final[tuple[Answer, ...]] = (
    Answer.of(json=_ORDER),
    Answer.of(json=_ORDER | {"price": 0, "amount": -3, "total": 1e300, "cost": 10, "label": "silver"}),
    Answer.of(json=_ORDER | {"price": "12.50", "name": None, "score": True, "text": "Two  Words"}),
    Answer.of(
        json=_ORDER | {"at": "Sun, 01 Nov 2026 11:00:00 GMT", "shares": [0.5, 0.5], "ranks": ["c", "a"]}
    ),
    Answer.of(json=_ORDER | {"shares": {"gold": 1}, "vector": [1, 0, 0], "ranks": []}),
    Answer.of(json=_ORDER | {"lines": [{"sku": "a", "price": 1}, {"sku": "b", "price": 2.5}]}),
    Answer.of(json={"lines": [{"sku": "b", "price": 2.5}, {"sku": "a", "price": 1}], "a/b": {"~": []}}),
    *(Answer.of(json=document) for document in _SMALL),
    Answer.of(json="grüß dich, 世界 🙂"),
    Answer(body=b"[" * 200 + b"]" * 200),
    *(Answer.of(text=text) for text in ("gold", "Gold  medal", "12.5", "nan", "{broken", "a\n" * 200)),
    *(Answer(body=body) for body in (b"", b"\xff\xfe\x00", b"\x89PNG\r\n")),
    Answer.of(json={"error": "not found"}, status=404),
    Answer.of(json={"ok": True}, status=201, headers={"ETag": '"1"'}),
    Answer.of(body=b"<p>gone</p>", status=410, headers={"Content-Type": "text/html"}),
)
"""JSON, text, binary and empty answers: every pair of these is tried when no examples are given."""


def check_comparator(comparator: Comparator, *, examples: Iterable[Answer] | None = None) -> None:
    """Check a comparator's laws on every pair of examples; AssertionError names the law and the answers.

    The laws: it gives a Divergence with a value in [0, 1], of which the major part is no more, and a tuple of
    Differences; an answer and its copy diverge by 0; the same question gives the same result; swapped sides
    give the same value, unless the comparator has `symmetric = False`; the answers' documents stay as they
    were; it raises nothing but what data can cause (ValueError – NotComparable is one –, LookupError,
    TypeError, AttributeError, ArithmeticError), which means not comparable; and at least one pair of the
    examples is comparable, for otherwise nothing is shown.
    """
    # Copies: a comparator that changes a document must not be the next one's fault.
    answers = tuple(map(_copy, EXAMPLES if examples is None else examples))
    compared = 0
    for legacy, model in product(answers, repeat=2):
        found = _ask(comparator, legacy, model)
        again = _ask(comparator, legacy, model)
        _hold(found == again, f"deterministic: {found} first, then {again}", legacy, model)
        if getattr(comparator, "symmetric", True):
            _check_symmetry(found, _ask(comparator, model, legacy), legacy, model)
        compared += found is not None
    for answer in answers:
        found = _ask(comparator, answer, _copy(answer))
        _hold(found is None or found.value == 0, f"reflexive: {found} for equal answers", answer, answer)
    if not compared:
        why = _why_not(comparator, answers)
        raise AssertionError(
            f"comparable: not one pair of the examples was{why}; pass examples= of your own kind"
        )


def _check_symmetry(
    found: Divergence | None, swapped: Divergence | None, legacy: Answer, model: Answer
) -> None:
    law = f"symmetric: {found}, but swapped {swapped}"
    if found is None or swapped is None:
        _hold(found is swapped, law, legacy, model)
    else:
        _hold(abs(found.value - swapped.value) <= _CLOSE, law, legacy, model)


def _ask(comparator: Comparator, legacy: Answer, model: Answer) -> Divergence | None:
    """Ask once and check the result by itself; None means not comparable."""
    try:
        found = comparator(legacy, model)
    except _DATA_ERRORS:
        return None
    except (Exception, SystemExit) as exc:
        law = f"raises only what data can cause: {type(exc).__name__}: {exc}"
        raise AssertionError(_told(law, legacy, model)) from exc
    finally:
        _hold(_untouched(legacy) and _untouched(model), "pure: a document was changed", legacy, model)
    _hold(isinstance(found, Divergence), f"typed: a {type(found).__name__}, not a Divergence", legacy, model)
    _hold(_in_bounds(found.value), f"bounded: {found.value!r} is no number in [0, 1]", legacy, model)
    major = found.value if found.major is None else found.major
    law = f"bounded: the major part {major!r} is no number from 0 to the value {found.value!r}"
    _hold(_in_bounds(major) and major <= found.value, law, legacy, model)
    differences: Any = found.differences
    typed = isinstance(differences, tuple) and all(isinstance(one, Difference) for one in differences)
    _hold(typed, "typed: differences is no tuple of Differences", legacy, model)
    return found


def _why_not(comparator: Comparator, answers: tuple[Answer, ...]) -> str:
    """Tell what the comparator says of the first example: where nothing can be compared, it may be a slip in it."""
    for answer in answers[:1]:
        try:
            comparator(answer, answer)
        except _DATA_ERRORS as exc:
            return f" ({type(exc).__name__}: {exc})"
    return ""


def _in_bounds(value: object) -> bool:
    return isinstance(value, int | float) and 0 <= value <= 1  # nor is NaN


def _copy(answer: Answer) -> Answer:
    return Answer(answer.status, answer.headers, answer.body, answer.reply, answer.problem)


def _untouched(answer: Answer) -> bool:
    try:
        return bool(answer.json == msgspec.json.decode(answer.body))
    except ValueError:
        return True


def _hold(kept: bool, law: str, legacy: Answer, model: Answer) -> None:
    if not kept:
        raise AssertionError(_told(law, legacy, model))


def _told(law: str, legacy: Answer, model: Answer) -> str:
    return f"{law}\n  legacy: {legacy.body[:200]!r}\n  model:  {model.body[:200]!r}"
