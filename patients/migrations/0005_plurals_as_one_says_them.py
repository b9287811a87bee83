"""The administration heads its lists as one says them: levels of care, follow-ups."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("patients", "0004_relatives_and_home_state")]

    operations = [
        migrations.AlterModelOptions(
            name="followup",
            options={
                "ordering": ["due_at"],
                "verbose_name": "follow-up",
                "verbose_name_plural": "follow-ups",
            },
        ),
        migrations.AlterModelOptions(
            name="levelofcare",
            options={"ordering": ["code"], "verbose_name_plural": "levels of care"},
        ),
    ]
