"""How a clinic's pages say the time is the clinic's choice."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_profiles_without_license")]

    operations = [
        migrations.AddField(
            model_name="site",
            name="clock_hours",
            field=models.PositiveSmallIntegerField(
                choices=[(12, "12 hours: 9:05 pm"), (24, "24 hours: 21:05")],
                default=12,
                help_text="How pages say the time. Messages always say 9:05 PM.",
            ),
        ),
        migrations.AddConstraint(
            model_name="site",
            constraint=models.CheckConstraint(
                condition=models.Q(("clock_hours__in", (12, 24))), name="site_clock_has_12_or_24_hours"
            ),
        ),
    ]
