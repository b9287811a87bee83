"""Licenses are rows; the profile holds none."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_licenses_from_profiles")]

    operations = [
        migrations.RemoveField(
            model_name='staffprofile',
            name='license_expires_on',
        ),
        migrations.RemoveField(
            model_name='staffprofile',
            name='license_number',
        ),
        migrations.RemoveField(
            model_name='staffprofile',
            name='license_state_code',
        ),
    ]
