from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("detector", "0003_picture_hashes"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="upload",
            index=models.Index(fields=["original", "owner", "created_at"], name="uploads_by_content"),
        ),
    ]
