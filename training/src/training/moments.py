"""Dates and times as text: read to seconds, and written again."""

import re
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY = 86400
FIRST, LAST = -62_135_596_800, 253_402_300_799  # 0001-01-01 and the last second of 9999
_CLOCK = r"(?:[01]\d|2[0-3]):[0-5]\d"
# The part of ISO 8601 that serving reads too (serving/src/model/moment.ts).
_ISO = re.compile(
    rf"\d{{4}}-\d\d-\d\d(?:[T ]{_CLOCK}(?::[0-5]\d(?:\.\d{{1,9}})?)?(?:Z|[+-]{_CLOCK})?)?", re.ASCII
)
_DIRECTIVES = frozenset("YmdHMSfbBjpIz%")
_DATES = (
    *("%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y.%m.%d", "%Y%m%d"),
    *("%d %b %Y", "%d %B %Y", "%b %d %Y", "%B %d %Y", "%b %d, %Y", "%B %d, %Y"),
)
_TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
FORMATS = tuple(date + time for date in _DATES for time in _TIMES)


def seconds(text: str, form: str | None = None, *, offset: bool = False) -> float:
    """Return seconds since 1970-01-01, whole; NaN for what is no time of this form.

    `form` is one of strptime, else ISO 8601. With `offset` the text has one, such as Z or +02:00,
    and the seconds are of UTC; without, it has none, and they are of the time as it is written.
    """
    found = _parsed(text.strip(), form)
    if found is None or (found.tzinfo is not None) != offset:
        return float("nan")
    since = (found if offset else found.replace(tzinfo=UTC)) - EPOCH
    whole = since // timedelta(seconds=1)
    return float(whole) if FIRST <= whole <= LAST else float("nan")


def has_offset(text: str, form: str | None = None) -> bool:
    """Whether a text is a time with an offset."""
    found = _parsed(text.strip(), form)
    return found is not None and found.tzinfo is not None


def written(number: float, *, offset: bool) -> str:
    """Write seconds as ISO 8601: a date where it is midnight, in UTC always with a time."""
    moment = EPOCH + timedelta(seconds=number)
    if offset:
        return moment.replace(tzinfo=None).isoformat() + "Z"
    return (
        moment.date().isoformat() if number % DAY == 0 else moment.replace(tzinfo=None).isoformat()
    )


def form_problem(form: str) -> str:
    """Say why a form of strptime does not tell a day for sure; empty where it does."""
    used = set(re.findall(r"%(.)", form))
    if strange := used - _DIRECTIVES:
        known = " ".join(f"%{one}" for one in "YmbBdjHIMSfpz")
        return f"has %{min(strange)}; it may have {known}"
    if "Y" not in used or not ("j" in used or ("d" in used and used & set("mbB"))):
        return "must have a year of four digits (%Y), a month (%m, %b) and a day (%d)"
    if "p" not in used and "I" in used:
        return "has %I, hours up to 12, and no %p, am or pm"
    return ""


def forms_of(texts: list[str]) -> list[str | None]:
    """Return the forms that fit all of the texts: ISO 8601 (None), or those of strptime."""
    return [form for form in (None, *FORMATS) if all(_parsed(one.strip(), form) for one in texts)]


def _parsed(text: str, form: str | None) -> datetime | None:
    """Read a date or time, to the second; None where it is none."""
    try:
        if form is not None:
            return datetime.strptime(text, form)  # noqa: DTZ007 - %z is the form's to say
        return datetime.fromisoformat(text) if _ISO.fullmatch(text) else None
    except ValueError:
        return None
