"""How far what a version is asked lies from its training split, feature by feature."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from training.stability import population_stability_index

if TYPE_CHECKING:
    from training.monitoring.log import Window

CALM, SHIFTED = 0.1, 0.25  # Siddiqi 2006; between them: moderate

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class FeatureDrift:
    """Drift of one feature over the bins of its reference histogram.

    `psi` is the population stability index, Σ (a - e) ln(a / e), where a and e are the shares of a
    bin now and in training (N. Siddiqi, Credit Risk Scorecards, 2006). `p_value` is of Pearson's
    chi-squared test that both are of one distribution, missing values being a bin of their own; of
    many rows it is small for differences that matter to nobody. `rows` are those of files
    that have the feature; `missing` and `unknown` are shares of them. Unknown is a category that
    training did not know, None of what is no category.
    """

    rows: int
    psi: float
    chi2: float
    p_value: float
    missing: float
    missing_in_training: float
    unknown: float | None
    verdict: str


def feature_drift(feature: dict[str, Any], values: "pd.Series[Any]") -> FeatureDrift:
    """Compare the logged values of a feature of the package with its reference histogram."""
    reference, now = binned(feature, values)
    psi = population_stability_index(*(one / max(1, one.sum()) for one in (reference, now)))
    chi2, p_value = _chi_squared(reference, now)
    total = max(1, len(values))
    known = "categories" not in feature["histogram"]
    return FeatureDrift(
        rows=len(values),
        psi=psi,
        chi2=chi2,
        p_value=p_value,
        missing=float(now[-1] / total),
        missing_in_training=float(reference[-1] / max(1, reference.sum())),
        unknown=None if known else float(now[-2] / total),
        verdict=verdict(psi),
    )


def answer_drift(metadata: dict[str, Any], window: "Window") -> FeatureDrift | None:
    """Compare the logged answers with those that the version gave its test split.

    They are the numbers of a regression, P(positive), or of several classes the answered one. None
    where the package does not know (it is an older one, or the test split is small).
    """
    known = metadata["training"].get("answers")
    if known is None:
        return None
    column = window.column("probability" if known["of"] == "probability" else "answer")
    if column is None:
        return None
    values = column.to_pandas()
    if known["of"] == "class":
        return feature_drift({"type": "category", "histogram": known["histogram"]}, values)
    numbers = pd.Series(values.to_numpy(np.float64))
    finite = numbers.where(np.isfinite(numbers))
    return feature_drift({"type": "number", "histogram": known["histogram"]}, finite)


def verdict(psi: float) -> str:
    """Say in a word what a PSI is commonly taken for."""
    return "calm" if psi < CALM else "moderate" if psi < SHIFTED else "shifted"


def binned(feature: dict[str, Any], values: "pd.Series[Any]") -> tuple[Counts, Counts]:
    """Return counts per bin in training and now: the histogram's own, (category) other, missing."""
    shape = feature["histogram"]
    if "categories" in shape:
        counts = values.dropna().value_counts()
        in_order = [int(counts.get(category, 0)) for category in shape["categories"]]
        missing = int(values.isna().sum())
        other = len(values) - sum(in_order) - missing
        reference = [*shape["counts"], shape["other"], shape["missing"]]
        return np.array(reference), np.array([*in_order, other, missing])
    present = numbers_of(feature, values.dropna())
    bins = np.searchsorted(np.array(shape["edges"], np.float64), present, side="left")
    found = np.bincount(bins, minlength=len(shape["counts"]))
    reference = [*shape["counts"], shape["missing"]]
    return np.array(reference), np.array([*found, len(values) - len(present)])


def numbers_of(feature: dict[str, Any], present: "pd.Series[Any]") -> npt.NDArray[np.float64]:
    """Return values as the histogram counts them: moments in seconds, of a text its length."""
    if feature["type"] == "text":
        return present.map(len).to_numpy(np.float64)
    if pd.api.types.is_datetime64_any_dtype(present):
        naive = present.dt.tz_convert(None) if present.dt.tz is not None else present
        return naive.to_numpy("datetime64[s]").astype(np.int64).astype(np.float64)
    return present.to_numpy(np.float64)


def _chi_squared(reference: Counts, now: Counts) -> tuple[float, float]:
    table = np.array([reference, now])
    table = table[:, table.sum(axis=0) > 0]
    if table.shape[1] < 2 or not table.sum(axis=1).all():  # one bin alone cannot differ
        return 0.0, 1.0
    found = stats.chi2_contingency(table, correction=False)
    return float(found.statistic), float(found.pvalue)
