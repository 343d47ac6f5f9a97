"""Searches on small data, and what was tried."""

import io
from typing import Any

import pandas as pd

from training.errors import InvalidInputError
from training.estimator import check_estimator
from training.pipeline import Trained, prepare, train_model
from training.report import Report
from training.search_space import search_problems
from training.serving import Serving
from training.settings import Settings
from training.sources import Table
from training.trial import Trial

TREE = {"class": "sklearn.tree.DecisionTreeClassifier", "parameters": {"max_depth": 1}}
SPACE: dict[str, Any] = {
    "max_depth": {"low": 1, "high": 8},
    "ccp_alpha": {"low": 1e-4, "high": 0.1, "log": True},
    "criterion": ["gini", "entropy"],
}
GRID: dict[str, Any] = {"method": "grid", "space": {"max_depth": [2, 3, 9]}}


class Kept:
    """Trials that a test has, or gets."""

    def __init__(self, trials: list[Trial] | None = None) -> None:
        """Start with those of an earlier process."""
        self.earlier, self.new = trials or [], list[Trial]()

    def kept(self) -> list[Trial]:
        """Return what an earlier process had finished."""
        return self.earlier

    def keep(self, trial: Trial) -> None:
        """Take a new one."""
        self.new.append(trial)

    @property
    def scores(self) -> list[Any]:
        """Parameters and metrics of those that are new."""
        return [(trial.parameters, trial.validated) for trial in self.new]


def searched(
    table: pd.DataFrame,
    search: dict[str, Any],
    kept: Kept | None = None,
    serving: Serving | None = None,
    **more: Any,
) -> tuple[Trained, str]:
    """Take a table the whole way; returns also what was printed."""
    content = {"name": "m", "data": {"source": "csv:x.csv"}, "target": "y", "estimator": TREE}
    settings = Settings.model_validate(content | {"search": search} | more)
    task, problems = check_estimator(settings)
    if problems := problems or search_problems(settings, task):
        raise InvalidInputError("m", problems)
    out, serving = io.StringIO(), serving or Serving()
    report, raw = Report("m", out=out), Table(table, "0" * 64)
    train, test = prepare(settings, task, raw, report)
    made = train_model(settings, raw, train, test, "key", "sha", report, serving, kept)
    return made, out.getvalue()


def described(found: Trained) -> dict[str, Any]:
    """Return what the package says of the search."""
    return dict(found.package.metadata["training"]["search"])
