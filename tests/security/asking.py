"""Asks an endpoint as a role, and says in a word what the role was answered."""

import json
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.contrib.messages import ERROR
from django.core.cache import cache
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client

from tests.conftest import logged_in
from tests.security import sending
from tests.security.endpoints import Endpoint
from tests.security.roles import OUTSIDERS, SESSIONS
from tests.security.world import MARK

STATE = {400, 409, 410, 412, 415, 422, 503}
WORDS = {
    "yes": "allowed",
    "login": "led to the log-in",
    "401": "no valid token and no session",
    "403": "refused, of something that one may know of",
    "404": "said not to be there",
}


class There:
    """The world, and who asks in it."""

    def __init__(self, made: SimpleNamespace) -> None:
        self.world = made
        people = [name for name in SESSIONS if name != "anonymous"]
        self.sessions = {name: logged_in(getattr(made, name)).session.session_key for name in people}

    def client(self, role: str, **options: Any) -> Client:
        """Whoever is none of the people and holds none of the tokens is anonymous."""
        client = Client(raise_request_exception=False, **options)
        if role in self.sessions:
            client.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[role]
        elif role in self.world.secrets:
            client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {self.world.secrets[role]}"
        return client

    def ask(self, endpoint: Endpoint, role: str) -> str:
        """The word for the answer. Whatever the request changed is taken back."""
        cache.clear()
        with transaction.atomic():
            answer = self.send(endpoint, self.client(role))
            word = word_of(answer)
            if word == "yes" and role in OUTSIDERS and MARK.encode() in _content(answer):
                word = "leaks"
            transaction.set_rollback(True)
        return word

    def send(self, endpoint: Endpoint, client: Client, method: str = "") -> Any:
        sending.FIRST.get(str(endpoint), lambda world: None)(self.world)
        path, sent = sending.address(endpoint, self.world), sending.body(endpoint, self.world)
        how: Any = getattr(client, (method or endpoint.method).lower())
        if endpoint.method == "GET":
            return how(path)
        if endpoint.route.startswith("/api/") and not any(hasattr(one, "read") for one in sent.values()):
            return how(path, json.dumps(sent), content_type="application/json")
        return how(path, sent)


def word_of(response: Any) -> str:
    """One of WORDS; of what was allowed and refused for another reason "state", which no row may say; or a number."""
    status = response.status_code
    if status in (301, 302) and "/login/?next=" in response["Location"]:
        return "login"
    if status in STATE or (status < 400 and _faulty(response)):
        return f"state-{status}"
    return "yes" if status < 400 else str(status)


def _faulty(response: Any) -> bool:
    """A page that shows a form again with what is wrong in it, or leads on to a page that tells of an error."""
    context = response.context or {}
    if "form" in context and getattr(context["form"], "errors", None):
        return True
    told = getattr(response.wsgi_request, "_messages", None)
    return any(one.level >= ERROR for one in told._queued_messages) if told else False


def _content(response: HttpResponseBase) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]
