"""The test rows of `split: {method: column}`, where a column of the data names them."""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from training.errors import InvalidInputError

if TYPE_CHECKING:
    from training.settings import Settings

TEST_VALUES, TRAIN_VALUES = ("test",), ("train",)
SHOWN = 5


def held_by_name(frame: pd.DataFrame, settings: "Settings") -> npt.NDArray[np.bool_]:
    """Tell of each row whether it is a test row.

    Raises InvalidInputError for a row whose value is missing or stated for neither side.
    """
    split, key = settings.split, str(settings.split.key)
    test = [_text(value) for value in split.test_values or TEST_VALUES]
    train = [_text(value) for value in split.train_values or TRAIN_VALUES]
    column = frame[key].astype(object)
    texts = column.map(_text, na_action="ignore")
    problems = []
    if both := sorted(set(test) & set(train)):
        problems.append(f"split: '{both[0]}' is both in 'test_values' and in 'train_values'")
    if absent := int(texts.isna().sum()):
        problems.append(
            f"split.key: '{key}' is missing in {absent} row(s), which then are neither trained on "
            "nor tested; fill it in, or remove them"
        )
    known = {*test, *train}
    others = texts[~texts.isin(known) & texts.notna()].value_counts()
    if len(others):
        problems.append(_unknown(key, others, test, train))
    if not problems and not texts.isin(test).any():
        problems.append(f"split.key: no row of '{key}' has {_listed(test)}; nothing is tested")
    if not problems and not texts.isin(train).any():
        problems.append(f"split.key: no row of '{key}' has {_listed(train)}; nothing is trained on")
    if problems:
        raise InvalidInputError(settings.name, problems)
    held: npt.NDArray[np.bool_] = texts.isin(test).to_numpy(np.bool_)
    return held


def _unknown(key: str, others: "pd.Series[int]", test: list[str], train: list[str]) -> str:
    found = [f"'{value}' ({rows} rows)" for value, rows in others.head(SHOWN).items()]
    more = f" and {len(others) - SHOWN} more" if len(others) > SHOWN else ""
    return (
        f"split.key: '{key}' holds {', '.join(found)}{more}, and 'split.test_values' is "
        f"{_listed(test)}, 'split.train_values' {_listed(train)}; state each value in one of them"
    )


def _listed(values: list[str]) -> str:
    return f"[{', '.join(values)}]"


def _text(value: Any) -> str:
    """Return a value of the data, or of the YAML, as one writes it: 1 for 1.0, true for True."""
    if isinstance(value, bool | np.bool_):
        return str(bool(value)).lower()
    if isinstance(value, int | np.integer):
        return str(int(value))  # a float has no more than 53 bits
    if isinstance(value, float | np.floating):
        number = float(value)
        return str(int(number)) if number.is_integer() else repr(number)
    text = str(value)
    return text.lower() if text.lower() in ("true", "false") else text
