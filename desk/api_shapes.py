"""The shapes of the desk's answers and requests, for the schema. What is allowed the services say."""

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from desk.models import ItemState, Reason
from detector.models import Decision, Occasion


class ItemUploadShape(serializers.Serializer[None]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    sha256 = serializers.CharField()
    page = serializers.URLField()
    api = serializers.URLField()
    image = serializers.URLField()
    thumbnail = serializers.URLField()


class ItemShape(serializers.Serializer[None]):
    id = serializers.IntegerField()
    reason = serializers.ChoiceField(choices=Reason.choices)
    state = serializers.ChoiceField(choices=ItemState.choices)
    created_at = serializers.DateTimeField()
    assigned_to = serializers.CharField(allow_null=True)
    claimed_by = serializers.CharField(allow_null=True, help_text="Who looks at it now.")
    lease_until = serializers.DateTimeField(allow_null=True)
    review = serializers.IntegerField(allow_null=True, help_text="The decision that closed it.")
    upload = ItemUploadShape()
    page = serializers.URLField()


@extend_schema_serializer(many=False)  # one page, though the view is a list
class ItemPageShape(serializers.Serializer[None]):
    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = ItemShape(many=True)


class PutShape(serializers.Serializer[Any]):
    upload = serializers.UUIDField()
    assigned_to = serializers.CharField(required=False, allow_null=True, help_text="A moderator's username.")


class NextShape(serializers.Serializer[Any]):
    after = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=2**63 - 1, help_text="Go on behind this item."
    )


class AssignShape(serializers.Serializer[Any]):
    assigned_to = serializers.CharField(allow_null=True, help_text="A moderator's username; null for nobody.")


class DecideShape(serializers.Serializer[Any]):
    decision = serializers.ChoiceField(choices=Decision.choices)
    note = serializers.CharField(required=False, allow_blank=True, max_length=2000)
    tags = serializers.ListField(child=serializers.CharField(max_length=40), required=False, max_length=10)


class OneReviewShape(serializers.Serializer[None]):
    id = serializers.IntegerField()
    upload = serializers.UUIDField()
    decision = serializers.ChoiceField(choices=Decision.choices)
    occasion = serializers.ChoiceField(choices=Occasion.choices)
    note = serializers.CharField(allow_blank=True)
    tags = serializers.ListField(child=serializers.CharField())
    by = serializers.CharField(allow_null=True)
    at = serializers.DateTimeField()
    effective_at = serializers.DateTimeField(help_text="Until then it can be taken back.")
    undone_at = serializers.DateTimeField(allow_null=True)
    machine = serializers.DictField(help_text="What the machine said at that moment: label, fake_probability, version.")


@extend_schema_serializer(many=False)
class ReviewPageShape(serializers.Serializer[None]):
    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = OneReviewShape(many=True)
