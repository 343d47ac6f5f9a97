"""The population stability index: how far one distribution over bins is from another."""

import numpy as np
import numpy.typing as npt

LEAST = 1e-4  # share that stands for an empty bin, whose logarithm would be infinite; as in serving

Shares = npt.NDArray[np.float64]


def population_stability_index(before: Shares, after: Shares) -> float:
    """Return the sum of (a - b) ln(a / b) over the shares of all bins.

    N. Siddiqi, Credit Risk Scorecards (2006), chapter "Scorecard Monitoring".
    """
    before, after = np.maximum(before, LEAST), np.maximum(after, LEAST)
    return float(((after - before) * np.log(after / before)).sum())
