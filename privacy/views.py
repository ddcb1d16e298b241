"""Pages about one's own data: what is kept, for how long, what one agreed to."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import consent
from accounts.models import Consent, Purpose, User
from accounts.requests import actor_of, person_of
from accounts.roles import can_keep
from detector.models import Upload
from privacy import keeping, periods, purging
from privacy.forms import DAYS, KEEP, RetentionForm
from privacy.models import Erasure, Expiry, Kept, Retention

_SHOWN = 200


@login_required
@never_cache
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    context = {
        "uploads": Upload.objects.filter(owner=person).count(),
        "consent": consent.standing(person, Purpose.TRAINING),
        "retention": Retention.objects.filter(person=person).first(),
        "site_days": settings.RETENTION_DAYS,
        "expiring": Expiry.objects.filter(upload__owner=person).count(),
        "kept": Kept.objects.filter(upload__owner=person).count(),
        "erasures": Erasure.objects.filter(person=person.pk)[:20],
    }
    return render(request, "privacy/overview.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def consent_page(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    if request.method == "POST":
        return _answered(request, person)
    standing = consent.standing(person, Purpose.TRAINING)
    current = consent.text_of(Purpose.TRAINING)
    context = {
        "standing": standing,
        "text": current,
        "is_older": standing is not None and standing.text != current,
        "earlier": Consent.objects.filter(person=person, purpose=Purpose.TRAINING, withdrawn_at__isnull=False),
    }
    return render(request, "privacy/consent.html", context)


def _answered(request: HttpRequest, person: User) -> HttpResponse:
    if request.POST.get("answer") == "give":
        consent.give(actor_of(request), person=person, purpose=Purpose.TRAINING)
        messages.success(request, _("Thank you. You can withdraw this here at any time."))
    elif request.POST.get("answer") == "withdraw":
        consent.withdraw(actor_of(request), person=person, purpose=Purpose.TRAINING)
        messages.success(request, _("Withdrawn. No new data set will hold your images."))
    return redirect("privacy:consent")


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def retention(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    own = Retention.objects.filter(person=person).first()
    form = RetentionForm(request.POST or None, own=own)
    if form.is_valid():
        _choose(request, person, form.cleaned_data)
        messages.success(request, _("Your choice was saved. Nothing is deleted without a notice."))
        return redirect("privacy:retention")
    kept = Kept.objects.filter(upload__owner=person).select_related("upload").order_by("-since")[:_SHOWN]
    context = {"form": form, "kept": kept, "expiring": Expiry.objects.filter(upload__owner=person).count()}
    context["notice_days"] = settings.RETENTION_NOTICE_DAYS
    return render(request, "privacy/retention.html", context, status=400 if form.errors else 200)


def _choose(request: HttpRequest, person: User, wanted: dict[str, Any]) -> None:
    if wanted["period"] in (KEEP, DAYS):
        days = wanted["days"] if wanted["period"] == DAYS else None
        periods.choose(actor_of(request), person=person, days=days)
    else:
        periods.follow_the_site(actor_of(request), person=person)


@login_required
@never_cache
@require_safe
def expiring(request: HttpRequest) -> HttpResponse:
    rows = Expiry.objects.filter(upload__owner=person_of(request)).select_related("upload")[:_SHOWN]
    listed = [{"upload": row.upload, "due_at": row.due_at, "days": purging.days_left(row)} for row in rows]
    return render(request, "privacy/expiring.html", {"rows": listed})


@login_required
@require_POST
def keep(request: HttpRequest, pk: UUID) -> HttpResponse:
    """“Keep this one”, or let it go; then back to where the button was."""
    found = _visible(request, pk)
    if not can_keep(request.user, found):
        raise Http404
    if request.POST.get("keep") == "0":
        keeping.let_go(actor_of(request), upload=found)
        messages.success(request, _("%(name)s follows the retention period again.") % {"name": found.name})
    else:
        keeping.keep(actor_of(request), upload=found, reason=request.POST.get("reason", ""))
        messages.success(request, _("%(name)s is kept until somebody deletes it by hand.") % {"name": found.name})
    return redirect(_back(request, found))


@login_required
@require_POST
def keep_all(request: HttpRequest) -> HttpResponse:
    """Everything that is about to go."""
    rows = Expiry.objects.filter(upload__owner=person_of(request)).select_related("upload")
    for row in (listed := list(rows)):
        keeping.keep(actor_of(request), upload=row.upload)
    sentence = ngettext(
        "%(count)d image is kept until you delete it by hand.",
        "%(count)d images are kept until you delete them by hand.",
        len(listed),
    )
    messages.success(request, sentence % {"count": len(listed)})
    return redirect("privacy:expiring")


def _visible(request: HttpRequest, pk: UUID) -> Upload:
    """404 for what is not there and for what is not theirs, as everywhere."""
    found: Upload = get_object_or_404(Upload.objects.visible_to(request.user), pk=pk)
    return found


def _back(request: HttpRequest, upload: Upload) -> str:
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if safe else f"/uploads/{upload.pk}/"
