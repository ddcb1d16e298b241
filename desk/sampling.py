"""Which verdicts somebody should look at: those that are doubtful, and a random share of all.

The random share is drawn by a keyed hash of the upload: reproducible, unknown to who uploads, and blind to the
verdict. Error rates that are estimated from it are therefore not biased towards the doubtful.
"""

from uuid import UUID

from django.conf import settings
from django.utils.crypto import salted_hmac

from desk.models import Reason
from detector import models_in_use, report
from detector.models import Analysis, Label

_SALT = "desk.sampling"


def is_drawn(upload_id: UUID) -> bool:
    """Whether this upload is in the random sample: the same answer for the same key and share, always."""
    digest = salted_hmac(_SALT, upload_id.hex, algorithm="sha256").digest()
    return int.from_bytes(digest, "big") < float(settings.SAMPLE_SHARE) * 2.0 ** (8 * len(digest))


def doubt(analysis: Analysis) -> Reason | None:
    """Why this verdict is doubtful, or None."""
    if analysis.label == Label.INCONCLUSIVE:
        return Reason.INCONCLUSIVE
    return Reason.LOW_MARGIN if _is_near(analysis) else None


def _is_near(analysis: Analysis) -> bool:
    """Whether the probability lies next to a threshold, just outside of the inconclusive band."""
    marks = report.thresholds(models_in_use.card_of(analysis.model))
    if marks is None or analysis.fake_probability is None:
        return False
    return any(abs(analysis.fake_probability - mark) < settings.LOW_MARGIN for mark in marks.values())
