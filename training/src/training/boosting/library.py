"""The boosting libraries: which classes a YAML may name, and what differs between them."""

from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from training.spelling import like


@dataclass(frozen=True)
class Library:
    """One library, in its own words."""

    name: str
    classes: tuple[str, ...]
    seed: tuple[str, ...]  # parameters that mean the same; ours goes by the first
    threads: tuple[str, ...]
    quiet: dict[str, Any]
    rounds_itself: bool  # it compares numbers in float32, as ONNX does
    native_categories: bool  # its splits by sets of categories have an ONNX form
    class_weights: str  # parameter that weighs classes by name
    fixed: dict[str, Any] = field(default_factory=dict)  # passed always
    reserved: dict[str, str] = field(default_factory=dict)  # parameter: what to write instead


# All names that the libraries have for how much they print.
VERBOSITY = {"verbose", "verbosity", "silent", "logging_level"}

_STOPPING = "write 'estimator.early_stopping: {rounds: N}', which holds validation rows back"
_CATEGORIES = "write 'preprocess: {categories: native}'"
_ONE_HOT = "categories are one-hot encoded, since CatBoost writes none to ONNX"
_MISSING = "say in 'data.missing' which values mean missing"
_PLACES = "columns have no fixed place; 'monotone_constraints: {FEATURE: 1}' goes by names"
_MONOTONE = "write 'monotone_constraints: {FEATURE: 1}'"
_NO_CODE = "a YAML holds no code"
_CLASSES = "the classes are those of the data, in order"
_FILES = "training keeps no files of its own"

LIBRARIES = (
    Library(
        "xgboost",
        ("XGBClassifier", "XGBRegressor", "XGBRFClassifier", "XGBRFRegressor"),
        seed=("random_state", "seed"),
        threads=("n_jobs", "nthread"),
        quiet={"verbosity": 0},
        rounds_itself=True,
        native_categories=True,
        class_weights="",
        reserved={
            "early_stopping_rounds": _STOPPING,
            "enable_categorical": _CATEGORIES,
            "feature_types": _CATEGORIES,
            "missing": _MISSING,
            "class_weight": "XGBoost has none; for two classes it has 'scale_pos_weight: N'",
            "interaction_constraints": _PLACES,
            "callbacks": _NO_CODE,
        },
    ),
    Library(
        "lightgbm",
        ("LGBMClassifier", "LGBMRegressor"),
        seed=("random_state", "seed", "random_seed"),
        threads=("n_jobs", "num_threads", "num_thread", "nthread", "nthreads"),
        quiet={"verbosity": -1},
        rounds_itself=False,
        native_categories=True,
        class_weights="class_weight",
        reserved={
            **dict.fromkeys(
                ("early_stopping_round", "early_stopping_rounds", "early_stopping"), _STOPPING
            ),
            "n_iter_no_change": _STOPPING,
            **dict.fromkeys(
                ("categorical_feature", "cat_feature", "categorical_column", "cat_column"),
                _CATEGORIES,
            ),
            "categorical_features": _CATEGORIES,
            "zero_as_missing": _MISSING,
            **dict.fromkeys(
                ("mc", "monotone_constraint", "monotonic_cst"),
                _MONOTONE,
            ),
            **dict.fromkeys(
                ("interaction_constraints", "feature_contri", "forcedsplits_filename"), _PLACES
            ),
            **dict.fromkeys(("ignore_column", "cegb_penalty_feature_lazy"), _PLACES),
            "linear_tree": "linear models in leaves have no ONNX form",
            "linear_trees": "linear models in leaves have no ONNX form",
        },
    ),
    Library(
        "catboost",
        ("CatBoostClassifier", "CatBoostRegressor"),
        seed=("random_seed", "random_state"),
        threads=("thread_count",),
        quiet={"verbose": False},
        rounds_itself=True,
        native_categories=False,
        class_weights="class_weights",
        fixed={"allow_writing_files": False},
        reserved={
            **dict.fromkeys(
                ("early_stopping_rounds", "od_wait", "od_type", "od_pval", "eval_fraction"),
                _STOPPING,
            ),
            "use_best_model": _STOPPING,
            **dict.fromkeys(("cat_features", "text_features", "embedding_features"), _ONE_HOT),
            "callback": _NO_CODE,
            **dict.fromkeys(("feature_weights", "ignored_features", "input_borders"), _PLACES),
            **dict.fromkeys(
                ("first_feature_use_penalties", "per_object_feature_penalties"), _PLACES
            ),
            "per_float_feature_quantization": _PLACES,
            "class_names": _CLASSES,
            "classes_count": _CLASSES,
            **dict.fromkeys(
                ("allow_writing_files", "save_snapshot", "snapshot_file", "train_dir"), _FILES
            ),
        },
    ),
)
PATHS = tuple(f"{library.name}.{name}" for library in LIBRARIES for name in library.classes)


def library_of(path: str) -> Library | None:
    """Return the library of a class path or of a module, or None for scikit-learn's."""
    root = path.partition(".")[0]
    return next((library for library in LIBRARIES if library.name == root), None)


def find_class(library: Library, path: str) -> tuple[Any, str]:
    """Import a class by its path, or say why not and what to do."""
    paths = [f"{library.name}.{name}" for name in library.classes]
    if path not in paths:
        return None, f"{path} cannot be used{like(path, paths)}"
    try:
        module = import_module(library.name)
    except ModuleNotFoundError as error:
        return None, (
            f"{path} needs the package '{error.name}', which is not installed here; in training/ "
            "run 'uv pip sync requirements-dev.lock --require-hashes' (npm test has put a uv into "
            ".slipway/uv/bin), or build the image anew"
        )
    except Exception as error:  # noqa: BLE001 - libraries raise what they like when a part is missing
        reason = " ".join(str(error).split())[:200]
        return None, (
            f"{path} cannot be loaded: {reason}; it needs OpenMP: run 'apt-get install libgomp1' "
            "(Debian, Ubuntu), 'dnf install libgomp' (Fedora) or 'brew install libomp' (macOS)"
        )
    return getattr(module, path.rpartition(".")[2]), ""


def path_of(kind: type) -> str:
    """Return the path by which a YAML names a class."""
    module = kind.__module__
    if library := library_of(module):
        return f"{library.name}.{kind.__name__}"
    return f"{module.split('._')[0]}.{kind.__name__}"
