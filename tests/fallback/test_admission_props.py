"""The laws of admission, over every switch."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from fallback.admission import admit
from fallback.switch import Switch
from fallback.words import Phase

share = st.floats(0, 1)
place = st.floats(0, 1, exclude_max=True)
switches = st.builds(
    Switch, st.sampled_from(Phase), sample=share, exposure=share, killed=st.booleans(), demoted=st.booleans()
)
pins = st.none() | st.sampled_from(Phase)


@given(switches, st.none() | place, place, pins)
def test_who_is_exposed_is_called(switch, bucket, draw, pinned):
    """Nothing is served by a model that was not asked, and a kill stops both."""
    admission = admit(switch, bucket=bucket, draw=draw, pinned=pinned)
    assert admission.call_model or not admission.exposed
    assert not (switch.killed and (admission.call_model or admission.exposed))


@given(switches, st.none() | place, place, pins, share)
def test_raising_exposure_never_takes_a_request_away(switch, bucket, draw, pinned, share):
    """What was exposed stays exposed when only the exposure grows."""
    higher = replace(switch, exposure=max(switch.exposure, share))
    before = admit(switch, bucket=bucket, draw=draw, pinned=pinned)
    assert admit(higher, bucket=bucket, draw=draw, pinned=pinned).exposed or not before.exposed


@given(switches, place)
def test_no_key_no_canary(switch, draw):
    """A request without its key is exposed in live alone."""
    assert not admit(replace(switch, phase=Phase.CANARY), bucket=None, draw=draw).exposed
