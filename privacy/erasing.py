"""Erasure: asked for once, then walked step by step until the proof is made; whoever dies in between is followed.

The asking locks an account at once, which leaves its sessions good for nothing, and ends its tokens. The steps run
after the answer, each may run twice, and none of them knows who asked: what they write down is the site's own act and
names nobody.
"""

import logging
import traceback
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import TypeAlias

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts import audit, people
from accounts.audit import SYSTEM, Actor
from accounts.errors import Refused
from accounts.models import ApiToken, User
from accounts.roles import can_delete, can_erase_account
from detector import case_members, intake
from detector.models import Upload
from fakedetect_site import doorbell
from fakedetect_site.background import Background
from learning.models import TrainingRun
from learning.models.runs import OPEN
from privacy import certificates, compacting, forgetting, proof, sealing, traces
from privacy.models import Erasure, Kind, Progress
from privacy.traces import Traces

log = logging.getLogger(__name__)

_TRAINING = gettext_noop("A training run is under way, whose folder holds copies of images until it has ended.")
_BROKE = gettext_noop("It broke, and is tried again. The log says at what.")
Erasures: TypeAlias = "QuerySet[Erasure]"
Step = Callable[[Erasure, Traces], Counter[str]]


def erase_upload(actor: Actor, *, upload: Upload) -> Erasure:
    """Have one upload erased, with its proof.

    Raises:
        PermissionDenied: the actor is neither its owner nor an administrator.
        Refused: under_way.
    """
    if actor.user is None or not can_delete(actor.user, upload):
        raise PermissionDenied("Only its owner or an administrator may erase this.")
    return _ask(actor, Kind.UPLOAD, f"upload:{upload.pk}", upload.owner_id)


def erase_account(actor: Actor, *, person: User) -> Erasure:
    """Have an account erased with everything that belongs to it. It is locked at once.

    Raises:
        PermissionDenied: the actor is neither the person nor an administrator.
        Refused: under_way, last_administrator.
    """
    if actor.user is None or not can_erase_account(actor.user, person):
        raise PermissionDenied("Only the person or an administrator may erase an account.")
    return _lock_and_ask(actor, person)


def erase_account_for_shell(*, person: User) -> Erasure:
    """The same for whoever runs the site, here and now.

    Raises:
        Refused: under_way, last_administrator.
    """
    erasure = _lock_and_ask(SYSTEM, person)
    run(erasure)
    erasure.refresh_from_db()
    return erasure


@transaction.atomic
def _lock_and_ask(actor: Actor, person: User) -> Erasure:
    erasure = _ask(actor, Kind.ACCOUNT, f"user:{person.pk}", person.pk)
    try:
        people.deactivate(SYSTEM, user=person)
    except people.Refused as error:
        raise Refused("last_administrator", str(error), 409) from None
    ApiToken.objects.filter(user=person, revoked_at=None).update(revoked_at=timezone.now())
    return erasure


def _ask(actor: Actor, kind: Kind, subject: str, person: int) -> Erasure:
    try:
        with transaction.atomic():
            erasure = Erasure.objects.create(kind=kind, subject=subject, person=person, asked_by=actor.reference)
            audit.record(actor, "erasure.asked", target=subject, details={"erasure": str(erasure.pk)})
            transaction.on_commit(partial(ring, erasure))
    except IntegrityError:
        raise Refused("under_way", _("This is being erased already."), 409) from None
    return erasure


def ring(erasure: Erasure) -> None:
    """Announce the work: run it here and now, tell a worker, or have the thread of this process do it."""
    if settings.ERASE_AT_ONCE:
        run(erasure)
    elif settings.ANALYZE_IN_REQUEST:
        background.ask(0)
    else:
        from privacy.tasks import resume as task

        doorbell.ring(task)


def resume() -> str:
    """The round: go on with every erasure that nobody is at."""
    waiting = list(_open().filter(Q(lease_until=None) | Q(lease_until__lt=timezone.now())))
    return f"{sum(run(erasure) for erasure in waiting)} of {len(waiting)} ended"


def run(erasure: Erasure) -> bool:
    """Walk the steps that are left; False when another process is at it, or when one broke and waits for a round."""
    if not _claim(erasure):
        return False
    steps = STEPS[Kind(erasure.kind)]
    try:
        while erasure.state == Progress.RUNNING:
            if not _walk(erasure, steps[erasure.step]):
                return False
    except Exception as error:  # whatever breaks, the row says so and is taken up again
        at = traceback.extract_tb(error.__traceback__)[-1]
        log.error(  # not its words, which may quote what is being erased
            "erasure %s, step %s: %s at %s:%s", erasure.pk, erasure.step, type(error).__name__, at.filename, at.lineno
        )
        _mine(erasure).update(lease_until=timezone.now() + timedelta(minutes=1), error=_words(error))
        return False
    compacting.tidy()
    return True


def _words(error: Exception) -> str:
    """What may be shown of it: our own sentences, in English; anything else may quote what is erased."""
    known = isinstance(error, compacting.Busy | sealing.Unreadable)
    return str(error) if known else _BROKE


def _walk(erasure: Erasure, step: Step) -> bool:
    """One step, and its end in the row; False when the lease was lost meanwhile."""
    left = Traces.of(sealing.opened(erasure.sealed)) if erasure.sealed else Traces()
    removed = Counter(erasure.removed) + step(erasure, left)
    if erasure.state == Progress.DONE:
        return True
    values = {"step": erasure.step + 1, "removed": dict(removed), "sealed": erasure.sealed, "error": ""}
    if _mine(erasure).filter(step=erasure.step).update(**values, lease_until=_lease()) != 1:
        return False
    erasure.step, erasure.removed = erasure.step + 1, dict(removed)
    return True


def _claim(erasure: Erasure) -> bool:
    free = Q(lease_until=None) | Q(lease_until__lt=timezone.now())
    taken = _open().filter(free, pk=erasure.pk)
    if not taken.update(lease_until=_lease(), attempts=F("attempts") + 1):
        return False
    erasure.refresh_from_db()
    return True


def _mine(erasure: Erasure) -> Erasures:
    """The row as long as this attempt holds it."""
    return _open().filter(pk=erasure.pk, attempts=erasure.attempts)


def _renew(erasure: Erasure) -> None:
    _mine(erasure).update(lease_until=_lease())


def _lease() -> datetime:
    """Until when a silent process is waited for: a step reads whole originals, or the whole data base."""
    return timezone.now() + timedelta(seconds=5 * settings.LEASE_SECONDS)


def _open() -> Erasures:
    return Erasure.objects.filter(state=Progress.RUNNING)


def _gather(erasure: Erasure, left: Traces) -> Counter[str]:
    found, counts = traces.gather(erasure)
    erasure.sealed = sealing.seal(found.plain())
    return counts


def _uploads(erasure: Erasure, left: Traces) -> Counter[str]:
    for upload in traces.uploads_of(erasure):
        intake.delete(SYSTEM, upload=upload, reason="erasure")
        _renew(erasure)
    traces.remove_files(left)
    return Counter()


def _cases(erasure: Erasure, left: Traces) -> Counter[str]:
    if person := traces.person_of(erasure):
        case_members.part_with(SYSTEM, person=person)
    return Counter()


def _told(erasure: Erasure, left: Traces) -> Counter[str]:
    found = forgetting.views(left)
    for pk in left.uploads:
        found += forgetting.upload(pk)
    person = traces.person_of(erasure)
    return found + (forgetting.person(person) if person else Counter())


def _history(erasure: Erasure, left: Traces) -> Counter[str]:
    """Personal parts of the audit; the chain keeps their salted digests and stays whole."""
    targets = [f"upload:{pk}" for pk in left.uploads]
    if person := traces.person_of(erasure):
        return Counter({"audit events emptied": audit.erase(SYSTEM, person=person, targets=targets)})
    return Counter({"audit events emptied": sum(audit.forget(SYSTEM, target=target) for target in targets)})


def _account(erasure: Erasure, left: Traces) -> Counter[str]:
    """The person's row, and with it all that belongs to them alone."""
    _uploads(erasure, left)  # one that was on its way when the account was locked
    if person := traces.person_of(erasure):
        person.delete()
    return Counter()


def _compact(erasure: Erasure, left: Traces) -> Counter[str]:
    """Not while images are copied into a training run: its folder goes at its end."""
    if TrainingRun.objects.filter(state__in=OPEN).exists():
        raise compacting.Busy(_TRAINING)
    compacting.compact(proof.hard(left))
    return Counter()


def _prove(erasure: Erasure, left: Traces) -> Counter[str]:
    """Search, certify, and forget what was looked for."""
    found = proof.search(left)
    erasure.finished_at, erasure.sealed = timezone.now(), ""
    certificate = certificates.write(erasure, found)
    with transaction.atomic():
        values = {"state": Progress.DONE, "proven": found.clean, "certificate": certificate, "sealed": "", "error": ""}
        if _mine(erasure).update(**values, finished_at=erasure.finished_at, lease_until=None, step=erasure.step + 1):
            details = {"erasure": str(erasure.pk), "clean": found.clean, "removed": erasure.removed}
            audit.record(SYSTEM, "erasure.done", target=erasure.subject, details=details)
    erasure.step, erasure.state = erasure.step + 1, Progress.DONE
    erasure.proven, erasure.certificate = found.clean, certificate
    return Counter()


STEPS: dict[Kind, tuple[Step, ...]] = {
    Kind.UPLOAD: (_gather, _uploads, _told, _history, _compact, _prove),
    Kind.ACCOUNT: (_gather, _uploads, _cases, _told, _history, _account, _compact, _prove),
}
background = Background(lambda _: log.info("erasures: %s", resume()))
