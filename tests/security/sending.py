"""How each endpoint is asked so that whoever may, succeeds: its address in the world, and what is sent."""

import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.tokens import default_token_generator
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts import log_in_steps, second_factor
from accounts.models import SecondFactor, User
from detector import direct
from fakedetect_site.secret_box import box
from learning.models import Rescoring, Shadow, TrainingRun
from notices import preferences
from tests.accounts.factors import Phone
from tests.conftest import PASSWORD
from tests.factories import image_bytes
from tests.security.endpoints import Endpoint, admin_models

World = SimpleNamespace
NEW = "a new correct horse"
SECRET = b"of the phones of all"

# What the first parameter of an address names, by the folder that it lies in. The longest that fits counts.
KEYS = {
    "/uploads/": "upload",
    "/desk/uploads/": "private",
    "/privacy/uploads/": "upload",
    "/api/v1/uploads/": "upload",
    "/cases/": "case",
    "/api/v1/cases/": "case",
    "/api/v1/uploads/direct/": "announced",
    "/api/v1/batches/": "batch",
    "/accounts/tokens/": "token",
    "/notices/": "notice",
    "/api/v1/notices/": "notice",
    "/notices/webhooks/": "endpoint",
    "/api/v1/webhooks/": "endpoint",
    "/api/v1/webhooks/deliveries/": "delivery",
    "/desk/items/": "item",
    "/desk/reviews/": "review",
    "/api/v1/queue/": "item",
    "/api/v1/reviews/": "review",
    "/privacy/erasures/": "erasure",
    "/api/v1/privacy/erasures/": "erasure",
    "/learning/runs/": "run",
    "/learning/rescorings/": "rescoring",
    "/api/v1/rescorings/": "rescoring",
    "/learning/shadow/": "trial",
    "/api/v1/shadows/": "trial",
    "/uploads/views/": "view",
    "/api/v1/views/": "view",
}
WORDS: dict[str, Callable[[World], Any]] = {  # parameters that say by their name what they are
    "link": lambda w: w.link.pk,
    "secret": lambda w: w.secret,
    "appeal": lambda w: w.appeal.pk,
    "appeal_pk": lambda w: w.appeal.pk,
    "delivery": lambda w: w.delivery.pk,
    "delivery_pk": lambda w: w.delivery.pk,
    "person": lambda w: w.viewer.pk,
    "username": lambda w: "viewer",
    "note": lambda w: w.note.pk,
    "upload": lambda w: w.upload.pk,
    "purpose": lambda w: "training",
    "version": lambda w: w.model.version,
    "form": lambda w: "csv",
    "uidb64": lambda w: w.uid,
    "token": lambda w: default_token_generator.make_token(User.objects.get(pk=w.owner.pk)),  # to reset a password
    "app_label": lambda w: "detector",
}
NAMES = {"/samples/": "beach.jpg", "/help/signals/": "noise", "/compare/": "marked"}  # `name`; otherwise a signal
# Before it is asked: of most of these only one may be open at a time.
FIRST: dict[str, Callable[[World], Any]] = {
    "POST /api/v1/uploads/direct/<uuid:pk>/complete/": lambda w: arrive(w),
    "POST /learning/rescorings/": lambda w: Rescoring.objects.all().delete(),
    "POST /learning/runs/": lambda w: TrainingRun.objects.all().delete(),
    "POST /learning/shadow/": lambda w: Shadow.objects.all().delete(),
}
FIRST |= {
    f"{method} /accounts/second-factor/{act}/": lambda w: _equip(w)
    for method in ("GET", "POST")
    for act in ("codes", "off")
}
QUERIES: dict[str, Callable[[World], str]] = {
    "/compare/": lambda w: f"?a={w.upload.pk}&b={w.private.pk}",
    "/compare/<slug:name>/": lambda w: f"?a={w.upload.pk}&b={w.private.pk}",
    "/uploads/delete/": lambda w: f"?pick={w.private.pk}",
    "/uploads/again/": lambda w: f"?pick={w.private.pk}",
    "/uploads/tags/": lambda w: f"?pick={w.private.pk}",
    "/cases/add/": lambda w: f"?pick={w.private.pk}",
    "/cases/<uuid:pk>/take-out/": lambda w: f"?pick={w.upload.pk}",
}


def arrive(world: World) -> None:
    """What was announced lies in the storage; whoever completed it before took it away."""
    path = direct.path_of(world.announced.pk)
    default_storage.delete(path)
    default_storage.save(path, ContentFile(world.sent))


def image(name: str = "new.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, image_bytes(seed=123), content_type="image/jpeg")


# What is sent. Files make it multipart; otherwise the API is sent JSON.
BODIES: dict[str, Callable[[World], dict[str, Any]]] = {
    "POST /upload/": lambda w: {"image": image()},
    "POST /samples/": lambda w: {"name": "beach.jpg"},
    "POST /uploads/views/": lambda w: {"name": "Doubtful", "query": "verdict=inconclusive"},
    "POST /uploads/views/<int:pk>/rename/": lambda w: {"name": "Doubtful"},
    "POST /uploads/like/": lambda w: {"image": image()},
    "POST /uploads/delete/": lambda w: {"pick": w.private.pk},
    "POST /uploads/again/": lambda w: {"pick": w.private.pk},
    "POST /uploads/tags/": lambda w: {"pick": w.private.pk, "add": "flood"},
    "POST /uploads/<uuid:pk>/links/": lambda w: {"days": 7},
    "POST /uploads/<uuid:pk>/labels/": lambda w: {"tags": "flood", "note": "Wet."},
    "POST /uploads/<uuid:pk>/appeal/": lambda w: {"note": "I took it myself."},
    "POST /verify/": lambda w: {"report": report()},
    "POST /cases/new/": lambda w: {"title": "Another"},
    "POST /cases/add/": lambda w: {"pick": w.private.pk, "case": "new", "title": "Another"},
    "POST /cases/<uuid:pk>/edit/": lambda w: {"title": "Renamed"},
    "POST /cases/<uuid:pk>/take-out/": lambda w: {"pick": w.upload.pk},
    "POST /cases/<uuid:pk>/members/": lambda w: {"username": "stranger", "role": "viewer"},
    "POST /cases/<uuid:pk>/members/<int:person>/": lambda w: {"role": "editor"},
    "POST /cases/<uuid:pk>/notes/": lambda w: {"text": "It rained."},
    "POST /accounts/login/": lambda w: {"username": "owner", "password": PASSWORD},
    "POST /accounts/signup/": lambda w: {
        "username": "new",
        "email": "new@example.org",
        **_twice("password", "repeated"),
    },
    "POST /accounts/profile/": lambda w: {"email": "other@example.org", "password": PASSWORD},
    "POST /accounts/preferences/": lambda w: {"language": "", "time_zone": "UTC"},
    "POST /accounts/language/": lambda w: {"language": "en"},
    "POST /accounts/sessions/": lambda w: {"session": "gone"},
    "POST /accounts/tokens/": lambda w: {"name": "script", "scope": "read", "expires": "90"},
    "POST /accounts/password/": lambda w: {"old_password": PASSWORD, **_twice("new_password1", "new_password2")},
    "POST /accounts/second-factor/": lambda w: _second_factor(),
    "POST /accounts/second-factor/codes/": lambda w: {"password": PASSWORD, "code": Phone(SECRET).code()},
    "POST /accounts/second-factor/off/": lambda w: {"password": PASSWORD, "code": Phone(SECRET).code()},
    "POST /accounts/reset/": lambda w: {"email": "owner@example.org"},
    "POST /notices/settings/": lambda w: {"mailing": "off"},
    "POST /notices/webhooks/new/": lambda w: {"url": "http://127.0.0.1:9999/new"},
    "POST /notices/webhooks/<uuid:pk>/": lambda w: {"url": "http://127.0.0.1:9999/other", "active": "on"},
    "POST /desk/items/<int:pk>/decide/": lambda w: {"decision": "authentic"},
    "POST /desk/bulk/decide/": lambda w: {"item": w.item.pk, "decision": "authentic"},
    "POST /desk/bulk/assign/": lambda w: {"item": w.item.pk, "person": w.moderator.pk},
    "POST /learning/rescorings/": lambda w: {"per_minute": 60},
    "POST /learning/runs/": lambda w: {"data": "new"},
    "POST /learning/shadow/": lambda w: {"version": w.trial.model.version, "share": 20, "at_most": 100},
    "POST /privacy/consent/": lambda w: {"answer": "give"},
    "POST /privacy/retention/": lambda w: {"period": "keep"},
    "POST /privacy/uploads/<uuid:pk>/erase/": lambda w: {"password": PASSWORD},
    "POST /privacy/account/erase/": lambda w: {"password": PASSWORD, "sure": "on"},
    "POST /api/v1/uploads/": lambda w: {"image": image()},
    "PATCH /api/v1/uploads/<uuid:pk>/": lambda w: {"note": "Wet."},
    "POST /api/v1/uploads/known/": lambda w: {"ids": [str(w.upload.pk)]},
    "POST /api/v1/uploads/search/": lambda w: {"image": image()},
    "POST /api/v1/uploads/bulk/": lambda w: {"ids": [str(w.private.pk)], "act": "tag", "add": ["flood"]},
    "POST /api/v1/uploads/direct/": lambda w: {
        "name": "new.jpg",
        "size": 1000,
        "sha256": "0" * 64,
        "type": "image/jpeg",
    },
    "POST /api/v1/uploads/export/": lambda w: {"ids": [str(w.private.pk)], "form": "csv"},
    "POST /api/v1/views/": lambda w: {"name": "Doubtful", "query": "verdict=inconclusive"},
    "PATCH /api/v1/views/<int:pk>/": lambda w: {"name": "Doubtful"},
    "POST /api/v1/uploads/<uuid:pk>/links/": lambda w: {"days": 7},
    "POST /api/v1/uploads/<uuid:pk>/appeals/": lambda w: {"note": "I took it myself."},
    "POST /api/v1/uploads/<uuid:pk>/erase/": lambda w: {"password": PASSWORD},
    "POST /api/v1/verify/": lambda w: {"report": report()},
    "POST /api/v1/batches/": lambda w: {"files": image()},
    "POST /api/v1/cases/": lambda w: {"title": "Another"},
    "PATCH /api/v1/cases/<uuid:pk>/": lambda w: {"title": "Renamed"},
    "POST /api/v1/cases/<uuid:pk>/items/": lambda w: {"uploads": [str(w.upload.pk)]},
    "POST /api/v1/cases/<uuid:pk>/members/": lambda w: {"username": "stranger", "role": "viewer"},
    "PATCH /api/v1/cases/<uuid:pk>/members/<str:username>/": lambda w: {"role": "editor"},
    "POST /api/v1/cases/<uuid:pk>/notes/": lambda w: {"text": "It rained."},
    "PATCH /api/v1/notices/settings/": lambda w: {"email": "daily"},
    "POST /api/v1/webhooks/": lambda w: {"url": "http://127.0.0.1:9999/new"},
    "PATCH /api/v1/webhooks/<uuid:pk>/": lambda w: {"active": False},
    "PUT /api/v1/privacy/retention/": lambda w: {"days": 100},
    "POST /api/v1/privacy/account/erase/": lambda w: {"password": PASSWORD},
    "POST /api/v1/queue/": lambda w: {"upload": str(w.private.pk)},
    "POST /api/v1/queue/<int:pk>/assign/": lambda w: {"assigned_to": "moderator"},
    "POST /api/v1/queue/<int:pk>/decide/": lambda w: {"decision": "authentic"},
    "POST /admin/login/": lambda w: {"username": "moderator", "password": PASSWORD},
    "POST /admin/accounts/auditevent/export/": lambda w: {"form": "csv"},
}


def _twice(one: str, other: str) -> dict[str, str]:
    return {one: NEW, other: NEW}


def _second_factor() -> dict[str, str]:
    offer = second_factor.offer()
    return {"offer": offer.sealed, "code": Phone(offer.secret).code(), "password": PASSWORD}


def _equip(world: World) -> None:
    """Everybody has a second factor, and gave its code in the session with which they ask."""
    sealed = box(second_factor.KEPT).encrypt(SECRET).decode()
    for session in Session.objects.all():
        user = User.objects.get(pk=session.get_decoded()[SESSION_KEY])
        User.objects.filter(pk=user.pk).update(factor_since=timezone.now())
        user.refresh_from_db()
        SecondFactor.objects.create(person=user, sealed=sealed, last_step=0)
        store = SessionStore(session.pk)
        log_in_steps.mark(SimpleNamespace(session=store), user)
        store.save()


def report() -> SimpleUploadedFile:
    return SimpleUploadedFile("report.json", b"{}")


def address(endpoint: Endpoint, world: World) -> str:
    """Of the owner's own things. What the admin names by `object_id` is the first row of its model."""
    route = endpoint.route
    if route.startswith("/admin/"):
        return _of_admin(route)
    named = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(_value(route, found[1], world)), route)
    return named + QUERIES.get(route, lambda w: "")(world)


def _value(route: str, name: str, world: World) -> Any:
    if route.startswith("/notices/unsubscribe/"):
        return preferences.token_of(world.owner)
    if name == "pk":
        folder = max((one for one in KEYS if route.startswith(one)), key=len)
        return (world.disputed if "<int:appeal" in route else getattr(world, KEYS[folder])).pk
    if name == "name":
        return next((value for folder, value in NAMES.items() if route.startswith(folder)), "noise")
    return WORDS[name](world)


def _of_admin(route: str) -> str:
    model = next((model for name, model in admin_models().items() if route.startswith(f"/admin/{name}/")), None)
    row = model._default_manager.order_by("pk").first() if model else None
    return re.sub(r"<path:\w+>", str(row.pk) if row else "1", re.sub(r"\(\?P<app_label>.*?\)", "detector", route))


def body(endpoint: Endpoint, world: World) -> dict[str, Any]:
    return BODIES.get(str(endpoint), lambda w: {})(world)
