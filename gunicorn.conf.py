"""How gunicorn serves the site; `make run` passes address and number of workers."""

import gc
import re
from typing import Any

from gunicorn.glogging import Logger

_RESET_LINK = re.compile(r"(/accounts/reset/)[^/\s]+/[^/\s]+")


class DiscreetLogger(Logger):
    """Keeps the one-use links of password resets out of the access log."""

    def atoms(self, *args: Any) -> dict[str, Any]:
        atoms: dict[str, Any] = super().atoms(*args)
        return atoms | {"r": _RESET_LINK.sub(r"\1…", atoms["r"])}


def post_worker_init(worker: Any) -> None:
    """What is loaded by now stays for good: the collector need not look at it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


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
