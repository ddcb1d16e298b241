"""In a browser: being told, being told otherwise, and disputing a verdict, on a phone and on a desk."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from accounts.audit import Actor
from desk import appeals, deciding, queue
from detector import review
from detector.models import Review
from notices import endpoints, kinds, telling
from notices.models import Delivery, Notice
from tests.e2e.conftest import SIZES, check_page, follow

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def upload(submit, owner):
    return submit(owner, name="beach.jpg")


def test_an_owner_disputes_a_moderator_decides_and_the_bell_tells(page, log_in, owner, moderator, upload):
    log_in(page, owner)
    page.goto(f"/uploads/{upload.pk}/")
    check_page(page)
    follow(page.get_by_role("link", name="Dispute this verdict"))
    check_page(page)
    page.get_by_label("Why is it wrong?").fill("I took it myself.")
    page.get_by_label("Original or RAW file").set_input_files(
        files=[{"name": "DSC_1.NEF", "mimeType": "image/x-nikon-nef", "buffer": b"raw"}]
    )
    page.get_by_role("button", name="Send it to a moderator").click()
    page.get_by_text("Your appeal was taken in").wait_for()
    check_page(page)

    actor = Actor(user=moderator)
    deciding.decide(actor, item=queue.take_next(actor), decision="authentic")
    Review.objects.update(effective_at=timezone.now() - timedelta(seconds=1))
    assert review.settle() == 1

    page.goto("/upload/")
    follow(page.get_by_role("link", name="Notices, 1 new"))
    check_page(page)
    page.get_by_role("link", name="looked at “beach.jpg” again").click()
    page.get_by_text("The verdict was changed").wait_for()
    page.goto("/notices/")
    page.get_by_text("Nothing new").wait_for()


def test_a_moderator_fetches_what_was_attached(page, log_in, owner, moderator, upload):
    file = ContentFile(b"raw bytes", name="DSC_1.NEF")
    appeals.make(Actor(user=owner), upload=upload, note="Mine.", file=file)
    log_in(page, moderator)
    page.goto(f"/uploads/{upload.pk}/")
    check_page(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="DSC_1.NEF").click()
    assert download.value.suggested_filename == "DSC_1.NEF"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_of_mails_and_webhooks_can_be_used_by_all(open_page, size, scheme, log_in, owner, settings):
    settings.WEBHOOKS_PRIVATE = True
    for kind in [*kinds.KINDS, kinds.ENDPOINT_FAILING]:
        telling.tell(owner, kind=kind, text=f"Something happened: {kind}.", link="/help/")
    hook, _ = endpoints.make(Actor(user=owner), person=owner, url="http://127.0.0.1:9999/hook")
    for state in ("waiting", "done", "dead"):
        Delivery.objects.create(endpoint=hook, kind="test", body="{}", state=state, done_at=timezone.now())
    page = log_in(open_page(size, scheme), owner)
    base = f"/notices/webhooks/{hook.pk}/"
    for address in (
        "/notices/", "/notices/settings/", "/notices/webhooks/new/", "/notices/webhooks/help/", base,
        f"{base}rotate/", f"{base}delete/",
    ):  # fmt: skip
        page.goto(address)
        check_page(page)
    page.goto(f"{base}rotate/")
    page.get_by_role("button", name="Make and show it").click()
    page.get_by_role("button", name="Copy").wait_for()
    check_page(page)


def test_with_the_keyboard_alone_a_notice_is_read_and_deleted(open_page, log_in, owner):
    telling.tell(owner, kind="case.added", text="You are in.")
    page = log_in(open_page(SIZES["desktop"]), owner)
    page.goto("/notices/")
    page.get_by_role("button", name="Mark as read: You are in.").press("Enter")
    page.get_by_role("button", name="Mark as new: You are in.").wait_for()
    page.get_by_role("button", name="Delete: You are in.").press("Enter")
    page.get_by_text("No notices yet").wait_for()
    assert Notice.objects.count() == 0
