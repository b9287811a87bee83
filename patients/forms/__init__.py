"""What may be typed on this room's pages, by noun: shapes only; the rules are the verbs'."""
