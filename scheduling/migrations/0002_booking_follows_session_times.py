"""A booking's `during` is its session's, kept so by a composite foreign key that follows a move."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0001_initial")]

    operations = [
        migrations.RunSQL(
            sql="""
                ALTER TABLE scheduling_booking ADD CONSTRAINT booking_keeps_session_times
                FOREIGN KEY (session_id, during) REFERENCES scheduling_therapysession (id, during)
                ON UPDATE CASCADE
            """,
            reverse_sql="ALTER TABLE scheduling_booking DROP CONSTRAINT booking_keeps_session_times",
        )
    ]
