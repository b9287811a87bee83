"""This room's pages, by noun. Each reads: door, form, one verb, answer."""
