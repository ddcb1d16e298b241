"""The shapes of this part of the API, for its schema."""

from rest_framework import serializers

from accounts.models import Purpose
from privacy import periods
from privacy.models import Kind, Progress


class ConsentShape(serializers.Serializer[None]):
    purpose = serializers.ChoiceField(choices=Purpose.choices)
    given = serializers.BooleanField()
    given_at = serializers.DateTimeField(allow_null=True)
    text = serializers.CharField(help_text="What a person agrees to; where `given`, what this person agreed to.")


class RetentionShape(serializers.Serializer[None]):
    own = serializers.BooleanField(help_text="Whether you chose; otherwise the site's rule holds.")
    days = serializers.IntegerField(allow_null=True, help_text="null: until deleted.")
    site_days = serializers.IntegerField(allow_null=True)
    notice_days = serializers.IntegerField(help_text="Between the notice and the deletion.")


class RetentionWishShape(serializers.Serializer[None]):
    days = serializers.IntegerField(
        allow_null=True, min_value=periods.SHORTEST, max_value=periods.LONGEST, help_text="null: until deleted."
    )


class KeepWishShape(serializers.Serializer[None]):
    reason = serializers.CharField(required=False, allow_blank=True, max_length=200)


class KeptShape(serializers.Serializer[None]):
    upload = serializers.UUIDField()
    kept = serializers.BooleanField()
    until = serializers.DateTimeField(allow_null=True, help_text="When its time is over; null: kept until deleted.")


class PasswordShape(serializers.Serializer[None]):
    password = serializers.CharField(help_text="Your own, once more.")


class ErasureShape(serializers.Serializer[None]):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=Kind.choices)
    subject = serializers.CharField()
    state = serializers.ChoiceField(choices=Progress.choices)
    step = serializers.IntegerField(help_text="Steps that are done.")
    steps = serializers.IntegerField()
    asked_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    proven = serializers.BooleanField(allow_null=True, help_text="Whether the proof found nothing; null: not yet made.")
    certificate = serializers.URLField(allow_null=True)
