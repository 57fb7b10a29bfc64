import pytest
from hypothesis import given
from hypothesis import strategies as st

from comparators.answer import Answer
from comparators.catalog import build
from comparators.divergence import Divergence, NotComparable

documents = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["2026-11-01", "0.5", "gold", "03/04/2026", "10:30 PST"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=20,
)
SPECS = [
    {"use": "datetime", "epoch": "s"},
    {"use": "datetime", "order": "dmy", "zone": "UTC"},
    {"use": "distribution"},
    {"use": "distribution", "measure": "jensen_shannon", "scale": True},
    {"use": "label", "order": ["gold", "silver"], "separator": ","},
    {"use": "number", "decimals": 2, "ulp": 3},
    {"use": "number", "digits": 2},
    {"use": "ranking"},
    {"use": "ranking", "measure": "overlap", "depth": 2},
    {"use": "schema", "schema": {"items": {"type": "integer"}, "additionalProperties": {"minimum": 0}}},
    {"use": "status", "headers": ["content-type"]},
    {"use": "vectors"},
]


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: "-".join(map(str, spec.values()))[:40])
@given(documents, documents)
def test_any_two_documents_are_measured_or_not_comparable(spec, old, new):
    """Nothing else happens; a document and itself diverge by nothing, and sides may be swapped."""
    comparator = build(spec)
    legacy, model = Answer.of(json=old), Answer.of(json=new)
    there, back, itself = (
        asked(comparator, *pair) for pair in ((legacy, model), (model, legacy), (legacy, legacy))
    )
    assert itself in (None, 0.0)
    if getattr(comparator, "symmetric", True):
        assert (there is None) == (back is None)
        assert there is None or abs(there - back) < 1e-9


def asked(comparator, legacy, model):
    """Give the divergence, or None."""
    try:
        found = comparator(legacy, model)
    except (NotComparable, ArithmeticError):  # a number beyond a float: the fence makes it not comparable
        return None
    assert isinstance(found, Divergence)
    assert 0.0 <= found.value <= 1.0
    return found.value
