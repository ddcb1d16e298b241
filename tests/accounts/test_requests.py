"""From a request to the actor that services want."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

from accounts.requests import actor_of, address_of


def request(forwarded="", remote="192.0.2.1"):
    headers = {"x-forwarded-for": forwarded} if forwarded else {}
    return RequestFactory(REMOTE_ADDR=remote).get("/", headers=headers)


@pytest.mark.parametrize(
    ("trusted", "forwarded", "address"),
    [
        (0, "", "192.0.2.1"),
        (0, "198.51.100.7", "192.0.2.1"),
        (1, "198.51.100.7", "198.51.100.7"),
        (1, "203.0.113.1, 198.51.100.7", "198.51.100.7"),
        (2, "203.0.113.1, 198.51.100.7, 10.0.0.1", "198.51.100.7"),
        (2, "198.51.100.7", "192.0.2.1"),
        (1, "not an address", "192.0.2.1"),
        (1, "x" * 10_000, "192.0.2.1"),
        (1, "2001:DB8:0:0::1", "2001:db8::1"),
        (1, "fe80::1%eth0", "fe80::1"),
        (1, "", "192.0.2.1"),
    ],
)
def test_a_forwarded_address_is_believed_as_far_as_our_own_proxies_wrote_it(settings, trusted, forwarded, address):
    settings.TRUSTED_PROXIES = trusted
    assert address_of(request(forwarded)) == address


def test_a_socket_has_no_address():
    assert address_of(request(remote="")) == ""


def test_the_actor_is_user_address_and_name(owner):
    asked = request()
    asked.user = owner
    actor = actor_of(asked)
    assert (actor.user, actor.address, actor.reference) == (owner, "192.0.2.1", f"user:{owner.pk}")
    asked.user = AnonymousUser()
    assert (actor_of(asked, name="anna").user, actor_of(asked, name="anna").name) == (None, "anna")
