"""The shapes of the notices' part of the API, and what it reads."""

from rest_framework import serializers

from notices.endpoints import LONGEST
from notices.kinds import KINDS
from notices.models import DeliveryState, Mailing


class NoticeShape(serializers.Serializer[None]):
    id = serializers.IntegerField()
    kind = serializers.CharField()
    text = serializers.CharField()
    link = serializers.URLField(allow_null=True)
    target = serializers.CharField(allow_blank=True)
    data = serializers.DictField()  # type: ignore[assignment]  # a field named like an attribute
    created_at = serializers.DateTimeField()
    read_at = serializers.DateTimeField(allow_null=True)


class NoticePageShape(serializers.Serializer[None]):
    unread = serializers.IntegerField(help_text="Of all, not of this page.")
    next = serializers.URLField(allow_null=True)
    results = NoticeShape(many=True)


class CountShape(serializers.Serializer[None]):
    count = serializers.IntegerField()


class MailingShape(serializers.Serializer[None]):
    email = serializers.ChoiceField(choices=Mailing.choices)


class EndpointRequestShape(serializers.Serializer[None]):
    url = serializers.CharField(max_length=LONGEST)
    kinds = serializers.ListField(
        child=serializers.ChoiceField(choices=list(KINDS)), required=False, help_text="None: all."
    )


class EndpointChangeShape(serializers.Serializer[None]):
    url = serializers.CharField(max_length=LONGEST, required=False)
    kinds = serializers.ListField(child=serializers.ChoiceField(choices=list(KINDS)), required=False)
    active = serializers.BooleanField(required=False)


class EndpointShape(serializers.Serializer[None]):
    id = serializers.UUIDField()
    url = serializers.CharField()
    kinds = serializers.ListField(child=serializers.CharField())
    active = serializers.BooleanField()
    failing_since = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class EndpointMadeShape(EndpointShape):
    secret = serializers.CharField(help_text="Shown this once.")


class DeliveryShape(serializers.Serializer[None]):
    id = serializers.UUIDField()
    kind = serializers.CharField()
    state = serializers.ChoiceField(choices=DeliveryState.choices)
    attempts = serializers.IntegerField()
    next_at = serializers.DateTimeField(allow_null=True)
    last_status = serializers.IntegerField(allow_null=True)
    last_error = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    done_at = serializers.DateTimeField(allow_null=True)


class AnyDeliveryShape(DeliveryShape):
    webhook = serializers.UUIDField(help_text="The webhook or callback.")
    target = serializers.CharField(allow_blank=True)


class DeliveryWithBodyShape(AnyDeliveryShape):
    body = serializers.CharField(help_text="As it is signed.")


class DeliveryPageShape(serializers.Serializer[None]):
    next = serializers.URLField(allow_null=True)
    results = AnyDeliveryShape(many=True)


class DeliveryFilterShape(serializers.Serializer[None]):
    state = serializers.ChoiceField(choices=DeliveryState.choices, required=False)
    webhook = serializers.UUIDField(required=False, source="endpoint")
    target = serializers.CharField(max_length=80, required=False)
    before = serializers.UUIDField(required=False)


class DeliveryListShape(serializers.Serializer[None]):
    results = DeliveryShape(many=True)
