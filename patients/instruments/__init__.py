"""The instruments the clinic ships, one TOML file each (domain reference 6.1). To add one, add a file."""
