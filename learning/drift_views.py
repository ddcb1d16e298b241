"""The page of drift: parse the version, ask, lay out."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from detector.models import ModelVersion
from learning import drift, drift_plots
from learning.access import for_moderators
from learning.models import CountCursor, DriftAlarm, WeeklyCount

_ALARMS = 20


@for_moderators
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Every measure by week, for one model; the alarms that were raised."""
    seen = WeeklyCount.objects.order_by("model").values_list("model", flat=True).distinct()
    models = list(ModelVersion.objects.filter(pk__in=list(seen)).defer("card"))
    served = ModelVersion.objects.filter(is_current=True).first()
    asked = request.GET.get("model", "")
    model = next((one for one in models if one.version == asked), served)
    courses = drift.courses(model)
    context = {
        "model": model,
        "models": models,
        "drawn": [(course, drift_plots.of(course)) for course in courses],
        "is_empty": not any(course.weeks for course in courses),
        "alarms": DriftAlarm.objects.all()[:_ALARMS],
        "cursor": CountCursor.objects.first(),
        "watch": drift.WATCH,
        "alarm": drift.ALARM,
        "fewest": drift.FEWEST,
        "fewest_of_reference": drift.FEWEST_OF_REFERENCE,
    }
    return render(request, "learning/drift.html", context)
