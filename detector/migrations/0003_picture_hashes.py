import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("detector", "0002_the_ledger"),
    ]

    operations = [
        migrations.CreateModel(
            name="PictureHash",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("bits", models.BinaryField(max_length=40, null=True)),
                (
                    "original",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="fingerprint",
                        to="detector.original",
                    ),
                ),
            ],
            options={"verbose_name_plural": "picture hashes"},
        ),
    ]
