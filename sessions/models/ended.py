"""Guards between attendance and discharge: nobody attends after their last day (domain reference 0.2, 12).

Whichever comes second is refused, whoever writes it; each waits for the other on the episode's row.
"""

from typing import ClassVar

import pgtrigger

from patients.models import Episode

NOT_AFTER_DISCHARGE = "attendance_not_after_discharge"

_RAISE = f"""
    RAISE check_violation USING
        MESSAGE = 'attendance after the last day in the program', CONSTRAINT = '{NOT_AFTER_DISCHARGE}';
"""
# Locked first, so that the second statement sees a discharge that was being written meanwhile.
INSERTED_IN_TIME = f"""
    PERFORM FROM patients_episode AS episode
    WHERE episode.id IN (
        SELECT booking.episode_id FROM new_rows JOIN scheduling_booking AS booking
        ON booking.id = new_rows.booking_id
    )
    ORDER BY episode.id FOR SHARE OF episode;
    IF EXISTS (
        SELECT FROM new_rows
        JOIN scheduling_booking AS booking ON booking.id = new_rows.booking_id
        JOIN scheduling_therapysession AS held ON held.id = booking.session_id
        JOIN patients_episode AS episode ON episode.id = booking.episode_id
        WHERE held.occurs_on > episode.ended_on
    ) THEN {_RAISE}
    END IF;
    RETURN NULL;
"""
CAME_IN_TIME = f"""
    PERFORM FROM patients_episode AS episode JOIN scheduling_booking AS booking
    ON booking.episode_id = episode.id WHERE booking.id = NEW.booking_id FOR SHARE OF episode;
    IF EXISTS (
        SELECT FROM scheduling_booking AS booking
        JOIN scheduling_therapysession AS held ON held.id = booking.session_id
        JOIN patients_episode AS episode ON episode.id = booking.episode_id
        WHERE booking.id = NEW.booking_id AND held.occurs_on > episode.ended_on
    ) THEN {_RAISE}
    END IF;
    RETURN NULL;
"""
ENDED_AFTER_ATTENDING = f"""
    IF EXISTS (
        SELECT FROM scheduling_booking AS booking
        JOIN scheduling_therapysession AS held ON held.id = booking.session_id
        JOIN iop_sessions_attendance AS attendance ON attendance.booking_id = booking.id
        WHERE booking.episode_id = NEW.id AND attendance.arrived_at IS NOT NULL
        AND held.occurs_on > NEW.ended_on
    ) THEN {_RAISE}
    END IF;
    RETURN NEW;
"""


class AttendedEpisode(Episode):
    """The episode as this room sees it: it cannot end before a day that was attended."""

    class Meta:
        proxy = True
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="ends_after_attendance",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("ended_on"),
                condition=pgtrigger.Condition("NEW.ended_on IS NOT NULL"),
                func=ENDED_AFTER_ATTENDING,
            )
        ]
