"""The one shape of every error of the API, for its schema. detector/api_errors.py makes it."""

from rest_framework import serializers


class ErrorBodyShape(serializers.Serializer[None]):
    code = serializers.CharField()
    detail = serializers.CharField()
    fields = serializers.DictField()  # type: ignore[assignment]  # a field named like an attribute


class ErrorShape(serializers.Serializer[None]):
    error = ErrorBodyShape()
