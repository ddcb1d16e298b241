"""Uploads that were there before the dashboard: each of their days is marked, and the rounds count them."""

from typing import Any

from django.db import migrations
from django.db.models.functions import TruncDate
from datetime import UTC


def mark_all(apps: Any, schema_editor: Any) -> None:
    uploads = apps.get_model("detector", "Upload").objects.using(schema_editor.connection.alias)
    change = apps.get_model("overview", "DayChange")
    days = uploads.annotate(day=TruncDate("created_at", tzinfo=UTC)).values_list("owner", "day").distinct().order_by()
    rows = (change(owner_id=owner, day=day) for owner, day in days.iterator())
    change.objects.using(schema_editor.connection.alias).bulk_create(rows, batch_size=1000)


class Migration(migrations.Migration):
    dependencies = [("overview", "0001_counts_by_day"), ("detector", "0001_initial")]

    operations = [migrations.RunPython(mark_all, migrations.RunPython.noop)]
