"""Pages of the notices: the inbox, how one is told, and the link that ends the mails."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audit import Actor
from accounts.models import User
from accounts.requests import actor_of, address_of, person_of
from fakedetect_site.middleware import request_id
from notices import inbox, preferences
from notices.forms import MailingForm
from notices.models import Endpoint, Mailing, Notice


@login_required
@require_safe
@never_cache
def notice_list(request: HttpRequest) -> HttpResponse:
    only_new = request.GET.get("new") == "1"
    rows = inbox.of(request.user)
    before = request.GET.get("before", "")
    shown, older = inbox.page(
        rows.filter(read_at=None) if only_new else rows,
        int(before) if before.isdecimal() and len(before) < 19 else None,
    )
    context = {"shown": shown, "older": older, "only_new": only_new, "is_first": not before}
    return render(request, "notices/inbox.html", context | {"any_read": rows.exclude(read_at=None).exists()})


@login_required
@require_safe
def open_notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Go where the notice points; that it was followed makes it read."""
    notice = _own(request, pk)
    inbox.read(notice)
    local = url_has_allowed_host_and_scheme(notice.link, allowed_hosts=None)
    return redirect(notice.link if notice.link and local else "notices:inbox")


@login_required
@require_POST
def change_notice(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    {"read": inbox.read, "unread": inbox.unread_again, "delete": inbox.remove}[act](_own(request, pk))
    return _back(request)


@login_required
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    inbox.read_all(request.user)
    return redirect("notices:inbox")


@login_required
@require_POST
def remove_read(request: HttpRequest) -> HttpResponse:
    count = inbox.remove_read(request.user)
    sentence = ngettext("%(count)d read notice deleted.", "%(count)d read notices deleted.", count)
    messages.success(request, sentence % {"count": count})
    return redirect("notices:inbox")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def settings_page(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    form = MailingForm(request.POST or None, initial={"mailing": preferences.mailing_of(person)})
    if form.is_valid():
        preferences.set_mailing(actor_of(request), person=person, mailing=form.cleaned_data["mailing"])
        messages.success(request, _chosen(person, form.cleaned_data["mailing"]))
        return redirect("notices:settings")
    context = {"form": form, "endpoints": Endpoint.objects.standing().filter(person=person)}
    return render(request, "notices/settings.html", context, status=400 if form.errors else 200)


def _chosen(person: User, mailing: str) -> str:
    if mailing == Mailing.OFF:
        return _("No mails from now on. Notices wait for you in the page.")
    at_once, daily = _("You will be told at once at %(address)s."), _("You will be told once a day at %(address)s.")
    return (at_once if mailing == Mailing.AT_ONCE else daily) % {"address": person.email}


@csrf_exempt  # a mail program POSTs here by itself (RFC 8058); the signed link proves whose mails it may end
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Only a POST ends the mails: scanners of mails open every link."""
    person = preferences.bearer_of(token)
    done = request.method == "POST" and person is not None
    if person and done:
        preferences.set_mailing(_bearer(request, person), person=person, mailing=Mailing.OFF)
    context = {"token": token, "done": done, "known": person is not None}
    return render(request, "notices/unsubscribe.html", context, status=200 if person else 404)


def _bearer(request: HttpRequest, person: User) -> Actor:
    return Actor(user=person, address=address_of(request), request_id=request_id.get())


def _own(request: HttpRequest, pk: int) -> Notice:
    notice: Notice = get_object_or_404(inbox.of(request.user), pk=pk)
    return notice


def _back(request: HttpRequest) -> HttpResponse:
    """To the list as it was shown."""
    to = request.POST.get("next", "")
    local = url_has_allowed_host_and_scheme(to, allowed_hosts=None)
    return redirect(to if local and to.startswith("/") else "notices:inbox")
