"""How people write numbers: decimal commas, thousands, currencies, percents, units."""

import re
import unicodedata
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import numpy as np

from training.data import Data
from training.table.missing import PLAIN

SPACES = " \u00a0\u202f\u2009"
CODES = (
    "AUD BRL CAD CHF CNY CZK DKK EUR GBP HUF INR JPY KRW MXN NOK NZD PLN RON RUB SEK TRY USD ZAR"
)
WORDS = (*CODES.split(), "R$", "US$", "kr", "zł", "Kč", "Fr.", "Ft", "lei")
PERCENT = ("%", "‰")
MARKS = str.maketrans(
    {"\u2212": "-", "\u2013": "-", "\u066b": ".", "\u066c": ","}
    | {"\uff0d": "-", "\uff0b": "+", "\uff0e": ".", "\uff0c": ",", "\uff05": "%"}
)
# Signs before, then a number, then a unit: `12 kg`, `20°C`, `7/10`, `5+`, `<5`, Excel's `="5"`.
AROUND = re.compile(
    r"\s*([^\w\s.,()+-]*)\s*([+-]?[0-9][0-9.,]*)\s*"
    r"((?:[^\W\d_]|[^\w\s.,()+-])[^\d\s]*|/[0-9]+|\+)?\s*"
)
ORDINALS = {"st", "nd", "rd", "th", "e", "er"}
MOST_UNITS, NUMBERS_A_UNIT = 3, 5  # of a column whose units differ; else its texts are labels


@dataclass(frozen=True)
class Stripped:
    """A text without its sign; `sign` is the currency, the percent or empty."""

    text: str
    sign: str


def with_plain_marks(text: str) -> str:
    """Write the digits of any script, and its minus, plus, point, comma and percent, in ASCII."""
    if text.isascii():
        return text
    digits = (unicodedata.decimal(char, None) for char in text)
    plain = (c if d is None else str(d) for c, d in zip(text, digits, strict=True))
    return "".join(plain).translate(MARKS)


def strip_sign(text: str) -> Stripped:
    """Take a currency or percent sign off either end; `(5)`, `5-` and a Unicode minus become -5."""
    bare = with_plain_marks(text).strip(f"{SPACES}\t")
    negative = bare.startswith("(") and bare.endswith(")")
    bare = bare[1:-1].strip(SPACES) if negative else bare
    lead = bare[:1] if bare[:1] in ("+", "-") else ""
    body = bare[len(lead) :].strip(SPACES)
    if not lead and not negative and body[-1:] == "-" and body[-2:-1].isdecimal():
        lead, body = "-", body[:-1]
    sign = next((w for w in (*WORDS, *PERCENT) if body.startswith(w) or body.endswith(w)), "")
    if not sign:
        sign = next((c for c in (body[:1], body[-1:]) if c and unicodedata.category(c) == "Sc"), "")
    if sign:
        body = body.removeprefix(sign) if body.startswith(sign) else body.removesuffix(sign)
        body = body.strip(SPACES)
    if not lead and body[:1] in ("+", "-"):
        lead, body = body[:1], body[1:]
    return Stripped(("-" if negative else lead) + body, sign)


def grouped(decimal: str, thousands: str) -> "re.Pattern[str]":
    """Match numbers whose thousands are set apart, in groups of three digits, or India's of two."""
    group = (
        f"[{SPACES}]"
        if thousands == " "
        else "['\u2019]"
        if thousands == "'"
        else re.escape(thousands)
    )
    point = re.escape(decimal)
    ours = f"[0-9]{{1,3}}(?:{group}[0-9]{{3}})+"
    indian = f"[0-9]{{1,2}}(?:{group}[0-9]{{2}})+{group}[0-9]{{3}}"
    return re.compile(rf"\s*[+-]?([0-9]+|{ours}|{indian})({point}[0-9]*)?\s*")


def to_number(data: Data) -> Callable[[str], float]:
    """Return a reader of one text as the YAML says numbers are written; NaN for what is none."""
    pattern = grouped(data.decimal, data.thousands) if data.thousands else None
    with_comma = re.compile(r"\s*[+-]?([0-9]+,?[0-9]*|,[0-9]+)([eE][+-]?[0-9]+)?\s*")
    separators = {" ": SPACES, "'": "'\u2019"}.get(data.thousands or "", data.thousands or "")

    def read(text: str) -> float:
        if pattern is not None and pattern.fullmatch(text):
            digits = "".join(c for c in text if c not in separators)
            return float(digits.replace(data.decimal, "."))
        if data.decimal == "," and with_comma.fullmatch(text):
            return float(text.replace(",", "."))
        point_is_decimal = data.thousands != "." or "." not in text
        return float(text) if point_is_decimal and PLAIN.fullmatch(text) else np.nan

    return read


def dots_are_groups(texts: Collection[str]) -> bool:
    """Whether every point stands before exactly three digits, as thousands do, and one does."""
    pattern = grouped(",", ".")
    return any("." in text for text in texts) and all(map(pattern.fullmatch, texts))


def signs_of(texts: Collection[str]) -> set[str]:
    """Return the currency and percent signs in use, an empty one for none; a zero needs none."""
    stripped = [strip_sign(text) for text in texts]
    return {one.sign for one in stripped if one.text.strip("+-0., ")}


@dataclass(frozen=True)
class Around:
    """What stands before and after a number that is no currency or percent sign: `<`, `kg`."""

    before: str
    after: str

    def __str__(self) -> str:
        """Name it, with the number's place where it stands on both sides."""
        both = self.before and self.after
        return f"{self.before}…{self.after}" if both else self.before + self.after

    def strip(self, text: str) -> str:
        """Take it off a text."""
        bare = with_plain_marks(text).strip()
        return bare.removeprefix(self.before).removesuffix(self.after).strip()


def around(texts: Collection[str]) -> set[Around]:
    """Return what stands around the numbers of all texts; empty where a text is no such number.

    Currencies and percents are `signs_of` alone. Numbers that begin with a zero are codes, and 1st
    and 2nd no units.
    """
    found = set()
    for text in texts:
        match = AROUND.fullmatch(with_plain_marks(text))
        if match is None or (len(match[2]) > 1 and match[2][0] == "0" and match[2].isdecimal()):
            return set()
        before, after = match[1], match[3] or ""
        if strip_sign(text).sign or after.lower() in ORDINALS:
            return set()
        found.add(Around(before, after))
    return found - {NOTHING} if len(found) == 1 else found


NOTHING = Around("", "")


def unsigned(texts: Collection[str]) -> list[str] | None:
    """Take the currency or percent sign, or the unit, off all texts, or return None."""
    if len(units := around(texts)) == 1:
        unit = units.pop()
        return [unit.strip(text) for text in texts]
    return [strip_sign(text).text for text in texts] if len(signs_of(texts)) <= 1 else None


def as_floats(texts: list[str], read: Callable[[str], float]) -> "np.ndarray[Any, Any]":
    """Read each text."""
    return np.fromiter(map(read, texts), dtype=np.float64, count=len(texts))
