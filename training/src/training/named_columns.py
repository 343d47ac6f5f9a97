"""Columns by name for scikit-learn's steps, and by position for their ONNX form."""

import copy
from typing import Any

import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin


class NamedColumns(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Gives a matrix `[rows, features]` the features' names; a frame has them."""

    def __init__(self, names: list[str]) -> None:
        """Take the names in the matrix's order."""
        self.names = names

    def fit(self, X: Any, y: Any = None) -> "NamedColumns":  # noqa: ARG002, N803 - scikit-learn's
        """Learn nothing."""
        return self

    def transform(self, X: Any) -> pd.DataFrame:  # noqa: N803
        """Return a frame."""
        return X if isinstance(X, pd.DataFrame) else pd.DataFrame(X, columns=self.names)

    def __sklearn_is_fitted__(self) -> bool:
        """Say that there is nothing to learn."""
        return True


def by_position(estimator: Any) -> Any:
    """Return a fitted model whose ColumnTransformers name columns by position, as a graph does.

    A model without named columns is returned as it is.
    """
    steps = getattr(estimator, "steps", [])
    return _placed(estimator) if steps and isinstance(steps[0][1], NamedColumns) else estimator


def _placed(step: Any) -> Any:
    placed = copy.copy(step)
    if hasattr(step, "transformers_"):
        places = step._transformer_to_input_indices  # noqa: SLF001 - remainders and callables too
        placed.transformers_ = [(n, _placed(one), places[n]) for n, one, _ in step.transformers_]
    elif hasattr(step, "transformer_list"):
        placed.transformer_list = [(name, _placed(one)) for name, one in step.transformer_list]
    elif hasattr(step, "steps"):
        kept = [(name, one) for name, one in step.steps if not isinstance(one, NamedColumns)]
        placed.steps = [(name, _placed(one)) for name, one in kept]
    else:
        return step
    return placed
