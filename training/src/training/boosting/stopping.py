"""Early stopping: the rows of the training split that decide how many trees are kept."""

import pandas as pd

from training.dataset import Dataset
from training.settings import Settings
from training.split import Parts, split_dataset

VALIDATION = Parts(
    "fitted",
    "validation",
    "estimator.early_stopping.validation",
    "change 'estimator.early_stopping.validation' or leave 'early_stopping' out",
)


def hold_back(
    settings: Settings, train: Dataset, frame: pd.DataFrame
) -> tuple[Dataset, Dataset | None]:
    """Return the rows to fit on, and those that are held back where the YAML asks for it.

    They are chosen as `split` says, with another seed, so that a row that is appended to the data
    moves no other one. `frame` is the whole raw table.
    """
    stopping = settings.estimator.early_stopping if settings.estimator is not None else None
    if stopping is None:
        return train, None
    split = settings.split
    ours = {"test": stopping.validation, "seed": (split.seed + 1) % 2**32}
    changed = settings.model_copy(update={"split": split.model_copy(update=ours)})
    return split_dataset(train, frame.loc[train.rows.index], changed, VALIDATION)
