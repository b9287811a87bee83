"""The schedule a clinic starts with (domain reference 6.9); it is changed in Django admin.

Rules of instruments whose words do not ship are there, switched off: a clinic with a text pack, or with the
paper form, switches them on.
"""

from django.db import migrations

ENDS = ("intake", "discharge")
EVERYONE, SUBSTANCE_USE = ("everyone", ""), ("substance_use", "")
PANIC = (("diagnosis", "F41.0"), ("diagnosis", "F40.01"))
PAIN = (("diagnosis", "G89"), ("diagnosis", "R52"))
SLEEP = (("diagnosis", "G47.0"), ("diagnosis", "F51"))
TRAUMA, COMPULSION = (("diagnosis", "F43.1"),), (("diagnosis", "F42"),)
BIPOLAR, EATING, ALCOHOL = (("diagnosis", "F31"),), (("diagnosis", "F50"),), (("diagnosis", "F10"),)
# Instrument, moments, of whom, active.
SCHEDULE = (
    ("phq9", (*ENDS, "weekly"), (EVERYONE,), True),
    ("gad7", (*ENDS, "weekly"), (EVERYONE,), True),
    ("asq", ENDS, (EVERYONE,), True),
    ("cssrs", ENDS, (EVERYONE,), False),
    ("wsas", (*ENDS, "four_weekly"), (EVERYONE,), False),
    ("whodas12", (*ENDS, "four_weekly"), (EVERYONE,), False),
    ("bam_iop", ("weekly",), (SUBSTANCE_USE,), True),
    ("bam", ENDS, (SUBSTANCE_USE,), True),
    ("audit_c", ENDS, (SUBSTANCE_USE, *ALCOHOL), True),
    ("dast10", ENDS, (SUBSTANCE_USE,), False),
    ("pcl5", (*ENDS, "four_weekly"), TRAUMA, True),
    ("phq_panic", ENDS, PANIC, True),
    ("pdss", (*ENDS, "four_weekly"), PANIC, False),
    ("ocir", (*ENDS, "four_weekly"), COMPULSION, False),
    ("mdq", ("intake",), BIPOLAR, False),
    ("asrm", ("weekly",), BIPOLAR, False),
    ("phq_eating", ENDS, EATING, True),
    ("scoff", ("intake",), EATING, False),
    ("edeq", ENDS, EATING, False),
    ("peg", (*ENDS, "weekly"), PAIN, True),
    ("isi", (*ENDS, "four_weekly"), SLEEP, False),
)


def seed(apps, schema_editor):
    """Once: a row that is there already stays as it is."""
    rule = apps.get_model("patients", "MeasureRule")
    rule.objects.bulk_create(
        [
            rule(
                instrument_code=code, moment=moment, asked_of=asked_of, code_prefix=prefix, is_active=active
            )
            for code, moments, whom, active in SCHEDULE
            for moment in moments
            for asked_of, prefix in whom
        ],
        ignore_conflicts=True,
    )


class Migration(migrations.Migration):
    dependencies = [("patients", "0021_measures_are_asked_by_rules")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
