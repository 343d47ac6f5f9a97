"""Early stopping: the rows of the training split that decide how many trees are kept."""

import pandas as pd

from training.dataset import Dataset
from training.settings import Settings
from training.split import Parts, hold_apart

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

    `frame` is the whole raw table.
    """
    stopping = settings.estimator.early_stopping if settings.estimator is not None else None
    if stopping is None:
        return train, None
    return hold_apart(settings, train, frame, stopping.validation, 1, VALIDATION)
