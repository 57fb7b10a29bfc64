"""A socket is bound, or it is said why not."""

from __future__ import annotations

import re
import socket

import pytest

from shadow.errors import ShadowError
from shadow.listening import bind


def test_a_bound_socket_listens_and_can_be_inherited():
    """It is handed to the workers."""
    with bind("127.0.0.1", 0, "listen") as sock:
        socket.create_connection(sock.getsockname()).close()
        assert sock.get_inheritable()


def test_a_taken_port_names_the_setting_and_the_address():
    """In the words of the operating system."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        words = f"admin: cannot listen on 127.0.0.1:{port}: Address already in use"
        with pytest.raises(ShadowError, match=re.escape(words)):
            bind("127.0.0.1", port, "admin")


def test_an_address_that_is_not_ours_is_refused():
    """TEST-NET-1 is nobody's."""
    with pytest.raises(ShadowError, match=r"listen: cannot listen on 192\.0\.2\.1:0: Cannot assign"):
        bind("192.0.2.1", 0, "listen")


def test_a_name_nobody_knows_is_refused():
    """The resolver's words stand for the operating system's."""
    with pytest.raises(ShadowError, match=r"listen: cannot listen on no\.such\.host\.invalid:0: "):
        bind("no.such.host.invalid", 0, "listen")
