"""How programs show who they are: `Authorization: Bearer fd_…` (or `Token fd_…`)."""

from typing import TYPE_CHECKING

from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from accounts import rates, refusals, tokens
from accounts.audit import Actor
from accounts.models import ApiToken, Scope, User
from accounts.requests import address_of, origin_of
from accounts.roles import is_account, is_moderator
from fakedetect_site.middleware import request_id

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which imports this module through the settings


COUNTED = "fakedetect.counted"  # in META: whoever it was for, this request stands in a counter


def key_in(request: Request) -> str | None:
    """What stands after `Bearer` or `Token` in the header; None where nobody claims to send a token."""
    word, _, key = get_authorization_header(request).decode("latin-1").partition(" ")
    return key.strip() if word.lower() in ("bearer", "token") else None


class TokenAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        key = key_in(request)
        if key is None:
            return None
        write = request.method not in SAFE_METHODS
        request._request.META[COUNTED] = True
        try:
            token = tokens.find(key)
        except tokens.InvalidToken:
            rates.of_address(origin_of(request), write=write)
            asked_by = Actor(address=address_of(request), request_id=request_id.get())
            refusals.of_token(asked_by, key=key, origin=origin_of(request))
            raise AuthenticationFailed("This token is unknown, expired or revoked.") from None
        rates.of_person(token.user, token=token, write=write)
        tokens.note_use(Actor(token.user, token, address_of(request), request_id.get()), token=token)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class ReadOnlyTokensOnlyRead(BasePermission):
    """Logged in, and with a token that may do what is asked."""

    message = "This token may only read."

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if not is_account(request.user):
            self.message = "Log in or send a token."
            return False
        token = request.auth
        return not isinstance(token, ApiToken) or token.scope == Scope.WRITE or request.method in SAFE_METHODS


class ModeratorsOnly(ReadOnlyTokensOnlyRead):
    """The same, for addresses that only moderators use."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if not super().has_permission(request, view):
            return False
        self.message = "This is for moderators."
        return is_moderator(request.user)
