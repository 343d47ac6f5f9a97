"""A library's model as the last step of a scikit-learn pipeline."""

import re
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

from training.boosting.library import Library
from training.boosting.parameters import UNUSED
from training.rounding import rounded_down

_LEAVES = re.compile(r"^num_leaves=(\d+)", re.MULTILINE)


@contextmanager
def quietly() -> Iterator[None]:
    """Keep what libraries print out of standard output, which programs may read.

    Of their warnings one matters: XGBoost passes over parameters that do not fit the data's task.
    """
    with warnings.catch_warnings(record=True) as warned, redirect_stdout(sys.stderr):
        warnings.simplefilter("always")
        yield
    said = " ".join(str(one.message) for one in warned)
    if unused := UNUSED.findall(said):
        raise ValueError(f"it has no use for the parameters {', '.join(unused).strip()}")


class Booster(BaseEstimator):  # type: ignore[misc]
    """Fits `model`, whose last `categories` columns hold numbers of categories.

    `rounded` brings LightGBM's thresholds to float32.
    """

    rounded: Callable[[Any], Any] = staticmethod(rounded_down)

    def __init__(self, model: Any, library: Library, categories: int = 0) -> None:
        """Take the library's own unfitted estimator."""
        self.model, self.library, self.categories = model, library, categories

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> "Booster":  # noqa: N803 - scikit-learn's name
        """Fit all trees that the parameters ask for."""
        more = self._categorical(X) | _weighted(sample_weight)
        with quietly():
            self.model.fit(X, self._encoded(y), **more)
        self.n_features_in_ = X.shape[1]
        return self

    def fit_stopping(
        self,
        data: Any,
        target: Any,
        held: tuple[Any, Any],
        rounds: int,
        weights: Sequence[Any] = (None, None),
    ) -> None:
        """Fit until the held-back rows are not answered better for `rounds` trees on end.

        Trees after the best one are dropped. `weights` are those of both parts, or None.
        """
        rows, numbers = held[0], self._encoded(held[1])
        more = self._categorical(data) | _weighted(weights[0])
        of_held = None if weights[1] is None else [weights[1]]
        if self.library.name == "xgboost":
            self.model.set_params(early_stopping_rounds=rounds)
            more |= {"eval_set": [(rows, numbers)], "verbose": False}
            more |= {"sample_weight_eval_set": of_held}
        elif self.library.name == "lightgbm":
            from lightgbm import early_stopping

            stop = early_stopping(rounds, verbose=False)
            more |= {"eval_X": (rows,), "eval_y": (numbers,), "callbacks": [stop]}
            more |= {"eval_sample_weight": of_held}
        else:
            from catboost import Pool

            more |= {"eval_set": Pool(rows, numbers, weight=weights[1])}
            more |= {"early_stopping_rounds": rounds}
        with quietly():
            self.model.fit(data, self._encoded(target), **more)
        self.n_features_in_ = data.shape[1]

    @property
    def trees(self) -> int:
        """How many trees answer; for several classes, so many for each."""
        if self.library.name == "xgboost":
            best = getattr(self.model, "best_iteration", None)
            rounds = self.model.get_booster().num_boosted_rounds() if best is None else best + 1
            return int(rounds * (self.model.get_xgb_params().get("num_parallel_tree") or 1))
        if self.library.name == "lightgbm":
            return int(self.model.best_iteration_ or self.model.n_iter_)
        return int(self.model.tree_count_)

    @property
    def nodes(self) -> int:
        """How many nodes and leaves all trees have together."""
        if self.library.name == "xgboost":
            return sum(text.count("\n") for text in self.model.get_booster().get_dump())
        if self.library.name == "lightgbm":
            text = self.model.booster_.model_to_string()
            return sum(2 * int(leaves) - 1 for leaves in _LEAVES.findall(text))
        return int(2 * self.model.get_tree_leaf_counts().sum())

    def predict(self, X: Any) -> npt.NDArray[Any]:  # noqa: N803
        """Answer as the library does."""
        with quietly():
            return self._decoded(np.ravel(self.model.predict(X)))

    def _categorical(self, data: Any) -> dict[str, Any]:
        """Tell the library which columns are categories; returns arguments of `fit`."""
        if not self.categories:
            return {}
        numbers = data.shape[1] - self.categories
        if self.library.name == "lightgbm":
            return {"categorical_feature": list(range(numbers, data.shape[1]))}
        kinds = ["q"] * numbers + ["c"] * self.categories
        self.model.set_params(enable_categorical=True, feature_types=kinds)
        return {}

    def _encoded(self, target: Any) -> Any:
        return target

    def _decoded(self, answers: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return answers


def _weighted(weights: Any) -> dict[str, Any]:
    return {} if weights is None else {"sample_weight": weights}


class BoostedRegressor(RegressorMixin, Booster):  # type: ignore[misc]
    """Answers numbers."""


class BoostedClassifier(ClassifierMixin, Booster):  # type: ignore[misc]
    """Answers classes as they are called, whatever the library wants: 0, 1, … for XGBoost.

    Of two, the library's second is always the positive one, since `scale_pos_weight` and metrics
    such as aucpr are about it.
    """

    def __init__(
        self,
        model: Any,
        library: Library,
        categories: int = 0,
        classes: tuple[int | str, ...] = (),
        positive: int | None = None,
    ) -> None:
        """Take all classes in order, and which is the positive one."""
        super().__init__(model, library, categories)
        self.classes, self.positive = classes, positive

    @property
    def classes_(self) -> npt.NDArray[Any]:
        """The classes in the order of the probabilities."""
        return np.array(self.classes)

    @property
    def order(self) -> list[int]:
        """Positions of the library's classes among ours."""
        return [1, 0] if self.positive == 0 else list(range(len(self.classes)))

    def predict_proba(self, X: Any) -> npt.NDArray[np.floating]:  # noqa: N803
        """Return probabilities `[rows, classes]`."""
        with quietly():
            found: npt.NDArray[np.floating] = self.model.predict_proba(X)[:, self.order]
        return found

    def _encoded(self, target: Any) -> npt.NDArray[np.int64]:
        places = {self.classes[ours]: theirs for theirs, ours in enumerate(self.order)}
        return np.array([places[value] for value in np.asarray(target).tolist()], dtype=np.int64)

    def _decoded(self, answers: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return self.classes_[self.order][answers.astype(np.int64)]
