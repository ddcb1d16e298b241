"""The address that was given with an upload is told its verdict. Detector and notices do not know each other."""

from typing import Any

from django.conf import settings
from django.utils import timezone

from detector import report
from detector.models import Analysis, Upload
from notices import callbacks


def given(upload: Upload, url: str) -> None:
    """Heard inside the act that makes the upload."""
    callbacks.make(person=upload.owner, target=_target(upload), url=url)


def asked(upload: Upload) -> dict[str, Any] | None:
    """What who handed the upload in is told of its callback."""
    found = callbacks.of(_target(upload))
    return {"url": found.url, "webhook": found.webhook, "secret": found.secret} if found else None


def ended(analysis: Analysis) -> None:
    """The verdict is there and nothing changes it by itself any more; or there is none, and the reason is told."""
    if callbacks.of(f"upload:{analysis.upload_id}") is None:
        return
    upload = Upload.objects.with_verdicts().get(pk=analysis.upload_id)
    told = report.of_upload(upload, base=settings.SITE_URL)
    data = {
        "text": _words(told),
        "link": told["links"]["page"],
        "target": _target(upload),
        "upload": told["id"],
        "external_id": upload.external_id or None,
        "status": told["status"],
        "sha256": told["file"]["sha256"],
        "verdict": told["verdict"],
        "error": told["error"],
        "api": told["links"]["api"],
        "at": timezone.now().isoformat(),
    }
    callbacks.ring(_target(upload), data)


def _words(told: report.Report) -> str:
    return "The verdict is there." if told["verdict"] else "This image could not be analysed."


def _target(upload: Upload) -> str:
    return f"upload:{upload.pk}"
