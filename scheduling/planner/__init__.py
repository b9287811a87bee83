"""The weekly planner: dataclasses in, dataclasses out. No Django, no clock, no randomness without a seed."""
