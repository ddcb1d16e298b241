"""The site's settings in a place of their own: tests never touch the var/ of an installation, nor its services."""

import atexit
import os
import shutil
import tempfile

if "FAKEDETECT_TEST_VAR" not in os.environ:  # the processes of one run share a folder, each run has another
    os.environ["FAKEDETECT_TEST_VAR"] = tempfile.mkdtemp(prefix="fakedetect-test-")
    atexit.register(shutil.rmtree, os.environ["FAKEDETECT_TEST_VAR"], ignore_errors=True)
os.environ["FAKEDETECT_VAR"] = os.environ["FAKEDETECT_TEST_VAR"]
for _name in ("DATABASE_URL", "CELERY_BROKER_URL", "CACHE_URL", "AWS_STORAGE_BUCKET_NAME", "DEBUG", "FAKEDETECT_HTTPS"):
    os.environ.pop(_name, None)
if _database := os.environ.get("FAKEDETECT_TEST_DATABASE_URL"):
    os.environ["DATABASE_URL"] = _database

from fakedetect_site.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # fast; what is tested is not the hasher
SAMPLE_SHARE = 0.0  # a test that wants a sample says so
LEDGER = "inline"  # the site's default is a thread that outlives a test
NOTICES = "swept"  # likewise: letters and webhooks go out when a test walks the round
BATCHES = "swept"  # likewise
ERASE_AT_ONCE = True
LIMITS = dict.fromkeys(LIMITS, 0)  # noqa: F405 (a test that wants a limit says so)
ANONYMOUS_LIMITS = dict.fromkeys(ANONYMOUS_LIMITS, 0)  # noqa: F405
