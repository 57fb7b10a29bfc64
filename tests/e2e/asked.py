"""What judges and embeddings are asked at, on a real socket, and what they were asked."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


class AskedServer(ThreadingHTTPServer):
    """A judge that prefers the longer answer, or the `shorter`, and an embedding of a text's length."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.judged: list[str] = []
        self.embedded: list[str] = []
        self.status = 200
        self.shorter = False

    @property
    def calls(self) -> int:
        """How often either was asked."""
        return len(self.judged) + len(self.embedded)

    def embed(self, text: str) -> dict[str, Any]:
        """Give an embedding."""
        self.embedded.append(text)
        return {"data": [{"embedding": [1.0, float(len(text))]}], "usage": {"prompt_tokens": 2}}

    def judge(self, said: str) -> dict[str, Any]:
        """Give the word of a judge."""
        self.judged.append(said)
        first, second = (
            said.partition(f"<{side}>")[2].partition(f"</{side}>")[0] for side in ("first", "second")
        )
        better = "first" if (len(first) > len(second)) is not self.shorter else "second"
        word = {"content": json.dumps({"better": better})}
        return {"choices": [{"message": word, "finish_reason": "stop"}]}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: AskedServer

    def do_POST(self) -> None:
        """Answer as OpenAI's API does."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/v1/embeddings":
            reply = self.server.embed(asked["input"])
        else:
            reply = self.server.judge(asked["messages"][1]["content"])
        body = json.dumps(reply).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def asked() -> Iterator[AskedServer]:
    """Serve both on a port of their own."""
    server = AskedServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
