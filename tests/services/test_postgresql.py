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
    "tests/detector/test_cases.py",
    "tests/detector/test_case_items.py",
    "tests/detector/test_case_members.py",
    "tests/detector/test_timeline.py",
    "tests/accounts",
    "tests/privacy/test_erasure.py",
    "tests/privacy/test_retention.py",
    "tests/notices/test_deliveries.py",
    "tests/notices/test_letters.py",
    "tests/desk/test_appeals.py",
    *(f"tests/desk/test_{name}.py" for name in ("api", "claiming", "concurrency", "deciding", "filling")),
    "tests/detector/test_review.py",
    "tests/learning/test_rescoring.py",
    "tests/learning/test_shadow.py",
    "tests/learning/test_drift.py",
    "tests/learning/test_concurrency.py",
    *(f"tests/learning/test_{name}.py" for name in ("mistakes", "runs", "run_threads")),
]
# What only SQLite has: its files. A skip would count as a failure here.
ELSEWHERE = ["tests/privacy/test_erasure.py::test_what_free_pages_of_an_older_data_base_hold_is_written_over"]


def test_the_services_keep_their_promises_on_postgresql(tmp_path):
    with postgresql(tmp_path) as address:
        left_out = [f"--deselect={name}" for name in ELSEWHERE]
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *left_out, *FILES]
        env = environment(FAKEDETECT_TEST_DATABASE_URL=address)
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-4000:]
