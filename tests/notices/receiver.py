"""A program that takes webhooks, on a real socket: it can fail, stall, send elsewhere and talk nonsense."""

import base64
import contextlib
import hashlib
import hmac
import socket
import threading
from dataclasses import dataclass, field


@dataclass
class Taken:
    """One request as it arrived."""

    head: str
    headers: dict[str, str]
    body: str

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


@dataclass
class Receiver:
    """Answers with what `answers` holds, one a request, the last for ever. An answer is bytes, or a function of the
    connection that does whatever it likes with it."""

    answers: list = field(default_factory=lambda: [OK])
    taken: list[Taken] = field(default_factory=list)
    connections: int = 0

    def __enter__(self) -> "Receiver":
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/hook"
        self.socket.settimeout(0.1)
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *error) -> None:
        self.over.set()
        self.socket.close()
        self.thread.join(10)

    def serve(self) -> None:
        while not self.over.is_set():
            try:
                connection, _ = self.socket.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.one, args=(connection,), daemon=True).start()

    def one(self, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(30)
            self.taken.append(request := read(connection))
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            with contextlib.suppress(OSError):  # the sender hangs up on some, as it should
                answer(connection, self, request) if callable(answer) else connection.sendall(answer)

    @property
    def ids(self) -> list[str]:
        return [one.id for one in self.taken]


def read(connection: socket.socket) -> Taken:
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
    while len(body) < int(headers.get("content-length", 0)):
        body += connection.recv(65536)
    return Taken(lines[0], headers, body.decode())


def answer(status: str, *headers: str, body: str = "") -> bytes:
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", body]
    return "\r\n".join(lines).encode()


OK = answer("204 No Content")
BROKEN = answer("500 Internal Server Error")
NONSENSE = b"\x00\xff I am a toaster \r\n\r\n"


def hang_up(connection, receiver, request) -> None:
    """Close without a word."""


def stall(connection, receiver, request) -> None:
    """Say nothing until the other side gives up."""
    receiver.over.wait(30)


def drip(connection, receiver, request) -> None:
    """One byte now and then, for ever: no single read ever times out."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Drip: ")
    while not receiver.over.wait(0.05):
        connection.sendall(b".")


def flood(connection, receiver, request) -> None:
    """Headers without an end, as fast as they go."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while not receiver.over.is_set():
        connection.sendall(b"X-Flood: " + b"x" * 4000 + b"\r\n")


def verified(secret: str, taken: Taken) -> bool:
    """What docs/api.md tells a receiver to do, in the words of this test."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{taken.headers['webhook-id']}.{taken.headers['webhook-timestamp']}.{taken.body}".encode()
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return any(
        hmac.compare_digest(one.partition(",")[2], expected) for one in taken.headers["webhook-signature"].split(" ")
    )
