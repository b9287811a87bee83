"""Languages as people write them down, to be compared."""


def spoken(words: str) -> tuple[str, ...]:
    """ "English, yoruba" -> ("English", "Yoruba"), in that order, each once."""
    names = (name.strip().capitalize() for name in words.replace(";", ",").split(","))
    return tuple(dict.fromkeys(name for name in names if name))
