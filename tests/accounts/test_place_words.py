"""A password that is little more than the name of the place is refused; one that only mentions it is not."""

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts.place_words import PlaceWordsValidator, words
from tests.conftest import PASSWORD


@pytest.fixture
def place(settings):
    settings.ALLOWED_HOSTS = ["pictures.gazette.example", "192.0.2.7"]
    settings.SITE_URL = "https://pictures.gazette.example:8443"
    settings.PASSWORD_WORDS = ["Daily Herald"]


def codes(password):
    try:
        validate_password(password)
    except ValidationError as error:
        return [one.code for one in error.error_list]
    return []


def test_the_list_holds_the_product_the_hosts_and_the_words_of_the_setting(place):
    assert {"fakedetect", "pictures", "gazette", "example", "daily herald"} <= set(words())
    assert not {"8443", "192", "https"} & set(words())


@pytest.mark.parametrize(
    "password", ["FakeDetect2026!", "gazette-pictures", "Gazette1!gazette", "daily HERALD 99", "deepfake-x-detect"]
)
def test_little_more_than_such_words_is_refused(place, password):
    assert "place" in codes(password)


@pytest.mark.parametrize("password", [PASSWORD, "a gazette of wet herons", "fakedetect under nine moons", "zyxwvut"])
def test_what_is_long_enough_without_them_is_not(place, password):
    assert "place" not in codes(password)


def test_it_holds_where_people_sign_up(client, db):
    form = {"username": "new", "email": "new@example.org", "password": "fakedetect1", "repeated": "fakedetect1"}
    answer = client.post("/accounts/signup/", form)
    assert "which is tried first" in answer.content.decode()
    assert PlaceWordsValidator().get_help_text()
