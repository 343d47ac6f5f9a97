"""Reads the column to predict: numbers, or classes named by the file's own text."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from training.columns import as_values
from training.feature import Feature
from training.settings import Settings
from training.spelling import reduced, told_apart
from training.table.conventions import Values, foreign
from training.table.missing import BOOLEAN, PLAIN, as_text, values_and_counts

WHOLE = re.compile(r"-?(0|[1-9][0-9]*)")
EXACT = 2**53 - 1  # JSON's numbers are exact up to here
MANY_FRACTIONS = 20
YES = {"yes", "y", "true", "t", "1", "oui", "o", "ja", "j", "si", "sí", "sim", "tak", "da"}
YES |= {"positive", "pos"}
NO = {"no", "n", "false", "f", "0", "non", "nein", "não", "nao", "nie", "nej", "none"}
NO |= {"negative", "neg"}
TRUTH = dict.fromkeys(("true", "yes", "1"), "yes") | dict.fromkeys(("false", "no", "0"), "no")
AS_FRACTION = re.compile(r"([+-]?(?:0|[1-9][0-9]*))(?:\.0+)?")  # 1 and 1.0; 01 is a code
_NEGATED = re.compile(r"(?:no|not|non|un|kein|pas)[ _-]+(.+)", re.IGNORECASE)

Classes = list[int | str]
Stated = bool | int | str


def numbers(
    settings: Settings, column: "pd.Series[Any]", problems: list[str]
) -> npt.NDArray[np.float64]:
    """Return a regression's target as finite float64."""
    name = settings.target.column
    if _misses(name, column, problems):
        return np.array([])
    feature = Feature(name=name, type="number")
    bad = pd.api.types.is_bool_dtype(column)
    values = as_values(feature, column, settings.data).to_numpy(np.float64)
    if bad or not np.isfinite(values).all():
        hint = ""
        if column.dtype == "category":
            hint = foreign(name, Values(*values_and_counts(column)), settings.data).text
        problems.append(
            f"target.column: '{name}' must hold finite numbers for a regression"
            + (f"; {hint}" if hint else "")
        )
    if "mape" in (settings.metrics or []) and (zeros := int((values == 0).sum())):
        problems.append(
            f"metrics: 'mape' divides by '{name}', which is 0 in {zeros} row(s); use mae or rmse"
        )
    return values


def classes(
    settings: Settings, column: "pd.Series[Any]", problems: list[str]
) -> tuple[npt.NDArray[np.int64], Classes]:
    """Return class indices and the classes in order: integers if all texts are."""
    name = settings.target.column
    if _misses(name, column, problems):
        return np.array([], dtype=np.int64), []
    if pd.api.types.is_float_dtype(column) and (column % 1 != 0).any():
        problems.append(
            f"target.column: '{name}' holds fractions; state 'task: regression' or use classes"
        )
        return np.array([], dtype=np.int64), []
    texts = _texts(column)
    different = texts.cat.categories.tolist()
    values = _class_values(different)
    if problem := _unfit(different, values):
        problems.append(f"target.column: '{name}' {problem}")
        return np.array([], dtype=np.int64), []
    counts = np.bincount(texts.cat.codes, minlength=len(values))
    if few := [str(value) for value, count in zip(values, counts, strict=True) if count < 2]:
        shown = ", ".join(few[:10])
        problems.append(f"target.column: only one row has {shown}; at least two are needed")
    order: Classes = sorted(values)
    index = np.array([order.index(value) for value in values], dtype=np.int64)
    return index[texts.cat.codes], order


def _misses(name: str, column: "pd.Series[Any]", problems: list[str]) -> bool:
    missing = int(column.isna().sum())
    if missing:
        problems.append(
            f"target.column: '{name}' misses {missing} values; remove those rows, or, if a text "
            "such as NaN is a class, list in 'data.missing' only what means missing (maybe [])"
        )
    return missing > 0


def _texts(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return categorical text; a packaged data set's whole numbers and booleans as integers."""
    if column.dtype == "category":
        return as_text(column).cat.remove_unused_categories()
    if pd.api.types.is_bool_dtype(column) or pd.api.types.is_float_dtype(column):
        column = column.astype(np.int64)
    return column.map(str).astype("category")


def _class_values(texts: list[str]) -> Classes:
    bare = [text.strip() for text in texts]
    whole = all(map(WHOLE.fullmatch, bare)) and len(set(bare)) == len(bare)
    if whole and "-0" not in bare and all(abs(int(text)) <= EXACT for text in bare):
        return [int(text) for text in bare]
    return list(texts)


def _unfit(texts: list[str], values: Classes) -> str:
    """Say why the different texts cannot be classes."""
    fractions = [t for t in texts if PLAIN.fullmatch(t) and float(t) % 1 != 0]
    if len(fractions) > MANY_FRACTIONS or (fractions and len(values) > 100):
        return f"holds fractions such as {fractions[0]}; state 'task: regression' or use classes"
    if not 2 <= len(values) <= 100:
        return f"has {len(values)} classes; 2 to 100 work"
    if pair := _twins({text: reduced(text) for text in texts}):
        both = told_apart(*pair)
        return f"has the classes {both}, which differ only in case or spaces; correct one"
    return _same_meaning(texts)


def _twins(meanings: dict[str, str]) -> tuple[str, str] | None:
    """Return the first two texts that mean the same."""
    first: dict[str, str] = {}
    for text, meaning in meanings.items():
        if (other := first.setdefault(meaning, text)) != text:
            return other, text
    return None


def _same_meaning(texts: list[str]) -> str:
    """Name two classes that are one: `1` and `1.0`, or, among such words alone, `1` and `TRUE`."""
    wholes = {text: match[1] for text in texts if (match := AS_FRACTION.fullmatch(text.strip()))}
    words = {text: TRUTH[key] for text in texts if (key := reduced(text)) in TRUTH}
    for meanings in (wholes, words):
        if len(meanings) == len(texts) and (pair := _twins(meanings)):
            both = f"{pair[0]!r} and {pair[1]!r}"
            return f"has the classes {both}, which mean the same; bring them to one spelling"
    return ""


def matching(stated: Stated, known: Classes) -> int | str | None:
    """Find the class that a YAML value means: YAML reads true, 7 and, unless quoted, yes."""
    if isinstance(stated, bool):
        words = {str(value).lower(): value for value in known}
        return words.get(str(stated).lower(), words.get(str(int(stated))))
    same = {str(value): value for value in known}
    if str(stated) in same:
        return same[str(stated)]
    if isinstance(stated, int):
        equal = [v for v in known if PLAIN.fullmatch(str(v)) and float(v) == stated]
        return equal[0] if len(equal) == 1 else None
    return None


def labels(settings: Settings, known: Classes, problems: list[str]) -> list[str]:
    """Return what people read for each class, in order; by default the class itself."""
    stated = _by_class("labels", settings.target.labels, known, problems)
    all_labels = [stated.get(value, str(value)) for value in known]
    if twice := sorted({label for label in all_labels if all_labels.count(label) > 1}):
        problems.append(f"target.labels: two classes are labelled {', '.join(twice)}; rename one")
    return all_labels


def sentences(settings: Settings, known: Classes, problems: list[str]) -> list[str]:
    """Return what the page says of each class, in order; [] where the YAML says nothing."""
    said = _by_class("sentences", settings.target.sentences, known, problems)
    if said and (without := [str(value) for value in known if value not in said]):
        problems.append(f"target.sentences: there is none for {', '.join(without)}; write it too")
        return []
    return [said[value] for value in known] if said else []


def _by_class(
    key: str, stated: Mapping[Stated, str], known: Classes, problems: list[str]
) -> dict[int | str, str]:
    """Find the class of each value that the YAML states something for."""
    found: dict[int | str, str] = {}
    for value, text in stated.items():
        known_as = matching(value, known)
        if known_as is None:
            problems.append(_no_class(f"target.{key}: '{value}'", value, known))
        else:
            found[known_as] = text
    return found


def _no_class(what: str, stated: object, known: Classes) -> str:
    quote = ""
    if isinstance(stated, bool):
        quote = "; YAML reads yes, no, on and off as true and false unless they are in quotes"
    return f"{what} is no class of the data; those are {', '.join(map(str, known))}{quote}"


def positive(settings: Settings, known: Classes, problems: list[str]) -> tuple[int | None, str]:
    """Index of a binary model's positive class and why it is that one; None for any other."""
    stated = settings.target.positive
    found = None if stated is None else matching(stated, known)
    if stated is not None and found is None:
        problems.append(_no_class(f"target.positive: '{stated}'", stated, known))
        return None, ""
    if len(known) != 2:
        only = {
            "target.positive": stated is not None,
            "risk_bands": bool(settings.risk_bands),
            "output.type": settings.output.type == "boolean",
            "threshold": settings.threshold is not None,
        }
        problems += [f"{path}: only for two classes" for path, used in only.items() if used]
        return None, ""
    if found is not None:
        return known.index(found), "stated"
    return _likely_positive(known)


def _likely_positive(known: Classes) -> tuple[int, str]:
    """Yes of yes and no, in usual words; the larger number; else the last in order, a guess."""
    words = [str(value).strip().lower() for value in known]
    for index in (0, 1):
        me, other = words[index], words[1 - index]
        if me in YES and other in NO:
            return index, f"'{known[index]}' against '{known[1 - index]}'"
        negated = _NEGATED.fullmatch(other)
        if negated and negated[1] == me:
            return index, f"'{known[1 - index]}' is its negation"
    if all(map(PLAIN.fullmatch, words)) and Decimal(words[0]) != Decimal(words[1]):
        return int(Decimal(words[1]) > Decimal(words[0])), "the larger number"
    return 1, "only because it is the last in order; state 'target.positive' if it is the other"


def is_boolean(known: Classes) -> bool:
    """Whether the classes are 0 and 1, or true and false."""
    return known == [0, 1] or (
        len(known) == 2 and all(isinstance(v, str) and BOOLEAN.fullmatch(v) for v in known)
    )
