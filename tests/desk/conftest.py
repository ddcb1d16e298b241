"""What tests of the desk need: a second moderator, doubtful verdicts, and time that passes."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.audit import Actor
from accounts.models import Role
from desk import deciding, queue
from desk.models import QueueItem
from detector.models import Review, Upload
from tests.conftest import logged_in, person


@pytest.fixture
def colleague(db):
    return person("colleague", Role.MODERATOR)


@pytest.fixture
def as_colleague(colleague):
    return logged_in(colleague)


@pytest.fixture
def upload(submit, owner):
    return submit(owner)


@pytest.fixture
def waiting(submit, owner, moderator):
    """`waiting(3)` puts so many uploads into the queue and returns their items, oldest first."""

    def act(count: int = 1, **values) -> list[QueueItem]:
        made = []
        for seed in range(count):
            upload = submit(owner, name=f"{seed}.jpg", seed=seed, width=80, height=60)
            made.append(queue.put(Actor(user=moderator), upload=upload, **values))
        return made

    return act


@pytest.fixture
def decided(moderator):
    """`decided(upload, "manipulated")`: put it into the queue and decide it."""

    def act(upload: Upload, decision: str = "manipulated", by=None, **values) -> Review:
        actor = Actor(user=by or moderator)
        return deciding.decide(actor, item=queue.put(actor, upload=upload), decision=decision, **values)

    return act


def expire(item: QueueItem) -> None:
    """The lease of a claim runs out."""
    QueueItem.objects.filter(pk=item.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def fresh(item: QueueItem) -> QueueItem:
    return QueueItem.objects.get(pk=item.pk)
