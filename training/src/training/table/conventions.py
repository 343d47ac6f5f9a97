"""Finds out how numbers are written that are not plain, and names the key to write."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from training.data import Data
from training.table.date_problem import date_problem
from training.table.dates import kind_of_time
from training.table.missing import PLAIN
from training.table.numbers import (
    MOST_UNITS,
    NOTHING,
    NUMBERS_A_UNIT,
    Around,
    around,
    as_floats,
    signs_of,
    strip_sign,
    to_number,
)
from training.table.problem import Problem, type_key, yaml_text

SAMPLE = 5000  # different texts are enough to tell how numbers are written
MOSTLY = 0.9  # of the rows: "nearly all"
OTHERS: tuple[dict[str, str], ...] = (
    {"thousands": ","},
    {"decimal": ","},
    {"decimal": ",", "thousands": "."},
    {"decimal": ".", "thousands": ","},
    {"thousands": " "},
    {"decimal": ",", "thousands": " "},
    {"thousands": "'"},
    {"decimal": ",", "thousands": "'"},
    {"thousands": "_"},
)
_INFINITE = re.compile(r"\s*[+-]?(inf|infinity|\u221e)\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Values:
    """A column's different texts and in how many rows each stands."""

    texts: list[str]
    counts: npt.NDArray[Any]

    def sample(self) -> "Values":
        """At most `SAMPLE` plain numbers and `SAMPLE` others, each standing for those left out."""
        if len(self.texts) <= SAMPLE:
            return self
        plain = np.fromiter((bool(PLAIN.fullmatch(text)) for text in self.texts), bool)
        texts: list[str] = []
        counts: list[npt.NDArray[Any]] = []
        for part in (np.flatnonzero(plain), np.flatnonzero(~plain)):
            taken = part[:: max(1, -(-len(part) // SAMPLE))]
            texts += [self.texts[index] for index in taken]
            scale = self.counts[part].sum() / max(1, self.counts[taken].sum())
            counts.append(self.counts[taken] * scale)
        return Values(texts, np.concatenate(counts))

    def nearly_all(self, matching: npt.NDArray[np.bool_]) -> bool:
        """Whether the matching texts are nearly all rows, or all but a few different ones."""
        share = self.counts[matching].sum() / self.counts.sum()
        same, others = int(matching.sum()), int((~matching).sum())
        few = others <= 3 and same >= 3 * others
        # A blank or `-` beside 0 and 1 is no word, so no third value.
        wordless = same > 1 and not any(
            any(map(str.isalnum, text)) for text in np.array(self.texts, dtype=object)[~matching]
        )
        return bool(share >= MOSTLY and same) or (share >= 0.5 and (few or wordless))


def is_infinite(text: str) -> bool:
    """Whether a text is an infinity, which no model takes."""
    return bool(_INFINITE.fullmatch(text))


def foreign(name: str, values: Values, data: Data, *, stated: str = "") -> Problem:
    """Say how nearly all values would be numbers or dates, and the key; no text if they would not.

    `stated` is the column's type where the YAML has one, which is then not proposed.
    """
    values = values.sample()
    as_category = "" if stated else f"; if these are categories, write {type_key(name, 'category')}"
    kind = kind_of_time(values.texts, MOSTLY)
    if kind == "dates" and stated not in ("number", "integer"):
        return date_problem(name, values.texts, as_category)
    if kind:
        text = (
            f"'{name}' holds {kind} such as {values.texts[0]!r}, which are not understood: write "
            "what matters of them (year, month, weekday, days since then) as numbers into columns "
            f"of their own and 'data.drop: [{yaml_text(name)}]'{as_category}"
        )
        return Problem(text, {"drop": [name]})
    keys, matching, signs = _best(values, data)
    if not values.nearly_all(matching):
        return Problem()
    texts = [text for text, fits in zip(values.texts, matching, strict=True) if fits]
    others = Values(
        [text for text, fits in zip(values.texts, matching, strict=True) if not fits],
        values.counts[~matching],
    )
    odd = next((t for t in texts if np.isnan(to_number(data)(t))), "")
    says = f"'{name}' holds numbers" + (f" written as {odd!r}" if odd else "")
    remedies = [*_key_remedies(keys, texts), *_sign_remedies(name, signs, stated)]
    if odd and not remedies and stated not in ("number", "integer"):
        read = strip_sign(odd).text
        remedies = [f"write {type_key(name, 'number')}, which reads {odd!r} as {read}"]
    if others.texts:
        says += f" and {_listed(others)}"
        remedies.append(_missing_remedy(others.texts, data))
    text = f"{says}: {', and '.join(remedies) or 'correct those'}{as_category}"
    return Problem(text, _fix(name, keys, signs, others.texts, data, plain=not odd))


def _fix(
    name: str,
    keys: dict[str, str],
    signs: set[str],
    others: list[str],
    data: Data,
    *,
    plain: bool,
) -> dict[str, Any]:
    """Return the remedies as keys of `data`; units that cannot be compared leave the column out."""
    if len(signs) > 1:
        return {"drop": [name]}
    missing = {"missing": [*(data.missing or []), *sorted(others)]} if others else {}
    number = {} if plain or (keys and not "".join(signs)) else {"types": {name: "number"}}
    return {**keys, **missing, **number}


def _best(values: Values, data: Data) -> tuple[dict[str, str], npt.NDArray[np.bool_], set[str]]:
    """Return the keys under which most rows are numbers, which texts, and the signs on them."""
    units = _units(values)
    bare = [_bare(text, units) for text in values.texts]
    best: dict[str, str] = {}
    matching = _numbers(bare, data)
    for keys in OTHERS:
        changed = data.model_copy(update=keys)
        if changed.decimal == changed.thousands or changed == data:
            continue
        found = _numbers(bare, changed)
        if values.counts[found].sum() > values.counts[matching].sum():
            best, matching = keys, found
    fitting = [text for text, fits in zip(values.texts, matching, strict=True) if fits]
    return best, matching, set(map(str, units)) if units else signs_of(fitting)


def _units(values: Values) -> set[Around]:
    """Return what stands around all numbers, where it is one unit or a few, of many numbers."""
    units = around(values.texts)
    many = len(values.texts) >= NUMBERS_A_UNIT * len(units)
    return units if many and len(units) <= MOST_UNITS else set()


def _bare(text: str, units: set[Around]) -> str:
    """Take the unit that fits off a text, else its currency or percent sign."""
    for unit in sorted(units - {NOTHING}, key=lambda one: -len(one.before + one.after)):
        bare = text.strip()
        if bare.startswith(unit.before) and bare.endswith(unit.after):
            return unit.strip(text)
    return strip_sign(text).text


def _numbers(texts: list[str], data: Data) -> npt.NDArray[np.bool_]:
    found: npt.NDArray[np.bool_] = ~np.isnan(as_floats(texts, to_number(data)))
    return found


def _key_remedies(keys: dict[str, str], texts: Sequence[str]) -> list[str]:
    if not keys:
        return []
    written = " and ".join(f"'data.{key}: \"{mark}\"'" for key, mark in keys.items())
    if keys == {"thousands": ","} and all(text.count(",") <= 1 for text in texts):
        return [f"write {written} (or 'data.decimal: \",\"' if the comma is a decimal mark)"]
    return [f"write {written}"]


def _sign_remedies(name: str, signs: set[str], stated: str) -> list[str]:
    if len(signs) > 1:
        several = " and ".join(repr(sign) if sign else "none" for sign in sorted(signs))
        return [f"bring them to one sign or unit, since {several} cannot be compared"]
    sign = "".join(signs)
    if not sign or stated in ("number", "integer"):
        return []
    return [f"write {type_key(name, 'number')}, which takes the {sign!r} off"]


def _listed(others: Values) -> str:
    shown = ", ".join(repr(text) for text in others.texts[:5])
    more = ", …" if len(others.texts) > 5 else ""
    rows = round(float(others.counts.sum()))
    infinite = ", which is infinite," if all(map(is_infinite, others.texts)) else ""
    return f"{shown}{more}{infinite} in {rows} {'row' if rows == 1 else 'rows'}"


def _missing_remedy(others: list[str], data: Data) -> str:
    words = [*(data.missing or []), *sorted(others)[:5]]
    written = ", ".join(map(yaml_text, words))
    mean = "that means" if len(others) == 1 else "those mean"
    remedy = f"if {mean} missing, write 'data.missing: [{written}]'"
    if data.missing is None:
        remedy += " (it replaces the usual words, such as NA)"
    return remedy
