from hypothesis import given
from hypothesis import strategies as st

from comparators.answer import Answer
from comparators.exact import Exact
from comparators.json_value import same

scalars = (
    st.none() | st.booleans() | st.integers(0, 2) | st.sampled_from([0.0, 1.0]) | st.text("ab", max_size=2)
)
documents = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=1), inner, max_size=3),
)
answers = st.builds(Answer, st.sampled_from([200, 404]), body=st.binary(max_size=3)) | st.builds(
    lambda document: Answer.of(json=document), documents
)


@given(answers, answers)
def test_exact_is_zero_or_one_and_symmetric(legacy, model):
    """For any bytes and documents."""
    found = Exact()(legacy, model).value
    assert (found in (0.0, 1.0), Exact()(model, legacy).value) == (True, found)


@given(answers)
def test_an_answer_equals_itself(answer):
    """Whatever it is."""
    assert Exact()(answer, Answer(answer.status, answer.headers, answer.body)).value == 0.0


@given(documents, documents)
def test_documents_match_when_they_are_the_same(old, new):
    """0 for the same JSON value and 1 for any other, as a body and at a pointer alike."""
    expected = 0.0 if same(old, new) else 1.0
    whole = Exact()(Answer.of(json=old), Answer.of(json=new)).value
    inside = Exact("/x")(Answer.of(json={"x": old}), Answer.of(json={"x": new})).value
    assert (whole, inside) == (expected, expected)
