"""The trail's verbs as words on its page, and back: "patients.sign_consent" is "Sign consent"."""

ROOMS = ("patients", "scheduling", "sessions", "billing")
# What the rule below would say oddly.
_WORDS = {
    "audit.read": "Read audit log",
    "billing.authorizations_read": "Read authorizations",
    "billing.day_closed": "Close day",
    "billing.day_decided": "Decide day",
    "billing.day_read": "Read day close",
    "billing.decision_read": "Read decision",
    "billing.ending_read": "Read authorizations ending",
    "chart.read_own": "Read own chart",
    "demo.loaded": "Load demo",
    "messages.try_again": "Send message again",
    "session.timed_out": "Timed out",
    "sign_in.done": "Sign in",
    "sign_in.failed": "Sign in failed",
    "site.chosen": "Choose site",
}


def verb_words(verb: str) -> str:
    """The deed alone where a room did it, else the deed and its noun: "Read chart", "Access refused"."""
    if verb in _WORDS:
        return _WORDS[verb]
    noun, _, deed = verb.partition(".")
    if deed == "read":
        said = f"read {noun}"
    elif noun in ROOMS or deed.startswith("read_"):
        said = deed
    else:
        said = f"{noun} {deed}"
    return said.replace("_", " ").strip().capitalize()


def verb_starts(typed: str) -> list[str]:
    """How a verb may begin that was typed as words or as itself."""
    slug = "_".join(typed.strip().lower().split())
    words = slug.replace("_", " ")
    parts = slug.split("_")
    starts = [typed.strip(), *(f"{room}.{slug}" for room in ROOMS)]
    starts += [f"{'_'.join(parts[:cut])}.{'_'.join(parts[cut:])}" for cut in range(1, len(parts))]
    starts += [verb for verb, said in _WORDS.items() if said.lower().startswith(words)]
    if parts[0] == "read":
        noun = "_".join(parts[1:])
        starts += [f"{noun}.read", f"chart.{slug}"]
    return starts
