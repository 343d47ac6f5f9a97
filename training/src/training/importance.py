"""How much each feature matters to the answers for the test split: permutation importance."""

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from training.dataset import Dataset
from training.evaluate import evaluate
from training.metrics import metric_of
from training.scoring import loaded
from training.settings import Settings
from training.slice_metrics import defined

REPEATS, MOST_SHUFFLES = 5, 500
MOST_ROWS, FEWEST_ROWS, MOST_SCORED = 1000, 100, 50_000


@dataclass(frozen=True)
class Importance:
    """By how much `metric` gets worse where a feature's values are shuffled among `rows` rows.

    Mean and standard deviation over `repeats` shuffles of each feature, in the metric's own unit.
    """

    metric: str
    repeats: int
    rows: int
    features: dict[str, dict[str, float]]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for the package."""
        return asdict(self)

    def line(self) -> str:
        """Tell the three that matter most."""
        ranked = sorted(self.features.items(), key=lambda pair: -pair[1]["mean"])
        most = ", ".join(f"{name} {found['mean']:.4f}" for name, found in ranked[:3])
        return f"{self.metric} loses most by {most}"


class _Served(BaseEstimator):  # type: ignore[misc]
    """Stands for the graph: scikit-learn wants an estimator, and calls nothing but our scorer."""

    def fit(self) -> None:
        """Asked for, and never called."""


def importance(settings: Settings, test: Dataset, model: bytes) -> Importance | None:
    """Shuffle each feature of the test split, and measure what the ONNX model then answers.

    Permutation importance (Breiman 2001, section 10) by scikit-learn, of the first of the YAML's
    metrics that has a meaning on these rows, seeded by the model's seed. The cost is bounded: at
    most 1000 drawn rows, 500 shuffles and 50,000 scored rows in all, so that many features get
    fewer rows (at least 100) and then fewer repeats. None for more than 500 features, and where no
    metric can be measured.
    """
    from sklearn.inspection import permutation_importance

    count = len(test.features)
    repeats = min(REPEATS, MOST_SHUFFLES // count)
    if repeats == 0:
        return None
    most = min(MOST_ROWS, max(FEWEST_ROWS, MOST_SCORED // (count * repeats)), len(test.rows))
    drawn = np.random.default_rng(settings.split.seed).permutation(len(test.rows))[:most]
    part = replace(test, slices={}).take(np.sort(drawn))
    names, _ = defined(settings, part)
    if not names:
        return None
    chosen = settings.model_copy(update={"metrics": names[:1]})
    sign = -1.0 if metric_of(names[0]).lower_is_better else 1.0
    score = loaded(model, test.features, test.classes)

    def served(_: Any, rows: pd.DataFrame, target: Any) -> float:
        of = replace(part, rows=rows, target=target)
        return sign * evaluate(chosen, of, score(rows))[names[0]]

    found = permutation_importance(
        _Served(),
        part.rows[[feature.name for feature in test.features]],
        part.target,
        scoring=served,
        n_repeats=repeats,
        random_state=settings.split.seed,
    ).importances
    if not np.isfinite(found).all():
        return None
    features = {
        feature.name: {"mean": float(np.mean(one)), "std": float(np.std(one))}
        for feature, one in zip(test.features, found, strict=True)
    }
    return Importance(names[0], repeats, most, features)
