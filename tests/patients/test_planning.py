"""The plan as written: one draft of the whole, signed once complete, carried over to the next version."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from iop_clinic.refusal import Refused
from iop_clinic.roles import Role
from iop_clinic.seal import seal_of
from patients.models import Episode, Intervention, Objective, Problem, Signature, TreatmentPlan
from patients.plan_paper import plan_on_paper
from patients.plan_reviewing import next_version
from patients.plan_signing import (
    cosign_plan,
    missing_for_signing,
    offer_copy,
    sign_plan,
    sign_plan_as_patient,
)
from patients.plan_tree import signed_content, with_parts
from patients.planning import (
    GoalDraft,
    InterventionDraft,
    ObjectiveDraft,
    PlanDraft,
    ProblemDraft,
    draft_of,
    draft_plan,
    plan_in_force,
)
from scheduling.models.group import Kind
from tests import make

pytestmark = pytest.mark.django_db
DAY = make.MONDAY
GROUP = InterventionDraft(times=3, credential="LCSW", words="Skills")
WORK = ObjectiveDraft(
    "One planned thing a day", DAY, "phq9", "", Decimal(20), Decimal(9), interventions=(GROUP,)
)
SLEEP = ObjectiveDraft(
    "Asleep by midnight", DAY, "", "nights", Decimal(1), Decimal(5), interventions=(GROUP,)
)
WISH = GoalDraft("I want to get through a workday again.", (WORK, SLEEP))


def a_draft(*goals: GoalDraft, **fields: Any) -> PlanDraft:
    problem = ProblemDraft("Low mood", "PHQ-9 20", goals=goals or (WISH,))
    dates = {"effective_on": DAY, "review_due_on": DAY + timedelta(days=30)}
    return PlanDraft(**dates | {"problems": (problem,)} | fields)


def draft(episode: Episode, *goals: GoalDraft, **fields: Any) -> TreatmentPlan:
    return draft_plan(actor=episode.primary_clinician, episode=episode, draft=a_draft(*goals, **fields))


def signed(episode: Episode, **fields: Any) -> TreatmentPlan:
    return sign_plan(actor=episode.primary_clinician, plan=draft(episode, **fields), now=make.NOW)


def whole(plan: TreatmentPlan) -> TreatmentPlan:
    return with_parts(TreatmentPlan.objects.all()).get(pk=plan.pk)


def test_a_draft_can_be_written_again_until_it_is_signed() -> None:
    episode = make.episode()
    first = draft(episode)
    again = draft(episode, GoalDraft("Sleep.", (SLEEP,)), GoalDraft("Work.", (WORK,)))
    assert first == again
    assert list(again.goals.values_list("position", "statement")) == [(1, "Sleep."), (2, "Work.")]
    assert (Objective.objects.count(), Intervention.objects.count()) == (2, 2)


def test_a_draft_reads_back_as_it_was_written() -> None:
    episode = make.episode()
    written = a_draft(words={"needs": "Structure"}, stay_weeks=8, is_interim=True)
    plan = draft_plan(actor=episode.primary_clinician, episode=episode, draft=written)
    back = draft_of(whole(plan))
    found = back.problems[0].goals[0].objectives[0]
    assert (back.words["needs"], back.stay_weeks, back.is_interim) == ("Structure", 8, True)
    assert replace(found, thread=None) == WORK


def test_after_signing_a_change_is_a_new_version() -> None:
    episode = make.episode()
    signed(episode)
    second = draft(episode, effective_on=DAY + timedelta(days=7))
    assert (second.version, second.signed_at) == (2, None)
    assert plan_in_force(episode, DAY + timedelta(days=7)).version == 1  # type: ignore[union-attr]
    sign_plan(actor=episode.primary_clinician, plan=second, now=make.NOW)
    in_force = [plan_in_force(episode, DAY + timedelta(days=day)) for day in (-1, 0, 6, 7)]
    assert [plan and plan.version for plan in in_force] == [None, 1, 1, 2]


def test_an_objective_keeps_its_thread_through_versions_and_a_strange_one_gets_its_own() -> None:
    episode, stranger = make.episode(), make.episode()
    plan, other = signed(episode), signed(stranger)
    theirs = Objective.objects.filter(goal__plan=other).first()
    assert theirs is not None
    carried = next_version(whole(plan), DAY, DAY + timedelta(days=30), {})
    stolen = replace(WORK, thread=theirs.thread)
    problem = replace(carried.problems[0], goals=(*carried.problems[0].goals, GoalDraft("Mine?", (stolen,))))
    second = draft_plan(
        actor=episode.primary_clinician, episode=episode, draft=replace(carried, problems=(problem,))
    )

    def threads(of: TreatmentPlan) -> list[Any]:
        return list(Objective.objects.filter(goal__plan=of).values_list("thread", flat=True))

    assert threads(second)[:2] == threads(plan)
    assert threads(second)[2] not in threads(other)


def test_a_plan_is_signed_once() -> None:
    episode = make.episode()
    plan = signed(episode)
    with pytest.raises(Refused, match="already signed"):
        sign_plan(actor=episode.primary_clinician, plan=plan, now=make.NOW)


@pytest.mark.parametrize(
    ("goals", "missing"),
    [
        ((), "at least one goal"),
        ((GoalDraft(objectives=(WORK,)),), "goal 1 in the person’s words"),
        ((GoalDraft("Sleep."),), "an objective for goal 1"),
        ((GoalDraft("x", (replace(WORK, statement=""),)),), "the objective of goal 1"),
        ((GoalDraft("x", (replace(WORK, target=None),)),), "the number to reach of goal 1"),
        ((GoalDraft("x", (replace(SLEEP, unit=""),)),), "what is counted of goal 1"),
        ((GoalDraft("x", (replace(WORK, target_on=None),)),), "the date of goal 1"),
        ((GoalDraft("x", (replace(WORK, interventions=()),)),), "a service of goal 1"),
        (
            (GoalDraft("x", (WORK, replace(SLEEP, interventions=(replace(GROUP, credential=""),)))),),
            "who gives each service of goal 1, objective 2",
        ),
    ],
)
def test_signing_says_what_is_missing(goals: tuple[GoalDraft, ...], missing: str) -> None:
    episode = make.episode()
    problems = (ProblemDraft("Low mood", goals=goals),)
    plan = draft(episode, problems=problems)
    assert missing_for_signing(whole(plan)) == [missing]
    with pytest.raises(Refused, match=missing):
        sign_plan(actor=episode.primary_clinician, plan=plan, now=make.NOW)


def test_an_interim_plan_is_signed_without_services_and_a_dropped_objective_needs_nothing() -> None:
    bare = replace(WORK, interventions=())
    gone = ObjectiveDraft("Dropped", status=Objective.Status.DISCONTINUED)
    signed(
        make.episode(), is_interim=True, problems=(ProblemDraft("x", goals=(GoalDraft("x", (bare, gone)),)),)
    )


def test_what_cannot_be_is_refused_in_words() -> None:
    episode, other = make.episode(), make.episode()
    wrong: list[dict[str, Any]] = [
        {"review_due_on": DAY},
        {"stay_weeks": 200},
        {"problems": (ProblemDraft("x", diagnosis=other.diagnoses.get()),)},
        {"problems": tuple(ProblemDraft(str(n)) for n in range(9))},
    ]
    for aim in (replace(WORK, instrument_code="xyz"), replace(WORK, unit="points")):
        wrong.append({"problems": (ProblemDraft("x", goals=(GoalDraft("x", (aim,)),)),)})
    for service in (replace(GROUP, times=99), replace(GROUP, minutes=1), InterventionDraft(kind="other")):
        aim = replace(WORK, interventions=(service,))
        wrong.append({"problems": (ProblemDraft("x", goals=(GoalDraft("x", (aim,)),)),)})
    for fields in wrong:
        with pytest.raises(Refused) as no:
            draft(episode, **fields)
        assert no.value.status == 422
    assert not TreatmentPlan.objects.exists()


def test_signatures_carry_the_hash_of_the_whole_version() -> None:
    plan = signed(make.episode())
    assert plan.signatures.get().content_sha256 == seal_of(signed_content(whole(plan)))
    assert signed_content(whole(plan))["problems"][0]["goals"][0]["objectives"][0]["interventions"]


def test_a_supervised_clinicians_plan_waits_for_the_supervisor() -> None:
    helena = make.clinician(role=Role.SUPERVISOR)
    associate = make.clinician()
    associate.profile.supervisor = helena
    associate.profile.save(update_fields=["supervisor"])
    plan = signed(make.episode(lead=associate))
    assert plan.needs_cosignature
    cosign_plan(actor=helena, plan=plan, now=make.NOW)
    with pytest.raises(Refused, match="signed already"):
        cosign_plan(actor=helena, plan=plan, now=make.NOW)
    assert set(plan.signatures.values_list("part", flat=True)) == {"clinician", "supervisor"}


def test_nobody_cosigns_their_own_plan_nor_without_the_role_nor_a_draft() -> None:
    helena = make.clinician(role=Role.SUPERVISOR)
    episode = make.episode(lead=helena)
    with pytest.raises(Refused, match="clinician signs first"):
        cosign_plan(actor=helena, plan=draft(episode), now=make.NOW)
    plan = signed(episode)
    with pytest.raises(Refused, match="Someone else"):
        cosign_plan(actor=helena, plan=plan, now=make.NOW)
    with pytest.raises(Refused) as no:
        cosign_plan(actor=make.clinician(), plan=plan, now=make.NOW)
    assert no.value.status == 403


def test_a_patient_who_would_not_sign_at_first_may_sign_later_once() -> None:
    plan = signed(make.episode())
    by = plan.episode.primary_clinician
    said = {"actor": by, "plan": plan, "signed_name": "Ana Testperson", "now": make.NOW}
    with pytest.raises(Refused) as no:
        sign_plan_as_patient(way="none", **said)
    assert list(no.value.fields) == ["reason"]
    sign_plan_as_patient(way="none", reason="Wants to read it at home", **said)
    sign_plan_as_patient(way="paper", **said)
    with pytest.raises(Refused, match="signed already"):
        sign_plan_as_patient(way="on_screen", **said)
    sign_plan_as_patient(way="on_screen", part="guardian", **said | {"signed_name": "Rosa"})
    assert Signature.objects.filter(plan=plan).count() == 4


def test_offering_a_copy_is_kept() -> None:
    plan = signed(make.episode())
    offer_copy(actor=make.clinician(), plan=plan, answer="declined", now=make.NOW)
    assert plan.copies.get().answer == "declined"
    with pytest.raises(Refused):
        offer_copy(actor=make.clinician(), plan=plan, answer="eaten", now=make.NOW)


def test_paper_says_every_level_and_every_signature() -> None:
    sheet = plan_on_paper(whole(signed(make.episode(), words={"barriers": "The bus"})), now=make.NOW)
    said = str(sheet.as_plain())
    for words in (
        "Problem 1: Low mood",
        "Goal 1: “I want to get through",
        "PHQ-9 from 20 to 9",
        "Group, 3 times a week, 60 min, LCSW",
        "The bus",
        "Clinician, LCSW",
    ):
        assert words in said


def test_paper_says_what_signed_reviews_found_and_no_draft_of_one() -> None:
    plan = signed(make.episode())
    make.review(plan)
    make.review(plan, signed=False, participants="Nobody yet")
    said = str(plan_on_paper(whole(plan), now=make.NOW).as_plain())
    assert "Review of" in said
    assert "Nobody yet" not in said


def test_services_of_a_plan_have_the_kinds_of_sessions() -> None:
    assert set(Intervention.Kind.values) == {*Kind.values, "other"}
    assert {kind.value: kind.label for kind in Kind}.items() <= dict(Intervention.Kind.choices).items()


@pytest.mark.parametrize(
    ("times", "every", "period", "words"),
    [
        (3, 1, "week", "3 times a week"),
        (1, 2, "week", "once every 2 weeks"),
        (2, 1, "month", "twice a month"),
    ],
)
def test_how_often_is_said_in_words(times: int, every: int, period: str, words: str) -> None:
    assert Intervention(times=times, every=every, period=period).frequency == words


def test_a_problem_may_be_deferred() -> None:
    plan = draft(make.episode(), problems=(ProblemDraft("Debt", status=Problem.Status.DEFERRED),))
    assert plan.problems.get().status == "deferred"
