"""The API's doors to models at work: figures for administrators, to read alone."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import api_view
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import is_administrator
from detector.api_shapes import ErrorShape
from detector.models import ModelVersion
from learning import api_shapes as shapes
from learning import comparison, drift
from learning.comparison import Both, Share
from learning.models import DriftAlarm, Rescoring, Shadow

_ERRORS = dict.fromkeys((401, 403), ErrorShape)
_NOT_FOUND = _ERRORS | {404: ErrorShape}
_ID = OpenApiParameter("id", OpenApiTypes.UUID, OpenApiParameter.PATH)
_MODEL = OpenApiParameter("model", description="A version; the one in service where it is left out.")
_ROWS, _ALARMS = 50, 100


@extend_schema(operation_id="rescorings", responses={200: shapes.RescoringShape(many=True)} | _ERRORS)  # type: ignore[untyped-decorator]
@api_view(["GET"])
def rescorings(request: Request) -> Response:
    """The last fifty runs through history, newest first; for administrators."""
    _administrators_only(request)
    return Response([_run(run) for run in Rescoring.objects.select_related("model", "owner")[:_ROWS]])


@extend_schema(operation_id="rescoring", parameters=[_ID], responses={200: shapes.RescoringShape} | _NOT_FOUND)  # type: ignore[untyped-decorator]
@api_view(["GET"])
def rescoring(request: Request, pk: UUID) -> Response:
    """One run: how far it is, and how many verdicts changed; for administrators."""
    _administrators_only(request)
    return Response(_run(get_object_or_404(Rescoring.objects.select_related("model", "owner"), pk=pk)))


@extend_schema(operation_id="shadows", responses={200: shapes.ShadowShape(many=True)} | _ERRORS)  # type: ignore[untyped-decorator]
@api_view(["GET"])
def shadows(request: Request) -> Response:
    """The last fifty trials of candidates, newest first; for administrators."""
    _administrators_only(request)
    return Response([_trial(trial) for trial in Shadow.objects.select_related("model")[:_ROWS]])


@extend_schema(operation_id="shadow", parameters=[_ID], responses={200: shapes.ComparedShape} | _NOT_FOUND)  # type: ignore[untyped-decorator]
@api_view(["GET"])
def shadow(request: Request, pk: UUID) -> Response:
    """One trial, with the candidate compared to what served; for administrators."""
    _administrators_only(request)
    trial = get_object_or_404(Shadow.objects.select_related("model"), pk=pk)
    found = comparison.of(trial)
    changes = [{"from": before, "to": after, "uploads": count} for before, after, count in found.changes]
    told: dict[str, Any] = {
        "compared": found.done,
        "failed": found.failed,
        "waiting": found.waiting,
        "seconds": found.seconds,
    }
    told |= {"agreement": _share(found.agreement), "changes": changes}
    told |= {"called_fake": _both(found.called_fake), "inconclusive": _both(found.inconclusive)}
    for name, pair in (("reviewed", found.reviewed), ("sampled", found.sampled)):
        told[name] = {"false_alarms": _both(pair[0]), "missed": _both(pair[1])}
    return Response(_trial(trial) | told)


@extend_schema(operation_id="drift", parameters=[_MODEL], responses={200: shapes.DriftShape} | _NOT_FOUND)  # type: ignore[untyped-decorator]
@api_view(["GET"])
def drifts(request: Request) -> Response:
    """Every measure by week, oldest first, and the alarms; for administrators."""
    _administrators_only(request)
    asked = request.query_params.get("model", "")
    known = ModelVersion.objects.all()
    model = get_object_or_404(known, version=asked) if asked else known.filter(is_current=True).first()
    weeks = [drift.told(course, week) for course in drift.courses(model) for week in course.weeks]
    alarms = [
        {"week": one.week, "measure": one.measure, "model": one.version or None, "distance": one.distance}
        for one in DriftAlarm.objects.all()[:_ALARMS]
    ]
    return Response({"model": model.version if model else None, "weeks": weeks, "alarms": alarms})


def _administrators_only(request: Request) -> None:
    if not is_administrator(request.user):
        raise PermissionDenied("These figures are for administrators.")


def _run(run: Rescoring) -> dict[str, Any]:
    told = {"id": run.pk, "model": run.model.version, "status": run.state, "per_minute": run.per_minute}
    told |= {"since": run.since, "until": run.until, "owner": run.owner.get_username() if run.owner else None}
    told |= {"verdict": run.label or None, "created_at": run.created_at, "finished_at": run.finished_at}
    figures = {"total": run.total, "scored": run.scored, "failed": run.failed, "changed": run.changed}
    return told | figures | {"trouble": run.trouble}


def _trial(trial: Shadow) -> dict[str, Any]:
    told = {"id": trial.pk, "model": trial.model.version, "share": trial.share, "at_most": trial.at_most}
    told |= {"started_at": trial.started_at, "ended_at": trial.ended_at}
    return told | {"ended_because": trial.ended_because or None, "trouble": trial.trouble}


def _share(share: Share) -> dict[str, Any]:
    return {"value": share.value if share.of else None, "interval": share.interval, "hits": share.hits, "of": share.of}


def _both(both: Both) -> dict[str, Any]:
    value, low, high = both.difference
    difference = {"value": value, "interval": (low, high)} if both.served.of else None
    return {"served": _share(both.served), "candidate": _share(both.candidate), "difference": difference}
