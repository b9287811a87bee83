"""Offers are named in portal addresses. There were no offers before, so one step is enough."""

import uuid

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0007_facilitators_keep_session_times")]

    operations = [
        migrations.AddField(
            model_name="seatoffer",
            name="public_id",
            field=models.UUIDField(
                default=uuid.uuid4, editable=False, help_text="For portal addresses.", unique=True
            ),
        ),
    ]
