"""The services whose correctness hangs on locks and conditional updates, on PostgreSQL as well."""

import subprocess
import sys

from tests.programs import ROOT, environment, postgresql

FILES = [
    "tests/detector/test_analysis.py",
    "tests/detector/test_examination.py",
    "tests/detector/test_evidence.py",
    "tests/detector/test_intake.py",
    "tests/detector/test_paging.py",
    "tests/detector/test_api_uploads.py",
    "tests/detector/test_concurrency.py",
    "tests/accounts",
]


def test_the_services_keep_their_promises_on_postgresql(tmp_path):
    with postgresql(tmp_path) as address:
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *FILES]
        env = environment(FAKEDETECT_TEST_DATABASE_URL=address)
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-4000:]
