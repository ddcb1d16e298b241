"""The shapes of the API's answers about models at work, for its schema."""

from rest_framework import serializers

from detector.models import Label
from learning.measures import BY_KEY
from learning.models import RescoringState, ShadowEnd


class RescoringShape(serializers.Serializer[None]):
    id = serializers.UUIDField()
    model = serializers.CharField()
    status = serializers.ChoiceField(choices=RescoringState.choices)
    per_minute = serializers.IntegerField(min_value=1)
    since = serializers.DateField(allow_null=True)
    until = serializers.DateField(allow_null=True)
    owner = serializers.CharField(allow_null=True)
    verdict = serializers.ChoiceField(choices=Label.choices, allow_null=True)
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    total = serializers.IntegerField(allow_null=True, help_text="Null until the uploads are counted.")
    scored = serializers.IntegerField()
    failed = serializers.IntegerField()
    changed = serializers.IntegerField()
    trouble = serializers.CharField(allow_blank=True, help_text="Why it waits, or why it ended before its end.")


class ShadowShape(serializers.Serializer[None]):
    id = serializers.UUIDField()
    model = serializers.CharField()
    share = serializers.FloatField(help_text="Of the uploads, at most.")
    at_most = serializers.IntegerField()
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    ended_because = serializers.ChoiceField(choices=ShadowEnd.choices, allow_null=True)
    trouble = serializers.CharField(allow_blank=True)


class ShareShape(serializers.Serializer[None]):
    value = serializers.FloatField(allow_null=True)
    interval = serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2)
    hits = serializers.IntegerField()
    of = serializers.IntegerField()


class DifferenceShape(serializers.Serializer[None]):
    value = serializers.FloatField(help_text="Candidate minus served.")
    interval = serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2)


class BothShape(serializers.Serializer[None]):
    served = ShareShape()
    candidate = ShareShape()
    difference = DifferenceShape(allow_null=True)


class ErringShape(serializers.Serializer[None]):
    false_alarms = BothShape()
    missed = BothShape()


class ChangeShape(serializers.Serializer[None]):
    to = serializers.ChoiceField(choices=Label.choices)
    uploads = serializers.IntegerField()

    def get_fields(self) -> dict[str, serializers.Field]:  # type: ignore[type-arg]
        """`from` is a word of Python's own."""
        return {"from": serializers.ChoiceField(choices=Label.choices), **super().get_fields()}


class ComparedShape(ShadowShape):
    compared = serializers.IntegerField()
    failed = serializers.IntegerField()
    waiting = serializers.IntegerField()
    seconds = serializers.FloatField(allow_null=True, help_text="That the candidate takes for a picture.")
    agreement = ShareShape()
    changes = ChangeShape(many=True)
    called_fake = BothShape()
    inconclusive = BothShape()
    reviewed = ErringShape(help_text="Of the uploads that people decided on, which are mostly doubtful ones.")
    sampled = ErringShape(help_text="Of those drawn at random.")


class WeekShape(serializers.Serializer[None]):
    measure = serializers.ChoiceField(choices=list(BY_KEY))
    week = serializers.DateField(help_text="Its Monday.")
    images = serializers.IntegerField()
    distance = serializers.FloatField(allow_null=True, help_text="The population stability index.")
    level = serializers.ChoiceField(choices=["steady", "watch", "alarm", "few", "reference", "open", "unknown"])
    counts = serializers.DictField(child=serializers.IntegerField())
    usual = serializers.DictField(child=serializers.FloatField(), allow_null=True)
    reference = serializers.ChoiceField(choices=["card", "weeks"], allow_null=True)


class AlarmShape(serializers.Serializer[None]):
    week = serializers.DateField()
    measure = serializers.ChoiceField(choices=list(BY_KEY))
    model = serializers.CharField(allow_null=True, help_text="Null for a measure of the files.")
    distance = serializers.FloatField()


class DriftShape(serializers.Serializer[None]):
    model = serializers.CharField(allow_null=True)
    weeks = WeekShape(many=True)
    alarms = AlarmShape(many=True)
