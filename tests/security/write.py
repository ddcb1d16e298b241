"""`python -m tests.security.write` puts permissions.txt in order and writes docs/permissions.md from it."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from tests.security import page, table

if __name__ == "__main__":
    rows = table.read()
    table.KEPT.write_text(table.written(rows))
    page.KEPT.write_text(page.of(rows))
