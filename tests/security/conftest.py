"""One world for all endpoints: made once, asked within savepoints, taken back in the end."""

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import override_settings
from django.utils import timezone, translation
from drf_spectacular.generators import SchemaGenerator

from learning import readiness
from tests.security import world
from tests.security.asking import There

_PLAIN = "django.contrib.staticfiles.storage.StaticFilesStorage"
_FOLDER = "django.core.files.storage.FileSystemStorage"


@pytest.fixture(scope="module")
def there(django_db_setup, django_db_blocker, tmp_path_factory):
    place = tmp_path_factory.mktemp("world")
    media = {"BACKEND": _FOLDER, "OPTIONS": {"location": place / "media", "base_url": None}}
    own = {
        "STORAGES": {"default": media, "staticfiles": {"BACKEND": _PLAIN}},
        "MODELS_DIR": place,
        "AUDIT_HEADS": place / "heads.jsonl",
        "REPORT_KEY": place / "key.pem",
        "WEBHOOKS_PRIVATE": True,
        "UNDO_SECONDS": 86_400,
    }
    with django_db_blocker.unblock(), override_settings(**own), pytest.MonkeyPatch.context() as patch:
        patch.setattr(readiness, "obstacles", lambda *args, **options: [])  # of training, which is not what is asked
        patch.setattr(SchemaGenerator, "get_schema", lambda *args, **options: {})  # it takes seconds, for each role
        with transaction.atomic():
            yield There(world.make(patch))
            transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def isolated():
    """The world brings its own storage; what a request chose stays with its thread."""
    cache.clear()
    yield
    translation.deactivate()
    timezone.deactivate()
