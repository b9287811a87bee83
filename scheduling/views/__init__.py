"""The week's pages, by noun: board, session, patient's week, places, messages, leaving."""
