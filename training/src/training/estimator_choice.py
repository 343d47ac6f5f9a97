"""The YAML's keys about the estimator."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from training.boosting.library import LIBRARIES, PATHS
from training.feature import Model

NAMES = ("sklearn", *(library.name for library in LIBRARIES))
DEFAULTS = {
    "classification": "sklearn.ensemble.RandomForestClassifier",
    "regression": "sklearn.ensemble.RandomForestRegressor",
}
FOR_MANY_ROWS = {
    "classification": "sklearn.ensemble.HistGradientBoostingClassifier",
    "regression": "sklearn.ensemble.HistGradientBoostingRegressor",
}


class EarlyStopping(Model):
    """When a boosting library stops adding trees."""

    rounds: int = Field(
        ge=1, description="Stop when the validation rows are not answered better for so many trees."
    )
    validation: float = Field(
        0.1,
        gt=0,
        lt=1,
        description="Share of the training split that is held back for it, in the way of `split`: "
        "such rows are not fitted on, and never those of the test split.",
    )


class EstimatorChoice(Model):
    """A class of scikit-learn or of a boosting library, and its constructor's parameters."""

    class_: str = Field(
        alias="class",
        pattern=rf"^({'|'.join(NAMES)})(\.[A-Za-z_]\w*)+$",
        examples=[*DEFAULTS.values(), *FOR_MANY_ROWS.values(), *PATHS],
        description=f"Dotted path inside `sklearn.`, or one of {', '.join(PATHS)} "
        "(docs/boosting.md); default: a random forest, for many rows histogram gradient boosting.",
    )
    parameters: dict[str, Any] = Field({}, description="Passed to the constructor.")
    early_stopping: EarlyStopping | None = Field(
        None,
        description="For xgboost, lightgbm and catboost: as many trees as serve rows that were "
        "held back; `n_estimators` is then the most.",
    )


def _estimator_from_text(value: object) -> object:
    return {"class": value} if isinstance(value, str) else value


Estimator = Annotated[EstimatorChoice, BeforeValidator(_estimator_from_text)]
