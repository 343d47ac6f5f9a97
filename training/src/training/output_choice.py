"""The YAML's `output` and `risk_bands`: how an answer looks."""

from typing import Annotated, Literal

from pydantic import Field

from training.feature import Model

RESERVED = {"probability", "probabilities", "risk_level", "model"}

Identifier = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


class Output(Model):
    """The answer's key and kind."""

    name: Identifier | None = Field(None, description="Key of the answer; default: the target.")
    type: Literal["boolean", "category", "number"] | None = Field(
        None, description="boolean (binary only), category or number; default: by task."
    )
    unit: str | None = Field(None, description="Unit of a predicted number.")


class RiskBand(Model):
    """A name for P(positive) below a bound; the last band has none."""

    label: str = Field(min_length=1)
    below: float | None = Field(None, gt=0, lt=1)
    tone: Literal["good", "caution", "bad"] | None = Field(
        None,
        description="How the page colours it, for all bands or none; default: the first good, the "
        "last bad, those between caution.",
    )
