"""Requests and uploads are limited by person, token and address, and every answer says how things stand."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import allowances, counting, quotas, tokens
from accounts.audit import SYSTEM, Actor
from accounts.counting import Ask, Full
from accounts.errors import Refused
from accounts.models import AuditEvent, Scope, UsageCounter
from detector.models import Upload
from tests.factories import image_bytes

ME, UPLOADS = "/api/v1/me/", "/api/v1/uploads/"


@pytest.fixture
def limited(settings):
    def limited(**limits):
        settings.LIMITS = settings.LIMITS | limits

    return limited


def with_token(owner, **limits):
    _, key = tokens.issue(SYSTEM, user=owner, name="script", scope=Scope.WRITE, limits=limits)
    return Client(headers={"authorization": f"Bearer {key}"})


def hand_in(client, seed=0):
    from django.core.files.uploadedfile import SimpleUploadedFile

    return client.post(UPLOADS, {"image": SimpleUploadedFile("a.jpg", image_bytes(seed=seed))})


def test_every_answer_says_what_holds_and_what_is_left(limited, owner):
    limited(reads_per_minute=3)
    answer = with_token(owner).get(ME)
    assert answer["RateLimit-Policy"] == '"reads";q=3;w=60'
    assert answer["RateLimit"].startswith('"reads";r=2;t=')


def test_too_much_is_429_in_the_one_shape_and_says_when(limited, owner):
    limited(reads_per_minute=2)
    client = with_token(owner)
    answer = [client.get(ME) for _ in range(3)][-1]
    assert answer.status_code == 429
    error = answer.json()["error"]
    assert (error["code"], error["fields"]["limit"], error["fields"]["of"]) == ("limit_reached", 2, "user")
    assert 1 <= int(answer["Retry-After"]) <= 60
    assert '"reads";r=0' in answer["RateLimit"]
    UsageCounter.objects.update(since=F("since") - timedelta(minutes=1))
    assert client.get(ME).status_code == 200


def test_page_and_tokens_share_what_a_person_may(limited, owner, as_owner):
    limited(reads_per_minute=2)
    assert [with_token(owner).get(ME).status_code, as_owner.get("/accounts/profile/").status_code] == [200, 200]
    page = as_owner.get("/accounts/profile/")
    assert page.status_code == 429
    assert "2 requests a minute. Go on in" in page.content.decode()


def test_a_token_may_be_narrower_than_its_person_and_never_wider(limited, owner, scorer):
    limited(uploads_per_day=3)
    narrow, wide = with_token(owner, uploads_per_day=1), with_token(owner, uploads_per_day=1000)
    assert [hand_in(narrow, n).status_code for n in range(2)] == [201, 429]
    assert [hand_in(wide, n).status_code for n in range(2, 5)] == [201, 201, 429]
    assert Upload.objects.count() == 3


def test_a_person_may_have_limits_of_their_own(limited, owner, scorer):
    limited(uploads_per_day=1)
    allowances.give(SYSTEM, person=owner, limits={"uploads_per_day": 2})
    assert [hand_in(with_token(owner), n).status_code for n in range(3)] == [201, 201, 429]
    assert AuditEvent.objects.get(action="limits.changed").details["to"] == {"uploads_per_day": 2}


def test_an_administrator_gives_them_in_the_admin(owner, as_administrator):
    page = f"/admin/accounts/user/{owner.pk}/change/"
    form = {"email": owner.email, "role": owner.role, "is_active": "on", "new_password": ""}
    assert as_administrator.post(page, form | {"uploads_per_day": "7"}).status_code == 302
    owner.refresh_from_db()
    assert owner.limits == {"uploads_per_day": 7}
    assert 'value="7"' in as_administrator.get(page).content.decode()


def test_a_refused_file_costs_nothing_of_the_day(limited, owner, scorer):
    limited(uploads_per_day=1)
    client = with_token(owner)
    from django.core.files.uploadedfile import SimpleUploadedFile

    assert client.post(UPLOADS, {"image": SimpleUploadedFile("a.jpg", b"no image")}).status_code == 415
    assert hand_in(client).status_code == 201


def test_a_full_storage_says_what_helps(limited, owner, scorer):
    limited(bytes_kept=len(image_bytes()) + 10)
    client = with_token(owner)
    first = hand_in(client)
    answer = hand_in(client, seed=1)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "storage_full")
    client.delete(f"{UPLOADS}{first.json()['id']}/")
    assert hand_in(client, seed=1).status_code == 201


def test_the_upload_page_says_when_to_go_on(limited, as_owner, scorer):
    limited(uploads_per_day=1)
    from django.core.files.uploadedfile import SimpleUploadedFile

    answers = [as_owner.post("/upload/", {"image": SimpleUploadedFile("a.jpg", image_bytes(seed=n))}) for n in range(2)]
    assert answers[1].status_code == 429
    assert "1 upload a day. Go on in" in answers[1].content.decode()
    assert int(answers[1]["Retry-After"]) > 0


def test_strangers_are_counted_by_their_address_which_nobody_forges(settings, db):
    settings.ANONYMOUS_LIMITS = settings.ANONYMOUS_LIMITS | {"reads_per_minute": 1}
    forged = [Client(headers={"x-forwarded-for": f"192.0.2.{n}"}).get("/").status_code for n in range(2)]
    assert forged == [200, 429]
    settings.TRUSTED_PROXIES = 1
    believed = [Client(headers={"x-forwarded-for": f"192.0.2.{n}"}).get("/").status_code for n in range(2)]
    assert believed == [200, 200]


def test_an_unknown_token_counts_for_its_address(settings, db):
    settings.ANONYMOUS_LIMITS = settings.ANONYMOUS_LIMITS | {"reads_per_minute": 1}
    client = Client(headers={"authorization": "Bearer fd_aaaaaaaa_guess"})
    assert [client.get(ME).status_code for _ in range(2)] == [401, 429]


def test_what_a_page_fetches_by_itself_is_not_counted(settings, limited, as_owner, owner, scorer):
    limited(reads_per_minute=1)
    upload = hand_in(as_owner).json()["id"]
    thumbnail = reverse("detector:thumbnail", args=[upload])
    assert [as_owner.get(thumbnail).status_code for _ in range(3)] == [200] * 3
    bare = {"live", "metrics", "ready", "detector:sample_thumbnail"}
    for name in settings.UNCOUNTED_VIEWS - bare:  # each is an address that there is
        reverse(name, args=[upload, "x"] if name == "detector:evidence" else [upload])


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_exactly_as_many_pass_as_there_is_room():
    window = counting.window("day")

    def act(number):
        try:
            counting.add([Ask("user:1", "uploads", window, 1, 5), Ask("user:1", "bytes", window, 10, 0)])
            return True
        except Full:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(act, range(24))) == 5
    assert dict(UsageCounter.objects.values_list("measure", "amount")) == {"uploads": 5, "bytes": 50}


def test_one_question_to_the_data_base_counts_everything(owner, django_assert_num_queries):
    asks = [Ask("user:1", "reads", counting.window(period), 1, 9) for period in ("minute", "day")]
    with django_assert_num_queries(3):  # of which two are the savepoint of the test
        counting.add(asks)


def test_old_counters_go_and_the_storage_stays(owner):
    for period in ("minute", "600s", "day", "month", "ever"):
        counting.add([Ask("user:1", "uploads", counting.window(period), 1)])
    UsageCounter.objects.exclude(period="ever").update(since=timezone.now() - timedelta(days=500))
    assert counting.forget_old() == "4 forgotten"
    assert UsageCounter.objects.get().period == "ever"


def test_a_file_beyond_every_day_is_not_told_to_come_back(limited, owner):
    limited(bytes_per_day=100)
    counting.add([Ask(f"user:{owner.pk}", "bytes", counting.window("day"), 10)])
    with pytest.raises(Refused) as refused:
        quotas.take(Actor(user=owner), owner=owner, size=101)
    assert (refused.value.code, refused.value.status, refused.value.retry_after) == ("larger_than_limit", 413, None)


def test_the_schema_tells_of_429_and_of_the_headers(client, db):
    schema = client.get("/api/v1/schema/?format=json").json()
    answer = schema["paths"]["/api/v1/usage/"]["get"]["responses"]
    assert set(answer["429"]["headers"]) == {"Retry-After", "RateLimit", "RateLimit-Policy"}
    assert "RateLimit" in answer["200"]["headers"]
