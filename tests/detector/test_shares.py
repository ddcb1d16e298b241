"""Share links: one verdict, redacted, for whoever holds the link, until it ends. Nothing else can be learnt by one."""

import io
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils import timezone
from PIL import Image

from accounts.audit import Actor, verify_chain
from accounts.models import AuditEvent
from detector import case_items, case_members, cases, intake, shares
from detector.errors import Refused
from detector.models import Finding, ShareLink
from fakedetect_site.logs import discreet
from tests.conftest import logged_in
from tests.detector.test_api_uploads import bearer, error
from tests.factories import image_bytes

NAME, NOTE = "holiday-of-anna-schmidt.jpg", "my neighbour sent this"
PRIVATE = (NAME, NOTE, "owner", "anna@example.org", "48.1374", "Leica", "Signed by Jane")


def located() -> bytes:
    exif = Image.Exif()
    exif[0x010F], exif[0x013B] = "Leica", "anna@example.org"
    exif.get_ifd(0x8825)[2] = (48.0, 8.0, 14.6)
    return image_bytes(exif=exif, width=900, height=600)


@pytest.fixture
def upload(submit, owner):
    taken = submit(owner, located(), NAME)
    taken.note = NOTE
    taken.save(update_fields=["note"])
    found = {"analysis": taken.latest, "details": {"gps": {"latitude": 48.1374}, "private": {"by": "anna@example.org"}}}
    said = "Signed by Jane"
    Finding.objects.create(signal="provenance", stance="supports_fake", summary=said, position=90, **found)
    noise = "Even noise, says anna@example.org"
    Finding.objects.create(signal="noise", stance="silent", summary=noise, position=91, **found)
    taken.latest.reasons = [said, "The picture's size is within what the model was tested on."]
    taken.latest.save(update_fields=["reasons"])
    return taken


def made(owner, upload, **options):
    link, secret = shares.make(Actor(user=owner), upload=upload, **{"days": 7} | options)
    return link, f"/shared/{secret}/"


def test_whoever_holds_it_sees_the_verdict_and_nothing_that_tells_of_a_person_or_a_place(owner, upload, client):
    _, address = made(owner, upload, shows_image=True)
    page = client.get(address)
    text = page.content.decode()
    assert page.status_code == 200
    assert "Likely AI-generated" in text
    assert "within what the model was tested on" in text
    assert "Even noise, says" in text
    for word in (*PRIVATE, str(upload.pk)):
        assert word not in text, word
    assert "What the file says of itself counted too" in text


def test_it_is_kept_by_nobody_and_sends_its_address_nowhere(owner, upload, client):
    _, address = made(owner, upload, shows_image=True)
    for path in (address, f"{address}image/", "/shared/unknown/"):
        answer = client.get(path)
        assert "no-store" in answer["Cache-Control"]
        assert answer["Referrer-Policy"] == "no-referrer"
        assert "noindex" in answer["X-Robots-Tag"]


def test_the_image_is_drawn_anew_and_only_if_its_owner_wants(owner, upload, client):
    _, with_image = made(owner, upload, shows_image=True)
    shown = client.get(f"{with_image}image/")
    assert not Image.open(io.BytesIO(shown.content)).getexif()
    assert b"anna@example.org" not in shown.content
    _, without = made(owner, upload)
    assert client.get(f"{without}image/").status_code == 404
    assert "<img" not in client.get(without).content.decode()


def test_only_the_digest_is_kept_and_no_log_opens_anything(owner, upload):
    link, address = made(owner, upload)
    secret = address.split("/")[2]
    assert secret not in str(ShareLink.objects.values())
    assert secret not in str(list(AuditEvent.objects.values()))
    assert secret not in discreet(f"Too Many Requests: {address}")
    assert link.digest != secret


def test_its_owner_sees_how_often_it_was_opened_and_their_own_look_does_not_count(owner, upload, client, as_owner):
    link, address = made(owner, upload)
    as_owner.get(address)
    client.head(address)
    for _ in range(2):
        client.get(address)
    link.refresh_from_db()
    assert link.opened == 2
    assert timezone.now() - link.last_opened_at < timedelta(minutes=1)
    assert "2 times, last" in as_owner.get(f"/uploads/{upload.pk}/links/").content.decode()


def test_each_act_is_one_event_and_visitors_are_not_written_down(owner, upload, client):
    before = AuditEvent.objects.count()
    link, address = made(owner, upload)
    client.get(address, headers={"user-agent": "spy"})
    for _ in range(2):
        shares.revoke(Actor(user=owner), link=link)
    events = AuditEvent.objects.order_by("id")[before:]
    assert [event.action for event in events] == ["share.made", "share.opened", "share.revoked"]
    assert events[1].personal["address"] == ""
    assert verify_chain() is None


def test_what_was_ended_or_has_expired_is_gone_at_once(owner, upload, client):
    link, address = made(owner, upload)
    shares.revoke(Actor(user=owner), link=link)
    answer = client.get(address)
    assert answer.status_code == 410
    assert "This link has ended" in answer.content.decode()
    other, late = made(owner, upload, shows_image=True)
    ShareLink.objects.filter(pk=other.pk).update(expires_at=timezone.now())
    assert [client.get(path).status_code for path in (late, f"{late}image/")] == [410, 410]


def test_with_the_upload_its_links_go(owner, upload, client):
    _, address = made(owner, upload)
    intake.delete(Actor(user=owner), upload=upload)
    answer = client.get(address)
    assert answer.status_code == 404
    assert "Nothing to see here" in answer.content.decode()
    assert not ShareLink.objects.exists()


def test_links_of_somebody_who_is_locked_out_show_nothing(owner, upload, client):
    _, address = made(owner, upload)
    owner.is_active = False
    owner.save()
    assert client.get(address).status_code == 410


def test_who_guesses_is_soon_told_nothing_not_even_of_a_link_that_holds(owner, upload, client):
    _, address = made(owner, upload)
    answers = [client.get(f"/shared/guess{n}/").status_code for n in range(31)]
    assert answers == [404] * 30 + [429]
    refused = client.get(address)
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 0
    assert Client(REMOTE_ADDR="192.0.2.7").get(address).status_code == 200


def test_only_its_owner_makes_one_and_moderators_may_end_it(owner, moderator, stranger, upload):
    link, _ = made(owner, upload)
    for other in (moderator, stranger, None):
        with pytest.raises(PermissionDenied):
            shares.make(Actor(user=other), upload=upload, days=1)
    with pytest.raises(PermissionDenied):
        shares.revoke(Actor(user=stranger), link=link)
    shares.revoke(Actor(user=moderator), link=link)
    assert link.state == "revoked"


def test_members_of_a_case_see_the_upload_and_not_its_links(owner, stranger, upload, as_stranger):
    case = cases.make(Actor(user=owner), title="Case")
    case_items.add(Actor(user=owner), case=case, uploads=[upload])
    case_members.add(Actor(user=owner), case=case, username="stranger", role="editor")
    assert as_stranger.get(f"/uploads/{upload.pk}/").status_code == 200
    assert as_stranger.get(f"/uploads/{upload.pk}/links/").status_code == 404
    assert bearer(stranger).get(f"/api/v1/uploads/{upload.pk}/links/").status_code == 404


@pytest.mark.parametrize("days", [0, 31])
def test_a_link_lasts_so_many_days_at_most(owner, upload, days):
    with pytest.raises(Refused, match="from one day to 30 days"):
        shares.make(Actor(user=owner), upload=upload, days=days)


def test_there_are_not_too_many_and_a_site_may_have_none(owner, upload, settings, client):
    _, address = made(owner, upload)
    for _ in range(shares.MOST - 1):
        made(owner, upload)
    with pytest.raises(Refused) as refused:
        made(owner, upload)
    assert refused.value.code == "too_many_links"
    settings.SHARE_DAYS = 0
    assert client.get(address).status_code == 410
    with pytest.raises(Refused, match="no links"):
        made(owner, upload)


def test_the_page_makes_a_link_and_shows_it_once(owner, upload, as_owner, client):
    page = f"/uploads/{upload.pk}/links/"
    text = as_owner.post(page, {"days": "3", "shows_image": "on"}).content.decode()
    address = text.split('id="address">')[1].split("<")[0].strip()
    assert client.get(address).status_code == 200
    assert address not in as_owner.get(page).content.decode()
    link = ShareLink.objects.get()
    assert as_owner.post(f"{page}{link.pk}/revoke/").status_code == 302
    assert client.get(address).status_code == 410
    assert as_owner.post(page, {"days": "99"}).status_code == 400
    assert logged_in(owner).get(f"{page}{link.pk}/revoke/").status_code == 405


def test_the_api_makes_lists_and_ends_them(owner, moderator, upload, client):
    program, path = bearer(owner), f"/api/v1/uploads/{upload.pk}/links/"
    answer = program.post(path, {"days": 2}, "application/json")
    body = answer.json()
    assert (answer.status_code, answer["Cache-Control"], body["state"]) == (201, "no-store", "active")
    assert client.get(body["url"]).status_code == 200
    listed = program.get(path).json()["links"]
    assert [(one["id"], one["opened"]) for one in listed] == [(body["id"], 1)]
    assert "url" not in listed[0]
    assert bearer(moderator).post(path, {"days": 2}, "application/json").status_code == 403
    assert bearer(moderator).delete(f"{path}{body['id']}/").status_code == 204
    assert client.get(body["url"]).status_code == 410
    error(program.post(path, {"days": 99}, "application/json"), 400, "invalid_days")
