"""The log, without what tells of a person or a file: its copies lie where erasure cannot reach them."""

import logging
import re
import time
from typing import Any

_DIGEST = re.compile(r"\b([0-9a-f]{8})[0-9a-f]{56}\b")
_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_SHARED = re.compile(r"(/shared/)[\w-]{16,}")  # whoever reads the log shall open nothing
_ROW = re.compile(r"^(DETAIL:).*$", re.MULTILINE)  # PostgreSQL quotes the row that it refuses


class DiscreetFormatter(logging.Formatter):
    """Digests keep their first eight letters, enough to find the row; addresses go. Tracebacks are read too.

    Times are those of UTC and say so, as in the audit history: lines of several machines stand in one order.
    """

    converter = staticmethod(time.gmtime)
    default_time_format, default_msec_format = "%Y-%m-%dT%H:%M:%S", "%s.%03dZ"

    def format(self, record: logging.LogRecord) -> str:
        return discreet(super().format(record))


def discreet(line: str) -> str:
    """The line as it may be kept."""
    for kind, instead in ((_DIGEST, r"\1…"), (_ADDRESS, "…@…"), (_SHARED, r"\1…"), (_ROW, r"\1 …")):
        line = kind.sub(instead, line)
    return line


def config(level: str) -> dict[str, Any]:
    """What `LOGGING` wants: one line an event, on standard error."""
    line = {"()": DiscreetFormatter, "fmt": "{asctime} {levelname} {name} [{request_id}] {message}", "style": "{"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"request_id": {"()": "fakedetect_site.middleware.RequestIdFilter"}},
        "formatters": {"line": line},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["request_id"]}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            "axes": {"level": "ERROR"},
            "botocore": {"level": "WARNING"},
        },
    }
