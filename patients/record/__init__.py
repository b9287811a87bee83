"""A person's own record as it is given to them: tables, sheets and FHIR shapes of what this floor keeps.

The designated record set of 45 CFR 164.501, by the right of access of 164.524. Left out everywhere: drafts,
what was entered in error (it may be about someone else), what is the clinic's own work, and other people.
"""
