"""What happened: Today, attendance, hours and notes."""

from django.urls import path

from sessions.views import (
    attendance,
    correction,
    hours,
    marks,
    my_notes,
    notes,
    sheets,
    short_week,
    signing,
    thread,
    today,
    waiting,
)

app_name = "sessions"
urlpatterns = [
    path("today/", today.today, name="today"),
    path("today/rail/", today.rail, name="today_rail"),
    path("today/sign-in-sheets/", sheets.sign_in_sheets, name="sign_in_sheets"),
    path("sessions/<int:pk>/sign-in-sheet/", sheets.sign_in_sheet, name="sign_in_sheet"),
    path("sessions/<int:pk>/end/", marks.end, name="end"),
    path("bookings/<int:pk>/arrival/", marks.arrival, name="arrival"),
    path("bookings/<int:pk>/departure/", marks.departure, name="departure"),
    path("bookings/<int:pk>/lateness/", marks.running_behind, name="lateness"),
    path("bookings/<int:pk>/absence/", marks.absence, name="absence"),
    path("bookings/<int:pk>/correction/", correction.correction, name="correction"),
    path("bookings/<int:pk>/undo/", marks.take_back, name="undo"),
    path("hours/", hours.hours_board, name="hours_board"),
    path("hours/short/", short_week.short, name="short_week"),
    path("hours/short/offers/", short_week.offer_everyone, name="make_up_offers"),
    path("patients/<int:pk>/make-up-offers/", short_week.offer, name="make_up_offer"),
    path("make-up-offers/<int:pk>/acceptance/", short_week.accept, name="make_up_acceptance"),
    path("make-up-offers/<int:pk>/refusal/", short_week.decline, name="make_up_refusal"),
    path("make-up-offers/<int:pk>/withdrawal/", short_week.take_back, name="make_up_withdrawal"),
    path("patients/<int:pk>/hours/", hours.hours, name="hours"),
    path("patients/<int:pk>/plan/thread/", thread.thread, name="thread"),
    path("patients/<int:pk>/attendance/", attendance.attendance, name="attendance"),
    path("waiting/", waiting.waiting, name="waiting"),
    path("notes/", my_notes.my_notes, name="my_notes"),
    path("bookings/<int:pk>/note/", notes.note, name="note"),
    path("notes/<int:pk>/signature/", signing.signature, name="signature"),
    path("notes/<int:pk>/addendum/", signing.addendum, name="addendum"),
    path("patients/<int:pk>/notes/", notes.notes, name="notes"),
]
