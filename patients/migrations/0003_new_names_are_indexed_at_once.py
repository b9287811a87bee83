from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("patients", "0002_goals_of_signed_plans_stay")]

    operations = [
        migrations.RemoveIndex(model_name="patient", name="patient_by_name_part"),
        migrations.AddIndex(
            model_name="patient",
            index=GinIndex(
                OpClass(models.F("search_text"), "gin_trgm_ops"), fastupdate=False, name="patient_by_name_part"
            ),
        ),
    ]
