"""What uploads are shown as, for those that are there; their tags beside them; and where PostgreSQL finds words."""

import logging

from django.db import migrations, transaction
from django.db.utils import DatabaseError

from detector import shown

log = logging.getLogger(__name__)
WORDS = "CREATE INDEX {name} ON detector_upload USING gin (upper({column}::text) gin_trgm_ops)"
COLUMNS = ("name", "note", "tag_words")


def index_words(apps, schema_editor):
    """Parts of words are found by trigrams, an extension that comes with PostgreSQL; without it every row is read."""
    if schema_editor.connection.vendor != "postgresql":
        return
    try:
        with transaction.atomic(schema_editor.connection.alias):
            schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    except DatabaseError as error:
        log.warning("Searches of names will be slow: the extension pg_trgm cannot be made (%s).", error)
        return
    for column in COLUMNS:
        schema_editor.execute(WORDS.format(name=f"uploads_by_{column}", column=column))


def forget_words(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for column in COLUMNS:
            schema_editor.execute(f"DROP INDEX IF EXISTS uploads_by_{column}")


def fill_in(apps, schema_editor):
    shown.refresh(schema_editor.connection)
    upload, tagging = apps.get_model("detector", "Upload"), apps.get_model("detector", "Tagging")
    names = {}
    for pk, name in tagging.objects.order_by("tag__key").values_list("upload_id", "tag__name"):
        names.setdefault(pk, []).append(name)
    for pk, own in names.items():
        upload.objects.filter(pk=pk).update(tag_words="\n".join(own))


class Migration(migrations.Migration):
    dependencies = [("detector", "0013_shown")]
    operations = [
        migrations.RunPython(index_words, forget_words),
        migrations.RunPython(fill_in, migrations.RunPython.noop),
    ]
