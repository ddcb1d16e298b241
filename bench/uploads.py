"""Uploads a second: FakeDetect as `make run` serves it, beside the origin's design, in interleaved rounds of one run.

    python bench/uploads.py [--rounds 5] [--seconds 8] [--clients 8] [--network MobileNetV3Small] [FOLDER of images]

Both run with two gunicorn workers on this machine. Ours does all that the product does: it checks a token, validates,
hashes, stores, scores three views for stability, writes verdict, evidence and audit, and makes a thumbnail.
"""

import argparse
import http.client
import itertools
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
BOUNDARY = "fakedetect-bench-boundary"


def main() -> None:
    options = _options()
    bodies = [_multipart(data) for data in _pictures(options.folder)]
    with tempfile.TemporaryDirectory() as var:
        headers = {"Authorization": f"Bearer {_installation(var)}"}
        with _ours(var) as ours, _origin(options.network) as origin:
            sides = {"fakedetect": (ours, "/api/v1/uploads/", headers), "origin": (origin, "/predict", {})}
            rates = _measure(sides, bodies, options)
    _show(rates)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, help="images to upload; default: pictures made on the spot")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--network", help="of the origin's side: a name of keras.applications; default: our own model")
    return parser.parse_args()


def _pictures(folder: Path | None) -> list[bytes]:
    """Two hundred different files: no side may live on a cache."""
    if folder:
        return [path.read_bytes() for path in sorted(folder.rglob("*.jpg"))[:400]]
    from tests.factories import image_bytes

    return [image_bytes(width=256, height=256, seed=seed, quality=75) for seed in range(200)]


def _multipart(data: bytes) -> bytes:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="image"; filename="x.jpg"\r\n\r\n'
    return head.encode() + data + f"\r\n--{BOUNDARY}--\r\n".encode()


def _installation(var: str) -> str:
    """A fresh installation and a token for it."""
    environment = {**os.environ, "FAKEDETECT_VAR": var}
    for arguments in (["bootstrap"], ["issue_token", "admin", "--name", "bench"]):
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT, env=environment, check=True, capture_output=True, text=True,
        )  # fmt: skip
    return done.stdout.strip()


@contextmanager
def _ours(var: str) -> Iterator[int]:
    with _gunicorn("fakedetect_site.wsgi", {"FAKEDETECT_VAR": var, "LOG_LEVEL": "ERROR"}, []) as port:
        yield port


@contextmanager
def _origin(network: str | None) -> Iterator[int]:
    from ml.registry import shipped

    network = network or str(shipped() / "model.keras")
    environment = {"ORIGIN_NETWORK": network, "TF_CPP_MIN_LOG_LEVEL": "3"}
    plain = ["--config", "/dev/null", "--worker-class", "sync"]  # not our gunicorn.conf.py
    with _gunicorn("bench.origin_app:app", environment, plain) as port:
        yield port


@contextmanager
def _gunicorn(application: str, environment: dict[str, str], extra: list[str]) -> Iterator[int]:
    port = _free_port()
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        application,
        "--bind",
        f"127.0.0.1:{port}",
        "--workers",
        "2",
        *extra,
    ]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    for _ in range(300):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            connection.request("GET", "/")
            connection.getresponse().read()
            return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("a server did not start")


def _measure(sides: dict, bodies: list[bytes], options: argparse.Namespace) -> dict[str, list[float]]:
    rates: dict[str, list[float]] = {name: [] for name in sides}
    for number in range(-1, options.rounds):  # the first round warms up and is not counted
        for name, side in sides.items():
            rate = _round(*side, bodies, options.seconds, options.clients)
            if number >= 0:
                rates[name].append(rate)
                print(f"round {number + 1}: {name} {rate:.1f} uploads/s", file=sys.stderr)
    return rates


def _round(port: int, path: str, headers: dict, bodies: list[bytes], seconds: float, clients: int) -> float:
    counts = [0] * clients
    deadline = time.monotonic() + seconds
    jobs = [
        threading.Thread(target=_client, args=(port, path, headers, bodies, deadline, counts, index))
        for index in range(clients)
    ]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()
    return sum(counts) / seconds


def _client(port: int, path: str, headers: dict, bodies: list, deadline: float, counts: list, index: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    kind = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    for body in itertools.cycle(random.sample(bodies, len(bodies))):
        if time.monotonic() >= deadline:
            return
        connection.request("POST", path, body, headers | kind)
        response = connection.getresponse()
        content = response.read()
        if response.status not in (200, 201):
            raise SystemExit(f"{path} answered {response.status}: {content[:200]!r}")
        counts[index] += 1


def _show(rates: dict[str, list[float]]) -> None:
    for name, values in rates.items():
        spread = f"{min(values):.1f} to {max(values):.1f}"
        print(f"{name:11} {statistics.median(values):6.1f} uploads/s (median; {spread})")
    ratios = [ours / origin for ours, origin in zip(rates["fakedetect"], rates["origin"], strict=True)]
    spread = f"{min(ratios):.1f} to {max(ratios):.1f}"
    print(f"ratio       {statistics.median(ratios):6.1f} (median of {len(ratios)} pairs; {spread})")


if __name__ == "__main__":
    main()
