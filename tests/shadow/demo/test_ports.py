import socket

import pytest

from shadow.demo import ports
from shadow.demo.options import DemoError, Ports


@pytest.fixture
def taken():
    """Give a port that something listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        yield sock.getsockname()[1]


def test_free_ports_are_taken_for_zero():
    """Each 0 becomes a free port, all of them different."""
    chosen = ports.choose(Ports(0, 0, 0, 0))

    assert len({chosen.proxy, chosen.admin, chosen.legacy, chosen.model} - {0}) == 4


def test_a_port_that_is_free_stays_as_asked():
    """What was asked for is used."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        free = sock.getsockname()[1]

    assert ports.choose(Ports(free, 0, 0, 0)).proxy == free


def test_a_taken_port_is_named_with_its_option(taken):
    """The message says which option to change, and the exit code is 2."""
    with pytest.raises(DemoError) as caught:
        ports.choose(Ports(0, taken, 0, 0))

    assert str(caught.value) == f"--admin-port: port {taken} is taken; choose others, or 0 for any free one"
    assert caught.value.code == 2


def test_every_taken_port_is_named_at_once(taken):
    """Two problems make one message."""
    with pytest.raises(DemoError) as caught:
        ports.choose(Ports(taken, 0, taken, 0))

    assert f"--port: port {taken} is taken; --legacy-port: port {taken} is taken; " in str(caught.value)


def test_a_number_that_is_no_port_is_refused():
    """65536 is told as what it is, not as a traceback."""
    with pytest.raises(DemoError, match=r"^--port: port 65536 cannot be used \("):
        ports.choose(Ports(65536, 0, 0, 0))
