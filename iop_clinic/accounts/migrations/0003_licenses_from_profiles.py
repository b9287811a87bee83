"""The one license a profile had becomes a row; backwards the first row becomes the profile's."""

from django.db import migrations

FORWARDS = """
    INSERT INTO accounts_license (user_id, state_code, number, expires_on)
    SELECT user_id, upper(license_state_code), license_number, license_expires_on
    FROM accounts_staffprofile WHERE upper(license_state_code) ~ '^[A-Z]{2}$'
"""
BACKWARDS = """
    UPDATE accounts_staffprofile AS profile
    SET license_state_code = first.state_code, license_number = first.number,
        license_expires_on = first.expires_on
    FROM (
        SELECT DISTINCT ON (user_id) * FROM accounts_license ORDER BY user_id, state_code
    ) AS first
    WHERE first.user_id = profile.user_id
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_licenses")]

    operations = [migrations.RunSQL(sql=FORWARDS, reverse_sql=BACKWARDS)]
