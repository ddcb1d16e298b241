"""The search by picture: what looks like it among what one may see; it is refused as uploads are, and never kept."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image, ImageOps

from accounts.audit import Actor
from accounts.models import AuditEvent
from detector import case_items, case_members, cases, picture_search, similar
from detector.errors import Refused
from detector.models import Original, PictureHash, Upload
from privacy import proof
from privacy.needles import Searcher
from privacy.traces import Traces
from tests.detector.test_similar import copy_bytes
from tests.factories import image_bytes, picture
from tests.ml.making import as_bytes

pytestmark = pytest.mark.django_db
HISTORY, SEARCH, API = reverse("detector:history"), reverse("detector:search_by_picture"), reverse("api:upload-search")
WHITE = as_bytes(Image.new("RGB", (300, 200), "white"))


def file(data: bytes, name: str = "asked.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, "image/jpeg")


def names(response) -> list[str]:
    return [one["file"]["name"] for one in response.context["reports"]]


@pytest.fixture
def three(submit, owner):
    submit(owner, name="first.jpg")
    submit(owner, copy_bytes(mirrored=True), "mirrored.jpg")
    submit(owner, name="other.jpg", seed=7)


def test_the_address_says_what_is_searched_for_and_a_reload_shows_the_same(three, as_owner):
    kept = Original.objects.count()
    asked = as_owner.post(SEARCH, {"image": file(copy_bytes(quality=40)), "back": "view=gallery&verdict=ai_generated"})
    address = asked["Location"]
    assert address.startswith(f"{HISTORY}?verdict=ai_generated&like=")
    assert address.endswith("&view=gallery")
    for _again in range(2):
        assert names(as_owner.get(address)) == ["mirrored.jpg", "first.jpg"]
    assert names(as_owner.get(address.replace("ai_generated", "authentic"))) == []
    assert (Original.objects.count(), PictureHash.objects.count()) == (kept, kept)
    assert not AuditEvent.objects.filter(action="upload.created").exclude(target__in=_targets()).exists()


def _targets() -> list[str]:
    return [f"upload:{pk}" for pk in Upload.objects.values_list("pk", flat=True)]


def test_the_search_is_said_in_words_and_can_be_taken_away_and_saved(three, as_owner):
    address = as_owner.post(SEARCH, {"image": file(copy_bytes())})["Location"]
    response = as_owner.get(address)
    [chip] = response.context["active"]
    assert (chip.label, chip.value, chip.without) == ("Shows", "your picture", HISTORY)
    page = response.content.decode()
    assert f'<input type="hidden" name="like" value="{address[-80:]}"' in page
    as_owner.post(reverse("detector:saved_views"), {"name": "The hoax", "query": address.partition("?")[2]})
    assert f'href="{address}" aria-current="true">The hoax' in as_owner.get(address).content.decode()


def test_a_picture_that_is_nowhere_finds_nothing(three, as_owner):
    found = as_owner.post(SEARCH, {"image": file(image_bytes(seed=99))}, follow=True)
    assert names(found) == []
    assert "Nothing matches these filters" in found.content.decode()


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({}, "Choose a picture to search for."),
        ({"image": file(b"")}, "The file is empty."),
        ({"image": file(b"no image at all, only words")}, "is no image"),
        ({"image": file(image_bytes()[:3000])}, "cut off"),
    ],
)
def test_what_is_no_picture_is_told_and_the_filters_stay(as_owner, sent, sentence):
    answer = as_owner.post(SEARCH, sent | {"back": "q=flood&like=zz"}, follow=True)
    assert answer.redirect_chain == [(f"{HISTORY}?q=flood", 302)]
    assert any(sentence in str(one) for one in answer.context["messages"])


def test_a_file_that_is_too_large_is_refused_before_it_is_decoded(as_owner, settings):
    settings.MAX_UPLOAD_BYTES = 1000
    answer = as_owner.post(API, {"image": file(image_bytes())})
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "file_too_large")


def test_a_plain_picture_is_searched_as_the_same_file(submit, owner, as_owner):
    submit(owner, WHITE, "white.jpg")
    found = as_owner.post(SEARCH, {"image": file(WHITE)}, follow=True)
    assert "?sha256=" in found.redirect_chain[-1][0]
    assert names(found) == ["white.jpg"]
    assert "too plain to be recognised" in found.content.decode()
    body = as_owner.post(API, {"image": file(WHITE)}).json()
    assert (body["like"], [one["kind"] for one in body["copies"]]) == (None, ["same_file"])


def test_nobody_finds_what_they_may_not_see(submit, owner, stranger, as_owner, as_stranger, as_moderator):
    submit(owner, name="mine.jpg")
    submit(stranger, copy_bytes(), "theirs.jpg")
    both = ["theirs.jpg", "mine.jpg"]
    for client, expected in ((as_owner, both[1:]), (as_stranger, both[:1]), (as_moderator, both)):
        found = client.post(SEARCH, {"image": file(copy_bytes(quality=50))}, follow=True)
        assert names(found) == expected
        body = client.post(API, {"image": file(copy_bytes(quality=50))}).json()
        assert [one["name"] for one in body["copies"]] == expected[::-1]
        assert [one["file"]["name"] for one in client.get(body["uploads"]).json()["results"]] == expected
    assert "stranger" in found.content.decode()


def test_what_lies_in_a_case_of_mine_is_found_with_whose_it_is(submit, owner, stranger, as_stranger):
    upload = submit(owner, name="shared.jpg")
    case = cases.make(Actor(user=owner), title="The flood")
    case_members.add(Actor(user=owner), case=case, username="stranger", role="viewer")
    case_items.add(Actor(user=owner), case=case, uploads=[upload])
    found = as_stranger.post(SEARCH, {"image": file(copy_bytes())}, follow=True)
    assert names(found) == ["shared.jpg"]
    assert "<td>owner</td>" in found.content.decode()
    assert names(as_stranger.get(HISTORY)) == []


def test_strangers_to_the_site_search_nothing(client):
    assert client.post(SEARCH, {"image": file(copy_bytes())})["Location"].startswith("/accounts/login/")
    assert client.post(API, {"image": file(copy_bytes())}).status_code == 401


def test_searches_are_counted_as_uploads_are(owner, as_owner):
    type(owner).objects.filter(pk=owner.pk).update(limits={"uploads_per_minute": 2})
    data = copy_bytes()
    told = [as_owner.post(API, {"image": file(data)}).status_code for _ in range(3)]
    assert told == [200, 200, 429]
    assert "You have used up what you may" in as_owner.post(SEARCH, {"image": file(data)}, follow=True).content.decode()


@pytest.mark.parametrize("like", ["zz", "0" * 79, "A" * 80])
def test_an_address_that_is_no_search_is_told(as_owner, like):
    assert "This is no search by picture." in as_owner.get(HISTORY, {"like": like}).content.decode()
    assert as_owner.get("/api/v1/uploads/", {"like": like}).status_code == 400


def test_of_too_many_the_nearest_are_found(submit, owner):
    for quality in (40, 60, 80, 95):
        submit(owner, copy_bytes(quality=quality), f"{quality}.jpg")
    bits = bytes(PictureHash.objects.get(original__uploads__name="95.jpg").bits)
    rows = Upload.objects.owned_by(owner)
    assert len(similar.like(bits, rows)) == 4
    nearest = similar.like(bits, rows, at_most=2)
    assert Upload.objects.get(name="95.jpg").pk in nearest
    assert len(nearest) == 2


def test_the_api_tells_what_each_is(three, as_owner, bearer, owner):
    turned = as_bytes(ImageOps.mirror(picture()))
    body = as_owner.post(API, {"image": file(turned)}).json()
    assert {one["name"]: one["kind"] for one in body["copies"]} == {"first.jpg": "mirrored", "mirrored.jpg": "copy"}
    assert body["more"] is False
    assert body["uploads"] == f"http://testserver/api/v1/uploads/?like={body['like']}"
    missing = as_owner.post(API, {})
    assert (missing.status_code, missing.json()["error"]["code"]) == (400, "no_file")


def test_the_service_refuses_in_a_sentence(owner):
    with pytest.raises(Refused) as refused:
        picture_search.ask(Actor(user=owner), person=owner, data=b"GIF89a")
    assert refused.value.status in (400, 415)


def test_an_erasure_looks_for_the_fingerprint_as_addresses_write_it():
    bits = "ab" * 40
    searcher = Searcher(proof.sought_of(Traces(fingerprints=[bits])).needles)
    assert [one.kind for one in searcher.found(f"GET /uploads/?like={bits}".encode())] == ["fingerprint"]
