"""Parts the training split into folds, by the rules of `split`."""

import warnings
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from training.dataset import Dataset
from training.errors import InvalidInputError
from training.settings import Settings
from training.split import groups_of, rows_of, stratified, within_training
from training.split_time import times_of


class Fold(NamedTuple):
    """Positions in the training split of the rows to fit on, and of those to score."""

    fitted: npt.NDArray[np.int64]
    scored: npt.NDArray[np.int64]


class Folds(NamedTuple):
    """All folds, in order, and the class of scikit-learn that made them."""

    parts: list[Fold]
    splitter: str


def fold(settings: Settings, train: Dataset, frame: pd.DataFrame, count: int, key: str) -> Folds:
    """Return `count` folds; raises where a class is absent from a part of one.

    Rows that `split` keeps together, of one `split.key` or of equal features, are in one fold. By
    time, each fold is scored by a model that is fitted on what came before it. `frame` is the whole
    raw table, `key` the YAML's that says how many folds.
    """
    mine = rows_of(train, frame, settings)
    settings = within_training(settings)
    split = settings.split
    groups: npt.NDArray[Any] | None = None
    if settings.split_method == "hash":
        groups = groups_of(mine, settings)
    elif settings.split_method == "time":
        groups = pd.factorize(times_of(mine, settings), sort=True)[0]
    if groups is not None:
        least = count + (settings.split_method == "time")
        if (different := len(np.unique(groups))) < least:
            what = f"one '{split.key}'" if split.key else "equal features"
            problem = (
                f"{key} ({count}): rows of {what} stay together, and the training split has "
                f"{different} different ones, of which {least} are needed; write fewer folds"
            )
            raise InvalidInputError(settings.name, [problem])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of rare classes, which are refused below
            found = _parted(settings, train, groups, count)
    except ValueError as error:
        raise InvalidInputError(
            settings.name, [f"{key} ({count}): {error}; write fewer folds"]
        ) from error
    for number, part in enumerate(found.parts, 1):
        _check(settings.name, train, part, f"{key} ({count}): fold {number}")
    return found


def _parted(
    settings: Settings, train: Dataset, groups: npt.NDArray[Any] | None, count: int
) -> Folds:
    from sklearn import model_selection as sk

    drawn: dict[str, Any] = {"shuffle": True, "random_state": settings.split.seed}
    if groups is not None and settings.split_method == "time":
        made: Any = sk.TimeSeriesSplit(count)
        parts = [
            Fold(*(np.flatnonzero(np.isin(groups, moments)) for moments in both))
            for both in made.split(np.unique(groups))
        ]
        return Folds(parts, type(made).__name__)
    if groups is not None and len(np.unique(groups)) == len(groups):
        groups = None  # no two rows belong together
    by_class = stratified(train, settings.split)
    if groups is None:
        made = (sk.StratifiedKFold if by_class else sk.KFold)(count, **drawn)
    else:
        made = (sk.StratifiedGroupKFold if by_class else sk.GroupKFold)(count, **drawn)
    parted = made.split(train.target, train.target, groups)
    return Folds([Fold(*both) for both in parted], type(made).__name__)


def _check(model: str, train: Dataset, part: Fold, where: str) -> None:
    """Each class must be learned, and scored; and two numbers are needed for a spread."""
    for rows, what in ((part.fitted, "to fit on"), (part.scored, "to score")):
        present = set(train.target[rows].tolist())
        lost = [str(c) for index, c in enumerate(train.classes) if index not in present]
        if lost or len(rows) < 2:
            lack = f"no row of class {', '.join(lost)}" if lost else "too few rows"
            problem = f"{where} has {lack} {what}; write fewer folds"
            raise InvalidInputError(model, [problem])
