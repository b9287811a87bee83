"""What tables whose rows are kept have in common: row triggers do not see TRUNCATE, so this one does."""

import pgtrigger

NEVER_TRUNCATED = pgtrigger.Trigger(
    name="never_truncated",
    when=pgtrigger.Before,
    operation=pgtrigger.Truncate,
    level=pgtrigger.Statement,
    func="RAISE EXCEPTION 'pgtrigger: these rows are kept';",
)
