"""The pages of what happened, one module a noun."""
