"""What people are told about. A kind is a name for programs and a sentence for the page that lets people choose."""

from django.utils.translation import gettext_lazy as _

REVIEW_DECIDED = "review.decided"
APPEAL_DECIDED = "appeal.decided"
CASE_ADDED = "case.added"
VERDICT_CHANGED = "verdict.changed"
DELETION_ANNOUNCED = "deletion.announced"
SHADOW_ENDED = "shadow.ended"
DRIFT_ALARM = "drift.alarm"
TRAINING_ENDED = "training.ended"
VERDICT_READY = "verdict.ready"  # of one upload, to the address that was given with it
ENDPOINT_FAILING = "webhook.failing"
TEST = "test"

# Those that an endpoint may choose among; what fails to reach an endpoint is not told to it.
KINDS = {
    REVIEW_DECIDED: _("A moderator reviewed an upload of yours"),
    APPEAL_DECIDED: _("An appeal of yours was decided"),
    CASE_ADDED: _("You were added to a case"),
    VERDICT_CHANGED: _("A newer model changed a verdict of yours"),
    DELETION_ANNOUNCED: _("An upload of yours is about to be deleted"),
    SHADOW_ENDED: _("The trial of a candidate ended by itself (administrators)"),
    DRIFT_ALARM: _("What comes in is unlike what is usual (administrators)"),
    TRAINING_ENDED: _("A retraining that you started has ended (administrators)"),
}
# What each begins with in a list; the icon of a kind that is not here is the bell.
ICONS: dict[str, str] = {
    REVIEW_DECIDED: "eye",
    APPEAL_DECIDED: "check",
    CASE_ADDED: "folder",
    VERDICT_CHANGED: "history",
    DELETION_ANNOUNCED: "trash",
    SHADOW_ENDED: "side",
    DRIFT_ALARM: "gauge",
    TRAINING_ENDED: "retry",
    ENDPOINT_FAILING: "failed",
}
