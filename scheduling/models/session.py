"""The dated session, the atom of the house: kind, instants, room or video, lead, seats.

PostgreSQL keeps the promises: no room in two sessions at once, never more seats taken than there are.
Who leads it is kept in `Facilitation` too, where nobody can be in two places.
"""

from datetime import date, datetime

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Now

from iop_clinic.accounts.models import Site, User
from scheduling.models.group import Group, Kind, Mode
from scheduling.models.override import Override
from scheduling.models.room import Room
from scheduling.models.series import Series

LEAD_ROW = """
    INSERT INTO scheduling_facilitation (session_id, during, status, staff_id, is_lead)
    SELECT id, during, status, lead_id, true"""

# Whoever puts a session on the calendar and whoever closes the site wait for each other at the site's row,
# and each statement of the trigger sees what was committed before it.
NOT_WHILE_CLOSED = "session_not_while_closed"
STAYS_OPEN = """
    PERFORM FROM accounts_site WHERE id IN ({sites}) ORDER BY id FOR SHARE;
    IF EXISTS ({closed}) THEN
        RAISE check_violation USING MESSAGE = 'the site is closed then', CONSTRAINT = '{name}';
    END IF;
    RETURN NULL;
"""
CLOSED = """SELECT FROM {rows}scheduling_closure AS closure
        WHERE closure.site_id = {one}.site_id AND closure.during && {one}.during
        AND closure.reopened_at IS NULL AND {one}.status = 'scheduled'"""


class TherapySessionQuerySet(models.QuerySet["TherapySession"]):
    def scheduled(self) -> "TherapySessionQuerySet":
        return self.filter(status=TherapySession.Status.SCHEDULED)

    def between(self, start_at: datetime, end_at: datetime) -> "TherapySessionQuerySet":
        """Sessions that start in [start_at, end_at)."""
        return self.filter(starts_at__gte=start_at, starts_at__lt=end_at)


class TherapySession(models.Model):
    Kind = Kind
    Mode = Mode

    class Status(models.TextChoices):
        SCHEDULED = "scheduled", "Scheduled"
        CANCELLED = "cancelled", "Cancelled"

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    group = models.ForeignKey(Group, null=True, blank=True, on_delete=models.PROTECT, related_name="sessions")
    series = models.ForeignKey(
        Series, null=True, blank=True, on_delete=models.PROTECT, related_name="sessions"
    )
    occurs_on = models.DateField("local date")
    pattern_on = models.DateField(
        null=True, editable=False, help_text="The day the weekly pattern asked for; a move keeps it."
    )
    kind = models.CharField(max_length=20, choices=Kind)
    title = models.CharField(max_length=80)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    during = models.GeneratedField(
        expression=Func(
            F("starts_at"), F("ends_at"), function="tstzrange", output_field=DateTimeRangeField()
        ),
        output_field=DateTimeRangeField(),
        db_persist=True,
    )
    break_minutes = models.PositiveSmallIntegerField(default=0)
    counts_toward_hours = models.BooleanField(default=True)
    mode = models.CharField(max_length=10, choices=Mode, default=Mode.IN_PERSON)
    room = models.ForeignKey(Room, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    lead = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    shares_room = models.BooleanField(
        default=False, editable=False, help_text="Allowed to overlap in its room, for a reason."
    )
    override = models.ForeignKey(
        Override, null=True, blank=True, on_delete=models.PROTECT, related_name="sessions"
    )
    own = ArrayField(
        models.CharField(max_length=20),
        default=list,
        blank=True,
        editable=False,
        help_text="What was changed for this session alone; its group or series changes it no more.",
    )
    capacity = models.PositiveSmallIntegerField(default=1)
    booked_seats = models.PositiveSmallIntegerField(default=0, editable=False)
    held_seats = models.PositiveSmallIntegerField(
        default=0, db_default=0, editable=False, help_text="Offered to someone who has not answered yet."
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.SCHEDULED)
    cancel_reason = models.CharField(max_length=200, blank=True, editable=False)
    called_off_for = models.ForeignKey(
        "scheduling.Closure",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="called_off",
        help_text="The closure that cancelled it.",
    )
    version = models.PositiveIntegerField(default=1, editable=False, help_text="Grows with every move.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    revision = models.PositiveIntegerField(
        default=0, editable=False, help_text="Kept by a trigger: grows with what a calendar shows."
    )
    changed_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = TherapySessionQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        verbose_name = "session"
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="session_ends_after_it_starts"
            ),
            # Triggers on bookings and held seats move the counters, so no writer can take a seat too many.
            models.CheckConstraint(
                condition=Q(capacity__gte=F("booked_seats") + F("held_seats")),
                name="session_never_overbooked",
            ),
            models.CheckConstraint(
                condition=Q(mode="video") | Q(room__isnull=False), name="session_in_person_has_a_room"
            ),
            models.UniqueConstraint(fields=["group", "occurs_on"], name="session_once_per_group_and_day"),
            # A session moved to another day still fills its day of the pattern.
            models.UniqueConstraint(fields=["group", "pattern_on"], name="session_once_per_pattern_day"),
            models.UniqueConstraint(fields=["series", "pattern_on"], name="session_once_per_series_day"),
            models.UniqueConstraint(fields=["id", "during"], name="session_times_for_bookings"),
            models.UniqueConstraint(fields=["id", "during", "status"], name="session_times_for_facilitators"),
            models.CheckConstraint(
                condition=Q(group__isnull=True) | Q(series__isnull=True), name="session_of_group_or_series"
            ),
            models.CheckConstraint(
                condition=Q(shares_room=False) | Q(override__isnull=False),
                name="session_shared_room_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(called_off_for__isnull=True) | Q(status="cancelled"),
                name="session_called_off_is_cancelled",
            ),
            ExclusionConstraint(
                name="session_room_holds_one",
                condition=Q(status="scheduled", room__isnull=False, shares_room=False),
                expressions=[("room", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
            ),
        ]
        indexes = [models.Index(fields=["site", "starts_at"], name="session_board")]
        triggers = [
            pgtrigger.Trigger(
                name="lead_facilitates",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                referencing=pgtrigger.Referencing(new="new_rows"),
                func=f"{LEAD_ROW} FROM new_rows; RETURN NULL;",
            ),
            # Before the update, so that the old lead is not carried along to the new time.
            pgtrigger.Trigger(
                name="old_lead_leaves",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("lead_id"),
                condition=pgtrigger.Q(old__lead__df=pgtrigger.F("new__lead")),
                func="""
                    DELETE FROM scheduling_facilitation
                    WHERE session_id = NEW.id AND (is_lead OR staff_id = NEW.lead_id);
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="new_lead_facilitates",
                when=pgtrigger.After,
                operation=pgtrigger.UpdateOf("lead_id"),
                condition=pgtrigger.Q(old__lead__df=pgtrigger.F("new__lead")),
                func=f"{LEAD_ROW} FROM scheduling_therapysession WHERE id = NEW.id; RETURN NULL;",
            ),
            # A subscribed calendar takes the newer revision, whoever wrote it (RFC 5545, 3.8.7.4).
            pgtrigger.Trigger(
                name="revised",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("starts_at", "ends_at", "status", "kind", "mode", "room_id"),
                condition=pgtrigger.AnyChange("starts_at", "ends_at", "status", "kind", "mode", "room"),
                func="""
                    NEW.revision = OLD.revision + 1;
                    NEW.changed_at = greatest(OLD.changed_at, statement_timestamp());
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="made_while_open",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                referencing=pgtrigger.Referencing(new="new_rows"),
                func=STAYS_OPEN.format(
                    name=NOT_WHILE_CLOSED,
                    sites="SELECT site_id FROM new_rows",
                    closed=CLOSED.format(rows="new_rows AS one, ", one="one"),
                ),
            ),
            pgtrigger.Trigger(
                name="moved_while_open",
                when=pgtrigger.After,
                operation=pgtrigger.UpdateOf("starts_at", "ends_at", "status", "site_id"),
                condition=pgtrigger.Condition(
                    "NEW.status = 'scheduled' AND (OLD.starts_at, OLD.ends_at, OLD.status, OLD.site_id)"
                    " IS DISTINCT FROM (NEW.starts_at, NEW.ends_at, NEW.status, NEW.site_id)"
                ),
                func=STAYS_OPEN.format(
                    name=NOT_WHILE_CLOSED,
                    sites="NEW.site_id",
                    closed=CLOSED.format(rows="", one="NEW"),
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}, {self.occurs_on}"

    @property
    def scheduled_minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds()) // 60

    @property
    def is_visit(self) -> bool:
        """One patient's own hour."""
        return self.group_id is None and self.capacity == 1

    @property
    def takes_several(self) -> bool:
        """Someone may be added to it: it is nobody's own visit."""
        return self.series_id is None and not self.is_visit

    @property
    def seats_free(self) -> int:
        """Neither taken nor held for someone."""
        return self.capacity - self.booked_seats - self.held_seats

    @property
    def is_full(self) -> bool:
        return self.seats_free <= 0

    @property
    def place(self) -> str:
        return "Video" if self.room is None else self.room.name

    def has_begun(self, now: datetime) -> bool:
        return self.starts_at <= now

    def is_on(self, day: date) -> bool:
        return self.occurs_on == day
