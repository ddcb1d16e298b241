"""What each act in the history is called. An act that is not listed is called by its code.

`{label}` and its like stand for a detail of the event; where the event has none, the sentence ends before it.
"""

from collections.abc import Mapping
from typing import Any

WORDS = {
    "account.changed": "E-mail address changed",
    "account.created": "Account made",
    "account.deactivated": "Account deactivated",
    "account.preferences": "Language or time zone changed",
    "account.reactivated": "Account reactivated",
    "analysis.asked": "Analysis by the model in service asked for",
    "analysis.failed": "Could not be analysed",
    "analysis.retried": "Analysed once more",
    "appeal.attachment_read": "File of an appeal looked at",
    "appeal.decided": "Appeal decided: {outcome}",
    "appeal.made": "Verdict disputed by its owner",
    "appeal.withdrawn": "Appeal withdrawn",
    "audit.erased": "A person was forgotten in the history",
    "audit.exported": "History exported: {format}",
    "audit.guarded": "Missing triggers of the history put back",
    "batch.cancelled": "Batch cancelled",
    "batch.created": "Batch handed in",
    "batch.finished": "Batch done",
    "case.changed": "Case changed: {changed}",
    "case.closed": "Case closed",
    "case.created": "Case opened",
    "case.deleted": "Case deleted",
    "case.exported": "Case exported",
    "case.left": "Case left",
    "case.member_added": "Member added: {role}",
    "case.member_changed": "Member changed: {to}",
    "case.member_removed": "Member removed",
    "case.note_added": "Note added",
    "case.note_deleted": "Note deleted",
    "case.reopened": "Case opened again",
    "case.report_made": "Report of a case made: {format}",
    "case.uploads_added": "Images put into a case",
    "case.uploads_removed": "Images taken out of a case",
    "case.viewed": "Case looked at",
    "consent.given": "Consent given: {purpose}",
    "consent.withdrawn": "Consent withdrawn: {purpose}",
    "data.exported": "All data of a person exported",
    "dataset.exported": "Data set exported",
    "desk.habits": "Habits of the desk changed",
    "drift.alarm": "Alarm: scores or images have changed",
    "erasure.asked": "Erasure with all traces asked for",
    "erasure.done": "Erased with all traces",
    "guide.closed": "First steps put away",
    "ledger": "Deeper checks done",
    "ledger.failed": "Deeper checks broke off",
    "ledger.retried": "Deeper checks run once more",
    "login": "Logged in",
    "limits.changed": "Limits of one person changed",
    "login.failed": "Log-in failed",
    "login.locked": "Locked out after failed log-ins",
    "logout": "Logged out",
    "mistake.entered": "A confirmed mistake of the machine, kept as a test",
    "mistake.left": "No longer kept as a test",
    "model.promoted": "Model put into service",
    "model.registered": "Model registered",
    "notices.mailing": "E-mails of notices changed: {to}",
    "password.changed": "Password changed",
    "queue.added": "Waits for a person: {reason}",
    "queue.assigned": "Assigned to a reviewer",
    "queue.claimed": "Taken up by a reviewer",
    "queue.raised": "Waits for a person: {reason}",
    "queue.released": "Put back into the queue",
    "queue.withdrawn": "Taken out of the queue",
    "regression.exported": "Confirmed mistakes exported",
    "report.made": "Report made: {format}",
    "rescoring.cancelled": "Scoring anew cancelled",
    "rescoring.finished": "Scoring anew finished",
    "rescoring.started": "Scoring anew started",
    "retention.chosen": "Retention period chosen: {days}",
    "review.decided": "Decided by a person: {decision}",
    "review.effective": "Decision final: {decision}",
    "review.undone": "Decision taken back",
    "role.changed": "Role changed: {to}",
    "shadow.ended": "Trial of a candidate ended: {because}",
    "shadow.started": "Trial of a candidate started",
    "share.made": "Link to the verdict made",
    "share.opened": "Opened by a link",
    "share.revoked": "Link to the verdict ended",
    "token.issued": "API token issued",
    "token.revoked": "API token revoked",
    "token.used": "API token used",
    "training.cancel_asked": "Training asked to end",
    "training.cancelled": "Training cancelled",
    "training.done": "Training done",
    "training.failed": "Training broke off",
    "training.started": "Training started",
    "trust_list.updated": "Trust list replaced",
    "upload.created": "Handed in",
    "upload.deleted": "Deleted: {reason}",
    "upload.noted": "Note changed",
    "upload.tagged": "Tags changed",
    "uploads.exported": "List of uploads exported: {format}",
    "uploads.tagged": "Tags given to several uploads",
    "uploads.untagged": "Tags taken from several uploads",
    "upload.kept": "Kept, whatever the retention periods say",
    "upload.kept_no_more": "Follows the retention periods again",
    "upload.viewed": "Looked at",
    "verdict": "Verdict of the machine: {label}",
    "verdict.revised": "Verdict revised by the evidence: {to}",
    "verdict.shown_again": "An earlier verdict shown again: {label}",
    "view.deleted": "Saved view deleted",
    "view.renamed": "Saved view renamed",
    "view.saved": "View of the history saved",
    "webhook.changed": "Webhook changed",
    "webhook.made": "Webhook made",
    "webhook.removed": "Webhook removed",
    "webhook.resent": "Webhook sent again",
    "webhook.rotated": "Secret of a webhook changed",
    "webhook.tested": "Webhook tested",
}
_VALUES = {
    "ai_generated": "AI-generated",
    "csv": "CSV",
    "json": "JSON",
    "jsonl": "JSON lines",
    "low_margin": "near the threshold",
    "pdf": "PDF",
    "sampled": "drawn at random",
    "second": "second opinion",
}
_OF_THE_MACHINE = {"authentic": "no sign of manipulation found"}  # which never calls an image authentic


def say(action: str, details: Mapping[str, Any]) -> str:
    """One act in words."""
    words, _, name = WORDS.get(action, _plain(action)).partition(": {")
    value = details.get(name.rstrip("}"))
    return f"{words}: {_value(action, value)}" if name and value not in (None, "", []) else words


def _value(action: str, value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(_value(action, one) for one in value)
    word = str(value)
    machines = _OF_THE_MACHINE.get(word) if action.startswith("verdict") else None
    return machines or _VALUES.get(word) or word.replace("_", " ")


def _plain(action: str) -> str:
    return action.replace(".", ": ", 1).replace("_", " ").capitalize()
