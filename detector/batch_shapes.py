"""The shapes of the batches' part of the API, and what it reads."""

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from detector.api_shapes import BatchParticularsShape, FailureShape
from detector.models import BatchState, ItemState, Label

SEEN = [choice for choice in BatchState.choices if choice[0] != BatchState.ARRIVING]


class BatchFilesShape(BatchParticularsShape):
    files = serializers.ListField(child=serializers.FileField(), required=False, help_text="At most 100 in a request.")
    archive = serializers.FileField(required=False, help_text="One ZIP in the place of files.")


class CountsShape(serializers.Serializer[None]):
    total = serializers.IntegerField()
    queued = serializers.IntegerField()
    running = serializers.IntegerField()
    done = serializers.IntegerField(help_text="Handed in; their verdicts are told by their uploads.")
    failed = serializers.IntegerField()
    cancelled = serializers.IntegerField()


class BatchLinksShape(serializers.Serializer[None]):
    api = serializers.URLField()
    cancel = serializers.URLField()


class BatchShape(serializers.Serializer[None]):
    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=SEEN)
    external_id = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    counts = CountsShape()
    progress = serializers.FloatField(min_value=0, max_value=1, help_text="The share that has ended.")
    links = BatchLinksShape()


class ItemOfBatchShape(serializers.Serializer[None]):
    position = serializers.IntegerField(help_text="In the order in which they were sent, from 0.")
    name = serializers.CharField(allow_blank=True, help_text="Empty once its upload was deleted.")
    state = serializers.ChoiceField(choices=ItemState.choices)
    upload = serializers.UUIDField(allow_null=True)
    verdict = serializers.ChoiceField(choices=Label.choices, allow_null=True, help_text="As it is shown now.")
    api = serializers.URLField(allow_null=True)
    error = FailureShape(allow_null=True)


class BatchWithItemsShape(BatchShape):
    items = ItemOfBatchShape(many=True)


@extend_schema_serializer(many=False)  # one page, though the view is a list
class BatchPageShape(serializers.Serializer[None]):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = BatchShape(many=True)
