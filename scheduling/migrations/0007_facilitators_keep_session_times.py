"""A facilitator's time and status are the session's, kept so by a key that follows a move."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0006_leads_of_sessions_made_so_far")]

    operations = [
        migrations.RunSQL(
            sql="""
                ALTER TABLE scheduling_facilitation ADD CONSTRAINT facilitation_keeps_session_times
                FOREIGN KEY (session_id, during, status)
                REFERENCES scheduling_therapysession (id, during, status)
                ON UPDATE CASCADE ON DELETE CASCADE
            """,
            reverse_sql="ALTER TABLE scheduling_facilitation DROP CONSTRAINT facilitation_keeps_session_times",
        ),
    ]
