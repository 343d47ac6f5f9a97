"""Rows that nobody sent yet: around and beyond the training range, gaps and unknowns included."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from training.dataset import Dataset
from training.feature import MAX_LENGTH, Feature
from training.moments import FIRST, LAST

NEAR_ROWS, FAR_ROWS, EXTREME_ROWS = 300, 150, 50
FAR_SPANS, EXTREME = 30.0, 1e30
UNKNOWN = "?never seen?"
# What people, keyboards and programs write besides words: no word at all, other scripts, letters
# whose capitals differ in number, an accent of its own, emoji, a byte order mark, many words.
ODD_TEXTS = (
    *(" ", "\t\r\n", "...", "#", "-1", "ÉTÉ Été été ÉtÉ", "e\u0301te\u0301", "Straße STRASSE ẞ"),
    *("\u0130I \u0131i", "ΣΊΣΥΦΟΣ σίσυφος", "Привет ПРИВЕТ", "日本語 テスト", "नमस्ते।"),
    *("مرحبا، بالعالم", "👍🏽 ❤️ 👨‍👩‍👧", "\ufeffword\u200b", "\u00a0a\u2028b", "don't x_y a@b.c"),
    *("\x00\x02\x03", UNKNOWN, "word " * 3000),
)


def near_rows(train: Dataset, seed: int) -> pd.DataFrame:
    """Draw rows of training values, numbers halfway between them, and up to a tenth beyond.

    Halfway is where trees put their thresholds.
    """
    return _drawn(train, np.random.default_rng([seed, 1]), NEAR_ROWS, _near)


def far_rows(train: Dataset, seed: int) -> pd.DataFrame:
    """Draw rows with numbers up to 30 times the training range away."""
    return _drawn(train, np.random.default_rng([seed, 2]), FAR_ROWS, _far)


def extreme_rows(train: Dataset, seed: int) -> pd.DataFrame:
    """Draw rows in which one number has any size that serving takes."""
    random = np.random.default_rng([seed, 3])
    rows = _drawn(train, random, EXTREME_ROWS, _near)
    numbers = [f for f in train.features if f.type in ("number", "integer", "datetime")]
    for position in range(len(rows) if numbers else 0):
        feature = numbers[random.integers(len(numbers))]
        size = 10.0 ** random.uniform(0, np.log10(EXTREME)) * random.choice([-1.0, 1.0])
        rows.loc[position, feature.name] = _allowed(feature, np.array([size]))[0]
    return rows


def _drawn(train: Dataset, random: np.random.Generator, count: int, draw: Any) -> pd.DataFrame:
    columns = {}
    for feature in train.features:
        column = train.rows[feature.name]
        if feature.type == "text":
            columns[feature.name] = _texts(feature, column, random, count)
            continue
        if feature.type == "category":
            columns[feature.name] = _categories(feature, random, count)
            continue
        values = np.sort(column.dropna().unique())
        if feature.type == "boolean":
            drawn = random.choice(values, count)
        else:
            drawn = _allowed(feature, draw(values, random, count))
        if not feature.required:
            drawn = np.where(random.random(count) < 0.1, np.nan, drawn)
        columns[feature.name] = drawn
    return pd.DataFrame(columns)


def _near(
    values: npt.NDArray[np.float64], random: np.random.Generator, count: int
) -> npt.NDArray[np.float64]:
    span = (values[-1] - values[0]) or max(abs(values[0]), 1.0)
    at = random.integers(len(values), size=count)
    following = np.minimum(at + 1, len(values) - 1)
    around = random.uniform(values[0] - span / 10, values[-1] + span / 10, count)
    halfway = values[at] + (values[following] - values[at]) / 2
    return np.choose(random.integers(3, size=count), [values[at], halfway, around])


def _far(
    values: npt.NDArray[np.float64], random: np.random.Generator, count: int
) -> npt.NDArray[np.float64]:
    span = (values[-1] - values[0]) or max(abs(values[0]), 1.0)
    distance = span * random.uniform(0, FAR_SPANS, count)
    beyond = np.where(random.random(count) < 0.5, values[0] - distance, values[-1] + distance)
    return np.where(random.random(count) < 0.5, beyond, _near(values, random, count))


def _allowed(feature: Feature, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Keep to what serving lets through: whole numbers and seconds, and the stated range."""
    if feature.type in ("integer", "datetime"):
        values = np.round(values)
    if feature.type == "datetime":
        return np.clip(values, FIRST, LAST)
    bounds = feature.range
    low = -np.inf if bounds is None or bounds.min is None else bounds.min
    high = np.inf if bounds is None or bounds.max is None else bounds.max
    return np.clip(values, low, high)


def _texts(
    feature: Feature, column: "pd.Series[Any]", random: np.random.Generator, count: int
) -> npt.NDArray[Any]:
    """Draw training texts: as they are, in capitals, two halves joined, and odd ones among them."""
    present = column[column != ""].to_numpy(object)
    first, second = random.choice(present, count), random.choice(present, count)
    found = []
    for at, way in enumerate(random.integers(5, size=count)):
        one, odd = first[at], ODD_TEXTS[random.integers(len(ODD_TEXTS))]
        joined = one[: len(one) // 2] + second[at][len(second[at]) // 2 :]
        found.append([one, one.upper(), joined, odd, f"{one} {odd} {second[at]}"][way])
    texts = np.array(found, dtype=object)
    texts = np.array([text[: feature.max_length or MAX_LENGTH] for text in texts], dtype=object)
    if not feature.required:
        texts[random.random(count) < 0.1] = ""
    return texts


def _categories(feature: Feature, random: np.random.Generator, count: int) -> npt.NDArray[Any]:
    known = list(feature.categories or [])
    also = [] if feature.required else [""]
    if feature.unknown == "accept":
        also.append(UNKNOWN)
    drawn = random.choice(np.array(known, dtype=object), count)
    if also:
        other = random.choice(np.array(also, dtype=object), count)
        drawn = np.where(random.random(count) < 0.2, other, drawn)
    return drawn
