"""The laws of estimators that need more than the answer."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from comparators.answer import Answer
from comparators.divergence import Verdict
from comparators.panel import Judgement
from fallback.confidence.agreement import Agreement, Samples
from fallback.confidence.case import Case
from fallback.confidence.simple import Constant

shares = st.floats(0, 1)
judgements = st.builds(
    Judgement, verdict=st.sampled_from(Verdict), divergence=st.none() | shares, scores=st.just(())
)
bands = st.tuples(shares, shares).filter(lambda band: band[0] < band[1])


@given(st.none() | judgements, st.sampled_from(["divergence", "verdict"]))
def test_agreement_is_none_or_a_confidence(judgement, by):
    """Whatever the panel says."""
    found = Agreement(by)(Case(Answer(), judgement))
    assert found is None or 0 <= found <= 1


@given(bands, shares, st.lists(judgements, min_size=3, max_size=3))
def test_samples_stay_on_the_first_estimators_side_of_the_band(band, sure, judged):
    """Within it where it lies within, and where it is elsewhere."""
    samples = Samples(k=3, first=Constant(sure), between=band)
    found = samples(Case(Answer(), samples=tuple(judged)))
    low, high = band
    if low <= sure <= high:
        assert low <= found <= high
    else:
        assert found == sure


@given(st.lists(judgements, min_size=2, max_size=6), st.data())
def test_one_more_match_never_makes_it_less(judged, data):
    """The share is monotone."""
    at = data.draw(st.integers(0, len(judged) - 1))
    better = [*judged[:at], Judgement(Verdict.MATCH, 0.0, ()), *judged[at + 1 :]]
    samples = Samples(k=len(judged))
    assert samples(Case(Answer(), samples=tuple(better))) >= samples(Case(Answer(), samples=tuple(judged)))
