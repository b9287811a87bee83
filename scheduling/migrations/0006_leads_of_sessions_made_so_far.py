"""The leads of sessions made so far become facilitators."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0005_hours_series_overrides_and_waitlists")]

    operations = [
        migrations.RunSQL(
            sql="""
                INSERT INTO scheduling_facilitation (session_id, during, status, staff_id, is_lead)
                SELECT id, during, status, lead_id, true FROM scheduling_therapysession
            """,
            reverse_sql=migrations.RunSQL.noop,
        ),
    ]
