"""What a search tries next: every combination, drawn ones, or optuna's proposals."""

import math
from collections.abc import Generator
from typing import Any

import numpy as np

from training.dimension import Dimension
from training.search_choice import Search

Parameters = dict[str, Any]
# Yields parameters, and is sent their score: less is better, None where they cannot be fitted.
Proposals = Generator[Parameters, float | None]

DEFAULT_TRIALS = 50
COUNTED = 2**31  # combinations from which scikit-learn draws without repeating one


def proposals(search: Search, seed: int) -> Proposals:
    """Propose at most `trials` combinations; the same `seed` and scores give the same ones."""
    if search.method == "grid":
        yield from _grid(search)
    elif search.method == "random":
        yield from _drawn(search, seed)
    else:
        yield from _by_optuna(search, seed)


def trials_of(search: Search) -> int:
    """Return how many combinations are proposed at most."""
    trials = DEFAULT_TRIALS if search.trials is None else search.trials
    counts = [len(d.choices) for d in search.space.values() if d.choices is not None]
    if len(counts) < len(search.space):
        return trials
    return math.prod(counts) if search.method == "grid" else min(trials, math.prod(counts))


class _Drawn:
    """A dimension of a space too large to count, as scikit-learn's ParameterSampler asks for it."""

    def __init__(self, dimension: Dimension) -> None:
        self._dimension = dimension

    def rvs(self, random_state: np.random.RandomState) -> Any:
        return self._dimension.drawn(float(random_state.random_sample()))


def _grid(search: Search) -> Proposals:
    from sklearn.model_selection import ParameterGrid

    yield from ParameterGrid({name: d.choices for name, d in search.space.items()})


def _drawn(search: Search, seed: int) -> Proposals:
    """Draw each once at most, or independently where there is no end of them."""
    from sklearn.model_selection import ParameterSampler

    space: dict[str, Any] = {name: d.choices for name, d in search.space.items()}
    if None in space.values() or math.prod(map(len, space.values())) > COUNTED:
        space = {name: _Drawn(d) for name, d in search.space.items()}
    yield from ParameterSampler(space, trials_of(search), random_state=seed)


def _by_optuna(search: Search, seed: int) -> Proposals:
    """Ask optuna's tree-structured Parzen estimator (Bergstra and others 2011), one by one."""
    import optuna
    from optuna import distributions

    def distribution(dimension: Dimension) -> Any:
        """Positions stand for values, which may be of any type; of a range they have an order."""
        if dimension.choices is None:
            bounds = dimension.low, dimension.high
            if dimension.whole:
                return distributions.IntDistribution(*bounds, log=True)
            return distributions.FloatDistribution(*bounds, log=dimension.log)
        last = len(dimension.choices) - 1
        if dimension.values is None:
            return distributions.IntDistribution(0, last)
        return distributions.CategoricalDistribution(range(last + 1))

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
    space = {name: distribution(d) for name, d in sorted(search.space.items())}
    for _ in range(trials_of(search)):
        trial = study.ask(space)
        score = yield {
            name: value if (choices := search.space[name].choices) is None else choices[value]
            for name, value in trial.params.items()
        }
        failed = optuna.trial.TrialState.FAIL if score is None else None
        study.tell(trial, score, state=failed)
