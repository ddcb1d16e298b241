"""Views of the history that people saved: a name for a state of its address."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from detector.list_state import LONGEST


class SavedView(models.Model):
    """A state of one person. `key` is how its name is compared: in small letters."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views", db_index=False
    )
    name = models.CharField(max_length=60)
    key = models.CharField(max_length=180, editable=False)  # a letter may become three in small letters
    query = models.CharField(max_length=LONGEST)  # as list_state.py writes it
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["key"]
        constraints = [models.UniqueConstraint(fields=["owner", "key"], name="one_view_of_a_name")]

    def __str__(self) -> str:
        return self.name
