"""Keeps test rows apart, the same ones whenever data, seed and share are the same."""

import numpy as np

from training.dataset import Dataset
from training.errors import InvalidInputError
from training.settings import Split


def split_dataset(dataset: Dataset, split: Split) -> tuple[Dataset, Dataset]:
    """Return the training and the test part; raises when a class is absent from either."""
    from sklearn.model_selection import train_test_split

    stratify = split.stratify if split.stratify is not None else dataset.task != "regression"
    try:
        train, test = train_test_split(
            np.arange(len(dataset.rows)),
            test_size=split.test,
            random_state=split.seed,
            stratify=dataset.target if stratify and dataset.classes else None,
        )
    except ValueError as error:
        raise InvalidInputError("split", [f"split.test ({split.test:g}): {error}"]) from error
    for part, index in {"training": train, "test": test}.items():
        present = set(dataset.target[index].tolist())
        if lost := [c for i, c in enumerate(dataset.classes) if i not in present]:
            names = ", ".join(map(str, lost))
            raise InvalidInputError(
                "split", [f"split: no {part} row has class {names}; change 'test' or 'stratify'"]
            )
    return dataset.take(train), dataset.take(test)
