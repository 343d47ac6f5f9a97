"""The YAML's key about what to predict, and which numbers a transformation of it takes."""

from typing import Annotated, Literal

import numpy as np
import numpy.typing as npt
from pydantic import BeforeValidator, Field

from training.feature import Model

TargetTransform = Literal["log", "log1p", "sqrt", "yeo-johnson"]

# Each is defined from a bound on, with the bound itself or without.
_BOUNDS = {"log": (0.0, False), "log1p": (-1.0, False), "sqrt": (0.0, True)}


class TargetChoice(Model):
    """The column to predict; a plain text means only its name."""

    column: str = Field(description="Column to predict (after renaming).")
    positive: bool | int | str | None = Field(
        None, description="Binary: the class that P(positive) is about; default the last in order."
    )
    labels: dict[bool | int | str, str] = Field(
        {}, description="Class value: what people read; default the value itself."
    )
    sentences: dict[bool | int | str, Annotated[str, Field(min_length=1)]] = Field(
        {},
        description="Class value: what the page says, as it reads behind 'the answer is that', "
        "such as `the passenger survives`; for all classes or none.",
    )
    transform: TargetTransform | None = Field(
        None,
        description="Regression: what is learned in place of the number; answers and metrics stay "
        "in its unit (docs/feature-engineering.md).",
    )


def _target_from_text(value: object) -> object:
    return {"column": value} if isinstance(value, str) else value


Target = Annotated[TargetChoice, BeforeValidator(_target_from_text)]


def domain_problem(
    column: str, transform: TargetTransform | None, values: npt.NDArray[np.float64]
) -> str:
    """Count the rows whose number has no such function, and say what to write."""
    if transform is None or transform not in _BOUNDS:
        return ""
    bound, closed = _BOUNDS[transform]
    outside = int(((values < bound) if closed else (values <= bound)).sum())
    if not outside:
        return ""
    other = "log1p" if transform == "log" and values.min() > -1 else "yeo-johnson"
    where = f"{'below' if closed else 'not above'} {bound:g}"
    return (
        f"target.transform: '{transform}' takes no number {where}, and '{column}' has one in "
        f"{outside} row(s); write '{other}', or remove the rows"
    )
