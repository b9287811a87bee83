"""The supervisor behind `make run`, `make test` and `make manage`.

It starts PostgreSQL and the broker where the environment names none, then the clinic's own processes,
and sees to it that none of them outlives it. It imports no room and no Django.
"""
