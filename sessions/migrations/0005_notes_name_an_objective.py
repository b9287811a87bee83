"""Notes name an objective; drafts begun before stand for their goal's first one. Signed notes stay."""

import django.db.models.deletion
from django.db import migrations, models

NAME_THE_FIRST = """
SET CONSTRAINTS ALL IMMEDIATE;
UPDATE iop_sessions_progressnote note SET objective_id = objective.id
FROM patients_objective objective
WHERE objective.goal_id = note.goal_id AND objective.position = 1
AND NOT EXISTS (SELECT 1 FROM iop_sessions_signature signature WHERE signature.note_id = note.id);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('iop_sessions', '0004_nobody_attends_after_discharge'),
        ('patients', '0020_plans_have_problems_objectives_and_reviews'),
    ]

    operations = [
        migrations.AddField(
            model_name='progressnote',
            name='objective',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.objective'),
        ),
        migrations.RunSQL(NAME_THE_FIRST, migrations.RunSQL.noop),
    ]
