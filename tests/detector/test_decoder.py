"""The site decodes what people hand in elsewhere: a file that crashes the decoder is refused, and the site goes on."""

import sys

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse

from accounts.audit import Actor
from detector import intake, integrity, limits, models_in_use
from detector.models import Upload
from ml import decoder, images
from ml.decoder import Decoder
from ml.evidence import c2pa_library
from tests.factories import image_bytes, picture
from tests.ml.credentials import action, authority, signed, signer
from tests.ml.files import with_preview
from tests.ml.poisoned import ORDER

pytestmark = [pytest.mark.django_db, pytest.mark.skipif(sys.platform != "linux", reason="needs all locks")]
UNSAFE = {"code": "unreadable", "detail": "The image cannot be decoded safely.", "fields": {}}


@pytest.fixture(autouse=True)
def apart(settings, monkeypatch):
    """The setting of a site, and its decoder, one that does what it is told."""
    settings.DECODER = "process"
    made = Decoder(600_000_000, seconds=2, patience=10, module="tests.ml.poisoned")
    monkeypatch.setattr(decoder, "_shared", lambda pixels: made)
    yield made
    made.close()


@pytest.fixture
def nothing_here(monkeypatch):
    """No picture is decoded in the process of the site."""

    def refuse(*args: object) -> None:
        raise AssertionError("This was decoded in the process of the site.")

    monkeypatch.setattr(images, "read_here", refuse)


def post(client, bearer, owner, data: bytes, name: str = "uploads"):
    address = reverse(f"api:{'upload-search' if name == 'search' else 'upload-list'}")
    return client.post(address, {"image": SimpleUploadedFile("p.jpg", data, "image/jpeg")}, headers=bearer(owner))


@pytest.mark.parametrize("words", [b"abort", b"spin", b"take 2000", b"lie"])
def test_a_poisoned_upload_is_refused_and_the_next_one_is_taken(client, bearer, owner, model, on_commit, words):
    refused = post(client, bearer, owner, ORDER + words)
    assert (refused.status_code, refused.json()["error"]) == (400, UNSAFE)
    assert not Upload.objects.exists()
    assert not list(integrity._files("originals"))
    with on_commit():
        assert post(client, bearer, owner, image_bytes()).status_code == 201
    assert Upload.objects.get().latest.state == "done"


def test_the_picture_of_a_verdict_its_ledger_and_its_preview_is_not_decoded_here(
    nothing_here, owner, as_owner, model, on_commit
):
    with on_commit():
        upload = intake.submit(Actor(user=owner), owner=owner, name="p.jpg", data=image_bytes(width=600, height=500))
    told = Upload.objects.get(pk=upload.pk).latest
    assert (told.state, told.ledger_state) == ("done", "done")
    assert {"copy_move", "compression", "noise"} <= {row.signal for row in told.findings.all()}
    assert as_owner.get(reverse("detector:preview", args=[upload.pk])).status_code == 200


def test_the_preview_that_a_camera_stored_is_not_decoded_here_either(nothing_here, apart, model):
    scorer = models_in_use.scorer_of(model)
    data = with_preview(picture(640, 480), picture(640, 480))
    one = {row.signal: row for row in scorer.judge(scorer.open(data, limits.limits())).findings}["camera"]
    assert one.details["preview"] == "same"


def test_content_credentials_are_not_read_here_either(monkeypatch, client, bearer, owner, model, on_commit):
    """What the file says is told, and the library that reads it was never asked in this process."""

    def refuse(*args: object) -> None:
        raise AssertionError("libc2pa was asked in the process of the site.")

    monkeypatch.setattr(c2pa_library, "opened", refuse)
    data = signed(signer(authority()), action("created", "trainedAlgorithmicMedia"))
    with on_commit():
        assert post(client, bearer, owner, data).status_code == 201
    one = Upload.objects.get().latest.findings.get(signal="provenance")
    assert (one.details["state"], one.details["ai"]) == ("untrusted", True)


def test_the_search_by_picture_decodes_nothing_here(nothing_here, client, bearer, owner, model):
    assert post(client, bearer, owner, image_bytes(), "search").status_code == 200
    assert post(client, bearer, owner, ORDER + b"abort", "search").json()["error"] == UNSAFE


def test_inline_decodes_here(settings, apart):
    settings.DECODER = "inline"
    assert images.decode(image_bytes(), limits.limits()).size == (320, 240)
    assert apart.pid is None
    assert limits.missing_locks() == []


def test_a_site_whose_decoder_does_not_start_is_not_prepared(monkeypatch, settings, tmp_path):
    settings.REPORT_KEY = tmp_path / "key.pem"
    monkeypatch.setattr(decoder, "_shared", lambda pixels: Decoder(1, module="ml.no_such_module"))
    with pytest.raises(CommandError, match="The decoder does not start"):
        call_command("bootstrap")
