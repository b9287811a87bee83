"""Whoever has a place or waits in a substance-use track has a stay that is marked as such a record."""

from typing import Any

from django.db import migrations


def mark_stays(apps: Any, schema_editor: Any) -> None:
    inside: set[int] = set()
    for model in ("Enrollment", "WaitlistEntry"):
        rows = apps.get_model("scheduling", model).objects.filter(group__track__is_part2=True)
        inside |= set(rows.values_list("episode", flat=True))
    apps.get_model("patients", "Episode").objects.filter(pk__in=inside).update(is_part2=True)


class Migration(migrations.Migration):
    dependencies = [
        ("scheduling", "0013_groups_go_ahead_every_week"),
        ("patients", "0007_stays_keep_why_they_are_no_substance_use_record"),
    ]

    operations = [migrations.RunPython(mark_stays, migrations.RunPython.noop)]
