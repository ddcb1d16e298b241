"""Fifty threads append at once, to a SQLite file as an installation has it."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE = """
import os, sys
from concurrent.futures import ThreadPoolExecutor
os.environ["DJANGO_SETTINGS_MODULE"] = "fakedetect_site.settings"
import django
django.setup()
from django.core.management import call_command
from django.db import connection
call_command("migrate", verbosity=0)
from accounts import audit
from accounts.models import AuditEvent

def append(number):
    try:
        audit.record(audit.SYSTEM, "test.done", target=f"n:{number}")
    finally:
        connection.close()

with ThreadPoolExecutor(50) as pool:
    list(pool.map(append, range(200)))
assert audit.verify_chain() is None, audit.verify_chain()
assert sorted(AuditEvent.objects.values_list("id", flat=True)) == list(range(1, 201))
assert AuditEvent.objects.values("target").distinct().count() == 200
print(connection.settings_dict["NAME"])
"""


def test_fifty_threads_append_without_gap_or_loss(tmp_path):
    env = os.environ | {"FAKEDETECT_VAR": str(tmp_path), "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3"}
    done = subprocess.run([sys.executable, "-c", CODE], cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [f"{tmp_path}/db.sqlite3"]
