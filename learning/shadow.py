"""A candidate in the shadow: it scores a share of what is handed in, after the answer, and nobody is shown it.

Nothing here can touch a live verdict: the row is made after that verdict is committed, what breaks is written down in
the row, and a candidate that goes on failing is taken out of the shadow.
"""

import logging
import time
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts import audit
from accounts.audit import SYSTEM, Actor
from detector import ledger_rows, models_in_use, originals
from detector.errors import NoModel, Refused
from detector.limits import limits
from detector.models import Analysis, ModelVersion, State
from detector.processor import turn
from detector.sentences import figure
from learning import telling
from learning.models import Shadow, ShadowEnd, ShadowScore
from ml import serve

log = logging.getLogger(__name__)

SHARE, AT_MOST, MOST = 0.2, 5_000, 100_000
FAILURES = 10  # one after the other, and the candidate is taken out
_FORGOTTEN = timedelta(minutes=1)
_MOST_WAITING = 1_000  # rows: beyond that the candidate is too slow for what comes in, and uploads are let pass
_BROKE = gettext_noop("The candidate broke while it scored; the log says why.")


def start(actor: Actor, *, version: str, share: float = SHARE, at_most: int = AT_MOST) -> Shadow:
    """Let a registered version score this share of the uploads, up to so many, without showing it.

    Raises:
        Refused: no_such_model, serves_already, invalid_share, invalid_number, already_shadowing, model_broken.
    """
    model = _candidate(version)
    if not 0 < share <= 1:
        raise Refused("invalid_share", _("Choose a share above 0 and up to 100 % of the uploads."))
    if not 1 <= at_most <= MOST:
        raise Refused("invalid_number", _("Choose between 1 and %(most)s uploads.") % {"most": figure(MOST, ",")})
    try:
        with transaction.atomic():
            made = Shadow.objects.create(model=model, share=share, at_most=at_most, started_by=actor.user)
            details = {"share": share, "at_most": at_most}
            audit.record(actor, "shadow.started", target=f"model:{version}", details=details, model=version)
    except IntegrityError:
        raise Refused("already_shadowing", _("Another candidate is in the shadow. End that trial first.")) from None
    return made


def _candidate(version: str) -> ModelVersion:
    model = ModelVersion.objects.filter(version=version).first()
    if model is None:
        raise Refused("no_such_model", _("No model %(version)s is registered.") % {"version": version})
    if model.is_current:
        raise Refused(
            "serves_already", _("Model %(version)s serves already. Choose another version.") % {"version": version}
        )
    try:
        models_in_use.scorer_of(model)
    except NoModel as error:
        raise Refused("model_broken", str(error)) from error
    return model


def stop(actor: Actor, *, shadow: Shadow, because: str = ShadowEnd.STOPPED, trouble: str = "") -> bool:
    """End a trial; its scores stay. False when it has ended."""
    with transaction.atomic():
        still = Shadow.objects.filter(pk=shadow.pk, ended_at=None)
        if not still.update(ended_at=timezone.now(), ended_because=because, trouble=trouble):
            return False
        ShadowScore.objects.filter(shadow=shadow, state=State.QUEUED).delete()
        details = {"because": str(because)}
        audit.record(actor, "shadow.ended", target=f"model:{shadow.model.version}", details=details)
        if because in (ShadowEnd.BROKEN, ShadowEnd.ENOUGH):
            telling.of_shadow(shadow, ShadowEnd(because))
        return True


def under_way() -> Shadow | None:
    return Shadow.objects.select_related("model").filter(ended_at=None).first()


def consider_later(analysis: Analysis) -> None:
    """A live verdict is settled: once it is committed, see whether the candidate shall look too."""
    transaction.on_commit(partial(consider, analysis))


def consider(analysis: Analysis) -> None:
    """Put the upload in the candidate's line, if it shall look; what breaks here breaks nothing else."""
    try:
        _consider(analysis)
    except Exception:
        log.exception("shadow: upload %s is let pass", analysis.upload_id)


def _consider(analysis: Analysis) -> None:
    shadow = under_way()
    if shadow is None or not is_chosen(analysis.upload_id.int, shadow.share) or analysis.state != State.DONE:
        return
    if shadow.model_id == analysis.model_id:
        stop(SYSTEM, shadow=shadow, because=ShadowEnd.SERVES)
    elif (waiting := _put_in_line(shadow, analysis)) is not None:
        _ring(waiting)


def is_chosen(number: int, share: float) -> bool:
    """Whether an upload is of the share: its number was drawn at random when it came in, so no other draw is needed."""
    return (number >> 76) % 10_000 < share * 10_000


def _put_in_line(shadow: Shadow, analysis: Analysis) -> int | None:
    with transaction.atomic():
        kept = originals.lock(analysis.upload.original_id)  # a deletion waits, or has gone before
        if kept is None or not Analysis.objects.filter(pk=analysis.pk).exists():
            return None
        if ShadowScore.objects.filter(shadow=shadow, state=State.QUEUED).count() >= _MOST_WAITING:
            return None
        row, made = ShadowScore.objects.get_or_create(
            shadow=shadow, upload_id=analysis.upload_id, defaults={"analysis": analysis}
        )
        return row.pk if made else None


def _ring(pk: int) -> None:
    from learning import bells

    bells.look(pk)


def score(pk: int) -> None:
    """Have the candidate look at one upload. Does nothing when another worker was first or the trial is over."""
    row = _claim(pk)
    if row is None:
        return
    try:
        values = _looked(row)
    except NoModel as error:
        _fail(row, str(error))
    except Exception:  # whatever breaks, the row must end, and the live verdict is untouched
        log.exception("shadow: upload %s", row.upload_id)
        _fail(row, _BROKE)
    else:
        _finish(row, values)


def _claim(pk: int) -> ShadowScore | None:
    # Not `shadow__ended_at`: a join would become a subquery over this table, which PostgreSQL does not look at again
    # once another worker's claim is committed, so that two would have the row.
    still = Exists(Shadow.objects.filter(pk=OuterRef("shadow_id"), ended_at=None))
    waiting = ShadowScore.objects.filter(still, pk=pk, state=State.QUEUED)
    if waiting.update(state=State.RUNNING, taken_at=timezone.now()) != 1:
        return None
    return _whole(ShadowScore.objects.filter(pk=pk)).first()


def _whole(rows: "QuerySet[ShadowScore]") -> "QuerySet[ShadowScore]":
    return rows.select_related("shadow__model", "upload__original", "analysis")


def _looked(row: ShadowScore) -> dict[str, Any]:
    """The candidate's verdict in the light of the same evidence that the live one had, and what that one says."""
    model, data = row.shadow.model, originals.read(row.upload.original)
    begun = time.perf_counter()
    scorer = models_in_use.scorer_of(model)
    picture = scorer.open(data, limits())
    with turn:  # one after the other: verdicts that are waited for have their turn
        found = scorer.judge(picture)
    heard = serve.together(found.findings, _deep(row.analysis, scorer, data))
    verdict = serve.fuse(found.own, heard, models_in_use.card_of(model))
    seconds = time.perf_counter() - begun
    shown = Analysis.objects.values("label", "fake_probability").get(pk=row.analysis_id)
    said = {"label": verdict["label"], "probability": verdict["fake_probability"], "seconds": round(seconds, 3)}
    return said | {"shown_label": shown["label"], "shown_probability": shown["fake_probability"]}


def _deep(analysis: Analysis, scorer: serve.Scorer, data: bytes) -> list[serve.Finding]:
    """What read the picture is taken from the live ledger; whether its own verdict holds the candidate must say."""
    found = [ledger_rows.finding(row) for row in analysis.findings.all() if row.signal in serve.DEEP]
    deep = [finding for finding in found if finding.signal not in serve.OF_THE_MODEL]
    return [*deep, *scorer.steadiness(data, limits())] if deep else []


def _finish(row: ShadowScore, values: dict[str, Any]) -> None:
    if not _mine(row).update(state=State.DONE, **values):
        return
    if ShadowScore.objects.filter(shadow_id=row.shadow_id, state=State.DONE).count() >= row.shadow.at_most:
        stop(SYSTEM, shadow=row.shadow, because=ShadowEnd.ENOUGH)


def _mine(row: ShadowScore) -> "QuerySet[ShadowScore]":
    """The row as long as this claim holds it."""
    return ShadowScore.objects.filter(pk=row.pk, state=State.RUNNING, taken_at=row.taken_at)


def _fail(row: ShadowScore, trouble: str) -> None:
    if not _mine(row).update(state=State.FAILED):
        return
    Shadow.objects.filter(pk=row.shadow_id).update(trouble=trouble[:300])
    ended = ShadowScore.objects.filter(shadow_id=row.shadow_id, state__in=(State.DONE, State.FAILED))
    last = list(ended.order_by("-taken_at").values_list("state", flat=True)[:FAILURES])
    if len(last) == FAILURES and set(last) == {State.FAILED}:
        stop(SYSTEM, shadow=row.shadow, because=ShadowEnd.BROKEN, trouble=trouble[:300])


def sweep() -> str:
    """Fail what a dead worker held, so that no crash is repeated, and ring what waits: once a minute."""
    died = timezone.now() - timedelta(seconds=settings.LEASE_SECONDS)
    held = list(_whole(ShadowScore.objects.filter(state=State.RUNNING, taken_at__lt=died)))
    for row in held:
        _fail(row, gettext_noop("A worker died while the candidate scored."))
    left = ShadowScore.objects.filter(state=State.QUEUED, created_at__lt=timezone.now() - _FORGOTTEN)
    waiting = list(left.order_by("pk").values_list("pk", flat=True)[:_MOST_WAITING])
    for pk in waiting:
        _ring(pk)
    return f"{len(waiting)} rung, {len(held)} given up"
