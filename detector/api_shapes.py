"""The shapes of the API's answers, for its schema. The answers themselves are made by report.py."""

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from accounts.error_shapes import ErrorShape as ErrorShape
from detector import known, particulars, tags, upload_notes
from detector.models import Decision, Label, State


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


class EarlierShape(serializers.Serializer[None]):
    label = serializers.ChoiceField(choices=Label.choices)  # type: ignore[assignment]  # a field named like an option
    fake_probability = serializers.FloatField(min_value=0, max_value=1)
    model = ModelShape()
    at = serializers.DateTimeField(allow_null=True)


class EvidenceShape(serializers.Serializer[None]):
    signal = serializers.CharField()
    stance = serializers.ChoiceField(choices=["supports_fake", "supports_authentic", "silent", "not_run"])
    summary = serializers.CharField()
    details = serializers.DictField(help_text="`gps` and `private` are told to the owner only.")
    picture = serializers.URLField(allow_null=True, help_text="A PNG.")


class ReviewShape(serializers.Serializer[None]):
    decision = serializers.ChoiceField(choices=Decision.choices)
    note = serializers.CharField(allow_blank=True)
    by = serializers.CharField(allow_null=True, help_text="Null where the account is gone.")
    at = serializers.DateTimeField()
    final = serializers.BooleanField(help_text="Whether its undo period is over.")


class GivenReviewShape(ReviewShape):
    verdict_then = serializers.ChoiceField(
        choices=Label.choices, allow_null=True, help_text="What the machine said at that moment."
    )


class ReviewListShape(serializers.Serializer[None]):
    results = GivenReviewShape(many=True)


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
    external_id = serializers.CharField(
        allow_null=True, help_text="What your program called it. Told to the owner only."
    )
    tags = serializers.ListField(child=serializers.CharField(), help_text="Told to the owner only.")
    note = serializers.CharField(allow_null=True, allow_blank=True, help_text="Told to the owner only.")
    file = FileShape()
    verdict = VerdictShape(allow_null=True, help_text="The machine's.")
    review = ReviewShape(allow_null=True, help_text="What a person decided; it is shown before the machine's verdict.")
    earlier = EarlierShape(many=True, help_text="What other models said of it; the one shown last comes first.")
    evidence = EvidenceShape(many=True)
    ledger = serializers.ChoiceField(choices=State.choices, help_text="How far the deep signals of the evidence are.")
    heatmap = serializers.URLField(allow_null=True)
    error = FailureShape(allow_null=True)
    links = LinksShape()


class SparseReportShape(ReportShape):
    """Of which `fields` may leave all out but the id."""

    def get_fields(self) -> Any:
        fields = super().get_fields()
        for name, field in fields.items():
            field.required = name == "id"
        return fields


class EvidenceListShape(serializers.Serializer[None]):
    ledger = serializers.ChoiceField(choices=State.choices, help_text="Queued or running: more will come.")
    evidence = EvidenceShape(many=True)


COPIES = [(name, name) for name in ("same_file", "copy", "mirrored")]


class FoundCopyShape(serializers.Serializer[None]):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=COPIES)
    distance = serializers.IntegerField(min_value=0, help_text="Bits of 256 in which the fingerprints differ.")
    name = serializers.CharField()
    owner = serializers.CharField(allow_null=True, help_text="Told to moderators, of other people's uploads.")
    created_at = serializers.DateTimeField()
    verdict = serializers.ChoiceField(choices=Label.choices, allow_null=True)
    page = serializers.URLField()


class CopyShape(FoundCopyShape):
    compare = serializers.URLField(help_text="A page, for browsers.")


class SimilarShape(serializers.Serializer[None]):
    copies = CopyShape(many=True)
    more = serializers.BooleanField(help_text="Whether there are more than are listed.")


class EntryShape(serializers.Serializer[None]):
    id = serializers.IntegerField(help_text="Its place in the audit history.")
    at = serializers.DateTimeField()
    until = serializers.DateTimeField(help_text="Of the last, where the same was done several times in a row.")
    times = serializers.IntegerField(min_value=1)
    action = serializers.CharField()
    words = serializers.CharField()
    who = serializers.CharField(help_text="“You”, a name for moderators, otherwise what the person is.")
    role = serializers.ChoiceField(choices=["owner", "user", "moderator", "administrator", "system", "gone"])
    model = serializers.CharField(allow_blank=True, help_text="The version that had a part in it.")
    actor = serializers.CharField(allow_null=True, allow_blank=True, help_text="Told to moderators.")
    request_id = serializers.CharField(allow_null=True, allow_blank=True, help_text="Told to moderators.")


class TimelineShape(serializers.Serializer[None]):
    events = EntryShape(many=True)
    more = serializers.BooleanField(help_text="Whether there are earlier ones than are listed.")


@extend_schema_serializer(many=False)  # one page, though the view is a list
class PageShape(serializers.Serializer[None]):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = SparseReportShape(many=True)


class LabelsShape(serializers.Serializer[None]):
    tags = serializers.ListField(
        child=serializers.CharField(max_length=tags.LONGEST),
        max_length=tags.OF_AN_UPLOAD,
        required=False,
        help_text="All that it shall have.",
    )
    note = serializers.CharField(max_length=upload_notes.LONGEST, allow_blank=True, required=False)


class BatchParticularsShape(serializers.Serializer[None]):
    external_id = serializers.CharField(
        max_length=particulars.LONGEST_ID, required=False, help_text="Your own id of it; several uploads may have one."
    )
    tags = serializers.ListField(
        child=serializers.CharField(max_length=tags.LONGEST), max_length=tags.OF_AN_UPLOAD, required=False
    )
    case = serializers.UUIDField(required=False, help_text="A case that you edit: it is put in.")


class ParticularsShape(BatchParticularsShape):
    callback_url = serializers.CharField(
        max_length=500, required=False, help_text="An address that is told once, when nothing changes any more."
    )


class UploadRequestShape(ParticularsShape):
    image = serializers.FileField(help_text="One image file.")


class UrlRequestShape(ParticularsShape):
    image_url = serializers.CharField(max_length=2000, help_text="Where the site shall fetch it, if it may.")


class CallbackShape(serializers.Serializer[None]):
    url = serializers.CharField()
    webhook = serializers.UUIDField(help_text="Its deliveries are listed under it.")
    secret = serializers.CharField(
        allow_null=True, help_text="What signs; null where that is the secret of your own webhook on the same server."
    )


class HandedInShape(ReportShape):
    callback = CallbackShape(allow_null=True, help_text="Of `callback_url`.")


class KnownRequestShape(serializers.Serializer[None]):
    sha256 = serializers.ListField(
        child=serializers.RegexField(r"^[0-9a-f]{64}$"), max_length=known.AT_ONCE, default=list, help_text="Of files."
    )
    ids = serializers.ListField(
        child=serializers.UUIDField(), max_length=known.AT_ONCE, default=list, help_text="Of uploads."
    )


class KnownLinksShape(serializers.Serializer[None]):
    page = serializers.URLField()
    thumbnail = serializers.URLField()
    api = serializers.URLField()


class KnownUploadShape(serializers.Serializer[None]):
    id = serializers.UUIDField()
    sha256 = serializers.CharField(min_length=64, max_length=64)
    name = serializers.CharField()
    created_at = serializers.DateTimeField()
    status = serializers.ChoiceField(choices=State.choices)
    label = serializers.ChoiceField(  # type: ignore[assignment]  # a field named like an option
        choices=Label.choices, allow_null=True, help_text="As shown: a person's decision before the machine's verdict."
    )
    error = serializers.CharField(allow_null=True, help_text="Why it could not be analysed.")
    links = KnownLinksShape()


class KnownShape(serializers.Serializer[None]):
    uploads = KnownUploadShape(many=True)


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
