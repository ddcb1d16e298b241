"""Pages of the links to an upload: its owner makes, sees and ends them; moderators see and end them."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from accounts.requests import actor_of
from accounts.roles import can_make_link
from detector import asked_for, shares
from detector.errors import Refused
from detector.share_forms import ShareForm


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_variables("secret", "address")
def links(request: HttpRequest, pk: UUID) -> HttpResponse:
    """List the links; a POST makes one and shows its address in the answer, the only place it ever is."""
    found, address = asked_for.upload_to_share(request, pk), ""
    form = ShareForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            _link, secret = shares.make(actor_of(request), upload=found, **form.cleaned_data)
            address = request.build_absolute_uri(reverse("detector:shared", args=[secret]))
        except Refused as error:
            form.add_error("days", error.detail)
    context = {
        "upload": found,
        "form": form if form.errors else ShareForm(),
        "may_make": can_make_link(request.user, found) and settings.SHARE_DAYS,
        "address": address,
        "links": found.share_links.all(),
    }
    return render(request, "detector/links.html", context, status=400 if form.errors else 200)


@login_required
@require_POST
def revoke(request: HttpRequest, pk: UUID, link: UUID) -> HttpResponse:
    found = get_object_or_404(asked_for.upload_to_share(request, pk).share_links.select_related("upload"), pk=link)
    shares.revoke(actor_of(request), link=found)
    messages.success(request, _("The link was ended: it shows nothing any more."))
    return redirect("detector:links", pk)
