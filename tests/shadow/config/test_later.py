"""What comes with a later release is refused in words."""

from __future__ import annotations

import pytest

HEAD = """\
legacy: {url: "http://127.0.0.1:9001"}
models:
  parser:
    adapter: passthrough
    url: http://127.0.0.1:9002
"""
ROUTE = """\
routes:
  a:
    match: {path: /a}
    model: parser
"""


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            f"{HEAD}    budget: {{per_day: 25.00}}\n",
            "models.parser.budget (line 6): budgets come with a later release; leave it out for now",
        ),
        (
            f"{HEAD}store: postgresql://user@host/db\n",
            "store (line 6): PostgreSQL comes with a later release; use sqlite:///PATH for now",
        ),
        (
            f"{HEAD}admin: {{host: 0.0.0.0}}\n",
            (
                "admin.host (line 6): an admin API beyond loopback needs tokens, which come "
                "with a later release; "
                "use 127.0.0.1 for now"
            ),
        ),
        (
            f"{HEAD}admin:\n  tokens: {{ops: {{role: operator, token: t0ken}}}}\n",
            (
                "admin.tokens (line 7): tokens come with a later release; leave them out and "
                "keep admin on loopback "
                "for now"
            ),
        ),
        (
            f"{HEAD}{ROUTE}    guards: [{{rate: diverged, above: 5%, then: shadow}}]\n",
            "routes.a.guards (line 10): guards come with a later release; leave them out for now",
        ),
        (
            f"{HEAD}{ROUTE}    rollout: {{advance: auto}}\n",
            (
                "routes.a.rollout.advance (line 10): automatic promotion comes with a later "
                "release; use manual for now"
            ),
        ),
        (
            f'{HEAD}{ROUTE}    mask: [email, {{json: /ssn}}, {{regex: "[A-Z]+"}}]\n',
            (
                "routes.a.mask (line 10): masking comes with a later release; leave it out "
                "and say keep: {bodies: "
                "hashed} or {bodies: none} if bodies must not be stored"
            ),
        ),
    ],
)
def test_a_later_capability_is_refused_with_path_and_line(file, text, line):
    """It is understood, told to be missing, and never silently ignored."""
    assert file.refused(text) == [line]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"{HEAD}    budget: {{per_week: 1}}\n", "models.parser.budget.per_day (line 6): is missing"),
        (
            f"{HEAD}{ROUTE}    mask: [phon]\n",
            'routes.a.mask[0] (line 10): must be email, phone, card, {json: /pointer} or {regex: "…"}',
        ),
        (
            f"{HEAD}{ROUTE}    mask: [{{regex: '('}}]\n",
            "routes.a.mask[0] (line 10): not a regular expression: missing ), unterminated subpattern",
        ),
        (
            f"{HEAD}{ROUTE}    guards: [{{rate: diverged, above: 5, then: shadow}}]\n",
            'routes.a.guards[0].above (line 10): must be a number from 0 to 1, or a percentage like "10%"',
        ),
    ],
)
def test_a_later_capability_must_have_its_shape(file, text, line):
    """A mistake in it is told as a mistake."""
    assert file.refused(text)[0] == line


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.9.1", "::1", '"[::1]"'])
def test_admin_may_listen_on_any_loopback_address(file, host):
    """Loopback has many names."""
    assert file.load(f"{HEAD}admin:\n  host: {host}\n").admin.host == host.strip('"')


def test_empty_lists_of_later_things_ask_for_nothing(file):
    """Saying none is not asking for any."""
    assert file.load(f"{HEAD}{ROUTE}    guards: []\n    mask: []\n").routes["a"].guards == ()
