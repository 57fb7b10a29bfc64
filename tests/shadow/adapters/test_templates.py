from __future__ import annotations

import pytest

from shadow.adapters.templates import AdapterError, Compiler, RenderFailed

KNOWN = {"reply": None, "text": None, "request": frozenset({"json", "path"})}


def _text(source, **names):
    return Compiler(limit=1000).text(source, "ask.user", KNOWN).render(names)


def _document(document, **names):
    return Compiler(limit=1000).document(document, "answer.body", KNOWN).render(names)


def _problems(source):
    compiler = Compiler(limit=1000)
    compiler.text(source, "ask.user", KNOWN)
    with pytest.raises(AdapterError) as caught:
        compiler.finish("models.m")
    return caught.value.problems


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("no template\n", "no template\n"),
        ("{{ text }}\n", "<a> & b\n"),
        ("{{ reply.name }}", "Oak"),
        ("{{ reply.items }}", "[1,2]"),
        ("{{ reply.deep }}", '{"k":null}'),
        ("{{ reply.yes }} {{ none }}", "true null"),
        ("{{ reply.deep | tojson }}", '{"k":null}'),
        ("{{ reply.deep | tojson(2) }}", '{\n  "k": null\n}'),
        ("{{ text | tojson }}", '"<a> & b"'),
        ("{% for key, value in reply.deep.items() %}{{ key }}{% endfor %}", "k"),
        ("{{ reply.missing | default('-') }}", "-"),
    ],
)
def test_a_template_gives_text_and_never_python_or_html(source, text):
    """Values that are no text or number appear as JSON; nothing is escaped for HTML."""
    reply = {"name": "Oak", "items": [1, 2], "deep": {"k": None}, "yes": True}
    assert _text(source.replace("none", "reply.deep.k"), reply=reply, text="<a> & b") == text


@pytest.mark.parametrize("value", [5, 1.5, True, None, "01", [1], {"a": 1}])
def test_one_expression_keeps_the_type_of_its_value(value):
    """A string that is a single expression gives the value itself; with anything around it, text."""
    assert _document({"x": ["{{ reply }}", " {{- reply -}}\n"]}, reply=value) == {"x": [value, value]}


def test_mixed_text_gives_a_string_and_the_rest_stays_as_it_is():
    """Only strings are templates; names, numbers and null are not touched."""
    document = {"{{ text }}": 1, "n": None, "s": "no {{ reply }}", "two": "{{ reply }}{{ reply }}"}
    assert _document(document, reply=5) == {"{{ text }}": 1, "n": None, "s": "no 5", "two": "55"}


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("a\nb\n{{ text }", "ask.user, template line 3: unexpected '}'"),
        (
            "{{ requst.json }}",
            'ask.user, template line 1: "requst" is unknown; a template here sees reply and ',
        ),
        ("\n{{ request.jsno }}", 'ask.user, template line 2: request has no "jsno"; it has json, path'),
        (
            "{% if text %}{{ text | upcase }}{% endif %}",
            'ask.user, template line 1: there is no filter "upcase"',
        ),
        ("{{ text is shiny }}", 'ask.user, template line 1: there is no test "shiny"'),
        (
            "{% include 'x' %}",
            "ask.user, template line 1: a template stands alone: no include, import or extends",
        ),
        ("{{ [1] | random }}", 'ask.user, template line 1: there is no filter "random"'),
        ("{{ lipsum() }}", 'ask.user, template line 1: "lipsum" is unknown'),
    ],
)
def test_what_can_never_work_is_found_when_it_is_compiled(source, problem):
    """Syntax, unknown names, attributes, filters and tests are told with key and line before any request."""
    (found,) = _problems(source)
    assert found.startswith(problem)


def test_every_problem_is_told_at_once():
    """One error holds the problems of all templates, each on a line that names the model."""
    compiler = Compiler(limit=10)
    compiler.document({"a": "{{ x }}", "b": ["{{"]}, "answer.body", KNOWN)
    with pytest.raises(AdapterError) as caught:
        compiler.finish("models.m")
    lines = str(caught.value).splitlines()
    assert [line.partition(",")[0] for line in lines] == [
        "models.m: answer.body.a",
        "models.m: answer.body.b[0]",
    ]


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("{{ reply.name }}", "'dict object' has no attribute 'name'"),
        ("{{ reply.name | tojson }}", "'dict object' has no attribute 'name'"),
        ("{{ text.__class__.__mro__ }}!", "access to attribute '__class__' of 'str' object is unsafe."),
        ("{% set _ = reply.update({'a': 1}) %}", "'dict' object attribute 'update' unsafe"),
        ("{{ text | int + 'secret' }}", "TypeError"),
        ("{{ text }}" * 101, "gives more than 1000 characters"),
    ],
)
def test_a_template_that_fails_names_its_key_and_quotes_no_data(source, why):
    """Missing values, forbidden access and wrong types are failures, told without the data."""
    with pytest.raises(RenderFailed) as caught:
        _text(source, reply={}, text="0123456789")
    assert str(caught.value).startswith("ask.user: ")
    assert why.split("'")[0] in str(caught.value)
    assert "0123456789" not in str(caught.value)


def test_a_missing_value_fails_as_a_typed_expression_too():
    """A single expression never gives an undefined value."""
    with pytest.raises(RenderFailed) as caught:
        _document({"a": "{{ reply.name }}"}, reply={})
    assert str(caught.value) == "answer.body.a: 'dict object' has no attribute 'name'"


def test_a_template_cannot_change_what_it_is_given():
    """Methods that would change a list or an object are refused."""
    given = [1]
    with pytest.raises(RenderFailed, match=r"^answer\.body: "):
        _document("{{ reply.append(2) }}", reply=given)
    assert given == [1]
