"""What a result means, in a few words: for lists, for the head of a result, and how to read a scale."""

from collections.abc import Mapping

from patients.models import Response
from patients.scoring import Instrument, Number, Scale


def how_to_read(instrument: Instrument) -> str:
    """ "0 to 27, lower is better. 10 or more needs a closer look. 6 points are a reliable change." """
    said = [_range_words(instrument.total)] if instrument.total else []
    said += [
        f"{scale.name}: {_range_words(scale)}" for scale in instrument.subscales if scale.cut is not None
    ]
    if instrument.outcome_about:
        said.append(f"{instrument.outcome_about}.")
    return " ".join([*said, instrument.reading]).strip()


def _range_words(scale: Scale) -> str:
    said = [f"{scale.low} to {scale.high}, {'higher' if scale.higher_is_better else 'lower'} is better."]
    if scale.cut is not None:
        said.append(f"{scale.cut} or {'less' if scale.higher_is_better else 'more'} needs a closer look.")
    rules = scale.change
    if rules.reliable:
        said.append(f"{rules.reliable} points or more are a reliable change.")
    elif rules.meaningful:
        said.append(f"{rules.meaningful} points or more are a change that matters.")
    elif rules.response_percent:
        said.append(f"A fall by {rules.response_percent} % is a change that matters.")
    return " ".join(said)


def result_words(instrument: Instrument, response: Response) -> str:
    """ "13, moderate", "Use 3, Risk 12, Protective 20", "high risk"; empty while there is none."""
    results = response.results
    if "total" in results:
        said = (instrument.shown(results["total"]), band_name(instrument, response))
    else:
        said = (outcome_name(instrument, response), subscale_words(instrument, results))
    return ", ".join(words for words in said if words)


def meaning_words(instrument: Instrument, response: Response) -> str:
    """The same without the total, which has its own column; with it an outcome only where it is positive."""
    if instrument.total is None:
        return result_words(instrument, response)
    positive = {outcome.key for outcome in instrument.outcomes if outcome.is_positive}
    outcome = outcome_name(instrument, response) if response.outcome in positive else ""
    total, closer = response.results.get("total"), ""
    if total is not None and not instrument.bands and instrument.total.is_positive(total):
        closer = "needs a closer look"
    return ", ".join(words for words in (band_name(instrument, response), closer, outcome) if words)


def subscale_words(instrument: Instrument, results: Mapping[str, Number]) -> str:
    kept = [scale for scale in instrument.subscales if scale.id in results]
    return ", ".join(f"{scale.name} {scale.words(results[scale.id])}" for scale in kept)


def band_name(instrument: Instrument, response: Response) -> str:
    """The name of the stored band; one that only an earlier version had keeps its key."""
    names = {band.key: band.name for band in instrument.bands}
    return names.get(response.band, response.band.replace("_", " "))


def outcome_name(instrument: Instrument, response: Response) -> str:
    names = {outcome.key: outcome.name for outcome in instrument.outcomes}
    return names.get(response.outcome, response.outcome.replace("_", " "))
