"""How gunicorn serves the site; `make run` passes address and number of workers."""

import gc
import re
from typing import Any

from gunicorn.glogging import Logger

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


def post_worker_init(worker: Any) -> None:
    """What is loaded by now stays for good: the collector need not look at it again and again. The clock starts."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
    from fakedetect_site import clock  # now, when Django is set up

    clock.start()


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
