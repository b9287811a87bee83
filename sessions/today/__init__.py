"""The Today page, part by part: the day's rows, room lanes, roster, census and rail (DESIGN.md 12.01)."""
