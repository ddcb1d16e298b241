"""Bytes that somebody sends to the store of originals themselves, past the site."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone

from detector.models.uploads import Upload


class DirectUpload(models.Model):
    """What was announced (direct.py). Open until it is taken in or expires; once taken in it names the upload."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    mime = models.CharField(max_length=32)
    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return str(self.pk)
