"""The model YAML as frozen, typed settings: what may be said, its defaults and its rules."""

from datetime import date
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from training.agreement import disagreement
from training.check_choice import Checks
from training.data import Data
from training.decision_choice import Coverage, Threshold
from training.estimator_choice import Estimator
from training.feature import Feature, Model
from training.gate_choice import Gate
from training.metrics import Task, problem_of, standard_metrics
from training.output_choice import Output, RiskBand
from training.pipeline_file import PipelineChoice
from training.preprocess import Preprocess
from training.retrain_choice import Retrain
from training.search_choice import CrossValidation, Search
from training.slice_choice import Slice
from training.split_choice import Method, Split
from training.target_choice import Target

# The rule of components/well-known.ts: longer names would be too long for a Kubernetes CronJob.
Name = Annotated[str, Field(pattern=r"^[a-z]([-a-z0-9]{0,41}[a-z0-9])?$")]
ClassWeight = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Scalar = bool | int | float | str | None
Words = Annotated[str, Field(min_length=1)]


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
    target: Target = Field(description="What to predict; a plain text is the column's name.")
    features: list[Feature] | None = Field(
        None, min_length=1, description="Default: all columns but the target."
    )
    sample_weight: str | None = Field(
        None,
        description="Column (after renaming), of numbers from 0 on, that says how much a row "
        "counts in the fit, and in it alone: metrics count each row once. It is no feature.",
    )
    class_weight: Literal["balanced"] | dict[bool | int | str, ClassWeight] | None = Field(
        None,
        description="How much the rows of a class count in the fit, times `sample_weight`: a "
        "number for each (1 where none is stated), or balanced: equal sums. Probabilities then "
        "are those of such a population (docs/decisions.md).",
    )
    split: Split = Split()
    checks: Checks = Field(
        Checks(), description="What stops a training before it begins (docs/checks.md)."
    )
    preprocess: Preprocess = Preprocess()
    estimator: Estimator | None = Field(
        None,
        description="Default: a random forest for the stated task, or histogram gradient boosting "
        "for many rows; a plain text is the class.",
    )
    pipeline: PipelineChoice | None = Field(
        None,
        description="In place of `estimator` and `preprocess`: `features:build` is the function "
        "`build` of features.py beside this file, which returns a pipeline of scikit-learn "
        "(docs/feature-engineering.md).",
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
    calibration: Literal["sigmoid", "isotonic"] | None = Field(
        None,
        description="Classes: makes probabilities say how often a class comes, by rows of the "
        "training split that the model was not fitted to: sigmoid is Platt's, isotonic follows "
        "any rising curve and needs some 1000 rows (docs/decisions.md).",
    )
    threshold: Threshold | None = Field(
        None,
        description="Two classes: from which P(positive) on the positive class is answered; a "
        "plain number is `value`. Default: the class of the higher probability "
        "(docs/decisions.md).",
    )
    prediction_interval: Coverage | None = Field(
        None,
        description="Regression: the share of new rows whose number lies in the `interval` of the "
        "answer, such as 0.9 (docs/decisions.md).",
    )
    retrain: Retrain | None = Field(
        None,
        description="When `retrain` trains it again (docs/retraining.md); no part of its key.",
    )
    risk_bands: list[RiskBand] = Field([], description="Names for P(positive), binary only.")
    example: dict[str, Scalar] | None = Field(
        None, description="One whole valid row; default: medians and most frequent categories."
    )

    @field_validator("example", mode="before")
    @classmethod
    def _dates_are_text(cls, example: Any) -> Any:
        """Take a date that YAML reads as one for what was written."""
        told = example.items() if isinstance(example, dict) else ()
        return {k: v.isoformat() if isinstance(v, date) else v for k, v in told} or example

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
        toneless = [band.label for band in bands if band.tone is None]
        if 0 < len(toneless) < len(bands):
            raise ValueError(f"give every band a 'tone' or none; {toneless[0]!r} has none")
        return bands

    @model_validator(mode="after")
    def _pipeline_says_it_all(self) -> Self:
        if self.pipeline is None:
            return self
        if both := sorted({"estimator", "preprocess"} & self.model_fields_set):
            raise ValueError(
                f"'{both[0]}' and 'pipeline' both stand here; remove one: the pipeline says what "
                "happens to the features and what predicts"
            )
        if self.search is not None:
            raise ValueError(
                "'search' seeks parameters of 'estimator', and 'pipeline' takes its place; remove "
                "it, and let the pipeline end with sklearn.model_selection.GridSearchCV"
            )
        return self

    @model_validator(mode="after")
    def _parts_agree(self) -> Self:
        if problem := disagreement(self):
            raise ValueError(problem)
        return self

    def metrics_for(self, task: Task) -> list[str]:
        """Return the YAML's metrics, else the usual ones of the task."""
        return self.metrics or standard_metrics(task)

    @property
    def calibrates(self) -> bool:
        """Whether rows of the training split are kept from the fit, to decide something by them."""
        chosen = self.threshold is not None and self.threshold.rule is not None
        return chosen or bool(self.calibration or self.prediction_interval)

    @property
    def split_method(self) -> Method:
        """How test rows are chosen; data that can grow gets the way that stays as it is."""
        if self.split.method is not None:
            return self.split.method
        return "hash" if self.data.grows or self.split.key is not None else "random"

    @property
    def label(self) -> str:
        """What people call the model."""
        return self.title or self.name.removesuffix("-model").replace("-", " ").capitalize()
