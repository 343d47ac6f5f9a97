"""How much each row counts in the fit: by a column of the YAML, and by its class."""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from training.columns import as_values
from training.errors import InvalidInputError
from training.feature import Feature
from training.settings import Settings
from training.sources import Table
from training.target import Classes, matching

if TYPE_CHECKING:
    from training.dataset import Dataset

SHOWN = 5
# What estimators call weights of classes of their own.
OWN = {
    *("class_weight", "class_weights", "auto_class_weights"),
    *("scale_pos_weight", "is_unbalance", "unbalance", "unbalanced_sets"),
}
Weights = npt.NDArray[np.float64]


def weight_problems(settings: Settings, found: Any, other: str) -> list[str]:
    """Refuse weights that the class cannot take, or has another way; `other` is one that can."""
    from sklearn.utils.validation import has_fit_parameter

    asked = {"sample_weight": settings.sample_weight, "class_weight": settings.class_weight}
    keys = [name for name, stated in asked.items() if stated is not None]
    problems = []
    if keys and not has_fit_parameter(found, "sample_weight"):
        problems = [
            f"{name}: the fit of {found.__name__} takes no weights; use another class, such as "
            f"{other}, or leave it out"
            for name in keys
        ]
    choice = settings.estimator
    if settings.class_weight is not None and choice is not None:
        problems += [
            f"class_weight: 'estimator.parameters.{name}' weighs classes too; state one of them"
            for name in sorted(OWN & set(choice.parameters))
        ]
    return problems


def weights_in(settings: Settings, table: Table, problems: list[str]) -> Weights | None:
    """Return the column of weights `[rows]`; adds to `problems` the rows that have no good one."""
    name = settings.sample_weight
    if name is None:
        return None
    if name not in table.frame.columns:
        dropped = name in settings.data.drop
        instead = "take it out of 'data.drop': it is no feature" if dropped else "it has "
        known = "" if dropped else ", ".join(map(str, table.frame.columns))
        problems.append(f"sample_weight: the data has no column '{name}'; {instead}{known}")
        return None
    column = table.frame[name]
    values = as_values(Feature(name=name, type="number"), column, settings.data)
    weights = values.to_numpy(np.float64)
    bad = np.flatnonzero(~(np.isfinite(weights) & (weights >= 0)))
    if len(bad):
        rows = ", ".join(str(row + 1) for row in bad[:SHOWN])
        more = f" and {len(bad) - SHOWN} more" if len(bad) > SHOWN else ""
        first = column.iloc[bad[0]]
        shown = "is missing" if column.isna().iloc[bad[0]] else f"is '{first}'"
        problems.append(
            f"sample_weight: each row needs a number of '{name}' that is 0 or more; in row "
            f"{bad[0] + 1} of the data it {shown} (rows {rows}{more}); correct or remove them"
        )
        return None
    return weights


def class_problems(settings: Settings, known: Classes) -> list[str]:
    """Refuse weights of classes that the data does not have."""
    stated = settings.class_weight
    if not isinstance(stated, dict) or not known:
        return []
    found = {key: matching(key, known) for key in stated}
    listed = ", ".join(map(str, known))
    problems = [
        f"class_weight: '{key}' is no class of the data; those are {listed}"
        for key, value in found.items()
        if value is None
    ]
    if len(set(found.values())) < len(found):
        problems.append(f"class_weight: two keys mean one class; those are {listed}")
    return problems


def fit_weights(settings: Settings, fitted: "Dataset", rows: "Dataset") -> Weights | None:
    """Return the weight of each of the `rows`, or None where all count alike.

    It is the row's own times that of its class: stated (1 where not), or `balanced`, by which the
    classes of the `fitted` rows get equal sums (King and Zeng 2001; scikit-learn's formula, whose
    counts of rows are sums of weights here). Raises InvalidInputError where nothing weighs.
    """
    stated = settings.class_weight
    if stated is None and rows.weights is None:
        return None
    own = np.ones(len(rows.target)) if rows.weights is None else rows.weights
    if fitted is rows:
        _check(settings, fitted)
    if stated is None:
        return own
    by_class = np.ones(len(fitted.classes))
    if isinstance(stated, dict):
        named = {matching(key, fitted.classes): weight for key, weight in stated.items()}
        by_class = np.array([named.get(value, 1.0) for value in fitted.classes])
    else:
        from sklearn.utils.class_weight import compute_class_weight

        every = np.arange(len(fitted.classes))
        by_class = compute_class_weight(
            "balanced", classes=every, y=fitted.target, sample_weight=fitted.weights
        )
    weights: Weights = own * by_class[rows.target]
    return weights


def _check(settings: Settings, fitted: "Dataset") -> None:
    if fitted.weights is None:
        return
    groups = (
        np.bincount(fitted.target, fitted.weights) if fitted.classes else [fitted.weights.sum()]
    )
    light = [index for index, total in enumerate(groups) if not total > 0]
    if light:
        of = (
            f" of class {', '.join(str(fitted.classes[i]) for i in light)}"
            if fitted.classes
            else ""
        )
        problem = (
            f"sample_weight: '{settings.sample_weight}' is 0 in every row{of} that is fitted on; "
            "correct the data, or leave it out"
        )
        raise InvalidInputError(settings.name, [problem])


def passed(estimator: Any, weights: Weights | None) -> dict[str, Weights]:
    """Return the arguments of `fit` that hand weights to the estimator, or to a pipeline's last."""
    if weights is None:
        return {}
    path = []
    while hasattr(estimator, "steps"):
        step, estimator = estimator.steps[-1]
        path.append(step)
    return {"__".join([*path, "sample_weight"]): weights}
