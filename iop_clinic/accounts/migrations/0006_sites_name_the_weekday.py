"""The first day of a site's week is chosen by name."""

from django.db import migrations, models

from iop_clinic.clock import WEEKDAYS


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_sites_choose_12_or_24_hours")]

    operations = [
        migrations.AlterField(
            model_name="site",
            name="week_starts_weekday",
            field=models.PositiveSmallIntegerField(
                "week starts on",
                choices=WEEKDAYS,
                default=0,
                help_text="Of the boards, and of each patient whose payer has no day of its own.",
            ),
        ),
    ]
