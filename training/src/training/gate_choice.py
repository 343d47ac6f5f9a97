"""What a model YAML says of the gate."""

from pydantic import Field

from training.feature import Model
from training.slice_choice import SliceGate


class Gate(Model):
    """What a candidate must reach to become champion."""

    floors: dict[str, float] = Field(
        {}, description="Metric: worst accepted value (for an error such as rmse, the highest)."
    )
    max_regression: float = Field(
        0.01,
        ge=0,
        description="How much worse than the champion on the same test split any metric may be: "
        "absolute for scores, a share of the champion's value for errors (rmse, mae, mape, "
        "quantile_loss, log_loss, brier).",
    )
    slices: SliceGate | None = Field(
        None, description="What must hold in each slice that has at least 30 test rows."
    )
