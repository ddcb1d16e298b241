"""The shapes of the cases' part of the API, and what it reads."""

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from detector import case_items, case_notes, cases
from detector.models import Case, CaseRole

_TITLE = Case._meta.get_field("title").max_length
_DESCRIPTION = Case._meta.get_field("description").max_length


def _period() -> serializers.IntegerField:
    return serializers.IntegerField(
        min_value=1, max_value=cases.LONGEST_PERIOD, required=False, allow_null=True, help_text="Null: no rule."
    )


class CaseLinksShape(serializers.Serializer[None]):
    page = serializers.URLField()
    api = serializers.URLField()
    report = serializers.URLField(help_text="PDF.")
    export = serializers.URLField(help_text="ZIP.")


class CaseShape(serializers.Serializer[None]):
    id = serializers.UUIDField()
    title = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    role = serializers.ChoiceField(choices=CaseRole.choices, allow_null=True, help_text="What you are in it.")
    uploads = serializers.IntegerField(min_value=0)
    people = serializers.IntegerField(min_value=0)
    retention_days = serializers.IntegerField(allow_null=True, help_text="Of uploads, from when they were put in.")
    created_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)
    links = CaseLinksShape()


class CaseListShape(serializers.Serializer[None]):
    results = CaseShape(many=True)


@extend_schema_serializer(many=False)  # one page, though the view is a list
class CasePageShape(serializers.Serializer[None]):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = CaseShape(many=True)


class CaseRequestShape(serializers.Serializer[None]):
    title = serializers.CharField(max_length=_TITLE)
    description = serializers.CharField(max_length=_DESCRIPTION, required=False, allow_blank=True)
    retention_days = _period()


class CaseChangeShape(serializers.Serializer[None]):
    title = serializers.CharField(max_length=_TITLE, required=False)
    description = serializers.CharField(max_length=_DESCRIPTION, required=False, allow_blank=True)
    retention_days = _period()
    closed = serializers.BooleanField(required=False, help_text="Nothing in a closed case changes.")


class MemberShape(serializers.Serializer[None]):
    username = serializers.CharField()
    role = serializers.ChoiceField(choices=CaseRole.choices)
    added_at = serializers.DateTimeField()


class MemberRequestShape(serializers.Serializer[None]):
    username = serializers.CharField(max_length=150)
    role = serializers.ChoiceField(choices=CaseRole.choices, required=False, help_text="viewer, unless told.")


class RoleShape(serializers.Serializer[None]):
    role = serializers.ChoiceField(choices=CaseRole.choices)


class ItemsRequestShape(serializers.Serializer[None]):
    uploads = serializers.ListField(
        child=serializers.UUIDField(), min_length=1, max_length=case_items.AT_ONCE, help_text="Your own."
    )


class ItemsAddedShape(serializers.Serializer[None]):
    added = serializers.ListField(child=serializers.UUIDField(), help_text="Those that were not in it before.")


class NoteShape(serializers.Serializer[None]):
    id = serializers.IntegerField()
    text = serializers.CharField()
    author = serializers.CharField(allow_null=True)
    upload = serializers.UUIDField(allow_null=True, help_text="What it is about, while that lies in the case.")
    created_at = serializers.DateTimeField()


@extend_schema_serializer(many=False)
class NotePageShape(serializers.Serializer[None]):
    next = serializers.URLField(allow_null=True)
    results = NoteShape(many=True)


class NoteRequestShape(serializers.Serializer[None]):
    text = serializers.CharField(max_length=case_notes.LONGEST)
    upload = serializers.UUIDField(required=False, allow_null=True, help_text="What it is about, if not the whole.")
