"""Request ids, limits, checks and errors of the site as a whole."""

import subprocess
import sys

import pytest
from django.core.checks import run_checks
from django.test import Client

from tests.programs import ROOT, environment


def test_every_answer_carries_a_request_id(db):
    first, second = (Client().get("/health/live/")["X-Request-ID"] for _ in range(2))
    assert first != second
    assert len(first) == 32


def test_a_proxys_request_id_is_kept_when_it_is_harmless(db):
    given = Client().get("/health/live/", headers={"X-Request-ID": "trace-0123456789"})["X-Request-ID"]
    assert given == "trace-0123456789"
    for hostile in ("x", "a b" * 9, "é" * 20, "<script>alert(1)</script>", "a" * 65):
        assert Client().get("/health/live/", headers={"X-Request-ID": hostile})["X-Request-ID"] != hostile


def test_the_request_id_stands_in_the_audit(owner):
    from accounts.models import AuditEvent

    Client(headers={"X-Request-ID": "trace-0123456789"}).post(
        "/accounts/login/", {"username": owner.username, "password": "correct horse battery"}
    )
    assert AuditEvent.objects.get(action="login").request_id == "trace-0123456789"


def test_the_checks_are_content(db):
    assert run_checks() == []


def test_a_folder_that_cannot_be_written_is_named(settings, tmp_path):
    (tmp_path / "file").write_text("")
    settings.MEDIA_DIR = tmp_path / "file" / "media"
    assert [error.id for error in run_checks()] == ["fakedetect.E001"]


def test_debug_on_a_public_address_is_refused(settings):
    settings.DEBUG, settings.ALLOWED_HOSTS = True, ["fakedetect.example.org"]
    assert "fakedetect.E002" in [error.id for error in run_checks()]


def test_deployed_behind_https_the_deployment_check_is_clean(tmp_path):
    env = environment(FAKEDETECT_VAR=str(tmp_path), FAKEDETECT_HTTPS="1", ALLOWED_HOSTS="fd.example.org")
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_setting_that_cannot_be_meant_stops_the_start_with_a_sentence(tmp_path):
    env = environment(FAKEDETECT_VAR=str(tmp_path), FAKEDETECT_MAX_BYTES="25 MB")
    done = subprocess.run([sys.executable, "manage.py", "check"], cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 1
    assert "FAKEDETECT_MAX_BYTES='25 MB' is not a whole number" in done.stderr


@pytest.mark.parametrize(("path", "kind"), [("/nothing/", "text/html"), ("/api/nothing/", "application/json")])
def test_what_is_not_there_is_told_in_the_callers_language(db, path, kind):
    response = Client().get(path)
    assert response.status_code == 404
    assert response["Content-Type"].startswith(kind)


@pytest.mark.parametrize("path", ["/boom/", "/api/boom/"])
def test_a_bug_is_answered_politely(db, rf, path):
    from fakedetect_site import errors

    request = rf.get(path)
    from django.contrib.auth.models import AnonymousUser

    request.user = AnonymousUser()
    response = errors.server_error(request)
    assert response.status_code == 500
    assert b"nothing of yours was lost" in response.content
