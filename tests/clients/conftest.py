"""What the tests of the clients share: a token of the live site, a client, folders of pictures, a server that fails."""

import os

import pytest
from fakedetect_client import AsyncClient, Client, Retries

from accounts import tokens
from accounts.audit import Actor
from accounts.models import Scope
from tests.clients.flaky import Flaky
from tests.factories import image_bytes

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # asyncio.run stands beside Django's own threads
SOON = Retries(attempts=4, first=0.01, longest=0.02)


@pytest.fixture(autouse=True)
def no_configuration(monkeypatch, tmp_path):
    """Nothing of the machine's own configuration reaches a test."""
    for name in ("FAKEDETECT_URL", "FAKEDETECT_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FAKEDETECT_CONFIG", str(tmp_path / "config" / "config.toml"))


@pytest.fixture
def token(transactional_db, owner):
    return key_of(owner)


def key_of(person, scope=Scope.WRITE):
    return tokens.issue(Actor(user=person), user=person, name="client", scope=scope)[1]


@pytest.fixture
def site(live_server, scorer, token):
    with Client(live_server.url, token, retries=SOON) as client:
        yield client


@pytest.fixture
def async_site(live_server, scorer, token):
    """Made in the loop that uses it: `async with async_site() as site`."""
    return lambda: AsyncClient(live_server.url, token, retries=SOON)


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "picture.jpg"
    path.write_bytes(image_bytes())
    return path


@pytest.fixture
def twenty(tmp_path):
    folder = tmp_path / "twenty"
    folder.mkdir()
    for seed in range(20):
        (folder / f"{seed:02}.jpg").write_bytes(image_bytes(seed=seed, width=160, height=120))
    return folder


@pytest.fixture
def flaky():
    with Flaky() as server:
        yield server
