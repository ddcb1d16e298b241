"""A server on loopback that takes what is sent to Sentry and by OTLP, and remembers it."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass
class Watcher:
    address: str = ""
    got: list[tuple[str, bytes]] = field(default_factory=list)

    @property
    def spans(self) -> list[Any]:
        """All that came by OTLP."""
        requests = [ExportTraceServiceRequest.FromString(body) for path, body in self.got if path == "/v1/traces"]
        groups = [scope.spans for one in requests for each in one.resource_spans for scope in each.scope_spans]
        return [span for group in groups for span in group]

    @property
    def events(self) -> list[str]:
        """The text of each envelope."""
        return [body.decode() for path, body in self.got if path.endswith("/envelope/")]


@contextmanager
def watching() -> Iterator[Watcher]:
    found = Watcher()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            packed = self.headers.get("Content-Encoding") == "gzip"
            found.got.append((self.path, gzip.decompress(body) if packed else body))
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *args: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.address = f"127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
