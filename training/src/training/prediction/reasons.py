"""What is wrong with a value and what would be right, in the words of the prediction API.

The same sentences as serving/src/model/validator-text.ts.
"""

from training.feature import Feature, Range

LISTED = 20  # categories of one message


def wanted(feature: Feature) -> str:
    """Say what a feature takes, e.g. `must be a number from 0 to 300 mg/dL`."""
    or_null = "" if feature.required else ", or null"
    if feature.type == "boolean":
        return f"must be true or false{or_null}"
    if feature.type == "category":
        if feature.unknown == "accept":
            return f"must be a string{or_null}"
        return f"must be one of {_listed(feature.categories or [])}{or_null}"
    if feature.type == "text":
        return f"must be a string of 1 to {feature.max_length} characters{or_null}"
    if feature.type == "datetime":
        form = (
            "a date and time with an offset, such as 2026-11-27T08:30:00Z or "
            "2026-11-27T09:30:00+01:00"
            if feature.offset
            else "a date or time without an offset, such as 2026-11-27 or 2026-11-27T08:30:00"
        )
        return f"must be {form}{or_null}"
    kind = "an integer" if feature.type == "integer" else "a number"
    return f"must be {kind}{_bounds(feature.range)}{_unit(feature)}{or_null}"


def missing(feature: Feature) -> str:
    """Say what a value that is not there should be."""
    return f"is missing: {wanted(feature)}"


def beyond(feature: Feature, word: str, limit: float) -> str:
    """Say which bound a number broke; `word` is `least` or `most`."""
    return f"must be at {word} {plain(limit)}{_unit(feature)}"


def too_large(dtype: str) -> str:
    """Say that a number is none in the type that the model computes in."""
    return f"does not fit a {dtype.removeprefix('float')}-bit float"


def too_long(feature: Feature) -> str:
    """Say how long a text may be."""
    return f"must have at most {feature.max_length} characters"


EMPTY = "must not be empty"
ROUNDED = "is a whole number beyond 2^53, which float64 rounds: write it as text"


def plain(number: float) -> str:
    """Write a number without needless digits."""
    return str(int(number)) if float(number).is_integer() else repr(float(number))


def _unit(feature: Feature) -> str:
    return "" if feature.unit is None else f" {feature.unit}"


def _bounds(bounds: Range | None) -> str:
    low, high = (bounds.min, bounds.max) if bounds else (None, None)
    if low is not None and high is not None:
        return f" from {plain(low)} to {plain(high)}"
    if low is not None:
        return f" of at least {plain(low)}"
    return "" if high is None else f" of at most {plain(high)}"


def _listed(categories: list[str]) -> str:
    shown = ", ".join(categories[:LISTED])
    return f"{shown}, … ({len(categories)} in all)" if len(categories) > LISTED else shown
