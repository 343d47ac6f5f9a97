"""How sure each metric of the test split is: 95 % intervals by bootstrap."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.dataset import Dataset
from training.evaluate import by_kind
from training.metrics import Metrics, metric_of
from training.scoring import Scores, take
from training.settings import Settings
from training.split import within_training
from training.weighted import weighted_classification, weighted_regression

RESAMPLES, FEWEST_RESAMPLES = 1000, 200
MOST_ROWS, FEWEST_ROWS, ROWS_OF_CLASS = 5000, 1000, 50
MANY_CLASSES = 10  # from here on the curves of all classes take most of the time
BOUNDS = (0.025, 0.975)

Intervals = dict[str, tuple[float, float]]


@dataclass(frozen=True)
class Sample:
    """Positions of the rows that stand for all, and the chance of each to be drawn."""

    index: npt.NDArray[np.int64]
    chances: npt.NDArray[np.float64]


def intervals(settings: Settings, test: Dataset, scores: Scores, metrics: Metrics) -> Intervals:
    """Return low and high of each of `metrics`, what 95 % of resamples of the rows lie between.

    Percentile bootstrap (Efron and Tibshirani 1993, chapter 13), seeded by the model's seed. Of
    more than 5000 test rows, 5000 stand for all, at least 50 of a class where it has them: as many
    rows as there are in all are drawn from these (the bag of little bootstraps, Kleiner and others
    2014, with one bag), and the bounds are moved by what the metric of the 5000 differs from that
    of all. There are 1000 resamples; with more than 10 classes both become fewer, down to 1000 rows
    and 200 resamples, so that it takes seconds and some 100 MiB at most. A resample in which a
    metric is undefined (without a row of each class, or r2 of a constant) does not count for it; a
    metric that is undefined in half of them or more has no interval. `scipy.stats.bootstrap` gives
    none as soon as one resample is undefined, and scipy is no dependency of ours.
    """
    random = np.random.default_rng(settings.split.seed)
    sample = _sample(test, random)
    part, mine = test.take(sample.index), take(scores, sample.index)
    score = by_kind(settings, part, mine, weighted_regression, weighted_classification)
    total = len(test.target)
    resamples = _fewer(RESAMPLES, FEWEST_RESAMPLES, len(test.classes))
    drawn = [score(random.multinomial(total, sample.chances)) for _ in range(resamples)]
    shift = dict.fromkeys(metrics, 0.0)
    if len(sample.index) < total:
        mean = sample.chances * total
        shift = {name: metrics[name] - value for name, value in score(mean).items()}
    found = {}
    for name in metrics:
        values = np.array([one[name] for one in drawn])
        values = values[np.isfinite(values)]
        if 2 * len(values) > len(drawn) and np.isfinite(shift[name]):
            low, high = (float(bound) for bound in np.quantile(values, BOUNDS) + shift[name])
            lower_is_better = metric_of(name).lower_is_better
            found[name] = (max(low, 0.0), high) if lower_is_better else (low, min(high, 1.0))
    return found


def shown(metrics: Metrics, intervals: Intervals) -> str:
    """Return the metrics in one line, each with its interval."""
    return ", ".join(
        f"{name} {value:.4f}{_between(intervals.get(name))}" for name, value in metrics.items()
    )


def bounds(intervals: Intervals) -> Metrics:
    """Return the intervals as metrics, `accuracy_low` and `accuracy_high`."""
    ends = {name: zip(("low", "high"), both, strict=True) for name, both in intervals.items()}
    return {f"{name}_{end}": value for name, pair in ends.items() for end, value in pair}


def interval_notes(settings: Settings, metrics: Metrics, intervals: Intervals) -> list[str]:
    """Say which metrics have no interval, and where intervals are narrower than they should be."""
    notes = []
    if lost := [name for name in metrics if name not in intervals]:
        notes.append(
            f"no interval of {', '.join(lost)}: most resamples of the test rows lack a class, or "
            "hold one number alone; a larger 'split.test' has more rows"
        )
    if within_training(settings).split.key is not None:
        notes.append(
            "the intervals count the test rows as independent; where rows of one "
            f"'{settings.split.key}', or of near ones, are alike, they are too narrow"
        )
    return notes


def _between(bounds: tuple[float, float] | None) -> str:
    return f" ({bounds[0]:.4f} to {bounds[1]:.4f})" if bounds else ""


def _fewer(most: int, fewest: int, classes: int) -> int:
    return max(fewest, min(most, most * MANY_CLASSES // max(1, classes)))


def _sample(test: Dataset, random: np.random.Generator) -> Sample:
    total, most = len(test.target), _fewer(MOST_ROWS, FEWEST_ROWS, len(test.classes))
    if total <= most:
        return Sample(np.arange(total), np.full(total, 1 / total))
    groups = [np.flatnonzero(test.target == c) for c in range(len(test.classes))]
    groups = [group for group in groups if len(group)] or [np.arange(total)]
    least = min(ROWS_OF_CLASS, max(1, most // len(groups)))
    parts, chances = [], []
    for group in groups:
        size = min(len(group), max(least, round(most * len(group) / total)))
        parts.append(random.choice(group, size, replace=False))
        chances.append(np.full(size, len(group) / total / size))
    return Sample(np.concatenate(parts), np.concatenate(chances))
