"""What the tests of accounts share: watching the history."""

from contextlib import contextmanager

import pytest

from accounts.models import AuditEvent


@pytest.fixture
def acts(db):
    """`with acts() as done:` gathers the actions that were recorded meanwhile, in order."""

    @contextmanager
    def watch():
        done = []
        before = AuditEvent.objects.count()
        yield done
        done += AuditEvent.objects.filter(id__gt=before).order_by("id").values_list("action", flat=True)

    return watch
