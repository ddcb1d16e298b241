from django.db import migrations

from accounts import audit_guard


def install(apps, schema_editor):
    audit_guard.install(schema_editor.connection)


def remove(apps, schema_editor):
    audit_guard.remove(schema_editor.connection)


class Migration(migrations.Migration):
    """Apart from the columns: the triggers compare whatever columns the table has by then."""

    dependencies = [("accounts", "0003_audit_model_and_form")]

    operations = [migrations.RunPython(install, remove)]
