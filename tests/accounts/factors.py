"""What a person does who has a second factor: a phone that computes codes, and a log-in in two steps."""

from dataclasses import dataclass

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.test import Client
from django.utils import timezone

from accounts import second_factor
from accounts.audit import Actor
from accounts.models import SecondFactor, User
from tests.conftest import PASSWORD

LOGIN, CODE, SET_UP = "/accounts/login/", "/accounts/login/code/", "/accounts/second-factor/"


@dataclass
class Phone:
    """An app that computes codes (RFC 6238) from the secret that it scanned."""

    secret: bytes

    def code(self, *, later: int = 0) -> str:
        """The code of this moment, or of so many steps later."""
        moment = int(timezone.now().timestamp()) + 30 * later
        return TOTP(self.secret, 6, SHA1(), 30).generate(moment).decode()


def equip(user: User) -> tuple[Phone, list[str]]:
    """Turn the second factor of a person on; the code that did it counts as used long ago."""
    offer = second_factor.offer()
    phone = Phone(offer.secret)
    made = second_factor.turn_on(Actor(user=user), user=user, sealed=offer.sealed, code=phone.code())
    SecondFactor.objects.filter(person=user).update(last_step=0)
    user.refresh_from_db()
    return phone, made


def give_password(client: Client, user: User, **more: str):
    return client.post(LOGIN, {"username": user.username, "password": PASSWORD} | more)


def give_code(client: Client, code: str, **more: str):
    return client.post(CODE, {"code": code} | more)


def inside(client: Client) -> bool:
    return client.get("/accounts/profile/").status_code == 200
