"""Every error of the API in one shape: {"error": {"code", "detail", "fields"}}."""

import logging
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from accounts.errors import Refused
from detector.errors import UNREADY, NoModel, unready

log = logging.getLogger(__name__)


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's hook. None lets an unforeseen error become a 500, which errors.py answers in the same shape."""
    if isinstance(error, UNREADY):
        error = unready(error)
    if isinstance(error, Refused):
        shape = _shape(error.code, error.detail, error.fields)
        return Response(shape, status=error.status, headers=error.headers)
    if isinstance(error, NoModel):
        log.error("no model: %s", error)
        return Response(_shape("no_model", str(error), {}), status=503)
    response = exception_handler(error, context)
    if response is not None:
        response.data = _shape(*_words(error))
    return response


def _shape(code: str, detail: str, fields: dict[str, Any]) -> dict[str, Any]:
    return {"error": {"code": code, "detail": detail, "fields": fields}}


def _words(error: Exception) -> tuple[str, str, dict[str, Any]]:
    if isinstance(error, Http404):
        return "not_found", "There is nothing here, or it is not yours to see.", {}
    if isinstance(error, PermissionDenied):
        return "forbidden", "You may not do this.", {}
    if isinstance(error, exceptions.ValidationError):
        return "invalid", "Some fields are not valid.", _fields(error.detail)
    assert isinstance(error, exceptions.APIException)  # noqa: S101 (exception_handler answers only these)
    return str(error.default_code), str(error.detail), {}


def _fields(detail: Any) -> dict[str, Any]:
    return detail if isinstance(detail, dict) else {"": detail}
