"""The clinical documents the clinic writes, one TOML file each. To add one, add a file."""
