"""Files for batches, and what became of each."""

from django.core.files.uploadedfile import SimpleUploadedFile

from tests.detector.test_api_uploads import file
from tests.factories import image_bytes

URL = "/api/v1/batches/"


def pictures(count: int) -> list[SimpleUploadedFile]:
    return [file(image_bytes(seed=n), f"{n}.jpg") for n in range(count)]


def results(client, body) -> dict[str, str]:
    found = client.get(body["links"]["api"]).json()
    return {item["name"]: item["error"]["code"] if item["error"] else item["state"] for item in found["items"]}
