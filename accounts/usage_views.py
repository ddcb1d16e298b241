"""The page that tells a person what they used and what is left."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts import usage
from accounts.requests import person_of


@require_safe
@login_required
@never_cache
def page(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    lines = {line.name: line for line in usage.limits_of(person)}
    context = {
        "lines": [lines[name] for name in usage.SHOWN],
        "by_minute": [lines[name] for name in usage.BY_MINUTE if lines[name].most],
        "sources": usage.sources_of(person),
    }
    return render(request, "accounts/usage.html", context)
