"""Reference histograms of a package, against which drift is measured: of features and answers."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from training.dataset import Dataset
from training.feature import Feature
from training.scoring import NumberScores, Scores

BINS = 10
ROWS_A_BIN = 20  # of answers: then chance alone moves a PSI by less than 0.05 on average
FEWEST_ANSWERS = 2 * ROWS_A_BIN


def histogram(feature: Feature, column: "pd.Series[Any]") -> dict[str, Any]:
    """Count deciles of a number, where bin i is (edges[i-1], edges[i]], or each category.

    Of a text, the number is that of its characters (code points).
    """
    if feature.type == "category":
        counts = column.value_counts()
        known = list(feature.categories or [])  # a copy: YAML would show an alias
        in_order = [int(counts.get(category, 0)) for category in known]
        missing = int(counts.get("", 0))
        other = len(column) - sum(in_order) - missing
        return {"categories": known, "counts": in_order, "other": other, "missing": missing}
    if feature.type == "text":
        column = column.map(len).where(column != "")
    present = column.dropna().to_numpy(np.float64)
    edges = _edges(present, BINS)
    return _counted(present, edges, len(column))


def answer_histogram(test: Dataset, scores: Scores) -> dict[str, Any]:
    """Count what a model answered the test split: `of` numbers, P(positive) or classes.

    Not the training split, which it was fitted to: its answers there are surer than any it will
    give. {} for fewer than 40 rows. An edge lies between two values, so that a last digit that
    differs between two machines changes no bin.
    """
    rows = len(test.rows)
    if rows < FEWEST_ANSWERS:
        return {}
    if isinstance(scores, NumberScores):
        of, values = "number", np.asarray(scores.numbers, np.float64).ravel()
    elif test.positive is not None:
        of, values = "probability", scores.probabilities[:, test.positive].astype(np.float64)
    else:
        counts = np.bincount(scores.labels, minlength=len(test.classes)).tolist()
        shape = {"categories": list(test.labels), "counts": counts, "other": 0, "missing": 0}
        return {"of": "class", "rows": rows, "histogram": shape}
    present = values[np.isfinite(values)]
    edges = _edges(present, min(BINS, rows // ROWS_A_BIN)) if len(present) else present
    above = np.array([present[present > edge].min() for edge in edges])
    return {"of": of, "rows": rows, "histogram": _counted(present, (edges + above) / 2, rows)}


def _edges(present: npt.NDArray[np.float64], bins: int) -> npt.NDArray[np.float64]:
    """Return the different inner quantiles, none of which is the greatest value."""
    inner = np.linspace(1 / bins, 1 - 1 / bins, bins - 1)
    quantiles = np.quantile(present, inner, method="inverted_cdf")
    return np.unique(quantiles[quantiles < present.max()])


def _counted(
    present: npt.NDArray[np.float64], edges: npt.NDArray[np.float64], total: int
) -> dict[str, Any]:
    bins = np.searchsorted(edges, present, side="left")
    return {
        "edges": edges.tolist(),
        "counts": np.bincount(bins, minlength=len(edges) + 1).tolist(),
        "missing": int(total - len(present)),
    }
