"""Gives a request its stable place in [0, 1). Knows nothing of what the place decides."""

from __future__ import annotations

from hashlib import blake2b

_BITS = 53  # what a float between 0 and 1 holds exactly


def bucket(key: str, salt: str) -> float:
    """Give a key's place in [0, 1): the same for ever for the same salt, and uniform over keys."""
    return _place(b"bucket", key, salt)


def draw(exchange: str, salt: str) -> float:
    """Give an exchange's draw in [0, 1), independent of its key's bucket: it decides whether it is sampled."""
    return _place(b"draw", exchange, salt)


def _place(purpose: bytes, text: str, salt: str) -> float:
    # The salt's length goes first, so that no two pairs of salt and text make the same bytes.
    spice = salt.encode("utf-8", "surrogatepass")
    data = b"%d:%b%b" % (len(spice), spice, text.encode("utf-8", "surrogatepass"))
    digest = blake2b(data, digest_size=8, person=purpose).digest()
    return (int.from_bytes(digest, "big") >> (64 - _BITS)) / (1 << _BITS)
