"""The TLS settings of the listener, of legacy and of models: in pairs, to some effect, and files that load."""

from __future__ import annotations

import pytest
import trustme

from shadow.config.hashes import config_hash
from shadow.config.load import load

SECTIONS = {
    "listen": "legacy: {url: 'http://h'}\nlisten:\n",
    "legacy": "legacy:\n  url: https://h\n",
    "models.m": "legacy: {url: 'http://h'}\nmodels:\n m:\n  adapter: passthrough\n  url: https://h\n",
}
UPSTREAMS = [name for name in SECTIONS if name != "listen"]
each_section = pytest.mark.parametrize("section", SECTIONS)
each_upstream = pytest.mark.parametrize("section", UPSTREAMS)


@pytest.fixture
def pems(file):
    """Put an authority, a certificate of it and some garbage beside the configuration."""
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    authority.cert_pem.write_to_path(file.folder / "ca.pem")
    certificate.cert_chain_pems[0].write_to_path(file.folder / "c.pem")
    certificate.private_key_pem.write_to_path(file.folder / "k.pem")
    authority.issue_cert("127.0.0.1").private_key_pem.write_to_path(file.folder / "other.pem")
    (file.folder / "garbage.pem").write_text("garbage")
    (file.folder / "empty.pem").write_text("")


def refusal(file, section, **keys) -> list[str]:
    """Give what is wrong with a section that has these keys, each without its line."""
    lines = file.refused(SECTIONS[section] + "".join(f"  {key}: {name}.pem\n" for key, name in keys.items()))
    return [f"{line.partition(' (')[0]}: {line.partition('): ')[2]}" for line in lines]


@each_section
@pytest.mark.parametrize(("given", "missing"), [("cert", "key"), ("key", "cert")])
def test_one_half_of_a_certificate_is_refused(file, pems, section, given, missing):
    """TLS needs both."""
    assert refusal(file, section, **{given: "c"}) == [
        f"{section}.{given}: TLS needs both cert and key; {missing} is missing"
    ]


@each_section
@pytest.mark.parametrize(
    ("cert", "key", "why"),
    [
        ("nowhere", "k", "No such file or directory"),
        ("garbage", "k", "no valid, matching PEM files"),
        ("empty", "k", "no valid, matching PEM files"),
        ("c", "garbage", "no valid, matching PEM files"),
        ("c", "other", "no valid, matching PEM files"),
    ],
)
def test_a_certificate_that_cannot_be_used_is_refused(file, pems, section, cert, key, why):
    """The start is refused, not the first handshake."""
    assert refusal(file, section, cert=cert, key=key) == [
        f"{section}.cert: cert and key cannot be loaded: {why}"
    ]


@each_section
@pytest.mark.parametrize(
    ("ca", "why"),
    [
        ("nowhere", "No such file or directory"),
        ("garbage", "it holds no certificate in PEM form"),
        ("empty", "it holds no certificate in PEM form"),
        ("k", "it holds no certificate in PEM form"),
    ],
)
def test_authorities_that_cannot_be_used_are_refused(file, pems, section, ca, why):
    """Nobody could be trusted by them."""
    key = "client_ca" if section == "listen" else "ca"
    assert refusal(file, section, cert="c", key="k", **{key: ca}) == [
        f"{section}.{key}: cannot be loaded: {why}"
    ]


def test_client_certificates_need_tls(file, pems):
    """Without it nobody could show one."""
    assert refusal(file, "listen", client_ca="ca") == [
        "listen.client_ca: needs TLS: cert and key are missing"
    ]


@each_upstream
@pytest.mark.parametrize("key", ["ca", "cert"])
def test_what_would_have_no_effect_is_refused(file, pems, section, key, monkeypatch):
    """Whoever names authorities believes that they are asked."""
    monkeypatch.setitem(SECTIONS, section, SECTIONS[section].replace("https:", "http:"))
    pair = {"cert": "c", "key": "k"} if key == "cert" else {"ca": "ca"}
    assert refusal(file, section, **pair) == [
        f"{section}.{key}: has no effect: url does not begin with https://"
    ]


def test_files_are_found_beside_the_configuration(file, pems):
    """Their paths are absolute from then on, and none of them is part of a hash."""
    keys = "  ca: ca.pem\n  cert: c.pem\n  key: k.pem\n"
    text = f"legacy:\n  url: https://h\n{keys}models:\n m:\n  adapter: passthrough\n  url: https://h\n{keys}"
    config = load(file.write(f"{text}listen: {{cert: c.pem, key: k.pem, client_ca: ca.pem}}\n"), environ={})
    found = [(each.cert, each.key) for each in (config.listen, config.legacy, config.models["m"])]
    found += [(config.listen.client_ca, config.legacy.ca), (config.models["m"].ca, config.legacy.ca)]
    pair, authorities = ("c.pem", "k.pem"), ("ca.pem", "ca.pem")
    assert found == [
        tuple(str(file.folder / name) for name in names) for names in (*[pair] * 3, *[authorities] * 2)
    ]
    assert config_hash(config) == config_hash(load(file.write(text.replace(keys, "")), environ={}))
