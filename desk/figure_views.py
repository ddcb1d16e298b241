"""The page of figures: parse the period and the version, ask, lay out."""

from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from desk import charts, figures
from desk.access import for_moderators

PERIODS = {"7": _("7 days"), "30": _("30 days"), "90": _("90 days"), "365": _("A year"), "all": _("All")}


@for_moderators
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    period = request.GET.get("days", "90")
    period = period if period in PERIODS else "90"
    known = figures.versions()
    version = request.GET.get("version", "")
    version = version if version in known else ""
    since = None if period == "all" else timezone.now() - timedelta(days=int(period))
    waiting, done = figures.waiting(), figures.done(since)
    sample = figures.sample(since, version)
    weeks = [(date_format(date.fromisoformat(one.name), "MONTH_DAY_FORMAT"), one) for one in sample.by_time]
    context = {
        "period": period,
        "periods": PERIODS.items(),
        "version": version,
        "versions": known,
        "waiting": waiting,
        "done": done,
        "sample": sample,
        "weeks": weeks,
        "agreements": figures.agreements(since, version),
        "age_chart": charts.bars(waiting.ages),
        "done_chart": charts.bars([(date_format(day, "MONTH_DAY_FORMAT"), count) for day, count in done.by_time]),
        "false_alarms_by_version": charts.intervals([(one.name, one.false_alarms) for one in sample.by_version]),
        "missed_by_version": charts.intervals([(one.name, one.missed) for one in sample.by_version]),
        "false_alarms_by_week": charts.intervals([(name, one.false_alarms) for name, one in weeks]),
        "missed_by_week": charts.intervals([(name, one.missed) for name, one in weeks]),
    }
    return render(request, "desk/figures.html", context)
