from typing import Literal

from hypothesis import given
from hypothesis import strategies as st

from comparators.options import OptionsError, build_from

names = st.sampled_from(["a", "b", "c", "d"]) | st.text(max_size=2) | st.integers()
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
)


def plugin(*, a: int, b: float = 0.0, c: Literal["x", "y"] = "x", d: list[str] | None = None) -> list:
    """Stand for any plugin."""
    return [a, b, c, d]


@given(st.dictionaries(names, values))
def test_a_plugin_is_built_with_the_right_types_or_refused(options):
    """Nothing else is raised, whatever the file holds."""
    try:
        a, b, c, d = build_from(plugin, options)
    except OptionsError:
        return
    words = [c, *(d or [])]
    assert [type(a), type(b), c in ("x", "y"), {*map(type, words)}] == [int, float, True, {str}]
