"""The YAML's `threshold` and `prediction_interval`: what is made of a model's answer."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from training.feature import Model

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Coverage = Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)]

NEEDS = {
    "cost": ("false_positive", "false_negative"),
    "f_beta": ("beta",),
    "recall_at_precision": ("precision",),
}
EXAMPLES = {
    "cost": "{rule: cost, false_positive: 1, false_negative: 5}",
    "f_beta": "{rule: f_beta, beta: 2}",
    "recall_at_precision": "{rule: recall_at_precision, precision: 0.9}",
}


class Threshold(Model):
    """The P(positive) from which on the positive class is answered, or the rule that finds it."""

    value: Coverage | None = Field(None, description="The threshold itself.")
    rule: Literal["cost", "f_beta", "recall_at_precision"] | None = Field(
        None,
        description="Finds it on rows of the training split that the model was not fitted to "
        "(`split.calibration`). cost: least cost of false answers; f_beta: the greatest F score; "
        "recall_at_precision: the greatest recall with at least that precision.",
    )
    false_positive: Positive | None = Field(
        None, description="cost: of a row that is wrongly answered with the positive class."
    )
    false_negative: Positive | None = Field(
        None, description="cost: of a row of the positive class that is not found."
    )
    beta: Positive | None = Field(
        None, description="f_beta: recall counts beta times as much as precision."
    )
    precision: Coverage | None = Field(None, description="recall_at_precision: the least.")

    @model_validator(mode="before")
    @classmethod
    def _from_number(cls, value: Any) -> Any:
        return value if isinstance(value, dict) else {"value": value}

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.value is None) == (self.rule is None):
            raise ValueError(
                f"state a number such as 0.3, or a rule such as {EXAMPLES['cost']}, and not both"
            )
        needs = NEEDS[self.rule] if self.rule else ()
        stated = [
            name for names in NEEDS.values() for name in names if getattr(self, name) is not None
        ]
        if set(stated) != set(needs):
            what = f"'rule: {self.rule}'" if self.rule else f"'value' ({self.value:g})"
            instead = f"write {EXAMPLES[self.rule]}, say" if self.rule else "leave them out"
            listed = ", ".join(needs) or "nothing else"
            raise ValueError(
                f"{what} takes {listed}, not {', '.join(stated) or 'nothing'}; {instead}"
            )
        return self

    @property
    def parameters(self) -> dict[str, float]:
        """What the rule was told."""
        return {name: getattr(self, name) for name in NEEDS[self.rule]} if self.rule else {}
