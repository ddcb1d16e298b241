"""The desk: one image at a time. Each view parses, calls one service, renders or leads on."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import actor_of, person_of
from accounts.roles import moderators
from desk import deciding, figures, filters, habits, queue, showing, tags
from desk.access import for_moderators
from desk.forms import AssignForm, DecisionForm, HabitsForm
from desk.models import ItemState, QueueItem
from detector import intake, review
from detector.errors import Refused
from detector.models import Decision, Review, Upload

# One key a decision, in the order of the buttons.
KEYS = {"1": Decision.AUTHENTIC, "2": Decision.AI_GENERATED, "3": Decision.MANIPULATED, "4": Decision.UNSURE}
_RECENT = 8  # own decisions that the first page lists
_COUNTED = 500  # images that are counted one by one; of more it is enough to know that they are more


@for_moderators
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Where work begins: what waits, what one holds, what one decided of late."""
    person = person_of(request)
    own = Review.objects.filter(reviewer=person).select_related("upload").order_by("-pk")
    context = {
        "waiting": figures.waiting(),
        "for_me": QueueItem.objects.free_for(person)[: _COUNTED + 1].count(),
        "counted": _COUNTED,
        "held": QueueItem.objects.held_by(person).select_related("upload").first(),
        "recent": own[:_RECENT],
        "habits": habits.of(person),
        "now": timezone.now(),
        **_undo_bar(request),
    }
    return render(request, "desk/home.html", context)


@for_moderators
@require_POST
def next_image(request: HttpRequest) -> HttpResponse:
    """Claim the oldest image that the filters of the address allow."""
    return _led_on(request, queue.take_next(actor_of(request), among=filters.narrowed(request.GET)))


@for_moderators
@require_safe
def item(request: HttpRequest, pk: int) -> HttpResponse:
    found = _item(pk)
    intake.note_view(actor_of(request), upload=found.upload)
    return _shown(request, found)


@for_moderators
@require_POST
def claim(request: HttpRequest, pk: int) -> HttpResponse:
    found = _item(pk)
    queue.claim(actor_of(request), item=found)
    return _at(request, found)


@for_moderators
@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Decide, and lead on to the next image. What is refused comes back with everything that was typed."""
    found, form = _item(pk), DecisionForm(request.POST)
    if _pressed_twice(request, found):
        return next_image(request)  # type: ignore[return-value]
    try:
        deciding.decide(actor_of(request), item=found, **form.values)
    except Refused as error:
        return _shown(request, _item(pk), form=form, error=error)
    return _led_on(request, queue.take_next(actor_of(request), among=filters.narrowed(request.GET)))


def _pressed_twice(request: HttpRequest, found: QueueItem) -> bool:
    """The same person's same decision arrives again: a key that was hit twice is one decision."""
    made = found.review
    same = made is not None and made.decision == request.POST.get("decision")
    return same and made is not None and made.reviewer_id == person_of(request).pk


@for_moderators
@require_POST
def skip(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the image back and go on to the one behind it."""
    found = _item(pk)
    queue.release(actor_of(request), item=found)
    return _led_on(request, queue.take_next(actor_of(request), among=filters.narrowed(request.GET), after=found))


@for_moderators
@require_POST
def release(request: HttpRequest, pk: int) -> HttpResponse:
    queue.release(actor_of(request), item=_item(pk))
    return redirect("desk:home")


@for_moderators
@require_POST
def renew(request: HttpRequest, pk: int) -> HttpResponse:
    """Asked by an open page: until when the image is still this person's, or that it is not."""
    found = _item(pk)
    until = queue.renew(actor_of(request), item=found)
    return render(request, "desk/_lease.html", {"until": until, "item": found, "lost": until is None})


@for_moderators
@require_POST
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    found, form = _item(pk), AssignForm(request.POST)
    if not form.is_valid():
        raise Refused("invalid_assignee", _("Only moderators can review. Choose one of them."))
    person = form.cleaned_data["person"]
    queue.assign(actor_of(request), item=found, person=person)
    kept = _("Kept for %(name)s.") % {"name": person.get_username()} if person else _("Open to anybody.")
    messages.success(request, kept)
    return _at(request, found)


@for_moderators
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    found = _item(pk)
    queue.withdraw(actor_of(request), item=found)
    messages.success(request, _("%(name)s was taken out of the queue, undecided.") % {"name": found.upload.name})
    return redirect("desk:home")


@for_moderators
@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a decision back, and the image in hand again where it lies in the queue."""
    made = get_object_or_404(Review.objects.select_related("upload"), pk=pk)
    review.undo(actor_of(request), review=made)
    messages.success(request, _("Taken back: %(name)s is undecided again.") % {"name": made.upload.name})
    found = QueueItem.objects.free_for(person_of(request)).filter(upload=made.upload_id).first()
    if found is None:
        return redirect("detector:verdict", made.upload_id)
    queue.claim(actor_of(request), item=found)
    return _at(request, found)


@for_moderators
@require_POST
def second_opinion(request: HttpRequest, pk: int) -> HttpResponse:
    first = get_object_or_404(Review.objects.select_related("upload"), pk=pk)
    queue.ask_for_second(actor_of(request), first=first)
    messages.success(request, _("A second opinion was asked for. Another person will give it."))
    return redirect("detector:verdict", first.upload_id)


@for_moderators
@require_POST
def put(request: HttpRequest, pk: UUID) -> HttpResponse:
    """From a verdict page into the queue; with "mine" at once into one's own hands."""
    upload, form = get_object_or_404(Upload, pk=pk), AssignForm(request.POST)
    form.is_valid()
    found = queue.put(actor_of(request), upload=upload, assigned_to=form.cleaned_data.get("person"))
    if "now" in request.POST:
        queue.claim(actor_of(request), item=found)
        return _at(request, found)
    messages.success(request, _("%(name)s waits in the queue.") % {"name": upload.name})
    return redirect("detector:verdict", pk)


@for_moderators
@require_POST
def change_habits(request: HttpRequest) -> HttpResponseBase:
    form = HabitsForm(request.POST)
    form.is_valid()
    habits.choose(actor_of(request), **form.cleaned_data)
    messages.success(request, _("Kept. It holds from the next image on."))
    return redirect("desk:home")


def _item(pk: int) -> QueueItem:
    found: QueueItem = get_object_or_404(QueueItem.objects.for_pages().select_related("second_to"), pk=pk)
    return found


def _at(request: HttpRequest, found: QueueItem) -> HttpResponse:
    """The page of an image, with the filters of this address."""
    kept = filters.kept(request.GET)
    return redirect(reverse("desk:item", args=[found.pk]) + (f"?{kept}" if kept else ""))


def _led_on(request: HttpRequest, found: QueueItem | None) -> HttpResponse:
    if found:
        return _at(request, found)
    kept = filters.kept(request.GET)
    nothing = _("Nothing else waits behind these filters.") if kept else _("Nothing else waits for you.")
    messages.info(request, nothing)
    return redirect("desk:home")


def _shown(
    request: HttpRequest, found: QueueItem, form: DecisionForm | None = None, error: Refused | None = None
) -> HttpResponse:
    person, kept = person_of(request), filters.kept(request.GET)
    mine = QueueItem.objects.held_by(person).filter(pk=found.pk).exists()
    among = filters.narrowed(request.GET)
    context = {
        "sight": showing.of(found, person),
        "item": found,
        "mine": mine,
        "is_open": found.state == ItemState.OPEN,
        "free": QueueItem.objects.free_for(person).filter(pk=found.pk).exists(),
        "why_not": queue.why_not(person, found),
        "upcoming": queue.upcoming(person, among=among, after=found) if mine else None,
        "left": among.free_for(person).exclude(pk=found.pk)[: _COUNTED + 1].count(),
        "counted": _COUNTED,
        "keys": KEYS.items(),
        "habits": habits.of(person),
        "renew_seconds": max(3, min(60, settings.CLAIM_SECONDS // 3)),
        "suggested": tags.suggested(),
        "people": moderators(),
        "typed": form.values if form else {"note": "", "tags": []},
        "error": error,
        "query": f"?{kept}" if kept else "",
        **_undo_bar(request),
    }
    return render(request, "desk/item.html", context, status=error.status if error else 200)


def _undo_bar(request: HttpRequest) -> dict[str, Any]:
    made = deciding.undoable(person_of(request))
    left = max(0, round((made.effective_at - timezone.now()).total_seconds())) if made else 0
    return {"undoable": made, "undo_seconds": left}
