"""What has no right ONNX form, or means nothing, ends with exit code 2 and what to write."""

import sys
from pathlib import Path
from typing import Any

import pytest

from support.boosting import CAT, LGBM, XGB, boosted
from support.command import run
from support.models import write_model
from test_parity import mixed, trained
from training.boosting import library
from training.boosting.library import PATHS
from training.errors import InvalidInputError
from training.estimator import check_estimator
from training.settings import Settings


def problems(path: str, parameters: dict[str, Any], /, **more: Any) -> str:
    """Return what `validate` says, before any data is touched."""
    estimator = {"class": path, "parameters": parameters} | more.pop("estimator", {})
    content = {"name": "m", "data": {"source": "csv:x.csv"}, "target": "y", "estimator": estimator}
    return "\n".join(check_estimator(Settings.model_validate(content | more))[1])


@pytest.mark.parametrize("path", PATHS)
def test_class_alone_is_enough_and_tells_the_task(path: str) -> None:
    content = {"name": "m", "data": {"source": "csv:x.csv"}, "target": "y", "estimator": path}
    task = "classification" if path.endswith("Classifier") else "regression"
    assert check_estimator(Settings.model_validate(content)) == (task, [])


@pytest.mark.parametrize(
    ("path", "parameters", "expected"),
    [
        (f"{XGB}Classifier", {"n_estimator": 5}, "no use for 'n_estimator'; did you mean 'n_estim"),
        (f"{LGBM}Classifier", {"n_estimator": 5}, "no use for 'n_estimator'; did you mean 'n_est"),
        (f"{CAT}Classifier", {"n_estimator": 5}, "no use for 'n_estimator'; did you mean 'n_estim"),
        (f"{XGB}Regressor", {"max_depth": -3}, "refuses them: value -3 for Parameter max_depth"),
        (
            f"{LGBM}Regressor",
            {"num_leaves": 1},
            r"refuses them: Check failed: \(num_leaves\) > \(1",
        ),
        (f"{CAT}Regressor", {"depth": 40}, "refuses them: .*Maximum tree depth is 16"),
        (f"{XGB}Regressor", {"rate_drop": 0.1}, "has no use for 'rate_drop'"),
        (f"{XGB}Regresor", {}, "cannot be used; did you mean 'xgboost.XGBRegressor'"),
        (f"{LGBM}Ranker", {}, "cannot be used; did you mean"),
        (f"{XGB}Classifier", {"early_stopping_rounds": 5}, "write 'estimator.early_stopping: {r"),
        (f"{CAT}Classifier", {"od_wait": 5}, "write 'estimator.early_stopping: {rounds: N}'"),
        (f"{LGBM}Classifier", {"categorical_feature": [0]}, "'preprocess: {categories: native}'"),
        (f"{CAT}Classifier", {"cat_features": [0]}, "one-hot encoded"),
        (f"{XGB}Classifier", {"missing": -999}, "say in 'data.missing'"),
        (f"{LGBM}Classifier", {"zero_as_missing": True}, "say in 'data.missing'"),
        (f"{LGBM}Regressor", {"linear_tree": True}, "have no ONNX form"),
        (f"{XGB}Classifier", {"class_weight": "balanced"}, "it has 'scale_pos_weight: N'"),
        (f"{LGBM}Regressor", {"class_weight": "balanced"}, "is for classes"),
        (f"{LGBM}Regressor", {"monotone_constraints": [1, 0]}, "name features, such as"),
        (f"{XGB}Regressor", {"interaction_constraints": [[0, 1]]}, "columns have no fixed place"),
        (f"{CAT}Regressor", {"train_dir": "/x"}, "keeps no files"),
    ],
    ids=lambda value: "" if isinstance(value, str) else "-".join(map(str, value)) or "class",
)
def test_parameter_is_refused_before_any_data_is_read(
    path: str, parameters: dict[str, Any], expected: str
) -> None:
    with pytest.raises(AssertionError, match=expected):
        assert problems(path, parameters) == ""


@pytest.mark.parametrize(
    ("path", "more", "expected"),
    [
        (f"{CAT}Classifier", {"preprocess": {"categories": "native"}}, "write 'one_hot'"),
        (
            "sklearn.ensemble.RandomForestClassifier",
            {"preprocess": {"categories": "native"}},
            "write 'one_hot' for sklearn",
        ),
        (
            "sklearn.linear_model.LogisticRegression",
            {"preprocess": {"impute": "none"}},
            "takes no missing numbers; write 'median'",
        ),
        (
            "sklearn.ensemble.HistGradientBoostingClassifier",
            {"estimator": {"early_stopping": {"rounds": 5}}},
            "in 'parameters' it has early_stopping and n_iter_no_change",
        ),
        (
            f"{XGB}RFClassifier",
            {"estimator": {"early_stopping": {"rounds": 5}}},
            "cannot stop; leave it out, or use xgboost.XGBClassifier",
        ),
        (
            f"{LGBM}Classifier",
            {
                "estimator": {
                    "early_stopping": {"rounds": 5},
                    "parameters": {"boosting_type": "dart"},
                }
            },
            "has none with 'dart'",
        ),
    ],
)
def test_key_of_ours_is_refused_where_the_class_cannot_do_it(
    path: str, more: dict[str, Any], expected: str
) -> None:
    assert expected in problems(path, {}, **more)


def three(target: str) -> Any:
    table = mixed(target)
    return table.assign(y=table["y"].mask(table["a"] > 4, "top"))


@pytest.mark.parametrize(
    ("path", "parameters", "hint"),
    [
        (f"{XGB}Regressor", {"booster": "dart"}, "set 'booster: gbtree'"),
        (f"{XGB}Regressor", {"booster": "gblinear"}, "set 'booster: gbtree'"),
        (f"{XGB}Classifier", {"objective": "multi:softmax"}, "set 'objective: multi:softprob'"),
        (f"{XGB}Classifier", {"num_parallel_tree": 3}, "set 'num_parallel_tree: 1'"),
        (f"{XGB}RFClassifier", {}, "use sklearn.ensemble.RandomForestClassifier"),
        (f"{XGB}Classifier", {"scale_pos_weight": 2}, "is for two classes, the target has 3"),
        (f"{LGBM}Regressor", {"reg_sqrt": True}, "set 'reg_sqrt: false'"),
        (f"{LGBM}Classifier", {"objective": "multiclassova"}, "set 'objective: multiclass'"),
        (f"{LGBM}Classifier", {"is_unbalance": True}, "is for two classes, the target has 3"),
        (f"{LGBM}Classifier", {"class_weight": {"hi": 2}}, "must weigh each class once; those are"),
        (f"{LGBM}Regressor", {"monotone_constraints": {"k": 1}}, "'k' is no feature that is a num"),
        (f"{CAT}Regressor", {"grow_policy": "Lossguide"}, "set 'grow_policy: SymmetricTree'"),
        (f"{CAT}Regressor", {"loss_function": "RMSEWithUncertainty"}, "set 'loss_function: RMSE'"),
        (
            f"{CAT}Classifier",
            {"loss_function": "MultiClassOneVsAll"},
            "set 'loss_function: MultiClass'",
        ),
    ],
    ids=lambda value: "-".join(map(str, value.values())) if isinstance(value, dict) else "",
)
def test_form_that_onnx_lacks_is_refused_with_the_parameter_to_set(
    path: str, parameters: dict[str, Any], hint: str
) -> None:
    table = mixed("number") if path.endswith("Regressor") else three("text")
    with pytest.raises(InvalidInputError, match=hint):
        boosted(table, path, parameters=parameters)


def test_library_that_is_not_installed_names_class_and_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    said = problems("lightgbm.LGBMClassifier", {})
    assert said.startswith("estimator.class: lightgbm.LGBMClassifier needs the package 'lightgbm'")
    assert "uv pip sync requirements-dev.lock --require-hashes" in said


def test_library_without_openmp_names_the_package_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(_: str) -> None:
        raise OSError("libgomp.so.1: cannot open shared object file")

    monkeypatch.setattr(library, "import_module", broken)
    said = problems("lightgbm.LGBMClassifier", {})
    assert "cannot be loaded: libgomp.so.1" in said
    assert "apt-get install libgomp1" in said


def test_command_ends_with_exit_code_2_and_no_traceback(tmp_path: Path) -> None:
    choice = {"class": "xgboost.XGBClassifier", "parameters": {"max_dept": 3}}
    done = run("validate", write_model(tmp_path, estimator=choice))
    assert done.code == 2
    assert "has no use for 'max_dept'; did you mean 'max_depth'?" in done.err
    assert "Traceback" not in done.err


def test_estimator_that_takes_gaps_may_keep_them() -> None:
    """Histogram gradient boosting learns where gaps go too, where it is asked to."""
    kept = trained(
        mixed("number"),
        "sklearn.ensemble.HistGradientBoostingRegressor",
        preprocess={"impute": "none"},
    )
    assert kept.parity.max_difference <= 1e-5
    assert b"ReplacedValue" not in kept.package.model
    assert b"imputed_value_floats" not in kept.package.model
