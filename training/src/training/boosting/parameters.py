"""Checks a boosting library's parameters before any data is touched.

The classes of these libraries name few of their parameters and check no value, so the library is
asked itself: by fitting two trees to some made-up rows.
"""

import inspect
import io
import re
import warnings
from contextlib import redirect_stdout
from typing import Any

import numpy as np
import numpy.typing as npt

from training.boosting.library import VERBOSITY, Library, path_of
from training.settings import Settings
from training.spelling import like

TRIAL_ROWS, TRIAL_TREES = 200, 2
# All names that the libraries have for the number of trees.
TREES = {
    *("n_estimators", "iterations", "num_boost_round", "num_trees", "num_tree", "num_iterations"),
    *("num_iteration", "n_iter", "num_round", "num_rounds", "nrounds", "max_iter"),
}
MONOTONE = "monotone_constraints"
UNUSED = re.compile(r"Parameters: \{([^}]*)\} are not used")
_UNKNOWN = re.compile(r"Unknown parameter: (\S+)")


def boosting_problems(settings: Settings, found: Any, library: Library) -> list[str]:
    """List what is wrong with the parameters and with our own keys for such a class."""
    choice = settings.estimator
    parameters = choice.parameters if choice is not None else {}
    problems = [
        f"estimator.parameters.{name}: leave it out; {instead}"
        for name, instead in library.reserved.items()
        if name in parameters
    ]
    if settings.preprocess.categories == "native" and not library.native_categories:
        problems.append(
            "preprocess.categories: 'native' is for xgboost and lightgbm; the ONNX export of "
            f"{library.name} knows no categories; write 'one_hot'"
        )
    if choice is not None and choice.early_stopping is not None:
        problems += _stopping_problems(found, parameters)
    if not hasattr(found, "predict_proba"):
        problems += [
            f"estimator.parameters.{name}: is for classes; leave it out for {path_of(found)}"
            for name in ("class_weight", "class_weights", "auto_class_weights")
            if name in parameters
        ]
    stated = parameters.get(MONOTONE, {})
    if not isinstance(stated, dict) or not set(stated.values()) <= {-1, 0, 1}:
        problems.append(
            f"estimator.parameters.{MONOTONE}: name features, such as {{age: 1, price: -1}}: 1 "
            f"where answers never fall, -1 where they never rise; not {stated}"
        )
    if stated and (settings.preprocess.bins or settings.preprocess.polynomial):
        problems.append(
            f"estimator.parameters.{MONOTONE}: says nothing of bins and products; remove it, or "
            "'preprocess.bins' and 'preprocess.polynomial'"
        )
    kinds = [*settings.data.types.values(), *(f.type for f in settings.features or [])]
    if stated and "text" in kinds:
        problems.append(
            f"estimator.parameters.{MONOTONE}: has no place for the words of a text; remove it, or "
            "the features of the type text"
        )
    return problems or _trial_problems(found, library, parameters)


def _stopping_problems(found: Any, parameters: dict[str, Any]) -> list[str]:
    if found.__name__.startswith("XGBRF"):
        return [
            f"estimator.early_stopping: {path_of(found)} grows all its trees at once, and cannot "
            "stop; leave it out, or use xgboost.XGB" + found.__name__.removeprefix("XGBRF")
        ]
    if "dart" in (parameters.get("boosting_type"), parameters.get("boosting")):
        return ["estimator.early_stopping: LightGBM has none with 'dart'; leave one of them out"]
    return []


def _trial_problems(found: Any, library: Library, parameters: dict[str, Any]) -> list[str]:
    known = _known(found)
    if library.name == "catboost" and (unknown := [n for n in parameters if n not in known]):
        return [_no_such(found, name, known) for name in unknown]
    reason = ""
    for target in _targets(found):
        unused, reason = _trial(found, library, parameters, target)
        if unused:
            return [_no_such(found, name, known) for name in unused]
        if not reason:
            return []
    return [f"estimator.parameters: {found.__name__} refuses them: {reason}"]


def _no_such(found: Any, name: str, known: list[str]) -> str:
    hint = "; it does not apply to the others, remove it" if name in known else like(name, known)
    return f"estimator.parameters: {found.__name__} has no use for '{name}'{hint}"


def _known(found: Any) -> list[str]:
    """Name what the class takes; xgboost's classes leave most to those that they extend."""
    signatures = [inspect.signature(kind).parameters for kind in found.__mro__[:-1]]
    return list({name: None for one in signatures for name in one if name != "kwargs"})


def _targets(found: Any) -> list[npt.NDArray[Any]]:
    """Two classes, then three, as some objectives are for several only; or numbers in (0, 1)."""
    rows = np.arange(TRIAL_ROWS)
    if hasattr(found, "predict_proba"):
        return [rows % 2, rows % 3]
    return [(rows % 7 + 1) / 9]


def _trial(
    found: Any, library: Library, parameters: dict[str, Any], target: npt.NDArray[Any]
) -> tuple[list[str], str]:
    """Return the parameters that the library ignores, and why it refuses to fit, if it does."""
    few = {n: TRIAL_TREES for n, v in parameters.items() if n in TREES and isinstance(v, int) and v}
    ours_to_say = VERBOSITY | {"verbose_eval", MONOTONE, library.class_weights}
    passed = {n: v for n, v in parameters.items() if n not in ours_to_say}
    usual = {} if few else {"n_estimators": TRIAL_TREES}
    loud = {"xgboost": {"verbosity": 1}, "lightgbm": {"verbosity": 0}}.get(library.name)
    ours = library.fixed | ({} if set(library.threads) & set(passed) else {library.threads[0]: 1})
    data = np.random.default_rng(0).random((TRIAL_ROWS, 3))
    said = io.StringIO()
    with warnings.catch_warnings(record=True) as warned, redirect_stdout(said):
        warnings.simplefilter("always")
        try:
            found(**ours, **(loud or library.quiet), **(passed | few | usual)).fit(data, target)
        except Exception as error:  # noqa: BLE001 - each library has its own
            reason = str(error).partition("Stack trace")[0]
            return [], " ".join(re.sub(r"^\[[\d:]+\] \S+ ", "", reason).split())[:300]
    listed = " ".join(UNUSED.findall(" ".join(str(one.message) for one in warned)))
    unused = [*re.findall(r'"([^"]+)"', listed), *_UNKNOWN.findall(said.getvalue())]
    return [name for name in dict.fromkeys(unused) if name in parameters], ""
