"""Behind TLS: cookies that no other host can set, and an API that answers nothing in the clear."""

import re

import pytest
import requests

from tests.programs import manage, site

TLS = {"X-Forwarded-Proto": "https"}


@pytest.fixture(scope="module")
def there(tmp_path_factory):
    env = {"FAKEDETECT_VAR": str(tmp_path_factory.mktemp("tls")), "FAKEDETECT_HTTPS": "1", "LOG_LEVEL": "ERROR"}
    password = re.search(r"Password: +(\S+)", manage("bootstrap", env=env))[1]
    token = manage("issue_token", "admin", "--name", "test", env=env).strip()
    with site(env) as address:
        yield address, password, {"Authorization": f"Bearer {token}"}


def ask(method, address, jar, **options):
    """As a browser behind the proxy: what is set is kept, whatever the line between proxy and site is."""
    headers = TLS | {
        "Referer": address.replace("http:", "https:"),
        "Cookie": "; ".join(f"{name}={value}" for name, value in jar.items()),
    }
    answer = requests.request(method, address, headers=headers, allow_redirects=False, timeout=60, **options)
    told = answer.raw.headers.getlist("Set-Cookie")
    jar.update(re.match(r"([^=]+)=([^;]*)", one).groups() for one in told)
    return answer, told


def test_every_cookie_is_of_this_host_alone(there):
    address, password, _ = there
    jar, told = {}, []
    _, one = ask("GET", f"{address}/accounts/login/", jar)
    form = {"csrfmiddlewaretoken": jar["__Host-csrftoken"]}
    answer, two = ask(
        "POST", f"{address}/accounts/login/", jar, data=form | {"username": "admin", "password": password}
    )
    assert answer.status_code == 302
    form = {"csrfmiddlewaretoken": jar["__Host-csrftoken"]}
    _, three = ask("POST", f"{address}/accounts/language/", jar, data=form | {"language": "de"})
    _, four = ask("POST", f"{address}/accounts/preferences/", jar, data=form | {"language": "de", "time_zone": "UTC"})
    told = [*one, *two, *three, *four]
    names = {cookie.partition("=")[0] for cookie in told}
    assert names == {f"__Host-{name}" for name in ("csrftoken", "sessionid", "django_language", "messages")}
    for cookie in told:
        parts = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert {"secure", "path=/"} <= parts
        assert not [part for part in parts if part.startswith("domain")]


def test_the_api_refuses_what_came_in_the_clear_and_pages_lead_on(there):
    address, _, token = there
    answer = requests.get(f"{address}/api/v1/me/", headers=token, allow_redirects=False, timeout=60)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "https_only")
    assert requests.get(f"{address}/api/v1/me/", headers=token | TLS, timeout=60).status_code == 200
    led = requests.get(f"{address}/api/docs/", allow_redirects=False, timeout=60)
    assert (led.status_code, led.headers["Location"][:8]) == (301, "https://")
    assert requests.get(f"{address}/health/live/", timeout=60).status_code == 200
