"""What is owed for what happened: payer rules in force, and decided days with their reasons."""

from billing.models.day import ServiceDay
from billing.models.rule import PayerRule

__all__ = ["PayerRule", "ServiceDay"]
