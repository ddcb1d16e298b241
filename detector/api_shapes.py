"""The shapes of the API's answers, for its schema. The answers themselves are made by report.py."""

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from detector.models import Label, State


class FileShape(serializers.Serializer[None]):
    name = serializers.CharField()
    sha256 = serializers.CharField(min_length=64, max_length=64)
    bytes = serializers.IntegerField(min_value=1)
    format = serializers.CharField()
    width = serializers.IntegerField(min_value=1)
    height = serializers.IntegerField(min_value=1)


class ProbabilitiesShape(serializers.Serializer[None]):
    authentic = serializers.FloatField(min_value=0, max_value=1)
    ai_generated = serializers.FloatField(min_value=0, max_value=1)
    manipulated = serializers.FloatField(min_value=0, max_value=1)


class ThresholdsShape(serializers.Serializer[None]):
    authentic_below = serializers.FloatField()
    fake_above = serializers.FloatField()


class ModelShape(serializers.Serializer[None]):
    version = serializers.CharField()
    sha256 = serializers.CharField()


class VerdictShape(serializers.Serializer[None]):
    label = serializers.ChoiceField(choices=Label.choices)  # type: ignore[assignment]  # a field named like an option
    fake_probability = serializers.FloatField(min_value=0, max_value=1, help_text="Calibrated.")
    probabilities = ProbabilitiesShape()
    reasons = serializers.ListField(child=serializers.CharField())
    thresholds = ThresholdsShape(allow_null=True)
    model = ModelShape()


class EvidenceShape(serializers.Serializer[None]):
    signal = serializers.CharField()
    stance = serializers.ChoiceField(choices=["supports_fake", "supports_authentic", "silent", "not_run"])
    summary = serializers.CharField()
    details = serializers.DictField(help_text="`gps` and `private` are told to the owner only.")
    picture = serializers.URLField(allow_null=True, help_text="A PNG.")


class FailureShape(serializers.Serializer[None]):
    code = serializers.CharField()
    detail = serializers.CharField()


class LinksShape(serializers.Serializer[None]):
    page = serializers.URLField()
    api = serializers.URLField()
    image = serializers.URLField()
    preview = serializers.URLField()
    thumbnail = serializers.URLField()
    delete = serializers.URLField()


class ReportShape(serializers.Serializer[None]):
    id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=State.choices)
    created_at = serializers.DateTimeField()
    duplicate_of = serializers.UUIDField(allow_null=True, help_text="Your earliest upload of the same bytes.")
    owner = serializers.CharField(allow_null=True, help_text="Told to moderators, of other people's uploads.")
    file = FileShape()
    verdict = VerdictShape(allow_null=True)
    evidence = EvidenceShape(many=True)
    ledger = serializers.ChoiceField(choices=State.choices, help_text="How far the deep signals of the evidence are.")
    heatmap = serializers.URLField(allow_null=True)
    error = FailureShape(allow_null=True)
    links = LinksShape()


class CopyShape(serializers.Serializer[None]):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=["same_file", "copy", "mirrored"])
    distance = serializers.IntegerField(min_value=0, help_text="Bits of 256 in which the fingerprints differ.")
    name = serializers.CharField()
    owner = serializers.CharField(allow_null=True, help_text="Told to moderators, of other people's uploads.")
    created_at = serializers.DateTimeField()
    verdict = serializers.ChoiceField(choices=Label.choices, allow_null=True)
    page = serializers.URLField()
    compare = serializers.URLField(help_text="A page, for browsers.")


class SimilarShape(serializers.Serializer[None]):
    copies = CopyShape(many=True)
    more = serializers.BooleanField(help_text="Whether there are more than are listed.")


@extend_schema_serializer(many=False)  # one page, though the view is a list
class PageShape(serializers.Serializer[None]):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = ReportShape(many=True)


class UploadRequestShape(serializers.Serializer[None]):
    image = serializers.FileField(help_text="One image file.")


class ReportFileShape(serializers.Serializer[None]):
    report = serializers.FileField(help_text="A report, PDF or JSON, exactly as it was downloaded.")


class CheckedShape(serializers.Serializer[None]):
    valid = serializers.BooleanField()
    reason = serializers.CharField(help_text="One sentence that says so, or says why not.")
    kind = serializers.ChoiceField(choices=["pdf", "json", ""], allow_blank=True)
    key_id = serializers.CharField(allow_blank=True, help_text="The key that the file names.")


class TokenShape(serializers.Serializer[None]):
    name = serializers.CharField()
    prefix = serializers.CharField()
    scope = serializers.ChoiceField(choices=["read", "write"])
    expires_at = serializers.DateTimeField(allow_null=True)


class MeShape(serializers.Serializer[None]):
    username = serializers.CharField()
    email = serializers.EmailField(allow_blank=True)
    role = serializers.ChoiceField(choices=["user", "moderator", "administrator"])
    token = TokenShape(allow_null=True)


class RegisteredModelShape(serializers.Serializer[None]):
    version = serializers.CharField()
    sha256 = serializers.CharField()
    current = serializers.BooleanField()
    registered_at = serializers.DateTimeField()
    card = serializers.DictField()


class ErrorBodyShape(serializers.Serializer[None]):
    code = serializers.CharField()
    detail = serializers.CharField()
    fields = serializers.DictField()  # type: ignore[assignment]  # a field named like an attribute


class ErrorShape(serializers.Serializer[None]):
    error = ErrorBodyShape()
