"""Tags: words by which people sort what is theirs. Who reads and gives them is decided in roles.py."""

from django.conf import settings
from django.db import models

from detector.models.uploads import Upload


class Tag(models.Model):
    """A word of one person. `key` is how it is compared: in small letters."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="tags")
    name = models.CharField(max_length=40)  # as it was first written
    key = models.CharField(max_length=120, editable=False)  # a letter may become three in small letters
    uploads = models.ManyToManyField(Upload, through="Tagging", related_name="tags")

    class Meta:
        ordering = ["key"]
        constraints = [models.UniqueConstraint(fields=["owner", "key"], name="one_tag_of_a_name")]

    def __str__(self) -> str:
        return self.name


class Tagging(models.Model):
    """A tag on an upload. The upload's time is kept beside it, so that a tag's list is read off one index."""

    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="taggings", db_index=False)
    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="taggings")
    created_at = models.DateTimeField(editable=False)  # of the upload, which never changes

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tag", "upload"], name="once_of_a_tag")]
        indexes = [models.Index(fields=["tag", "-created_at", "-upload"], name="uploads_of_a_tag")]

    def __str__(self) -> str:
        return f"{self.tag_id} on {self.upload_id}"
