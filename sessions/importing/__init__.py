"""Bring your own clinic: CSV files in, a dry run that names every faulty row, then all of it or nothing."""
