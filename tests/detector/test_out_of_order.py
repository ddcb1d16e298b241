"""Storage or decoder are out of order: who sends a file is told so, with when to try again, and nothing is kept."""

import pytest
from django.urls import reverse
from django.utils import timezone

from detector import batch_bells, originals
from detector.models import Batch, BatchItem, Upload
from fakedetect_site.storage_faults import StorageFailed
from ml import decoder
from ml.decoder import Decoder
from tests.detector.batch_making import URL as BATCHES
from tests.detector.batch_making import pictures, results
from tests.detector.test_api_uploads import URL, bearer, error, file

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def client(scorer, owner):
    return bearer(owner)


def in_folder(settings, location):
    backend = {"BACKEND": "fakedetect_site.folder_storage.FolderStorage", "OPTIONS": {"location": location}}
    settings.STORAGES = settings.STORAGES | {"default": backend}


@pytest.fixture
def no_storage(settings, tmp_path):
    """Where the folder should be is a file."""
    (tmp_path / "away").write_text("")
    in_folder(settings, tmp_path / "away")


@pytest.fixture
def no_decoder(settings, monkeypatch):
    settings.DECODER = "process"
    broken = Decoder(1_000_000, module="ml.no_such_module")
    monkeypatch.setattr(decoder, "_shared", lambda pixels: broken)


def test_the_api_says_that_the_storage_failed(client, no_storage):
    answer = client.post(URL, {"image": file()})
    error(answer, 503, "storage_failed")
    assert answer["Retry-After"] == "30"
    assert not Upload.objects.exists()
    error(client.post(BATCHES, {"files": pictures(2)}), 503, "storage_failed")
    assert not Batch.objects.exists()


@pytest.mark.parametrize("address", [URL, f"{URL}search/"])
def test_the_api_says_that_the_decoder_failed(client, no_decoder, address):
    answer = client.post(address, {"image": file()})
    error(answer, 503, "decoder_failed")
    assert answer["Retry-After"] == "30"
    assert not Upload.objects.exists()


def test_what_is_kept_and_cannot_be_read_is_503_and_what_is_gone_404(client, settings, tmp_path):
    pk = client.post(URL, {"image": file()}).json()["id"]
    (tmp_path / "away").write_text("")
    in_folder(settings, tmp_path / "away")
    error(client.get(f"{URL}{pk}/image/"), 503, "storage_failed")
    in_folder(settings, tmp_path / "empty")
    error(client.get(f"{URL}{pk}/image/"), 404, "not_found")


@pytest.mark.parametrize(
    ("what", "words"), [("no_storage", "The storage of this site"), ("no_decoder", "cannot decode")]
)
def test_the_page_of_uploads_says_it_too(as_owner, scorer, request, what, words):
    request.getfixturevalue(what)
    answer = as_owner.post(reverse("detector:upload"), {"image": file()})
    assert answer.status_code == 503
    assert answer["Retry-After"] == "30"
    assert words in answer.content.decode()


def test_any_other_page_says_it(as_owner, scorer, settings, tmp_path, client):
    pk = client.post(URL, {"image": file()}).json()["id"]
    (tmp_path / "away").write_text("")
    in_folder(settings, tmp_path / "away")
    answer = as_owner.get(reverse("detector:thumbnail", args=[pk]))
    assert answer.status_code == 503
    assert "The storage of this site does not work just now." in answer.content.decode()


def test_a_batch_waits_until_the_storage_is_back_and_no_file_is_given_up(client, monkeypatch):
    """More often than one may begin a file that crashes its process."""
    body = client.post(BATCHES, {"files": pictures(1)}).json()
    with monkeypatch.context() as broken:
        broken.setattr(originals.default_storage, "exists", lambda path: _fail())
        for _ in range(5):
            Batch.objects.update(next_at=timezone.now())
            batch_bells.walk()
    assert BatchItem.objects.get().attempts == 0
    Batch.objects.update(next_at=timezone.now())
    batch_bells.walk()
    assert results(client, body) == {"0.jpg": "done"}


def _fail():
    raise StorageFailed("Input/output error")
