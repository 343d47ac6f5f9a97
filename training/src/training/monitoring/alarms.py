"""What of a monitoring is worth an alert: what neither few rows nor chance explains."""

from typing import Any

from training.metrics import metric_of, rows_needed
from training.monitoring.drift import SHIFTED

BY_CHANCE = 0.001  # of all that is compared: one monitoring in so many would be wrong


def shifted(found: dict[str, Any]) -> dict[str, int]:
    """Count features, and answers, that have shifted: by a PSI and by the chi-squared test.

    Of few rows and many bins a PSI is large by chance alone (its expectation is about bins / rows),
    which the test knows of; of many rows the test sees what matters to nobody, which the PSI knows
    of. The test's level is shared out over all that is compared (Bonferroni). What is not known is
    left out.
    """
    answers = found["prediction"]
    level = BY_CHANCE / max(1, len(found["features"]) + (answers is not None))
    each = {"features": list(found["features"].values())}
    each |= {} if answers is None else {"predictions": [answers]}
    return {
        what: sum(one["psi"] >= SHIFTED and one["p_value"] < level for one in ones)
        for what, ones in each.items()
    }


def worse(found: dict[str, Any]) -> dict[str, bool]:
    """Say of each live metric whether it is surely worse than on the test split.

    That is where the intervals of both are apart, or, of a package that lacks the test split's,
    where the value for the test split is outside of the live one's. Without labels, or with too few
    for an interval, nothing is said, and nothing of `recall_at_50` and its like: of more rows they
    are less.
    """
    trained, bounds = found.get("training", {}), found.get("training_intervals", {})
    told = {}
    for name, one in (found["quality"] or {"metrics": {}})["metrics"].items():
        if one["low"] is None or name not in trained or rows_needed(name):
            continue
        low, high = bounds.get(name, (trained[name], trained[name]))
        lower = metric_of(name).lower_is_better
        told[name] = one["low"] > high if lower else one["high"] < low
    return told
