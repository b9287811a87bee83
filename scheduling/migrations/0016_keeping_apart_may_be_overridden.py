"""A reason may keep two people in one group who are kept apart elsewhere."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('scheduling', '0015_seats_are_held_for_make_ups'),
    ]

    operations = [
        migrations.AlterField(
            model_name='override',
            name='rules',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('room_taken', 'The room is shared'), ('outside_hours', "Outside the clinician's hours"), ('patient_unavailable', 'In hours the patient is unavailable'), ('kept_apart', 'With someone they are kept apart from'), ('room_too_small', 'More seats than the room has')], max_length=24), size=5),
        ),
    ]
