from fallback.words import Failure
from shadow.errors import ShadowError
from shadow.upstream.errors import Kind, UpstreamError, UpstreamTimeout


def test_every_kind_is_recorded_as_a_failure():
    """None is without one, so that an observation can always be made."""
    assert {kind: UpstreamError(kind, "x").failure for kind in Kind} == {
        Kind.CONNECT: Failure.CONNECT,
        Kind.POOL_FULL: Failure.CONNECT,
        Kind.TIMEOUT: Failure.TIMEOUT,
        Kind.RESET: Failure.CONNECT,
        Kind.TRUNCATED: Failure.MALFORMED,
        Kind.MALFORMED: Failure.MALFORMED,
        Kind.TOO_LARGE: Failure.TOO_LARGE,
        Kind.CLOSED: Failure.CONNECT,
    }


def test_an_error_says_whether_the_request_may_have_run():
    """By default it has not left."""
    error = UpstreamTimeout("too late", sent=True)
    assert isinstance(error, ShadowError)
    assert (str(error), error.kind, error.sent) == ("too late", Kind.TIMEOUT, True)
    assert UpstreamError(Kind.CONNECT, "refused").sent is False
