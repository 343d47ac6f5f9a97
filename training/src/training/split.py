"""Keeps test rows apart: by a seeded draw, or so that rows stay on their side as data grows."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from training.dataset import Dataset
from training.errors import InvalidInputError
from training.row_hash import Hashes, numbered, row_hashes, seeded
from training.settings import Settings
from training.split_choice import Split
from training.split_named import held_by_name
from training.split_time import times_of

FEW_ROWS = 100
NATURAL = 0.2  # share of contradicted repeats from which on a table repeats itself by nature


class Parts(NamedTuple):
    """What the two parts are called, the key of the second's share, and how to mend a bad one."""

    first: str
    second: str
    share: str
    remedy: str


TEST = Parts("training", "test", "split.test", "change 'test' or 'stratify'")
Mask = npt.NDArray[np.bool_]
Places = npt.NDArray[np.float64]


def split_dataset(
    dataset: Dataset, frame: pd.DataFrame, settings: Settings, parts: Parts = TEST
) -> tuple[Dataset, Dataset]:
    """Return the training and the test part; raises when a class is absent from either.

    `frame` is the raw table, row by row that of `dataset`. `parts` says what they are called.
    """
    split = settings.split
    if split.key is not None and split.key not in frame.columns:
        known = ", ".join(map(str, frame.columns))
        problem = f"split.key: the data has no column '{split.key}'; it has {known}"
        if split.key in settings.data.drop:
            problem = f"split.key: '{split.key}' is in 'data.drop'; take it out, it is no feature"
        raise InvalidInputError(settings.name, [problem])
    method = settings.split_method
    if method == "random":
        train, test = _drawn(dataset, split, parts)
    else:
        if method == "time":
            held = _latest(times_of(frame, settings), split)
        elif method == "column":
            held = held_by_name(frame, settings)
        else:
            held = _by_place(
                seeded(groups_of(frame, settings), split.seed),
                _groups(dataset, split),
                split.test,
            )
        if method != "column":
            _check_share(held, split, parts)
        train, test = np.flatnonzero(~held), np.flatnonzero(held)
    for part, index in {parts.first: train, parts.second: test}.items():
        present = set(dataset.target[index].tolist())
        if lost := [c for i, c in enumerate(dataset.classes) if i not in present]:
            names = ", ".join(map(str, lost))
            raise InvalidInputError(
                "split",
                [f"split: no {part} row has class {names}; {_remedy(method, parts)}"],
            )
    return dataset.take(train), dataset.take(test)


def hold_apart(
    settings: Settings, train: Dataset, frame: pd.DataFrame, share: float, stream: int, parts: Parts
) -> tuple[Dataset, Dataset]:
    """Part the training split as `split` says, with a seed of this `stream`.

    So a row that is appended to the data moves no other one. `frame` is the whole raw table.
    """
    stated, settings = settings, within_training(settings)
    split = settings.split
    ours = {"test": share, "seed": (split.seed + stream) % 2**32}
    changed = settings.model_copy(update={"split": split.model_copy(update=ours)})
    return split_dataset(train, rows_of(train, frame, stated), changed, parts)


def rows_of(train: Dataset, frame: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Return the raw rows of the training split, without what says that they are of it.

    Else rows that are equal but for the name of their part would not stay together.
    """
    named = [settings.split.key] if settings.split_method == "column" else []
    return frame.loc[train.rows.index].drop(columns=named)


def within_training(settings: Settings) -> Settings:
    """Return how the training split is parted further: a column names no parts of it."""
    if settings.split_method != "column":
        return settings
    unnamed = {"method": None, "key": None, "test_values": None, "train_values": None}
    split = settings.split.model_copy(update=unnamed)
    return settings.model_copy(update={"split": split})


def _remedy(method: str, parts: Parts) -> str:
    if method == "column":
        return "add such rows, or state other 'test_values' in 'split'"
    if method == "random":
        return parts.remedy
    return f"{parts.remedy}, or state 'method: random' in 'split' (now {method})"


def _drawn(
    dataset: Dataset, split: Split, parts: Parts
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    from sklearn.model_selection import train_test_split

    try:
        train, test = train_test_split(
            np.arange(len(dataset.rows)),
            test_size=split.test,
            random_state=split.seed,
            stratify=dataset.target if stratified(dataset, split) else None,
        )
    except ValueError as error:
        raise InvalidInputError("split", [f"{parts.share} ({split.test:g}): {error}"]) from error
    return train, test


def stratified(dataset: Dataset, split: Split) -> bool:
    """Whether each part has every class in its share."""
    wanted = split.stratify if split.stratify is not None else dataset.task != "regression"
    return wanted and bool(dataset.classes)


def _groups(dataset: Dataset, split: Split) -> list[npt.NDArray[np.int64]]:
    """Positions of the rows of each class, or of all rows."""
    if not stratified(dataset, split):
        return [np.arange(len(dataset.rows))]
    return [np.flatnonzero(dataset.target == index) for index in range(len(dataset.classes))]


def groups_of(frame: pd.DataFrame, settings: Settings) -> Hashes:
    """Hash the key, or the row without target and weight: equal features then stay together.

    Where repeats are in the nature of a table (a few categories, the same features with another
    outcome) they are no leak, and whole combinations would be missing from one side: there each row
    goes its own way. Never by features and target together: of one combination the rows of one
    outcome would be learned, and those of the other tested.
    """
    key, target = settings.split.key, settings.target.column
    if key is not None:
        return row_hashes(frame[[key]])
    weights = [] if settings.sample_weight is None else [settings.sample_weight]
    features = row_hashes(frame.drop(columns=[target, *weights]))
    few = min(FEW_ROWS, len(features) / 2)
    if len(np.unique(features)) < few or _contradicted(features, frame[[target]]) >= NATURAL:
        return numbered(row_hashes(frame))
    return features


def _contradicted(features: Hashes, target: pd.DataFrame) -> float:
    """Of the rows whose features another has too, the share that another outcome stands beside."""
    repeated = pd.Series(features).duplicated(keep=False).to_numpy()
    if not repeated.any():
        return 0.0
    outcomes = pd.Series(row_hashes(target[repeated])).groupby(features[repeated])
    return float((outcomes.transform("nunique") > 1).mean())


def _by_place(places: Places, groups: list[npt.NDArray[np.int64]], share: float) -> Mask:
    """Hold back the rows whose place in [0, 1) lies below `share`.

    A row's side depends on itself alone, save in a group so small that chance would leave it less
    than half or more than twice its share: there its lowest places are held back in any case, its
    highest never. Equal rows have equal places and stay together.
    """
    always, never = [], []
    for group in groups:
        ordered = np.sort(places[group])
        least = max(1 if len(groups) > 1 else 2, int(len(group) * share / 2))
        most = max(least, min(int(len(group) * share * 2), int(len(group) * (1 + share) / 2)))
        always.append(ordered[:least])
        never.append(ordered[most:])
    held: Mask = np.isin(places, np.concatenate(always))
    return held | ((places < share) & ~np.isin(places, np.concatenate(never)))


def _latest(times: "pd.Series[Any]", split: Split) -> Mask:
    """Hold back the latest rows; those of one time stay together."""
    first = times.sort_values().iloc[len(times) - max(2, round(len(times) * split.test))]
    held: Mask = (times >= first).to_numpy(np.bool_)
    return held


def period_of(
    settings: Settings, frame: pd.DataFrame, train: Dataset, test: Dataset
) -> dict[str, Any]:
    """Return first and last time of either part as `period`, where `split` names the time."""
    if settings.split_method != "time":
        return {}
    column = frame[str(settings.split.key)]
    times = times_of(frame, settings)

    def ends(part: Dataset) -> list[str]:
        known, texts = times.loc[part.rows.index].to_numpy(), column.loc[part.rows.index].to_numpy()
        return [str(texts[at]) for at in (known.argmin(), known.argmax())]

    parts = {"train": ends(train), "test": ends(test)}
    return {"period": {"column": settings.split.key, **parts}}


def _check_share(held: Mask, split: Split, parts: Parts) -> None:
    """Rows that stay together can make the parts far from what was asked for."""
    if split.test / 4 <= held.mean() <= (1 + split.test) / 2:
        return
    problem = (
        f"{parts.share} ({split.test:g}): {held.sum()} of {len(held)} rows would be the "
        f"{parts.second}, because "
        f"rows with one '{split.key}' stay together and many have; name another 'split.key', or "
        "state 'split: {method: random}' without a key"
    )
    raise InvalidInputError("split", [problem])
