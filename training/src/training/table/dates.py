"""Recognises dates and times, which are no categories and not yet numbers."""

import re
from collections.abc import Collection

_MONTH = "(?:jan|feb|mar|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez)[a-zä]*\\.?"
_TIME = (
    r"[0-2]?\d:[0-5]\d(?::[0-5]\d(?:[.,]\d+)?)?(?:\s*[ap]\.?m\.?)?(?:\s*(?:Z|UTC|[+-]\d\d:?\d\d))?"
)
_DAY, _MON, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:1[6-9]|20|21)\d\d"
_DATES = (
    rf"{_YEAR}([-/.]){_MON}(?:\1{_DAY})?",
    rf"{_YEAR}-?W[0-5]\d(?:-?[1-7])?|{_YEAR}[- ]?Q[1-4]|Q[1-4][- ]?{_YEAR}",
    rf"{_YEAR}{_MON}{_DAY}(?=T)",
    rf"{_DAY}([-/.]){_MON}\2(?:{_YEAR}|\d\d)",
    rf"{_MON}([-/.]){_DAY}\3(?:{_YEAR}|\d\d)",
    rf"{_DAY}\.?[- ]{_MONTH}[- ,]*(?:{_YEAR}|\d\d)",
    rf"{_MONTH}[- ]{_DAY}(?:st|nd|rd|th)?,?[- ]+{_YEAR}",
    rf"{_MONTH}[- ]+(?:{_YEAR}|\d\d)",
)
_DATE = re.compile(
    rf"\s*(?:[a-z]{{2,9}},?\s+)?(?:{'|'.join(_DATES)})(?:[T ]+{_TIME})?\s*", re.IGNORECASE
)
_CLOCK = re.compile(rf"\s*{_TIME}\s*", re.IGNORECASE)


def kind_of_time(texts: Collection[str], share: float) -> str:
    """Return `dates` or `times` when at least this share of the texts are; else empty."""
    for kind, pattern in {"dates": _DATE, "times": _CLOCK}.items():
        if sum(bool(pattern.fullmatch(text)) for text in texts) >= share * len(texts) > 0:
            return kind
    return ""


def looks_like_epoch(low: float, high: float) -> str:
    """Name what whole numbers in this range often are: YYYYMMDD, or seconds since 1970."""
    if 19000101 <= low <= high <= 21001231:
        return "dates as YYYYMMDD"
    for unit, factor in {"seconds": 1, "milliseconds": 10**3, "microseconds": 10**6}.items():
        if 631152000 * factor <= low <= high <= 4102444800 * factor:  # 1990 to 2100
            return f"{unit} since 1970"
    return ""
