"""Which precision a model's graph needs, so that serving loses nothing of the data's numbers."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from training.boosting.library import library_of
from training.dataset import Dataset
from training.errors import InvalidInputError

WHOLE = 2.0**24  # float32 holds every whole number up to here
NEAR = 1e-4  # rounding may move a number by this share of its column's spread
FEW_STEPS, SHARE_LOST = 2**16, 0.01


@dataclass(frozen=True)
class Form:
    """A way to compute: the type of the graph's numbers, and whether the estimator gets float32.

    With `cast` the numbers are prepared (imputed, scaled) in `dtype`, then rounded to float32, in
    scikit-learn's pipeline as in the graph.
    """

    dtype: type[np.float32] | type[np.float64]
    cast: bool = False


def forms(kind: type, wide: list[str]) -> Iterator[Form]:
    """Return the forms to try for an estimator class, the smallest and fastest first.

    Trees are compared in float32 by ONNX. scikit-learn's own round by themselves, as XGBoost and
    CatBoost do; its histogram gradient boosting does not, nor does LightGBM, so they get rounded
    numbers to learn from.
    """
    library = library_of(kind.__module__)
    trees = bool(library) or kind.__module__.startswith(("sklearn.ensemble", "sklearn.tree"))
    rounds_itself = not kind.__name__.startswith("HistGradientBoosting")
    if library is not None:
        rounds_itself = library.rounds_itself
    if not wide:
        yield Form(np.float32, cast=not rounds_itself)
    if not trees:
        yield Form(np.float64)
    yield Form(np.float64, cast=True)


def wide_columns(dataset: Dataset) -> list[str]:
    """Name the numbers that float32 cannot tell apart, such as Unix seconds or 20261125.

    They are centred and scaled in float64 before anything else; times are always among them, and
    their parts are scaled.
    """
    names = [f.name for f in dataset.features if not f.is_text]
    times = [f.name for f in dataset.features if f.type == "datetime"]
    return [name for name in names if name in times or _is_wide(dataset.rows[name])]


def _is_wide(column: "pd.Series[float]") -> bool:
    values = column.dropna().unique()
    rounded = values.astype(np.float32)
    if len(np.unique(rounded)) < len(values):
        return True
    if (values % 1 == 0).all() and np.abs(values).max() > WHOLE:
        return True
    return float(np.abs(values - rounded).max()) > NEAR * float(values.std())


def check_steps(name: str, dataset: Dataset, wide: list[str]) -> None:
    """Refuse a column whose different values are lost even when centred and scaled.

    Some that collide among very many, as any random numbers do, lose nothing that matters.
    """
    problems = []
    times = [f.name for f in dataset.features if f.type == "datetime"]
    for column in (one for one in wide if one not in times):
        present = dataset.rows[column].dropna()
        values = present.unique()
        kept = _kept((values - present.mean()) / (present.std(ddof=0) or 1.0))
        if _too_few(kept, len(values)):
            problems.append(
                f"features: '{column}' has {len(values)} different values, and this estimator, "
                f"which computes in float32, would see {kept} of them; subtract a constant, "
                "replace those that lie far from all others, split it into columns (days and "
                "seconds, say), state 'type: category' if they name things, or name it in "
                "'data.drop'"
            )
    if problems:
        raise InvalidInputError(name, problems)


def check_rounding(name: str, prepared: Any) -> None:
    """Refuse a pipeline that gives its last step numbers `[rows, columns]` which float32 loses."""
    dense = prepared.toarray() if hasattr(prepared, "toarray") else prepared
    problems = []
    for position, column in enumerate(np.asarray(dense, np.float64).T):
        values = np.unique(column[np.isfinite(column)])
        kept = _kept(values)
        if _too_few(kept, len(values)):
            problems.append(
                f"pipeline: column {position} of those that reach its last step has {len(values)} "
                f"different values, and that step, which computes in float32, would see {kept} of "
                "them; put a StandardScaler before it, or drop the column"
            )
    if problems:
        raise InvalidInputError(name, problems)


def _kept(values: npt.NDArray[np.float64]) -> int:
    with np.errstate(over="ignore"):
        return len(np.unique(values.astype(np.float32)))


def _too_few(kept: int, values: int) -> bool:
    return kept < min(FEW_STEPS, values * (1 - SHARE_LOST))
