"""How far two models' metrics on the same rows differ by the choice of rows alone."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from training.dataset import Dataset
from training.evaluate import evaluate
from training.metrics import Metrics, of_fewer_rows
from training.scoring import Scores, take
from training.settings import Settings

RESAMPLES, MOST_ROWS = 100, 5000
ONE_SIDED_95 = 1.645  # standard errors


def by_chance(
    settings: Settings, test: Dataset, one: Scores, other: Scores | None = None
) -> Metrics:
    """Return what 19 of 20 differences of two equally good models stay below, by metric.

    A paired bootstrap (Efron and Tibshirani 1993): rows are drawn again, the same for both, within
    each class so that none is lost. Without `other` it is about the metrics of one model.
    """
    random = np.random.default_rng(settings.split.seed)
    slim = replace(test, rows=test.rows[[]])
    count = min(len(test.rows), MOST_ROWS)
    names = settings.metrics_for(test.task)
    asked = {name: of_fewer_rows(name, count / len(test.rows)) for name in names}
    settings = settings.model_copy(update={"metrics": list(asked.values())})
    drawn = []
    for _ in range(RESAMPLES):
        index = _resample(test, count, random)
        part = slim.take(index)
        metrics = evaluate(settings, part, take(one, index))
        if other is not None:
            others = evaluate(settings, part, take(other, index))
            metrics = {name: value - others[name] for name, value in metrics.items()}
        drawn.append(metrics)
    scale = ONE_SIDED_95 * np.sqrt(count / len(test.rows))
    return {
        name: float(scale * np.std([row[shrunk] for row in drawn]))
        for name, shrunk in asked.items()
    }


def _resample(test: Dataset, count: int, random: np.random.Generator) -> npt.NDArray[np.int64]:
    if not test.classes:
        return random.integers(len(test.target), size=count)
    share = count / len(test.target)
    groups = [np.flatnonzero(test.target == index) for index in range(len(test.classes))]
    present = [group for group in groups if len(group)]  # a slice may lack a class
    return np.concatenate([random.choice(g, max(1, round(len(g) * share))) for g in present])
