"""How gunicorn serves the site; `make run` passes address and number of workers."""

import gc
import os
import re
import shutil
import tempfile
from typing import Any

from gunicorn.glogging import Logger

from ml import memory

_RESET_LINK = re.compile(r"(/accounts/reset/)[^/\s]+/[^/\s]+")
_SHARED = re.compile(r"(/shared/)[^/\s]+")
_QUERY = re.compile(r"\?\S+")  # a history that is filtered by file name


class DiscreetLogger(Logger):
    """Keeps out of the access log what erasure could not reach there: secret links, and names in queries."""

    def atoms(self, *args: Any) -> dict[str, Any]:
        atoms: dict[str, Any] = super().atoms(*args)
        for kind, instead in ((_RESET_LINK, r"\1…"), (_SHARED, r"\1…"), (_QUERY, r"?…")):
            atoms["r"] = kind.sub(instead, atoms["r"])
        return atoms


def on_starting(server: Any) -> None:
    """Memory goes back to the machine. Where somebody reads /metrics, processes count into files of a fresh folder."""
    memory.few_arenas()
    if os.environ.get("METRICS_TOKEN", "").strip():
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="fakedetect-metrics-")


def pre_fork(server: Any, worker: Any) -> None:
    """A worker has the lowest place that is free: files are as many as workers, however often one is renewed."""
    taken = {other.place for other in server.WORKERS.values()}
    worker.place = next(place for place in range(len(taken) + 1) if place not in taken)


def post_fork(server: Any, worker: Any) -> None:
    """It goes on counting where the last one in its place ended: a counter never falls."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        from prometheus_client import values

        values.ValueClass = values.MultiProcessValue(lambda: worker.place)


def post_request(worker: Any, request: Any, environ: Any, response: Any) -> None:
    memory.trim()


def on_exit(server: Any) -> None:
    if folder := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        shutil.rmtree(folder, ignore_errors=True)


def post_worker_init(worker: Any) -> None:
    """What is loaded by now stays for good: the collector need not look at it again and again. The clock starts,
    and what copies are recognised by is read."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
    from detector import fingerprints  # now, when Django is set up
    from fakedetect_site import clock

    clock.start()
    fingerprints.read_ahead()


logger_class = DiscreetLogger

worker_class = "gthread"  # threads share one loaded model, and a slow upload blocks nobody
threads = 4  # threads share one loaded model, and a slow upload blocks nobody
max_requests = 5_000  # a worker is renewed now and then, so that a leak in a decoder stays small
max_requests_jitter = 500
timeout = 120
graceful_timeout = 30
control_socket_disable = True  # nothing in the home folder, nothing to listen on
accesslog = "-"
access_log_format = '%(h)s "%(r)s" %(s)s %(b)s %(M)sms %({x-request-id}o)s'
