"""Mails about what lets somebody in: they go out whatever the person chose for notices, since they may be a warning."""

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string

from accounts import preferences
from accounts.models import User


def second_factor(person: User, act: str) -> None:
    """Tell the person, once it is kept, that their second factor is "on", "off" or "forgotten".

    A mail server that is down changes nothing of the act; the log says so.
    """
    if person.email:
        transaction.on_commit(lambda: _send(person, act), robust=True)


def _send(person: User, act: str) -> None:
    context = {"person": person, "act": act, "site_url": settings.SITE_URL}
    with preferences.speaking_to(person):
        subject = " ".join(render_to_string("accounts/second_factor_subject.txt", context).split())
        text = render_to_string("accounts/second_factor_email.txt", context)
    EmailMessage(subject, text, to=[person.email], headers={"Auto-Submitted": "auto-generated"}).send()
