"""Plans have problems, goals, objectives and services, versions are reviewed; what was written is carried over."""

import uuid

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

# Each goal gets the objective it held, under a problem made of the primary diagnosis; how it stood is a row.
# The same objective of several versions shares a thread.
FORWARD = """
SET CONSTRAINTS ALL IMMEDIATE;
INSERT INTO patients_problem (plan_id, position, statement, evidence, diagnosis_id, status)
SELECT plan.id, 1, coalesce(diagnosis.label, 'What brought them here'), '', diagnosis.id, 'active'
FROM patients_treatmentplan plan
LEFT JOIN patients_diagnosis diagnosis ON diagnosis.episode_id = plan.episode_id AND diagnosis.is_primary
WHERE EXISTS (SELECT 1 FROM patients_goal goal WHERE goal.plan_id = plan.id);
UPDATE patients_goal goal SET problem_id = problem.id
FROM patients_problem problem WHERE problem.plan_id = goal.plan_id;
INSERT INTO patients_objective
    (goal_id, position, thread, statement, instrument_code, unit, baseline, target, target_on, status)
SELECT goal.id, 1,
    md5(concat_ws(':', plan.episode_id, goal.statement, goal.objective,
        row_number() OVER (PARTITION BY plan.id, goal.statement, goal.objective ORDER BY goal.position)))::uuid,
    goal.objective, goal.instrument_code, '', goal.baseline, goal.target, goal.target_on,
    CASE goal.status WHEN 'active' THEN 'in_progress' WHEN 'met' THEN 'met' ELSE 'discontinued' END
FROM patients_goal goal JOIN patients_treatmentplan plan ON plan.id = goal.plan_id;
INSERT INTO patients_standing (objective_id, progress, current, noted_at, noted_by_id)
SELECT objective.id, goal.progress, goal.current, plan.signed_at, plan.signed_by_id
FROM patients_objective objective
JOIN patients_goal goal ON goal.id = objective.goal_id
JOIN patients_treatmentplan plan ON plan.id = goal.plan_id
WHERE plan.signed_at IS NOT NULL AND (goal.current IS NOT NULL OR goal.progress <> 'on_track');
"""
BACKWARD = """
SET CONSTRAINTS ALL IMMEDIATE;
UPDATE patients_goal goal SET
    objective = objective.statement,
    instrument_code = objective.instrument_code,
    baseline = objective.baseline,
    target = objective.target,
    target_on = objective.target_on,
    status = CASE objective.status WHEN 'met' THEN 'met'
        WHEN 'discontinued' THEN 'stopped' WHEN 'revised' THEN 'stopped' ELSE 'active' END
FROM patients_objective objective WHERE objective.goal_id = goal.id AND objective.position = 1;
UPDATE patients_goal goal SET progress = last.progress, current = last.current
FROM (
    SELECT DISTINCT ON (objective.goal_id) objective.goal_id, standing.progress, standing.current
    FROM patients_standing standing JOIN patients_objective objective ON objective.id = standing.objective_id
    WHERE objective.position = 1
    ORDER BY objective.goal_id, standing.noted_at DESC, standing.id DESC
) last WHERE last.goal_id = goal.id;
UPDATE patients_goal goal SET target_on = plan.review_due_on
FROM patients_treatmentplan plan WHERE plan.id = goal.plan_id AND goal.target_on IS NULL;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0009_sites_have_access_clocks'),
        ('patients', '0019_levels_are_determined_and_certified'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='goal',
            name='signed_words_stay',
        ),
        migrations.CreateModel(
            name='Intervention',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField()),
                ('kind', models.CharField(choices=[('group', 'Group'), ('psychoeducation', 'Education'), ('individual', 'Individual'), ('family', 'Family'), ('medication', 'Medication visit'), ('activity', 'Activity'), ('assessment', 'Assessment'), ('other', 'Something else')], default='group', max_length=16, verbose_name='service')),
                ('words', models.CharField(blank=True, max_length=160, verbose_name='what is done')),
                ('group_name', models.CharField(blank=True, max_length=80, verbose_name='which group')),
                ('times', models.PositiveSmallIntegerField(default=1)),
                ('every', models.PositiveSmallIntegerField(default=1, help_text='Every how many weeks or months.')),
                ('period', models.CharField(choices=[('week', 'week'), ('month', 'month')], default='week', max_length=5)),
                ('minutes', models.PositiveSmallIntegerField(default=60)),
                ('credential', models.CharField(blank=True, max_length=20, verbose_name='or a credential')),
            ],
            options={
                'ordering': ['position'],
            },
        ),
        migrations.CreateModel(
            name='Objective',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField()),
                ('thread', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('statement', models.CharField(blank=True, max_length=300, verbose_name='what they will do')),
                ('instrument_code', models.CharField(blank=True, max_length=20, verbose_name='measured by')),
                ('unit', models.CharField(blank=True, max_length=60, verbose_name='counted in')),
                ('baseline', models.DecimalField(blank=True, decimal_places=1, max_digits=6, null=True)),
                ('target', models.DecimalField(blank=True, decimal_places=1, max_digits=6, null=True)),
                ('target_on', models.DateField(blank=True, null=True)),
                ('status', models.CharField(choices=[('new', 'New'), ('in_progress', 'In progress'), ('met', 'Met'), ('partly_met', 'Partly met'), ('not_met', 'Not met'), ('revised', 'Revised'), ('discontinued', 'Discontinued')], default='new', max_length=12)),
            ],
            options={
                'ordering': ['goal__position', 'position'],
            },
        ),
        migrations.CreateModel(
            name='ObjectiveReview',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rating', models.CharField(blank=True, choices=[('none', 'None'), ('some', 'Some'), ('moderate', 'Moderate'), ('significant', 'Significant'), ('regressed', 'Regressed')], max_length=12, verbose_name='progress')),
                ('status', models.CharField(choices=[('new', 'New'), ('in_progress', 'In progress'), ('met', 'Met'), ('partly_met', 'Partly met'), ('not_met', 'Not met'), ('revised', 'Revised'), ('discontinued', 'Discontinued')], max_length=12, verbose_name='from now on')),
                ('current', models.DecimalField(blank=True, decimal_places=1, max_digits=6, null=True, verbose_name='now at')),
                ('evidence', models.TextField(blank=True, max_length=1000)),
                ('change', models.CharField(blank=True, max_length=300, verbose_name='what changes')),
            ],
            options={
                'ordering': ['objective__goal__position', 'objective__position'],
            },
        ),
        migrations.CreateModel(
            name='PlanClock',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('interim_days', models.PositiveSmallIntegerField(default=1, verbose_name='interim plan after admission')),
                ('full_days', models.PositiveSmallIntegerField(default=7, verbose_name='full plan after admission')),
                ('review_days', models.PositiveSmallIntegerField(default=30, verbose_name='days between reviews')),
                ('signature_days', models.PositiveSmallIntegerField(default=10, verbose_name='for the other signatures')),
                ('prescriber_signs', models.BooleanField(default=True, verbose_name='a prescriber signs every plan')),
            ],
        ),
        migrations.CreateModel(
            name='PlanCopy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('answer', models.CharField(choices=[('paper', 'Took it on paper'), ('portal', 'Reads it in the portal'), ('declined', 'Did not want one')], max_length=8)),
                ('offered_at', models.DateTimeField()),
            ],
            options={
                'verbose_name_plural': 'plan copies',
                'ordering': ['-offered_at'],
            },
        ),
        migrations.CreateModel(
            name='PlanReview',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reviewed_on', models.DateField()),
                ('participants', models.CharField(max_length=300, verbose_name='who took part')),
                ('summary', models.TextField(blank=True, max_length=2000, verbose_name='in short')),
                ('changes_goals', models.BooleanField(default=False, verbose_name='the goals change')),
                ('next_review_on', models.DateField(verbose_name='next review due')),
                ('signed_at', models.DateTimeField(editable=False, null=True)),
                ('content_sha256', models.CharField(blank=True, editable=False, max_length=64)),
            ],
            options={
                'ordering': ['-reviewed_on', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='Problem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField()),
                ('statement', models.CharField(blank=True, max_length=300, verbose_name='problem')),
                ('evidence', models.TextField(blank=True, max_length=1000, verbose_name='seen in')),
                ('status', models.CharField(choices=[('active', 'Active'), ('deferred', 'Deferred'), ('resolved', 'Resolved')], default='active', max_length=8)),
            ],
            options={
                'ordering': ['position'],
            },
        ),
        migrations.CreateModel(
            name='Standing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('progress', models.CharField(choices=[('on_track', 'On track'), ('slow', 'Slow'), ('met', 'Met')], max_length=8)),
                ('current', models.DecimalField(blank=True, decimal_places=1, max_digits=6, null=True)),
                ('noted_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['-noted_at', '-pk'],
            },
        ),
        migrations.AddField(
            model_name='treatmentplan',
            name='abilities',
            field=models.TextField(blank=True, max_length=1000),
        ),
        migrations.AddField(
            model_name='treatmentplan',
            name='aftercare',
            field=models.TextField(blank=True, max_length=1000, verbose_name='afterwards'),
        ),
        migrations.AddField(
            model_name='treatmentplan',
            name='barriers',
            field=models.TextField(blank=True, max_length=1000, verbose_name='what may get in the way'),
        ),
        migrations.AddField(
            model_name='treatmentplan',
            name='cultural_factors',
            field=models.TextField(blank=True, max_length=1000, verbose_name='culture, faith, language'),
        ),
        migrations.AddField(
            model_name='treatmentplan',
            name='discharge_criteria',
            field=models.TextField(blank=True, max_length=1000, verbose_name='ready to leave when'),
        ),
        migrations.AddField(
            model_name='treatmentplan',
            name='is_interim',
            field=models.BooleanField(default=False, verbose_name='interim plan for the first days'),
        ),
        migrations.AddField(
            model_name='treatmentplan',
            name='needs',
            field=models.TextField(blank=True, max_length=1000),
        ),
        migrations.AddField(
            model_name='treatmentplan',
            name='needs_cosignature',
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.AddField(
            model_name='treatmentplan',
            name='preferences',
            field=models.TextField(blank=True, max_length=1000),
        ),
        migrations.AddField(
            model_name='treatmentplan',
            name='stay_weeks',
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='estimated stay in weeks'),
        ),
        migrations.AddField(
            model_name='treatmentplan',
            name='strengths',
            field=models.TextField(blank=True, max_length=1000),
        ),
        migrations.AlterField(
            model_name='goal',
            name='statement',
            field=models.CharField(blank=True, max_length=200, verbose_name='in their own words'),
        ),
        migrations.AddField(
            model_name='intervention',
            name='who',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='objective',
            name='goal',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='objectives', to='patients.goal'),
        ),
        migrations.AddField(
            model_name='intervention',
            name='objective',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='interventions', to='patients.objective'),
        ),
        migrations.AddField(
            model_name='objectivereview',
            name='objective',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reviewed', to='patients.objective'),
        ),
        migrations.AddField(
            model_name='planclock',
            name='site',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.site'),
        ),
        migrations.AddField(
            model_name='plancopy',
            name='offered_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='plancopy',
            name='plan',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='copies', to='patients.treatmentplan'),
        ),
        migrations.AddField(
            model_name='planreview',
            name='author',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='planreview',
            name='plan',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reviews', to='patients.treatmentplan'),
        ),
        migrations.AddField(
            model_name='objectivereview',
            name='review',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='objectives', to='patients.planreview'),
        ),
        migrations.AddField(
            model_name='problem',
            name='diagnosis',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.diagnosis'),
        ),
        migrations.AddField(
            model_name='problem',
            name='plan',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='problems', to='patients.treatmentplan'),
        ),
        migrations.AddField(
            model_name='goal',
            name='problem',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='goals', to='patients.problem'),
        ),
        migrations.AddField(
            model_name='standing',
            name='noted_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='standing',
            name='objective',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='standings', to='patients.objective'),
        ),
        # Going back, the columns come empty first.
        migrations.AlterField(
            model_name="goal",
            name="target_on",
            field=models.DateField(null=True),
        ),
        migrations.AlterField(
            model_name="goal",
            name="objective",
            field=models.CharField(default="", max_length=300),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.AlterField(
            model_name="goal",
            name="problem",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="goals", to="patients.problem"
            ),
        ),
        migrations.RemoveField(
            model_name='goal',
            name='baseline',
        ),
        migrations.RemoveField(
            model_name='goal',
            name='current',
        ),
        migrations.RemoveField(
            model_name='goal',
            name='instrument_code',
        ),
        migrations.RemoveField(
            model_name='goal',
            name='objective',
        ),
        migrations.RemoveField(
            model_name='goal',
            name='progress',
        ),
        migrations.RemoveField(
            model_name='goal',
            name='status',
        ),
        migrations.RemoveField(
            model_name='goal',
            name='target',
        ),
        migrations.RemoveField(
            model_name='goal',
            name='target_on',
        ),
        migrations.RemoveConstraint(
            model_name='signature',
            name='signature_once_per_plan',
        ),
        migrations.AddIndex(
            model_name='treatmentplan',
            index=models.Index(condition=models.Q(('needs_cosignature', True)), fields=['signed_at'], name='plan_to_cosign'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='goal',
            trigger=pgtrigger.compiler.Trigger(name='signed_stays', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF EXISTS (\n                SELECT 1 FROM patients_treatmentplan WHERE signed_at IS NOT NULL AND id IN (OLD.plan_id, NEW.plan_id)\n            ) THEN\n                RAISE EXCEPTION 'pgtrigger: a signed plan stays as it is';\n            END IF;\n            \n            IF TG_OP <> 'DELETE' AND NOT EXISTS (\n                SELECT 1 FROM patients_problem WHERE id = NEW.problem_id AND plan_id = NEW.plan_id\n            ) THEN\n                RAISE EXCEPTION 'pgtrigger: a goal belongs to a problem of its own plan';\n            END IF;\n            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;\n            RETURN NEW;\n        ", hash='274314d01e81fa11c4fbb1b9636bc4e57558dae8', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_signed_stays_2c836', table='patients_goal', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='signature',
            constraint=models.UniqueConstraint(condition=models.Q(('plan__isnull', False), models.Q(('way', 'none'), _negated=True)), fields=('plan', 'part'), name='signature_once_per_plan'),
        ),
        migrations.AddConstraint(
            model_name='treatmentplan',
            constraint=models.UniqueConstraint(condition=models.Q(('signed_at__isnull', True)), fields=('episode',), name='plan_one_draft'),
        ),
        migrations.AddConstraint(
            model_name='treatmentplan',
            constraint=models.CheckConstraint(condition=models.Q(('stay_weeks__isnull', True), models.Q(('stay_weeks__gte', 1), ('stay_weeks__lte', 104)), _connector='OR'), name='plan_stay_is_within_two_years'),
        ),
        migrations.AddIndex(
            model_name='objective',
            index=models.Index(fields=['thread'], name='objective_thread'),
        ),
        migrations.AddConstraint(
            model_name='objective',
            constraint=models.UniqueConstraint(fields=('goal', 'position'), name='objective_position_once'),
        ),
        migrations.AddConstraint(
            model_name='objective',
            constraint=models.UniqueConstraint(fields=('goal', 'thread'), name='objective_thread_once'),
        ),
        migrations.AddConstraint(
            model_name='objective',
            constraint=models.CheckConstraint(condition=models.Q(('instrument_code', ''), ('unit', ''), _connector='OR'), name='objective_is_measured_one_way'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='objective',
            trigger=pgtrigger.compiler.Trigger(name='signed_stays', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF EXISTS (\n                SELECT 1 FROM patients_treatmentplan WHERE signed_at IS NOT NULL AND id IN (SELECT plan_id FROM patients_goal WHERE id IN (OLD.goal_id, NEW.goal_id))\n            ) THEN\n                RAISE EXCEPTION 'pgtrigger: a signed plan stays as it is';\n            END IF;\n            \n            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;\n            RETURN NEW;\n        ", hash='533f2dc69b013508552e4d925571034a3cb07eeb', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_signed_stays_e95f5', table='patients_objective', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='intervention',
            constraint=models.UniqueConstraint(fields=('objective', 'position'), name='intervention_position_once'),
        ),
        migrations.AddConstraint(
            model_name='intervention',
            constraint=models.CheckConstraint(condition=models.Q(('every__gte', 1), ('every__lte', 12), ('times__gte', 1), ('times__lte', 14)), name='intervention_comes_this_often'),
        ),
        migrations.AddConstraint(
            model_name='intervention',
            constraint=models.CheckConstraint(condition=models.Q(('minutes__gte', 5), ('minutes__lte', 480)), name='intervention_lasts_minutes'),
        ),
        migrations.AddConstraint(
            model_name='intervention',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'other'), _negated=True), models.Q(('words', ''), _negated=True), _connector='OR'), name='intervention_of_another_kind_has_words'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='intervention',
            trigger=pgtrigger.compiler.Trigger(name='signed_stays', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF EXISTS (\n                SELECT 1 FROM patients_treatmentplan WHERE signed_at IS NOT NULL AND id IN (\n    SELECT goal.plan_id FROM patients_goal goal\n    JOIN patients_objective objective ON objective.goal_id = goal.id\n    WHERE objective.id IN (OLD.objective_id, NEW.objective_id)\n)\n            ) THEN\n                RAISE EXCEPTION 'pgtrigger: a signed plan stays as it is';\n            END IF;\n            \n            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;\n            RETURN NEW;\n        ", hash='2fd13a2f50674279817dac382250e86bd1205fd8', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_signed_stays_c0459', table='patients_intervention', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='planclock',
            constraint=models.CheckConstraint(condition=models.Q(('review_days__gte', 1), ('review_days__lte', 366)), name='plan_clock_reviews_within_a_year'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='plancopy',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='4e2c094b70773c5bf98e2a4af0d4143c4f6999a6', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_b77ce', table='patients_plancopy', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='planreview',
            constraint=models.UniqueConstraint(condition=models.Q(('signed_at__isnull', True)), fields=('plan',), name='plan_review_one_draft'),
        ),
        migrations.AddConstraint(
            model_name='planreview',
            constraint=models.CheckConstraint(condition=models.Q(('next_review_on__gt', models.F('reviewed_on'))), name='plan_review_next_comes_later'),
        ),
        migrations.AddConstraint(
            model_name='planreview',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('content_sha256', ''), ('signed_at__isnull', True)), models.Q(('content_sha256__regex', '^[0-9a-f]{64}$'), ('signed_at__isnull', False)), _connector='OR'), name='plan_review_signed_with_a_hash'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='planreview',
            trigger=pgtrigger.compiler.Trigger(name='signed_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."signed_at" IS NOT NULL)', func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='bc879873f1c27a0595a5d65f3d5dfa960cbe7afb', operation='UPDATE OR DELETE', pgid='pgtrigger_signed_stays_539ab', table='patients_planreview', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='objectivereview',
            constraint=models.UniqueConstraint(fields=('review', 'objective'), name='objective_review_once'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='objectivereview',
            trigger=pgtrigger.compiler.Trigger(name='signed_stays', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    IF EXISTS (\n        SELECT 1 FROM patients_planreview\n        WHERE id IN (OLD.review_id, NEW.review_id) AND signed_at IS NOT NULL\n    ) THEN\n        RAISE EXCEPTION 'pgtrigger: a signed review stays as it is';\n    END IF;\n    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;\n    RETURN NEW;\n", hash='38fb4cd49189940545c81c0740f7e7fc2a9b436a', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_signed_stays_180ee', table='patients_objectivereview', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='problem',
            constraint=models.UniqueConstraint(fields=('plan', 'position'), name='problem_position_once'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='problem',
            trigger=pgtrigger.compiler.Trigger(name='signed_stays', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF EXISTS (\n                SELECT 1 FROM patients_treatmentplan WHERE signed_at IS NOT NULL AND id IN (OLD.plan_id, NEW.plan_id)\n            ) THEN\n                RAISE EXCEPTION 'pgtrigger: a signed plan stays as it is';\n            END IF;\n            \n            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;\n            RETURN NEW;\n        ", hash='3c25f229c431a3a481a74402a3e1c1ce9a371ac9', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_signed_stays_462d4', table='patients_problem', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='standing',
            index=models.Index(fields=['objective', '-noted_at'], name='standing_last'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='standing',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='840745b227265518682c599c96f83b385a9f347e', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_dc046', table='patients_standing', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='goal',
            trigger=pgtrigger.compiler.Trigger(name='never_truncated', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: these rows are kept';", hash='1a1179796298fc2f9ccfb57fad81c7552d14d0aa', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_never_truncated_f2a5c', table='patients_goal', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='intervention',
            trigger=pgtrigger.compiler.Trigger(name='never_truncated', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: these rows are kept';", hash='2dcee7e1ceeae62c30740f14dc9c485d3cbe264c', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_never_truncated_c79da', table='patients_intervention', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='objective',
            trigger=pgtrigger.compiler.Trigger(name='never_truncated', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: these rows are kept';", hash='f56a1877d52c440eb1cf0c229cebb874424f6759', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_never_truncated_496a0', table='patients_objective', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='objectivereview',
            trigger=pgtrigger.compiler.Trigger(name='never_truncated', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: these rows are kept';", hash='6ba84c6f59ec777640df1e2b25396113592d263f', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_never_truncated_9de8e', table='patients_objectivereview', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='plancopy',
            trigger=pgtrigger.compiler.Trigger(name='never_truncated', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: these rows are kept';", hash='5bf8608bf06fe30cd0b8196ebdbb4bd7eeb32faf', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_never_truncated_268ed', table='patients_plancopy', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='planreview',
            trigger=pgtrigger.compiler.Trigger(name='never_truncated', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: these rows are kept';", hash='65b324aed209f16008e8c07ff361a298c23963dc', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_never_truncated_deb41', table='patients_planreview', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='problem',
            trigger=pgtrigger.compiler.Trigger(name='never_truncated', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: these rows are kept';", hash='d6e0eafe098f09c382696639d5ceb2dfc0f989a1', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_never_truncated_46848', table='patients_problem', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='signature',
            trigger=pgtrigger.compiler.Trigger(name='never_truncated', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: these rows are kept';", hash='9f4147d14c2d24b4ecf4bb04cedc0cb69a92ad2d', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_never_truncated_5dae6', table='patients_signature', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='standing',
            trigger=pgtrigger.compiler.Trigger(name='never_truncated', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: these rows are kept';", hash='484a6e001a1459f88ca6fccd743f51073b0b9f3d', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_never_truncated_92426', table='patients_standing', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='treatmentplan',
            trigger=pgtrigger.compiler.Trigger(name='never_truncated', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: these rows are kept';", hash='da6c8c8d10c3943143966080ed0181fb51c8f0e5', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_never_truncated_d27cc', table='patients_treatmentplan', when='BEFORE')),
        ),
    ]
