"""Who takes the mark of a substance-use record off a stay says why; the reason stays with it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("patients", "0006_payers_say_where_a_week_starts")]

    operations = [
        migrations.AddField(
            model_name="episode",
            name="part2_removed_because",
            field=models.CharField(blank=True, editable=False, max_length=200),
        ),
    ]
