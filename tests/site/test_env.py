"""Settings are read loudly: what cannot be meant stops the start with a sentence."""

import stat

import pytest
from django.core.exceptions import ImproperlyConfigured

from fakedetect_site import env


@pytest.mark.parametrize(("value", "meant"), [("1", True), ("Yes", True), ("ON", True), ("0", False), ("false", False)])
def test_a_flag_is_read(monkeypatch, value, meant):
    monkeypatch.setenv("X", value)
    assert env.flag("X", not meant) is meant


@pytest.mark.parametrize("module", ["nothing_of_this_name", "nothing.of.this.name", "json.nothing"])
def test_what_is_set_without_what_it_takes_stops_the_start(module):
    env.needs("X", "json", "requirements-x.txt")
    with pytest.raises(ImproperlyConfigured, match=r"X is set, .* install requirements-x\.txt, or unset it"):
        env.needs("X", module, "requirements-x.txt")


@pytest.mark.parametrize("value", ["maybe", "2", "-"])
def test_a_flag_that_cannot_be_meant_is_refused(monkeypatch, value):
    monkeypatch.setenv("X", value)
    with pytest.raises(ImproperlyConfigured, match="neither true nor false"):
        env.flag("X", False)


@pytest.mark.parametrize("value", ["-1", "1.5", "many", "0"])
def test_a_number_that_cannot_be_meant_is_refused(monkeypatch, value):
    monkeypatch.setenv("X", value)
    with pytest.raises(ImproperlyConfigured, match="not a whole number"):
        env.number("X", 3, at_least=1)


def test_a_choice_is_read(monkeypatch):
    monkeypatch.setenv("X", "Off")
    assert env.choice("X", "on", ("on", "off")) == "off"


def test_a_choice_that_is_none_is_refused(monkeypatch):
    monkeypatch.setenv("X", "never")
    with pytest.raises(ImproperlyConfigured, match="write before, after or off"):
        env.choice("X", "after", ("before", "after", "off"))


@pytest.mark.parametrize(("value", "meant"), [("0", 0), ("0.02", 0.02), ("1", 1), ("", 0.5)])
def test_a_share_is_read(monkeypatch, value, meant):
    monkeypatch.setenv("X", value)
    assert env.share("X", 0.5) == meant


@pytest.mark.parametrize("value", ["2", "-0.1", "5 %", "nan"])
def test_a_share_that_is_none_is_refused(monkeypatch, value):
    monkeypatch.setenv("X", value)
    with pytest.raises(ImproperlyConfigured, match="no share"):
        env.share("X", 0.5)


def test_an_empty_value_means_the_default(monkeypatch):
    monkeypatch.setenv("X", "")
    assert env.flag("X", True) is True
    assert env.number("X", 3) == 3
    assert env.choice("X", "a", ("a", "b")) == "a"


def test_the_secret_key_is_made_once_and_for_its_owner_alone(monkeypatch, tmp_path):
    monkeypatch.delenv("SECRET_KEY", raising=False)
    path = tmp_path / "var" / "secret_key"
    key = env.secret_key(path)
    assert len(key) >= 50
    assert env.secret_key(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_of_two_processes_that_start_at_once_the_first_key_counts(tmp_path):
    path = tmp_path / "secret_key"
    env._write_once(path, "first")
    env._write_once(path, "second")
    assert path.read_text() == "first"
