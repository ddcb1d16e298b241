"""Notices by e-mail: plain text, all of one person that are due in one mail, tried again while the server is away."""

import logging
import uuid
from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import F
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.preferences import speaking_to
from notices import preferences, ringing
from notices.models import DeliveryState, Letter, Mailing, Notice

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 9
MOST = 100  # notices in one mail; what is over goes in the next
_ATTEMPT_TAKES = timedelta(minutes=5)
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=6)


def put_in_line(notice: Notice) -> None:
    """Have this notice mailed as its person chose; nothing happens where they did not, or have no address."""
    mailing = preferences.mailing_of(notice.person)
    if mailing == Mailing.OFF or not notice.person.email:
        return
    Letter.objects.create(notice=notice, person=notice.person, next_at=preferences.due_at(mailing))
    if mailing == Mailing.AT_ONCE:
        ringing.mail_later()


def post_due() -> int:
    """Mail what is due, one mail a person; how many mails went out."""
    people = _due().order_by().values_list("person_id", flat=True).distinct()
    return sum(post(pk) for pk in list(people))


def sweep() -> str:
    """The round: mail what is due."""
    return ringing.walked("letters", post_due)


def post(person_pk: int) -> bool:
    """Mail all that is due to this person; False when there is nothing, or the mail server did not take it."""
    batch = uuid.uuid4()
    if not _claim(person_pk, batch):
        return False
    mine = Letter.objects.filter(batch=batch, state=DeliveryState.WAITING)
    person = User.objects.get(pk=person_pk)
    if not _wants(person):
        mine.delete()
        return False
    held = list(mine.select_related("notice").order_by("notice_id"))
    try:
        with speaking_to(person):
            mail = _mail(person, [letter.notice for letter in held])
        mail.send()
    except Exception:  # a mail server fails in many ways, and each of them passes
        log.exception("the letters of user %s wait", person_pk)
        _put_off(batch, held)
        return False
    mine.update(state=DeliveryState.DONE)
    return True


def _due() -> "ringing.Rows[Letter]":
    return Letter.objects.filter(state=DeliveryState.WAITING, next_at__lte=timezone.now())


def _claim(person_pk: int, batch: uuid.UUID) -> int:
    """Hold what is due for as long as a mail may take; of two who try, the second finds nothing due."""
    due = list(_due().filter(person_id=person_pk).order_by("pk").values_list("pk", flat=True)[:MOST])
    held = {"batch": batch, "next_at": timezone.now() + _ATTEMPT_TAKES, "attempts": F("attempts") + 1}
    return _due().filter(pk__in=due).update(**held)


def _wants(person: User) -> bool:
    """They may have chosen otherwise since, lost their address, or been locked out."""
    return person.is_active and bool(person.email) and preferences.mailing_of(person) != Mailing.OFF


def _put_off(batch: uuid.UUID, held: list[Letter]) -> None:
    mine = Letter.objects.filter(batch=batch, state=DeliveryState.WAITING)
    mine.filter(attempts__gte=MAX_ATTEMPTS).update(state=DeliveryState.DEAD)
    tried = max((letter.attempts for letter in held), default=1)
    pause = min(_FIRST_PAUSE * 2 ** (tried - 1), _LONGEST_PAUSE)
    mine.update(next_at=timezone.now() + pause)


def _mail(person: User, told: list[Notice]) -> EmailMessage:
    unsubscribe = settings.SITE_URL + reverse("notices:unsubscribe", args=[preferences.token_of(person)])
    context = {"person": person, "told": told, "site_url": settings.SITE_URL, "unsubscribe": unsubscribe}
    headers = {
        "List-Unsubscribe": f"<{unsubscribe}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",  # RFC 8058: the mail program's own button
        "Auto-Submitted": "auto-generated",
    }
    return EmailMessage(
        _subject(told), render_to_string("notices/mail.txt", context), to=[person.email], headers=headers
    )


def _subject(told: list[Notice]) -> str:
    """One line, whatever a file is called."""
    line = " ".join(render_to_string("notices/mail_subject.txt", {"told": told}).split())
    return line if len(line) <= 100 else f"{line[:99]}…"
