"""Contexts of TLS made of PEM files."""

from __future__ import annotations

import ssl

import pytest
import trustme

from shadow.tls import TlsError, TlsFiles, client_context, server_context


@pytest.fixture(scope="module")
def pems(tmp_path_factory):
    """Give the paths of an authority's file, of a certificate of it, and of its key."""
    folder = tmp_path_factory.mktemp("pems")
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    authority.cert_pem.write_to_path(folder / "ca.pem")
    issued.cert_chain_pems[0].write_to_path(folder / "c.pem")
    issued.private_key_pem.write_to_path(folder / "k.pem")
    return tuple(str(folder / name) for name in ("ca.pem", "c.pem", "k.pem"))


def test_an_upstream_is_always_checked(pems):
    """Its certificate and its name; by the given authorities alone, or by the system's."""
    for files in (TlsFiles(), TlsFiles(ca=pems[0])):
        context = client_context(files)
        assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert len(client_context(TlsFiles(ca=pems[0])).get_ca_certs()) == 1


def test_clients_are_asked_for_a_certificate_only_when_told_so(pems):
    """Without authorities for them nobody needs one."""
    ca, cert, key = pems
    modes = [server_context(cert, key, each).verify_mode for each in (None, ca)]
    assert modes == [ssl.CERT_NONE, ssl.CERT_REQUIRED]


def test_nothing_older_than_tls_1_2_is_spoken(pems):
    """On either side."""
    ca, cert, key = pems
    contexts = (server_context(cert, key), client_context(TlsFiles()), client_context(TlsFiles(ca=ca)))
    assert {context.minimum_version for context in contexts} == {ssl.TLSVersion.TLSv1_2}


def test_an_error_names_the_setting_and_quotes_nothing(pems):
    """What stands in a file may be a secret."""
    ca, cert, key = pems
    with pytest.raises(
        TlsError, match=r"^cert and key cannot be loaded: no valid, matching PEM files$"
    ) as failed:
        server_context(cert, cert)
    assert failed.value.key == "cert"
    with pytest.raises(TlsError, match=r"^cannot be loaded: No such file or directory$") as failed:
        server_context(cert, key, f"{ca}.nowhere")
    assert failed.value.key == "client_ca"
