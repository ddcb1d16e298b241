"""A small real server that fails as real ones do, and may pass what it is asked on to the live site."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

HOP = {"host", "connection", "transfer-encoding", "content-length", "content-encoding", "date", "server"}


@dataclass
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Flaky:
    """`moods` are lived through one a request; when they are over, every request is passed on to `behind`."""

    moods: list[Callable] = field(default_factory=list)
    behind: str = ""
    asked: list[Asked] = field(default_factory=list)

    def __enter__(self) -> "Flaky":
        self.lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"flaky": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()
        return self

    def __exit__(self, *error) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(10)

    def next_mood(self, asked: Asked) -> Callable:
        with self.lock:
            self.asked.append(asked)
            return self.moods.pop(0) if self.moods else pass_on

    @property
    def keys(self) -> list[str]:
        return [one.headers.get("idempotency-key", "") for one in self.asked]


class _Handler(BaseHTTPRequestHandler):
    flaky: Flaky
    protocol_version = "HTTP/1.1"

    def one(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(self.command, self.path, headers, body)
        self.flaky.next_mood(asked)(self, asked)

    do_GET = do_POST = do_DELETE = do_PATCH = one

    def log_message(self, *anything) -> None:
        """Quiet."""

    def say(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def saying(status: int, body: bytes = b"", **headers: str) -> Callable:
    return lambda handler, asked: handler.say(status, body, **headers)


def hang_up(handler, asked) -> None:
    """Close without a word."""
    handler.close_connection = True


def pass_on(handler, asked) -> None:
    """As a proxy does."""
    answer = _fetched(handler, asked)
    kept = {name: value for name, value in answer.headers.items() if name.lower() not in HOP}
    handler.say(answer.status_code, answer.content, **kept)


def pass_on_and_hang_up(handler, asked) -> None:
    """The site has done it, and nobody hears of it."""
    _fetched(handler, asked)
    handler.close_connection = True


def cut_short(handler, asked) -> None:
    """An answer that ends in its middle."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"id": "')
    handler.close_connection = True


def _fetched(handler, asked) -> httpx.Response:
    headers = {name: value for name, value in asked.headers.items() if name not in {"host", "connection"}}
    with httpx.Client(timeout=60) as client:
        return client.request(asked.method, handler.flaky.behind + asked.path, content=asked.body, headers=headers)
