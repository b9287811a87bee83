"""When PostgreSQL says no: a broken named constraint becomes the sentence a person at the desk reads."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction

from iop_clinic.refusal import Refused


@contextmanager
def refused_by(**sentences: str | Refused) -> Iterator[None]:
    """A savepoint in which these constraints refuse in words; any other error goes on as it is.

    Keys are constraint names. A plain sentence is a 409; give a Refused for a 422 or a form field.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        answer = sentences.get(broken_constraint(error))
        if answer is None:
            raise
        if isinstance(answer, Refused):
            raise Refused(answer.sentence, status=answer.status, **answer.fields) from error
        raise Refused(answer) from error


def broken_constraint(error: IntegrityError) -> str:
    """The name of the constraint that said no, or an empty string."""
    diagnosis = getattr(error.__cause__, "diag", None)
    return getattr(diagnosis, "constraint_name", None) or ""
