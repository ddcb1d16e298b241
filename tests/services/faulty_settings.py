"""The site's own settings, with a storage and a clock that go wrong when a test says so (faulty.py)."""

from fakedetect_site.settings import *  # noqa: F403
from fakedetect_site.settings import STORAGES
from tests.services import faulty

STORAGES["default"]["BACKEND"] = "tests.services.faulty.FaultyStorage"
faulty.shift_clock()
