"""The triggers that keep signed rows as they are cannot be wished away by a setting of the session.

django-pgtrigger lets any session name triggers to pass over (`SET pgtrigger.ignore`). Here nobody may.
"""

from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections

NEVER = """
CREATE OR REPLACE FUNCTION "public"._pgtrigger_should_ignore(trigger_name NAME)
RETURNS BOOLEAN AS $$ BEGIN RETURN FALSE; END; $$ LANGUAGE plpgsql IMMUTABLE
"""


def keep_guards_on(*, using: str = DEFAULT_DB_ALIAS, **_: Any) -> None:
    """After every migration, because each trigger that is installed brings its own answer along."""
    with connections[using].cursor() as cursor:
        cursor.execute(NEVER)
