"""What a person was told, and the two ways it takes to them besides the page.

A `Letter` is a notice that waits to be mailed, a `Delivery` one that waits to be posted to an endpoint:

    WAITING ──attempt succeeds──▶ DONE
      │  ▲ └──an attempt fails: `next_at` moves on
      │  └──sent again──┐
      └──given up──▶ DEAD

Who attempts a row first moves its `next_at` past the time an attempt may take, in one conditional update: nobody else
finds it due meanwhile, and when the attempt's process dies it falls due again by itself.
"""

import uuid
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class Notice(models.Model):
    """One thing that a person is told, in the page at once and by the ways that they chose."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=40)  # kinds.py
    target = models.CharField(max_length=80, blank=True)  # "upload:…", as in the audit history
    text = models.CharField(max_length=500)  # in English
    parts = models.JSONField(default=dict)  # what `text` was made from, to tell it in the reader's language
    link = models.CharField(max_length=300, blank=True)  # an address on this site, beginning with /
    data = models.JSONField(default=dict)  # the same for a program: what a webhook carries
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["person", "-id"], name="notices_of_a_person"),
            models.Index(fields=["target"], name="notices_by_target"),
            # The bell of every page counts these.
            models.Index(fields=["person"], condition=Q(read_at=None), name="unread_notices"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.text[:60]}"


class Mailing(models.TextChoices):
    """When a person is told by e-mail."""

    OFF = "off", _("Never")
    AT_ONCE = "at_once", _("At once")
    DAILY = "daily", _("Once a day, all together")


class Preferences(models.Model):
    """How a person wants to be told. Who has no row never chose, and is told in the page alone."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notice_preferences")
    mailing = models.CharField(max_length=8, choices=Mailing, default=Mailing.OFF)

    class Meta:
        verbose_name_plural = "preferences"

    def __str__(self) -> str:
        return f"{self.person_id}: {self.mailing}"


class DeliveryState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    DONE = "done", _("Delivered")
    DEAD = "dead", _("Given up")


class Letter(models.Model):
    """A notice that is to be mailed; all of one person that are due go in one mail. Gone with the notice."""

    notice = models.OneToOneField(Notice, on_delete=models.CASCADE, related_name="letter")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=8, choices=DeliveryState, default=DeliveryState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=timezone.now)
    batch = models.UUIDField(null=True)  # whose attempt holds it

    class Meta:
        indexes = [models.Index(fields=["state", "next_at"], name="letters_due")]

    def __str__(self) -> str:
        return f"letter to {self.person_id}: {self.state}"


class EndpointQuerySet(models.QuerySet["Endpoint"]):
    def standing(self) -> Self:
        """Webhooks that a person made to stay."""
        return self.filter(target="")

    def callbacks(self) -> Self:
        """Addresses that were given for one thing."""
        return self.exclude(target="")


class Endpoint(models.Model):
    """Where a program of somebody's wants to be told. The secret is derived from `seed` and kept nowhere."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="endpoints")
    url = models.CharField("address", max_length=500)
    kinds = models.JSONField(default=list)  # of kinds.py; none: all
    active = models.BooleanField(default=True)
    seed = models.CharField(max_length=32, editable=False)
    old_seed = models.CharField(max_length=32, blank=True, editable=False)
    old_until = models.DateTimeField(null=True, blank=True)  # until then both secrets sign
    unanswered = models.PositiveSmallIntegerField(default=0)  # attempts in a row that got no answer at all
    rest_until = models.DateTimeField(null=True, blank=True)  # a silent endpoint shall not keep others waiting
    failing_since = models.DateTimeField(null=True, blank=True)  # a delivery was given up, and none arrived since
    # Of a callback (callbacks.py): the one thing that it is told about, and the webhook whose secret signs.
    target = models.CharField(max_length=80, blank=True, editable=False)
    signed_by = models.ForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="callbacks")
    created_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[models.Manager["Endpoint"]] = EndpointQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "pk"]
        indexes = [models.Index(fields=["target"], condition=~Q(target=""), name="callbacks_by_target")]

    def __str__(self) -> str:
        return self.url


class Delivery(models.Model):
    """One event on its way to one endpoint. Its id is the same in every attempt; the body is kept as it is signed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="deliveries")
    kind = models.CharField(max_length=40)
    target = models.CharField(max_length=80, blank=True)
    body = models.TextField()
    state = models.CharField(max_length=8, choices=DeliveryState, default=DeliveryState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=timezone.now)
    last_status = models.PositiveSmallIntegerField(null=True)  # of HTTP; None: no answer came
    last_error = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    queued_at = models.DateTimeField(default=timezone.now)  # when it was last put in line, by the event or by hand
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name_plural = "deliveries"
        indexes = [
            models.Index(fields=["state", "next_at"], name="deliveries_due"),
            models.Index(fields=["endpoint", "-created_at"], name="deliveries_of_an_endpoint"),
            models.Index(fields=["target"], name="deliveries_by_target"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.endpoint_id}: {self.state}"

    @property
    def answer(self) -> str:
        """What came of the last attempt, in the active language where it is a sentence of ours."""
        if self.last_status and not 200 <= self.last_status < 400:
            return gettext("It answered %(status)d.") % {"status": self.last_status}
        return gettext(self.last_error) if self.last_error else ""
