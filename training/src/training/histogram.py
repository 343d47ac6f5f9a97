"""Reference histograms of the training split, against which serving measures drift."""

from typing import Any

import numpy as np
import pandas as pd

from training.feature import Feature


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
    deciles = np.quantile(present, np.linspace(0.1, 0.9, 9), method="inverted_cdf")
    edges = np.unique(deciles[deciles < present.max()])
    bins = np.searchsorted(edges, present, side="left")
    return {
        "edges": edges.tolist(),
        "counts": np.bincount(bins, minlength=len(edges) + 1).tolist(),
        "missing": int(len(column) - len(present)),
    }
