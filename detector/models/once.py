"""Requests that shall be done once, however often they are sent."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from detector.models.batches import Batch
from detector.models.uploads import Upload


class OnceKey(models.Model):
    """A key that a program gave to a request (once.py). Open until the act is done; then it names what was made."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    actor = models.CharField(max_length=40)  # "token:…" or "user:…": two programs of one person do not meet
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)  # of the request, under the site's own key
    done = models.BooleanField(default=False)
    attempts = models.PositiveSmallIntegerField(default=1)
    lease_until = models.DateTimeField()
    upload = models.ForeignKey(Upload, on_delete=models.SET_NULL, null=True, related_name="+")
    batch = models.ForeignKey(Batch, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["actor", "key"], name="one_request_of_a_key")]
        indexes = [models.Index(fields=["created_at"], name="keys_by_age")]

    def __str__(self) -> str:
        return f"{self.actor}: {self.key[:40]}"
