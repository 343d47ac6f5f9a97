"""Opens a notebook's model. A pickle runs code as it is opened, so that is asked for first."""

import sys
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from training.adoption.logged import Logged
from training.boosting.library import LIBRARIES
from training.errors import InvalidInputError

# Types that skops leaves to its caller, and that hold numbers alone.
KNOWN = {
    "collections.OrderedDict",
    "lightgbm.basic.Booster",
    "lightgbm.sklearn.LGBMClassifier",
    "lightgbm.sklearn.LGBMRegressor",
    "numpy.dtype",
    "skl2onnx.sklapi.cast_transformer.CastTransformer",
    "sklearn._loss.loss.HalfTweedieLossIdentity",
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.tree._tree.Tree",
}


@dataclass(frozen=True)
class Consent:
    """What the person has allowed on the command line."""

    code: bool = False
    other_libraries: bool = False


def load_estimator(logged: Logged, consent: Consent) -> Any:
    """Return the fitted estimator of a version of any flavour but ONNX's.

    Raises InvalidInputError before anything is opened where libraries differ, or where opening runs
    code and nobody agreed to that.
    """
    if (others := logged.other_libraries()) and not consent.other_libraries:
        problem = (
            f"--version: was logged with {'; '.join(others)}: it may open and answer otherwise; "
            "fit and log it again with what is here, or write --allow-version-mismatch if you know "
            "that it answers alike"
        )
        raise InvalidInputError(logged.where, [problem])
    _check_class(logged)
    if (danger := _danger(logged)) and not consent.code:
        _ask(logged, danger)
    try:
        model = import_module(f"mlflow.{logged.flavor}").load_model(str(logged.folder))
    except Exception as error:  # whatever is missing or refuses, the remedy is the same
        reason = " ".join(str(error).split())[:300]
        problem = (
            f"--version: cannot be opened here ({type(error).__name__}: {reason}); log a model "
            "that is made of the classes of scikit-learn, xgboost, lightgbm or catboost alone"
        )
        raise InvalidInputError(logged.where, [problem]) from error
    return getattr(model, "best_estimator_", model)  # of a search, what it found


def _check_class(logged: Logged) -> None:
    """Let in only classes with predict and predict_proba of their own."""
    library = next((one for one in LIBRARIES if one.name == logged.flavor), None)
    module, _, kind = logged.model_class.rpartition(".")
    own = module.partition(".")[0] in ("", logged.flavor)
    if library is None or (own and kind in library.classes):
        return
    problem = (
        f"--version: was logged with the flavour {logged.flavor} as {logged.model_class}, which "
        f"does not say what it answers; log one of {', '.join(library.classes)}"
    )
    if logged.flavor == "xgboost":
        problem += " (XGBClassifier().load_model(FILE) makes one of a Booster's file)"
    raise InvalidInputError(logged.where, [problem])


def _danger(logged: Logged) -> str:
    """Say why opening the version runs code of whoever logged it, or nothing."""
    if code := logged.options.get("code"):
        return f"it brings Python code of its own ({code})"
    if logged.serialized == "skops":
        return _unknown_types(logged)
    return f"it is a {logged.serialized}" if logged.serialized else ""


def _unknown_types(logged: Logged) -> str:
    import skops.io

    name = str(logged.options.get("pickled_model") or logged.options.get("data"))
    unknown = sorted(set(skops.io.get_untrusted_types(file=logged.folder / name)) - KNOWN)
    return f"it holds {', '.join(unknown)}, which skops does not know" if unknown else ""


def _ask(logged: Logged, danger: str) -> None:
    said = (
        f"opening {logged.where} runs code on this machine, as {danger}; that is whatever the one "
        "who logged it put there"
    )
    if not sys.stdin.isatty():
        problem = f"--yes: {said}; nobody can be asked here: add --yes if you trust them"
        raise InvalidInputError(logged.where, [problem])
    print(f"{said}. Do you trust them? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise InvalidInputError(logged.where, ["--yes: not opened; nothing was changed"])
