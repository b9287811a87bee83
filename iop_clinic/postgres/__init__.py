"""Django's PostgreSQL backend with one difference: instants are read quickly (see `base`)."""
