"""The model YAML as frozen, typed settings: what may be said, its defaults and its rules."""

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from training.data import Data
from training.estimator_choice import Estimator, Preprocess
from training.feature import Feature, Model
from training.metrics import Task, problem_of, standard_metrics
from training.search_choice import CrossValidation, Search
from training.slice_choice import Slice, SliceGate

RESERVED_OUTPUTS = {"probability", "probabilities", "risk_level", "model"}

# The rule of components/well-known.ts: longer names would be too long for a Kubernetes CronJob.
Name = Annotated[str, Field(pattern=r"^[a-z]([-a-z0-9]{0,41}[a-z0-9])?$")]
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
Scalar = bool | int | float | str | None
Words = Annotated[str, Field(min_length=1)]


class Target(Model):
    """The column to predict; a plain text means only its name."""

    column: str = Field(description="Column to predict (after renaming).")
    positive: bool | int | str | None = Field(
        None, description="Binary: the class that P(positive) is about; default the last in order."
    )
    labels: dict[bool | int | str, str] = Field(
        {}, description="Class value: what people read; default the value itself."
    )


class Split(Model):
    """How rows are kept apart for the test."""

    test: float = Field(0.2, gt=0, lt=1, description="Share of rows in the test split.")
    seed: int = Field(42, ge=0, lt=2**32, description="Seed of the split and of the estimator.")
    stratify: bool | None = Field(
        None, description="Keep class shares in both splits; default: for classification."
    )
    method: Literal["hash", "random", "time"] | None = Field(
        None,
        description="hash: a row keeps its side when rows are appended or reordered, equal rows "
        "have one side (unless there are few different ones); random: drawn anew from all rows; "
        "time: the rows with the latest `key` are the test. Default: hash for a `csv:` without "
        "`sha256`, which can grow, else random.",
    )
    key: str | None = Field(
        None,
        description="Column whose equal values stay on one side, such as a customer's number "
        "(hash; default: all columns), or which holds the time (time). No feature unless named.",
    )

    @model_validator(mode="after")
    def _key_fits_method(self) -> Self:
        if self.method == "time" and self.key is None:
            raise ValueError("'method: time' needs 'key', the column that holds the time")
        if self.method == "random" and self.key is not None:
            raise ValueError("'key' is for 'method: hash' or 'method: time', not for random")
        return self


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


def _target_from_text(value: object) -> object:
    return {"column": value} if isinstance(value, str) else value


class Settings(Model):
    """One model, from its data to the gate."""

    name: Name = Field(description="Registered model name; also part of Kubernetes names.")
    title: str | None = Field(None, description="What a page calls it; default from the name.")
    description: str | None = Field(None, description="One sentence on what is predicted.")
    license: Words | None = Field(None, description="For the model card, such as apache-2.0.")
    contact: Words | None = Field(None, description="Whom to ask about it, for the model card.")
    limitations: list[Words] = Field(
        [], description="What it should not be used for or does badly, for the model card and page."
    )
    experiment: str | None = Field(None, description="MLflow experiment; default the name.")
    run: str | None = Field(None, description="MLflow run name; default the name.")
    task: Literal["classification", "regression"] | None = Field(
        None, description="Default: what the estimator is made for."
    )
    data: Data = Field(description="Where the rows come from.")
    target: Annotated[Target, BeforeValidator(_target_from_text)] = Field(
        description="What to predict; a plain text is the column's name."
    )
    features: list[Feature] | None = Field(
        None, min_length=1, description="Default: all columns but the target."
    )
    split: Split = Split()
    preprocess: Preprocess = Preprocess()
    estimator: Estimator | None = Field(
        None,
        description="Default: a random forest for the stated task, or histogram gradient boosting "
        "for many rows; a plain text is the class.",
    )
    search: Search | None = Field(
        None,
        description="Parameters of the estimator that are sought on the training split, which the "
        "winner is then fitted to (docs/search.md).",
    )
    cross_validation: CrossValidation | None = Field(
        None,
        description="Mean and spread of each metric over folds of the training split, without a "
        "search; a plain number is `folds`.",
    )
    metrics: list[str] | None = Field(
        None,
        min_length=1,
        description="Default: accuracy, precision, recall, f1_score and auc_roc for classes, rmse, "
        "mae and r2 for numbers. Others for classes: auc_pr, balanced_accuracy, mcc, log_loss, "
        "brier and `recall_at_50` or `recall_at_0.1`, the share of the positive rows among the 50 "
        "rows (or a tenth of all) with the highest probability; for numbers mape and "
        "`quantile_loss_0.9`, the pinball loss of a quantile.",
    )
    slices: list[Slice] = Field(
        [],
        description="Columns whose values part the test rows, such as [sex, region]: the metrics "
        "are measured for each value too. A plain text is the column.",
    )
    gate: Gate = Gate()
    output: Output = Output()
    risk_bands: list[RiskBand] = Field([], description="Names for P(positive), binary only.")
    example: dict[str, Scalar] | None = Field(
        None, description="One whole valid row; default: medians and most frequent categories."
    )

    @field_validator("features")
    @classmethod
    def _names_differ(cls, features: list[Feature] | None) -> list[Feature] | None:
        names = [feature.name for feature in features or []]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"named twice: {', '.join(twice)}")
        return features

    @field_validator("slices")
    @classmethod
    def _slices_differ(cls, slices: list[Slice]) -> list[Slice]:
        names = [one.column for one in slices]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"named twice: {', '.join(twice)}; name each column once")
        return slices

    @field_validator("metrics")
    @classmethod
    def _metrics_exist(cls, metrics: list[str] | None) -> list[str] | None:
        if wrong := [problem for metric in metrics or [] if (problem := problem_of(metric))]:
            raise ValueError("; ".join(wrong))
        return metrics

    @field_validator("risk_bands")
    @classmethod
    def _bands_ascend(cls, bands: list[RiskBand]) -> list[RiskBand]:
        bounds = [band.below for band in bands]
        inner = [bound for bound in bounds[:-1] if bound is not None]
        if bands and (bounds[-1] is not None or len(inner) < len(bounds) - 1):
            raise ValueError("every band but the last needs 'below', the last must have none")
        if any(a >= b for a, b in pairwise(inner)):
            raise ValueError(f"'below' must ascend, not {inner}")
        return bands

    @model_validator(mode="after")
    def _parts_agree(self) -> Self:
        if self.task is None and self.estimator is None:
            raise ValueError("state 'task' (classification or regression) or 'estimator'")
        for feature in self.features or []:
            said = self.data.types.get(feature.name)
            if said and feature.type and said != feature.type:
                raise ValueError(
                    f"'{feature.name}' is '{said}' in 'data.types' and '{feature.type}' in "
                    "'features'; state one"
                )
        if self.features and self.target.column in [f.name for f in self.features]:
            raise ValueError(f"the target '{self.target.column}' is among 'features'")
        if (self.output.name or self.target.column) in RESERVED_OUTPUTS:
            raise ValueError(
                f"'output.name' may not be '{self.output.name or self.target.column}', which is a "
                "key of every answer; state another"
            )
        if self.split.key is not None and self.split.key == self.target.column:
            raise ValueError("'split.key' is the target; name another column")
        if self.target.column in [one.column for one in self.slices]:
            raise ValueError(
                f"'slices' names the target '{self.target.column}'; name another column"
            )
        if self.gate.slices is not None and not self.slices:
            raise ValueError(
                "'gate.slices' guards slices, but 'slices' names no column; write 'slices: [sex]', "
                "say, or remove it"
            )
        return self

    def metrics_for(self, task: Task) -> list[str]:
        """Return the YAML's metrics, else the usual ones of the task."""
        return self.metrics or standard_metrics(task)

    @property
    def split_method(self) -> Literal["hash", "random", "time"]:
        """How test rows are chosen; data that can grow gets the way that stays as it is."""
        if self.split.method is not None:
            return self.split.method
        grows = self.data.source.startswith("csv:") and self.data.sha256 is None
        return "hash" if grows or self.split.key is not None else "random"

    @property
    def label(self) -> str:
        """What people call the model."""
        return self.title or self.name.removesuffix("-model").replace("-", " ").capitalize()
