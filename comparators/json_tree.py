"""Json: where and how much two JSON documents differ, with rules for single places."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from comparators.assembled import assembled
from comparators.divergence import Divergence, NotComparable
from comparators.json_align import Alignment, read_alignment
from comparators.json_rule import Rule
from comparators.json_scope import start
from comparators.json_value import document, same, without_nulls
from comparators.json_walk import Walk
from comparators.pattern import ANY, Patterns, keep, prune

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from comparators.answer import Answer
    from comparators.divergence import Comparator
    from comparators.pattern import Path


class Json:
    """The share of leaves that differ between two JSON documents.

    A leaf is a scalar or an empty container. Objects are compared member by member and arrays element by
    element, in order; where only one side has a value, or the two are of different types or unequal scalars,
    as many leaves differ as the larger side has there. The divergence is the sum of these over the sum of
    all leaves (where both have a place: the larger number). So it is symmetric, 0 only when the documents
    are equal (1 equals 1.0, true does not equal 1) and 1 when they have no leaf in common.

    Patterns are JSON Pointers in which `*` stands for any one member or element, or JSONPaths (`$..id`):
    - `ignore`: left out on both sides, with all below;
    - `paths`: only these places count, with all below; empty means all;
    - `at`: a comparator, or a Rule, for the values there. A comparator is asked where both sides have a value
      and the two are not equal, and its divergence counts for that many leaves. Of several patterns the most
      exact is taken, and of nested comparators the upper;
    - `arrays`: how the arrays there are aligned: `ordered`, which all others are, `set` (elements have no
      order; an element of one side only is missing or added), `best` (the same, but what has most in common is
      paired) or `{"key": "/id"}` (what has the same value there is paired). A difference's pointer leads into
      the legacy document, or into the model's where only that has the element.
    `null_is_missing`: a member that is null is as good as none. `numeric_strings`: "12" equals 12 and 12.0.
    `limit` is how many differences are listed; the divergence and the detail count all. Where a pointer
    would be longer than 2,000 characters, a place further up is named.

    Raises NotComparable for a body that is not JSON, or where a comparator of `at` cannot compare.
    """

    name = "json"
    nests = ("at",)

    def __init__(  # noqa: PLR0913 - each is an option of the configuration
        self,
        *,
        ignore: Sequence[str] = (),
        at: Mapping[str, Comparator | Rule] | None = None,
        paths: Sequence[str] = (),
        arrays: Mapping[str, Any] | None = None,
        null_is_missing: bool = False,
        numeric_strings: bool = False,
        limit: int = 100,
    ) -> None:
        if limit < 0:
            raise ValueError(f"limit must be at least 0, not {limit}")
        self.limit = limit
        self._null_is_missing, self._numeric_strings = null_is_missing, numeric_strings
        rules = {k: v if isinstance(v, Rule) else Rule(v) for k, v in (at or {}).items()}
        self._rules = Patterns(rules)
        self._weighted = any(r.weight is not None or r.severity is not None for r in rules.values())
        self._arrays = Patterns({k: read_alignment(v) for k, v in (arrays or {}).items()})
        self._ignored = Patterns(dict.fromkeys(ignore, True))
        keys = list(_keys(self._arrays))
        self._only = Patterns(dict.fromkeys(paths, True), further=[(key, True) for key in keys if paths])
        _check_ignored([path for path, _ in self._ignored.fixed], keys)

    def __call__(self, legacy: Answer, model: Answer, /) -> Divergence:
        """Tell how far the model's answer lies from the legacy answer."""
        legacy, model = assembled(legacy, model)
        old, new = document(legacy, "legacy"), document(model, "model")
        if same(old, new):
            return Divergence(0.0)
        if self._null_is_missing:
            old, new = without_nulls(old), without_nulls(new)
        try:
            ignored, only = self._ignored.of(old, new), self._only.of(old, new)
            scope = start(self._rules.of(old, new), self._arrays.of(old, new), only)
        except ValueError as exc:
            raise NotComparable(str(exc)) from exc
        if self._only:
            old, new = keep(old, only), keep(new, only)
        if ignored:
            old, new = prune(old, ignored), prune(new, ignored)
        walk = Walk(self.limit, weighted=self._weighted, numeric_strings=self._numeric_strings)
        walk.run(old, new, scope)
        return walk.result()


def _keys(arrays: Patterns[Alignment]) -> Iterator[Path]:
    """Give where the keys of aligned arrays' elements are."""
    return ((*path, ANY, *key) for path, alignment in arrays.fixed for key in alignment.key)


def _check_ignored(ignored: Sequence[Path], keys: Sequence[Path]) -> None:
    if () in ignored:
        raise ValueError("ignore holds '', the whole document: nothing would be left to compare")
    for key in keys:
        if any(key[: len(path)] == path for path in ignored):
            raise ValueError("ignore holds the key that the elements of an array are to be aligned by")
