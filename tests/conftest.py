"""Shared fixtures: people, clients, images made on the spot, research data where it lies at hand."""

import os
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client, TransactionTestCase
from django.utils import timezone, translation

from accounts import audit_guard, counting
from accounts.models import Role, User
from detector import fingerprints
from tests import factories

pytest_plugins = ["tests.scoring", "tests.chained"]
PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def isolated(settings, tmp_path):
    """Each test has its own storage, plain static files and an empty cache."""
    settings.STORAGES = {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "media", "base_url": None},
        },
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.MODELS_DIR = tmp_path / "models"
    settings.AUDIT_HEADS = tmp_path / "audit_heads.jsonl"
    cache.clear()
    fingerprints._memory = fingerprints.Memory()  # what a test took back gave its ids to the next
    yield
    translation.deactivate()  # what a request chose stays with its thread
    timezone.deactivate()


@pytest.fixture(autouse=True)
def no_window_ends_within_a_test(monkeypatch):
    """A test that counts up to a limit would else fail where a minute happens to end in its midst."""
    window, clock, begun = counting.window, timezone.now, timezone.now()

    def steady(period, now=None):
        told = now or timezone.now is not clock  # a test that sets the clock means what it says
        return window(period, now if told else begun)

    monkeypatch.setattr(counting, "window", steady)


@pytest.fixture(autouse=True, scope="session")
def flush_may_empty_the_history():
    """A test that commits is undone by emptying every table; the data base refuses that of the history, and rightly."""
    emptied = TransactionTestCase._fixture_teardown

    def unguarded(self):
        audit_guard.remove(connection)
        emptied(self)
        audit_guard.install(connection)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", unguarded)
        yield


@pytest.fixture
def unguarded(db):
    """What an attacker has who owns the data base: the triggers of the history are gone."""
    audit_guard.remove(connection)
    yield
    audit_guard.install(connection)


def person(name: str, role: str = Role.USER) -> User:
    user = User.objects.filter(username=name).first()
    return user or factories.UserFactory(username=name, role=role)


@pytest.fixture
def owner(db):
    return person("owner")


@pytest.fixture
def stranger(db):
    return person("stranger")


@pytest.fixture
def moderator(db):
    return person("moderator", Role.MODERATOR)


@pytest.fixture
def administrator(db):
    return person("administrator", Role.ADMINISTRATOR)


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def as_owner(owner):
    return logged_in(owner)


@pytest.fixture
def as_stranger(stranger):
    return logged_in(stranger)


@pytest.fixture
def as_moderator(moderator):
    return logged_in(moderator)


@pytest.fixture
def as_administrator(administrator):
    return logged_in(administrator)


@pytest.fixture
def model(db):
    """The model that ships, in service."""
    from detector import models_in_use

    return models_in_use.ensure_shipped()


@pytest.fixture
def on_commit(django_capture_on_commit_callbacks):
    """`with on_commit():` runs what was announced for after the transaction, as a request does."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of research data; skips where it is not at hand, since it may not be given away with the code."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("FAKEDETECT_SHARED_DATA", beside))
    if not folder.is_dir():
        pytest.skip("research data are not here: set FAKEDETECT_SHARED_DATA")
    return folder


def pytest_terminal_summary(terminalreporter):
    """With FAKEDETECT_FAIL_ON_SKIP a skip is a failure: CI has everything that tests need."""
    if os.environ.get("FAKEDETECT_FAIL_ON_SKIP") and terminalreporter.stats.get("skipped"):
        terminalreporter.write_line("Skipped tests count as failures here.", red=True)


def pytest_sessionfinish(session, exitstatus):
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter and reporter.stats.get("skipped")
    if os.environ.get("FAKEDETECT_FAIL_ON_SKIP") and skipped and exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
