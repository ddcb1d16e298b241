"""What each act in the history is called. An act that is not listed is called by its code.

`{label}` and its like stand for a detail of the event; where the event has none, the sentence ends before it.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

WORDS = {
    "access.refused": gettext_noop("Asked for what is not allowed: {view}"),
    "account.changed": gettext_noop("E-mail address changed"),
    "account.created": gettext_noop("Account made"),
    "account.deactivated": gettext_noop("Account deactivated"),
    "account.preferences": gettext_noop("Language or time zone changed"),
    "account.reactivated": gettext_noop("Account reactivated"),
    "analysis.asked": gettext_noop("Analysis by the model in service asked for"),
    "analysis.failed": gettext_noop("Could not be analysed"),
    "analysis.retried": gettext_noop("Analysed once more"),
    "appeal.attachment_read": gettext_noop("File of an appeal looked at"),
    "appeal.decided": gettext_noop("Appeal decided: {outcome}"),
    "appeal.made": gettext_noop("Verdict disputed by its owner"),
    "appeal.withdrawn": gettext_noop("Appeal withdrawn"),
    "audit.erased": gettext_noop("A person was forgotten in the history"),
    "audit.exported": gettext_noop("History exported: {format}"),
    "audit.guarded": gettext_noop("Missing triggers of the history put back"),
    "batch.cancelled": gettext_noop("Batch cancelled"),
    "batch.created": gettext_noop("Batch handed in"),
    "batch.finished": gettext_noop("Batch done"),
    "case.changed": gettext_noop("Case changed: {changed}"),
    "case.closed": gettext_noop("Case closed"),
    "case.created": gettext_noop("Case opened"),
    "case.deleted": gettext_noop("Case deleted"),
    "case.exported": gettext_noop("Case exported"),
    "case.left": gettext_noop("Case left"),
    "case.member_added": gettext_noop("Member added: {role}"),
    "case.member_changed": gettext_noop("Member changed: {to}"),
    "case.member_removed": gettext_noop("Member removed"),
    "case.note_added": gettext_noop("Note added"),
    "case.note_deleted": gettext_noop("Note deleted"),
    "case.reopened": gettext_noop("Case opened again"),
    "case.report_made": gettext_noop("Report of a case made: {format}"),
    "case.uploads_added": gettext_noop("Images put into a case"),
    "case.uploads_removed": gettext_noop("Images taken out of a case"),
    "case.viewed": gettext_noop("Case looked at"),
    "consent.given": gettext_noop("Consent given: {purpose}"),
    "consent.withdrawn": gettext_noop("Consent withdrawn: {purpose}"),
    "data.exported": gettext_noop("All data of a person exported"),
    "dataset.exported": gettext_noop("Data set exported"),
    "desk.habits": gettext_noop("Habits of the desk changed"),
    "direct.announced": gettext_noop("File announced that goes to the store by itself"),
    "drift.alarm": gettext_noop("Alarm: scores or images have changed"),
    "erasure.asked": gettext_noop("Erasure with all traces asked for"),
    "erasure.done": gettext_noop("Erased with all traces"),
    "guide.closed": gettext_noop("First steps put away"),
    "ledger": gettext_noop("Deeper checks done"),
    "ledger.failed": gettext_noop("Deeper checks broke off"),
    "ledger.retried": gettext_noop("Deeper checks run once more"),
    "login": gettext_noop("Logged in"),
    "limits.changed": gettext_noop("Limits of one person changed"),
    "login.failed": gettext_noop("Log-in failed"),
    "login.locked": gettext_noop("Locked out after failed log-ins"),
    "logout": gettext_noop("Logged out"),
    "mistake.entered": gettext_noop("A confirmed mistake of the machine, kept as a test"),
    "mistake.left": gettext_noop("No longer kept as a test"),
    "model.promoted": gettext_noop("Model put into service"),
    "model.registered": gettext_noop("Model registered"),
    "notices.mailing": gettext_noop("E-mails of notices changed: {to}"),
    "password.changed": gettext_noop("Password changed"),
    "queue.added": gettext_noop("Waits for a person: {reason}"),
    "queue.assigned": gettext_noop("Assigned to a reviewer"),
    "queue.claimed": gettext_noop("Taken up by a reviewer"),
    "queue.raised": gettext_noop("Waits for a person: {reason}"),
    "queue.released": gettext_noop("Put back into the queue"),
    "queue.withdrawn": gettext_noop("Taken out of the queue"),
    "regression.exported": gettext_noop("Confirmed mistakes exported"),
    "report.made": gettext_noop("Report made: {format}"),
    "rescoring.cancelled": gettext_noop("Scoring anew cancelled"),
    "rescoring.finished": gettext_noop("Scoring anew finished"),
    "rescoring.started": gettext_noop("Scoring anew started"),
    "retention.chosen": gettext_noop("Retention period chosen: {days}"),
    "review.decided": gettext_noop("Decided by a person: {decision}"),
    "review.effective": gettext_noop("Decision final: {decision}"),
    "review.undone": gettext_noop("Decision taken back"),
    "role.changed": gettext_noop("Role changed: {to}"),
    "second_factor.codes": gettext_noop("New recovery codes made"),
    "second_factor.forgotten": gettext_noop("Second factor forgotten by an administrator"),
    "second_factor.locked": gettext_noop("Locked out after wrong codes"),
    "second_factor.off": gettext_noop("Second factor turned off"),
    "second_factor.on": gettext_noop("Second factor turned on"),
    "second_factor.recovered": gettext_noop("Recovery code used"),
    "session.ended": gettext_noop("Sessions ended: {sessions}"),
    "shadow.ended": gettext_noop("Trial of a candidate ended: {because}"),
    "shadow.started": gettext_noop("Trial of a candidate started"),
    "share.made": gettext_noop("Link to the verdict made"),
    "share.opened": gettext_noop("Opened by a link"),
    "share.revoked": gettext_noop("Link to the verdict ended"),
    "token.issued": gettext_noop("API token issued"),
    "token.refused": gettext_noop("API token refused: {state}"),
    "token.revoked": gettext_noop("API token revoked"),
    "token.used": gettext_noop("API token used"),
    "training.cancel_asked": gettext_noop("Training asked to end"),
    "training.cancelled": gettext_noop("Training cancelled"),
    "training.done": gettext_noop("Training done"),
    "training.failed": gettext_noop("Training broke off"),
    "training.started": gettext_noop("Training started"),
    "trust_list.updated": gettext_noop("Trust list replaced"),
    "upload.created": gettext_noop("Handed in"),
    "upload.deleted": gettext_noop("Deleted: {reason}"),
    "upload.noted": gettext_noop("Note changed"),
    "upload.tagged": gettext_noop("Tags changed"),
    "uploads.exported": gettext_noop("List of uploads exported: {format}"),
    "uploads.tagged": gettext_noop("Tags given to several uploads"),
    "uploads.untagged": gettext_noop("Tags taken from several uploads"),
    "upload.kept": gettext_noop("Kept, whatever the retention periods say"),
    "upload.kept_no_more": gettext_noop("Follows the retention periods again"),
    "upload.viewed": gettext_noop("Looked at"),
    "verdict": gettext_noop("Verdict of the machine: {label}"),
    "verdict.revised": gettext_noop("Verdict revised by the evidence: {to}"),
    "verdict.shown_again": gettext_noop("An earlier verdict shown again: {label}"),
    "webhook.changed": gettext_noop("Webhook changed"),
    "webhook.made": gettext_noop("Webhook made"),
    "webhook.removed": gettext_noop("Webhook removed"),
    "webhook.resent": gettext_noop("Webhook sent again"),
    "webhook.rotated": gettext_noop("Secret of a webhook changed"),
    "webhook.tested": gettext_noop("Webhook tested"),
    "view.deleted": gettext_noop("Saved view deleted"),
    "view.renamed": gettext_noop("Saved view renamed"),
    "view.saved": gettext_noop("View of the history saved"),
}
_VALUES = {
    "ai_generated": gettext_noop("AI-generated"),
    "csv": "CSV",
    "json": "JSON",
    "jsonl": gettext_noop("JSON lines"),
    "low_margin": gettext_noop("near the threshold"),
    "pdf": "PDF",
    "sampled": gettext_noop("drawn at random"),
    "second": gettext_noop("second opinion"),
}
# Codes that are words already, for the catalogues.
_CODES = (
    gettext_noop("authentic"),
    gettext_noop("manipulated"),
    gettext_noop("inconclusive"),
    gettext_noop("unsure"),
    gettext_noop("user"),
    gettext_noop("moderator"),
    gettext_noop("administrator"),
    gettext_noop("owner"),
    gettext_noop("editor"),
    gettext_noop("viewer"),
    gettext_noop("off"),
    gettext_noop("at once"),
    gettext_noop("daily"),
    gettext_noop("training"),
    gettext_noop("title"),
    gettext_noop("description"),
    gettext_noop("retention days"),
    gettext_noop("disputed"),
    gettext_noop("assigned"),
    gettext_noop("upheld"),
    gettext_noop("overturned"),
    gettext_noop("withdrawn"),
    gettext_noop("stopped"),
    gettext_noop("enough"),
    gettext_noop("broken"),
    gettext_noop("serves"),
    gettext_noop("retention"),
    gettext_noop("erasure"),
)
_OF_THE_MACHINE = {"authentic": gettext_noop("no sign of manipulation found")}  # which never calls an image authentic


def say(action: str, details: Mapping[str, Any]) -> str:
    """One act in words, in the active language."""
    words, _colon, name = _(WORDS.get(action, _plain(action))).partition(": {")
    value = details.get(name.rstrip("}"))
    return f"{words}: {_value(action, value)}" if name and value not in (None, "", []) else words


def _value(action: str, value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(_value(action, one) for one in value)
    word = str(value)
    machines = _OF_THE_MACHINE.get(word) if action.startswith("verdict") else None
    return _(machines or _VALUES.get(word) or word.replace("_", " "))


def _plain(action: str) -> str:
    return action.replace(".", ": ", 1).replace("_", " ").capitalize()
