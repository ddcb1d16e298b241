"""What every answer says to browsers, whichever view gave it."""

import re
from pathlib import Path

import pytest

from tests.security import sending
from tests.security.endpoints import all_endpoints

pytestmark = pytest.mark.django_db
LOOKS = [one for one in all_endpoints() if one.method == "GET"]
SCRIPTS = Path(__file__).resolve().parents[2] / "static" / "js"


@pytest.mark.parametrize("endpoint", LOOKS, ids=str)
def test_an_answer_protects_itself(endpoint, there):
    answer = there.send(endpoint, there.client("administrator"))
    policy = answer["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy or "sandbox" in policy
    assert "unsafe-eval" not in policy
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] in ("same-origin", "no-referrer")
    assert "Access-Control-Allow-Origin" not in answer
    assert answer.get("Content-Type") or answer.status_code in (301, 302)


FOR_EVERYBODY = {"/api/v1/schema/", "/admin/jsi18n/", "/samples/<str:name>/thumbnail/"}  # the same whoever asks


@pytest.mark.parametrize("endpoint", [one for one in LOOKS if one.route not in FOR_EVERYBODY], ids=str)
def test_what_is_seen_by_who_is_logged_in_is_kept_nowhere(endpoint, there):
    """Neither by a browser, whose next user would find it, nor by a proxy."""
    assert "no-store" in there.send(endpoint, there.client("owner"))["Cache-Control"]


def test_trace_is_not_answered(there):
    """Nobody is sent back what they sent: the cookie that scripts may not read stands in it."""
    client = there.client("administrator")
    told = {one: client.trace(sending.address(one, there.world)) for one in LOOKS if "/admin/" not in one.route}
    answered = [str(one) for one, answer in told.items() if answer.status_code not in (302, 405)]
    assert answered == []  # some lead on before they look at the method, with nothing in the answer


def test_scripts_of_our_own_run_no_text_and_make_no_markup_of_it():
    ours = [path for path in SCRIPTS.rglob("*.js") if "vendor" not in path.parts]
    assert len(ours) > 10
    dangerous = re.compile(
        r"\beval\(|new Function\(|\.innerHTML\s*=|\.outerHTML\s*=|insertAdjacentHTML|document\.write"
    )
    assert {path.name: found[0] for path in ours if (found := dangerous.search(path.read_text()))} == {}
