"""What the detector's services refuse, each code with its status for HTTP."""

import logging

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts import errors
from detector.sentences import told
from fakedetect_site.storage_faults import StorageFailed
from ml.serve import CannotStart, InvalidImage

log = logging.getLogger(__name__)

_STATUS = {
    "file_too_large": 413,
    "batch_too_large": 413,
    "too_many_files": 413,
    "too_many_pixels": 413,
    "unsupported_format": 415,
    "not_an_image": 415,
    "not_found": 404,
    "not_ready": 409,
    "not_yours": 403,
    "not_for_you": 403,
    "taken": 409,
    "not_open": 409,
    "not_pending": 409,
    "appeal_pending": 409,
    "too_many_appeals": 429,
    "attachment_too_large": 413,
    "too_late": 409,
    "case_closed": 409,
    "case_full": 409,
    "already_member": 409,
    "last_owner": 409,
    "too_many_images": 413,
    "no_report_key": 503,
    "not_serving": 409,
    "already_rescoring": 409,
    "already_shadowing": 409,
    "place_remains": 409,
    "image_urls_off": 403,
    "direct_off": 403,
    "too_many_direct": 409,
    "direct_missing": 409,
    "direct_in_use": 409,
    "direct_expired": 410,
    "wrong_type": 415,
    "wrong_size": 422,
    "wrong_digest": 422,
    "links_off": 403,
    "link_unknown": 404,
    "link_ended": 410,
    "too_many_links": 409,
    "too_many_views": 409,
    "name_taken": 409,
    "busy": 503,
    "storage_failed": 503,
    "decoder_failed": 503,
    "idempotency_key_in_use": 409,
    "precondition_failed": 412,
    "idempotency_key_reused": 422,
    "idempotency_key_spent": 410,
}
# What fails for whoever asks, until somebody mends it: nothing was kept, and another try is worth it.
UNREADY = (StorageFailed, CannotStart)
_UNREADY: dict[type[Exception], tuple[str, str]] = {
    StorageFailed: (
        "storage_failed",
        gettext_noop("The storage of this site does not work just now. Try again later."),
    ),
    CannotStart: ("decoder_failed", gettext_noop("This site cannot decode images just now. Try again later.")),
}
_SOON = 30  # seconds


class Refused(errors.Refused):
    """A request that cannot be granted."""

    def __init__(self, code: str, detail: str, *, retry_after: int | None = None) -> None:
        super().__init__(code, detail, _STATUS.get(code, 400), retry_after=retry_after)


class NoModel(Exception):
    """No model is in service, or its files do not match their digests: one sentence says which."""


class PromotionRefused(Exception):
    """A model is worse than the one in service; `objections` are one sentence each."""

    def __init__(self, version: str, objections: list[str]) -> None:
        listed = " ".join(objections)
        super().__init__(
            f"Model {version} was not promoted: {listed} To let it serve all the same, force it with a reason."
        )
        self.version, self.objections = version, objections


def refused(error: InvalidImage) -> Refused:
    """The same for a door, in the language of who asks."""
    return Refused(error.code, told(error.detail))


def unready(error: Exception) -> Refused:
    """The refusal for one of UNREADY; what broke goes to the log."""
    code, sentence = next(words for kind, words in _UNREADY.items() if isinstance(error, kind))
    log.error("%s: %s", code, error, exc_info=error)
    return Refused(code, _(sentence), retry_after=_SOON)
