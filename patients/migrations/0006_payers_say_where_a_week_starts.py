"""A payer may count a week from its own weekday; empty is as the site does."""

from django.db import migrations, models

from iop_clinic.clock import WEEKDAYS


class Migration(migrations.Migration):
    dependencies = [("patients", "0005_plurals_as_one_says_them")]

    operations = [
        migrations.AddField(
            model_name="payer",
            name="week_starts_weekday",
            field=models.PositiveSmallIntegerField(
                "week starts on",
                blank=True,
                choices=WEEKDAYS,
                help_text="How this payer counts the hours of a week. Empty: as the site does.",
                null=True,
            ),
        ),
        migrations.AddConstraint(
            model_name="payer",
            constraint=models.CheckConstraint(
                condition=models.Q(week_starts_weekday__lte=6), name="payer_week_starts_on_a_weekday"
            ),
        ),
    ]
