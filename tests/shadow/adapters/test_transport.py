from __future__ import annotations

import pytest

from shadow.adapters.transport import Offline


async def test_without_a_connection_nothing_is_sent():
    """Asking through an adapter that only reads is a mistake of the program."""
    with pytest.raises(RuntimeError, match=r"^an adapter built without a connection cannot ask its model$"):
        await Offline().send(method=b"GET", target=b"/", headers=(), body=b"", limit=1)
