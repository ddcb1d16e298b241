"""What tables of others know of an upload or a person: notices, the admin's log, log-in attempts, sessions.

Rows that belong to an upload or a person go with them by themselves; these only name them.
"""

import json
from collections import Counter
from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.db.models import Model, Q, QuerySet

from accounts import sessions
from accounts.models import User
from detector.models import SavedView, Upload
from notices import kinds
from notices.models import Delivery, Notice
from privacy import proof
from privacy.needles import Searcher
from privacy.traces import Traces

_ATTEMPTS: tuple[Any, ...] = (AccessAttempt, AccessFailureLog, AccessLog)


def upload(pk: str) -> Counter[str]:
    """Whatever was told of an upload, to whomever, and what the admin's log says of it."""
    target = f"upload:{pk}"
    found: Counter[str] = Counter()
    for model in apps.get_app_config("notices").get_models():
        if any(one.name == "target" for one in model._meta.fields):
            found += _deleted(model._default_manager.filter(target=target))
    return found + _deleted(_log_of(Upload, pk))


def person(who: User) -> Counter[str]:
    """Their sessions, the attempts to log in as them, the admin's log of them, and notices to others that name them."""
    found = _deleted(sessions.of(who)) + _deleted(_log_of(User, str(who.pk)))
    named = Q(username__iexact=who.username)
    if who.email:
        named |= Q(username__iexact=who.email)
    for model in _ATTEMPTS:
        found += _deleted(model.objects.filter(named))
    return found + _notices_that_name(who)


def views(left: Traces) -> Counter[str]:
    """Saved views, of whomever, that are called by what is erased or search for it, as a file name or a digest."""
    searcher = Searcher(proof.sought_of(left).needles)
    rows = SavedView.objects.values_list("pk", "name", "query").iterator()
    naming = [pk for pk, name, query in rows if any(searcher.found(f"{name}\0{query}".encode()))]
    return _deleted(SavedView.objects.filter(pk__in=naming))


def _log_of(model: type[Model], pk: str) -> "QuerySet[LogEntry]":
    """What the admin noted of one object, by its printed name."""
    return LogEntry.objects.filter(
        content_type__app_label=model._meta.app_label, content_type__model=model._meta.model_name, object_id=pk
    )


def _notices_that_name(who: User) -> Counter[str]:
    """Who was added to a case was told by whom; every other notice names things, and goes with them."""
    notices = Notice.objects.filter(kind=kinds.CASE_ADDED, data__by=who.username)
    named = json.dumps(who.username, ensure_ascii=False)
    sent = Delivery.objects.filter(kind=kinds.CASE_ADDED, body__contains=named)
    theirs = [row.pk for row in sent if json.loads(row.body).get("data", {}).get("by") == who.username]
    return _deleted(notices) + _deleted(Delivery.objects.filter(pk__in=theirs))


def _deleted(rows: "QuerySet[Any]") -> Counter[str]:
    return Counter({label.lower(): count for label, count in rows.delete()[1].items() if count})
