"""The YAML's `cross_validation` and `search`: folds of the training split, and what is tried."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from training.dimension import Dimension
from training.feature import Model

Folds = Annotated[int, Field(ge=2)]


class CrossValidation(Model):
    """How often the training split is parted; a plain number means only `folds`."""

    folds: Folds = Field(
        description="Each fold is scored once, by a model that is fitted on the others. Folds "
        "follow `split`: rows that `split` keeps together stay so, with `method: time` a fold is "
        "scored by what came before it, and classes keep their shares unless `stratify: false`."
    )

    @model_validator(mode="before")
    @classmethod
    def _from_number(cls, value: Any) -> Any:
        return value if isinstance(value, dict) else {"folds": value}


class Search(Model):
    """Parameters of the estimator that are tried by cross-validation on the training split."""

    method: Literal["grid", "random", "optuna"] = Field(
        description="grid: every combination; random: drawn; optuna: each trial where the finished "
        "ones promise most (TPE), for which the group `search` of packages must be installed."
    )
    space: dict[str, Dimension] = Field(
        min_length=1,
        description="Parameter of the estimator: a list such as [3, 5, 9], or a range such as "
        "{low: 0.01, high: 1.0, log: true}.",
    )
    trials: int | None = Field(
        None, ge=1, description="How many, beside the YAML's own parameters; default 50; not grid."
    )
    minutes: float | None = Field(
        None,
        gt=0,
        allow_inf_nan=False,
        description="No trial begins after so much time in trials; one that runs is not cut off. "
        "How many there are then depends on the machine.",
    )
    metric: str | None = Field(
        None, description="Of the model's `metrics`, the one to choose by; default: the first."
    )
    cv: Folds = Field(5, description="Folds of the training split, as in `cross_validation`.")

    @model_validator(mode="after")
    def _method_fits(self) -> Self:
        if self.method != "grid":
            return self
        if self.trials is not None:
            raise ValueError(
                f"'method: grid' tries every combination, not 'trials' ({self.trials}); leave it "
                "out, or write 'method: random'"
            )
        for name, dimension in self.space.items():
            if dimension.choices is None:
                raise ValueError(
                    f"'space.{name}' has no end of values, and 'method: grid' tries each; write a "
                    "list or a 'step', or 'method: random'"
                )
        return self
