"""How many bytes of the storage a person takes: each upload counts, also of a file that is kept once for several."""

from typing import Any

from django.db.models import Sum
from django.dispatch import receiver

from accounts.models import User
from accounts.quotas import kept_asked
from detector.models import Upload


@receiver(kept_asked)
def bytes_of(sender: Any, person: User, **kwargs: Any) -> int:
    total = Upload.objects.filter(owner=person).aggregate(total=Sum("original__bytes"))["total"]
    return int(total or 0)
