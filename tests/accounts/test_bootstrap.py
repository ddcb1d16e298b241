"""manage.py bootstrap: prepares what is missing, and nothing twice."""

import io
import re

import pytest
from django.contrib.staticfiles import finders
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models import Role, User
from detector.errors import NoModel
from fakedetect_site import static_files
from fakedetect_site.management.commands import bootstrap


@pytest.fixture
def site(settings, tmp_path, monkeypatch):
    """An installation in a folder of its own, with one static file; the model is another test's matter."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "site.css").write_text("a {}")
    settings.STATICFILES_DIRS, settings.STATICFILES_FINDERS = (
        [source],
        ["django.contrib.staticfiles.finders.FileSystemFinder"],
    )
    settings.VAR_DIR, settings.STATIC_ROOT = tmp_path, tmp_path / "static"
    finders.get_finder.cache_clear()
    monkeypatch.setattr(bootstrap.models_in_use, "ensure_shipped", lambda: None)
    yield source
    finders.get_finder.cache_clear()


def run():
    out = io.StringIO()
    call_command("bootstrap", stdout=out)
    return out.getvalue()


def test_the_first_start_tells_a_password_that_works_and_the_second_is_quiet(db, site, client, acts):
    with acts() as done:
        said = run()
        assert run() == ""
    name, password = re.search(r"First administrator:\s+(\S+)\s+Password:\s+(\S+)", said).groups()
    assert done == ["account.created"]
    assert User.objects.get().role == Role.ADMINISTRATOR
    answer = client.post("/accounts/login/", {"username": name, "password": password})
    assert answer.status_code == 302


def test_a_site_with_an_administrator_gets_no_other(administrator, site):
    assert "administrator" not in run()
    assert User.objects.count() == 1


def test_static_files_are_collected_again_when_they_change(db, site, settings):
    collected = settings.STATIC_ROOT / "site.css"
    assert (static_files.collect(), collected.read_text()) == (True, "a {}")
    assert static_files.collect() is False
    (site / "site.css").write_text("a { color: red }")
    assert (static_files.collect(), collected.read_text()) == (True, "a { color: red }")
    (site / "more.css").write_text("")
    assert static_files.collect() is True


def test_static_files_that_were_lost_are_collected_again(db, site, settings):
    static_files.collect()
    (settings.STATIC_ROOT / "site.css").unlink()
    settings.STATIC_ROOT.rmdir()
    assert static_files.collect() is True


def test_a_missing_model_stops_the_start_with_one_sentence(db, site, monkeypatch):
    def refuse():
        raise NoModel("No model ships with this copy.")

    monkeypatch.setattr(bootstrap.models_in_use, "ensure_shipped", refuse)
    with pytest.raises(CommandError, match="No model ships"):
        run()


@pytest.mark.django_db(transaction=True)
def test_a_data_base_that_is_behind_is_migrated(site):
    call_command("migrate", "axes", "zero", verbosity=0)
    assert "axes_accessattempt" not in connection.introspection.table_names()
    assert "data base is up to date" in run()
    assert "axes_accessattempt" in connection.introspection.table_names()
