from hypothesis import given
from hypothesis import strategies as st

from comparators.answer import Answer
from comparators.divergence import Divergence, Verdict
from comparators.panel import Entry, Panel

ANSWER = Answer.of(text="any")
shares = st.floats(0, 1)
results = (
    st.builds(Divergence, shares)
    | st.builds(
        Divergence,
        st.floats() | st.none() | st.text(max_size=2) | st.integers(),
        differences=st.none() | st.just(()),
    )
    | st.none()
    | st.builds(ValueError, st.text(max_size=3))
    | st.sampled_from([KeyError("x"), RuntimeError(), RecursionError(), MemoryError()])
)


class Any:
    """A comparator that gives or raises what it is made of."""

    def __init__(self, result):
        """Keep the result."""
        self.result = result

    def __call__(self, _legacy, _model):
        """Give or raise it."""
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


panels = st.lists(
    st.builds(Entry, st.text(max_size=1), st.builds(Any, results), shares, st.floats(0, 1e300)), max_size=5
).map(Panel)


@given(panels)
def test_no_comparator_can_make_a_panel_raise(panel):
    """The divergence stays in bounds, and the verdict is the one defined."""
    found = panel.judge(ANSWER, ANSWER)
    known = [
        (e, s.divergence)
        for e, s in zip(panel.entries, found.scores, strict=True)
        if s.divergence is not None
    ]
    if any(value > entry.tolerance for entry, value in known):
        expected = Verdict.DIVERGED
    else:
        expected = Verdict.MATCH if known and len(known) == len(found.scores) else Verdict.NOT_COMPARABLE
    assert found.verdict == expected
    assert found.divergence is None or 0.0 <= found.divergence <= 1.0


@given(panels)
def test_labels_are_unique(panel):
    """Whatever was given."""
    labels = [entry.label for entry in panel.entries]
    assert len(set(labels)) == len(labels)
