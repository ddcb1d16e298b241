"""The dashboard: parse whose and how long, ask, lay out."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.requests import person_of
from accounts.roles import is_moderator
from detector import card_page, models_in_use
from detector.models import Label
from overview import plots, reading

PERIODS = {  # days: (in words, days of one bar)
    "30": (_("30 days"), 1),
    "90": (_("90 days"), 3),
    "365": (_("A year"), 14),
}


@login_required
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    period = request.GET.get("days", "30")
    period = period if period in PERIODS else "30"
    everybody = is_moderator(request.user) and request.GET.get("of") == "all"
    of = None if everybody else person_of(request)
    spans = reading.spans(of, days=int(period), width=PERIODS[period][1])
    context = {
        "period": period,
        "periods": [(days, words) for days, (words, _width) in PERIODS.items()],
        "everybody": everybody,
        "may_see_all": is_moderator(request.user),
        "spans": spans[::-1],
        "whole": reading.whole(spans),
        "behind": reading.behind() if everybody else 0,
        "waiting": reading.queue() if is_moderator(request.user) else None,
        **_drawn(spans),
        **_model(),
    }
    return render(request, "overview/page.html", context)


def _drawn(spans: list[reading.Span]) -> dict[str, Any]:
    top = plots.highest(spans, Label.values)
    return {
        "plots": [plots.counts(spans, label, top) for label in Label.values],
        "share_plot": plots.shares(spans, reading.whole(spans).inconclusive_share),
    }


def _model() -> dict[str, Any]:
    """The model in service, and the first figures of its card; nothing where none serves yet."""
    model = models_in_use.in_service()
    card = models_in_use.card_of(model) if model else {}
    return {"model": model, "card": card, "headlines": card_page.headlines(card)[:2]}
