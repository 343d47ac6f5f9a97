"""Makes the unfitted booster for a table: seed, threads, classes."""

from typing import Any

from training.boosting.booster import BoostedClassifier, BoostedRegressor, Booster
from training.boosting.library import VERBOSITY, Library
from training.boosting.parameters import MONOTONE
from training.dataset import Dataset
from training.errors import InvalidInputError
from training.settings import Settings
from training.target import matching

# Weights of the positive class, which the libraries pass over where there is none.
BINARY = {"scale_pos_weight", "is_unbalance", "unbalance", "unbalanced_sets"}


def build_booster(
    found: Any,
    library: Library,
    parameters: dict[str, Any],
    settings: Settings,
    dataset: Dataset,
    columns: list[str],
) -> Booster:
    """Pass `parameters` on; what they leave open is the split's seed and this process's share.

    `columns` names the feature of each column that the library gets. The number of threads decides
    how long it takes, and nothing else: equal trees come out.
    """
    from sklearn.utils._openmp_helpers import _openmp_effective_n_threads

    passed = dict(library.fixed)
    if not set(library.seed) & set(parameters):
        passed[library.seed[0]] = settings.split.seed
    if not set(library.threads) & set(parameters):
        passed[library.threads[0]] = _openmp_effective_n_threads()
    if not VERBOSITY & set(parameters):
        passed |= library.quiet
    passed |= parameters
    if len(dataset.classes) != 2 and (misfit := BINARY & set(parameters)):
        kind = f"{len(dataset.classes)} classes" if dataset.classes else "numbers"
        problem = f"is for two classes, the target has {kind}; leave it out"
        raise InvalidInputError(
            settings.name, [f"estimator.parameters.{name}: {problem}" for name in sorted(misfit)]
        )
    if MONOTONE in parameters:
        signs = _by_column(settings.name, parameters[MONOTONE], dataset, columns)
        passed[MONOTONE] = tuple(signs) if library.name == "xgboost" else signs
    native = settings.preprocess.categories == "native"
    categories = sum(f.type == "category" for f in dataset.features) if native else 0
    if not dataset.classes:
        return BoostedRegressor(found(**passed), library, categories)
    made = BoostedClassifier(None, library, categories, tuple(dataset.classes), dataset.positive)
    if (name := library.class_weights) in parameters:
        passed[name] = _by_number(settings.name, name, parameters[name], made)
    made.model = found(**passed)
    return made


def _by_column(
    model: str, stated: dict[str, int], dataset: Dataset, columns: list[str]
) -> list[int]:
    """Turn constraints of features by name into one for each column."""
    numbers = [f.name for f in dataset.features if not f.by_name]
    if strange := [name for name in stated if name not in numbers]:
        listed = ", ".join(numbers)
        problem = f"'{strange[0]}' is no feature that is a number; those are {listed}"
        raise InvalidInputError(model, [f"estimator.parameters.{MONOTONE}: {problem}"])
    return [stated.get(name, 0) for name in columns]


def _by_number(model: str, name: str, stated: Any, made: BoostedClassifier) -> Any:
    """Turn weights of classes, by name or in order, into those of the library's own numbers.

    CatBoost takes the order of a mapping for that of the classes, so it gets a list.
    """
    known = list(made.classes)
    if isinstance(stated, str) or stated is None:
        return stated
    if isinstance(stated, list):
        weights = dict(zip(known, stated, strict=False))
        fits = len(stated) == len(known)
    else:
        found = [(matching(key, known), weight) for key, weight in stated.items()]
        weights = {value: weight for value, weight in found if value is not None}
        fits = len(weights) == len(stated) == len(known)
    if not fits:
        listed = ", ".join(map(str, known))
        problem = f"must weigh each class once; those are {listed}, not {stated}"
        raise InvalidInputError(model, [f"estimator.parameters.{name}: {problem}"])
    in_order = [weights[known[ours]] for ours in made.order]
    return in_order if made.library.name == "catboost" else dict(enumerate(in_order))
