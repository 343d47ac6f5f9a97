"""What a model YAML says of retraining for a reason."""

from typing import Self

from pydantic import Field, model_validator

from training.data import Data
from training.feature import Model


class RetrainWhen(Model):
    """Each is a reason of its own; one is enough."""

    rows: int | None = Field(
        None, gt=0, description="So many rows of the source that the champion's snapshot lacks."
    )
    drift: float | None = Field(
        None,
        gt=0,
        allow_inf_nan=False,
        description="A PSI of a feature or of the predictions, in the newest monitoring of the "
        "champion, that is at least this; 0.25 is usual.",
    )
    performance: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="By labels, a metric of the gate is worse than on the test split by at least "
        "this share of it, also at the nearer bound of its interval.",
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.rows is None and self.drift is None and self.performance is None:
            raise ValueError("states no reason; state 'rows', 'drift' or 'performance'")
        return self


class Retrain(Model):
    """When `python -m training retrain` trains again."""

    when: RetrainWhen = Field(description="What is a reason to train again.")

    def problem(self, data: Data) -> str:
        """Say why a reason can never come with this source, and the remedy; nothing if it can."""
        if self.when.rows is None or (data.grows and data.kind != "snapshot"):
            return ""
        return (
            f"'retrain.when.rows' ({self.when.rows}) waits for rows of a source that stays as it "
            f"is ({data.source}); remove it, or name a source that changes "
            "(training/docs/changing-data.md)"
        )
