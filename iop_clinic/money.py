"""Money in words: integer cents in, dollars as a biller writes them out."""


def dollars(cents: int) -> str:
    """405000 -> "$4,050", 31250 -> "$312.50", 0 -> "$0"."""
    whole, rest = divmod(abs(cents), 100)
    sign = "-" if cents < 0 else ""
    return f"{sign}${whole:,}.{rest:02}" if rest else f"{sign}${whole:,}"
