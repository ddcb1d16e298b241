"""Ask a FakeDetect site whether images are authentic, AI-generated or manipulated.

from fakedetect_client import Client

with Client() as site:
    result = site.check("photo.jpg")
    print(result.label, result.fake_probability)
"""

from fakedetect_client.aio import AsyncClient
from fakedetect_client.answers import Case, Checked, Copy, Me, Page, ReportCheck, Similar
from fakedetect_client.client import Client
from fakedetect_client.config import Config
from fakedetect_client.errors import (
    AnalysisFailed,
    ApiError,
    ConfigError,
    Conflict,
    FakeDetectError,
    Forbidden,
    InvalidSource,
    NotAuthenticated,
    NotFound,
    RateLimited,
    Rejected,
    ServerError,
    TimedOut,
    UnexpectedAnswer,
    Unreachable,
)
from fakedetect_client.results import Evidence, Failure, File, Model, Result, Review, Thresholds, Verdict
from fakedetect_client.retries import Retries
from fakedetect_client.webhooks import Delivery, InvalidSignature, verify

__version__ = "0.1.0"

__all__ = [
    "AnalysisFailed",
    "ApiError",
    "AsyncClient",
    "Case",
    "Checked",
    "Client",
    "Config",
    "ConfigError",
    "Conflict",
    "Copy",
    "Delivery",
    "Evidence",
    "Failure",
    "FakeDetectError",
    "File",
    "Forbidden",
    "InvalidSignature",
    "InvalidSource",
    "Me",
    "Model",
    "NotAuthenticated",
    "NotFound",
    "Page",
    "RateLimited",
    "Rejected",
    "ReportCheck",
    "Result",
    "Retries",
    "Review",
    "ServerError",
    "Similar",
    "Thresholds",
    "TimedOut",
    "UnexpectedAnswer",
    "Unreachable",
    "Verdict",
    "verify",
]
