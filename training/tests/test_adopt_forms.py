"""What of the models that notebooks log has an ONNX form that answers as they do."""

from pathlib import Path
from typing import Any

import catboost
import lightgbm
import mlflow.catboost
import mlflow.lightgbm
import mlflow.onnx
import mlflow.xgboost
import numpy as np
import pandas as pd
import pytest
import xgboost
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from skl2onnx.sklapi import CastTransformer
from sklearn.compose import make_column_transformer
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    VotingClassifier,
)
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

from support.notebooks import converted, open_here, people, pipeline, split
from training.adoption.graph import open_graph, repackage
from training.adoption.load import Consent, load_estimator
from training.adoption.logged import read_logged
from training.adoption.notebook import Notebook, open_notebook
from training.adoption.rows import Rows, read_rows
from training.errors import InvalidInputError
from training.report import Report
from training.scoring import ClassScores, run_onnx

FEW: dict[str, Any] = {"n_estimators": 12}
QUIET: dict[str, Any] = {"verbose": 0, "allow_writing_files": False}


def numbers() -> pd.DataFrame:
    """Numbers alone, with digits that float32 cannot hold."""
    table = people().dropna(subset=["age"]).drop(columns=["port", "alone"])
    return table.assign(share=table["fare"] / 7)[["age", "fare", "share", "survived"]]


def amounts() -> pd.DataFrame:
    return numbers().assign(survived=lambda one: one["fare"] * 2 - one["age"])


def coded() -> pd.DataFrame:
    """The port as a number, and a column that the model drops."""
    table = people()
    codes = table["port"].map({"Cork": 1, "Le Havre": 2}).fillna(3).astype(int)
    return table.assign(port=codes, note=[f"note {n}" for n in range(len(table))])


ENCODED = make_column_transformer((OrdinalEncoder(), ["port"]), remainder="passthrough")
MODELS: dict[str, tuple[pd.DataFrame, Any]] = {
    "a bare estimator": (numbers(), LogisticRegression()),
    "a forest after a scaler, which rounds in float32": (
        numbers(),
        make_pipeline(StandardScaler(), RandomForestClassifier(12)),
    ),
    "columns by name, all of numbers": (
        numbers(),
        make_pipeline(
            make_column_transformer((StandardScaler(), ["fare"]), remainder="passthrough"),
            LogisticRegression(),
        ),
    ),
    "missing texts that are filled": (people(), pipeline(LogisticRegression())),
    "missing texts as a category of their own": (
        people().drop(columns=["age"]),
        make_pipeline(
            make_column_transformer((OneHotEncoder(), ["port"]), remainder="passthrough"),
            LogisticRegression(),
        ),
    ),
    "missing texts that stay missing": (
        people(),
        make_pipeline(ENCODED, HistGradientBoostingClassifier(max_iter=12)),
    ),
    "numbers and booleans as categories, and a dropped column": (
        coded(),
        make_pipeline(
            make_column_transformer(
                (OneHotEncoder(handle_unknown="ignore"), ["port", "alone"]),
                ("drop", ["note"]),
                ("passthrough", ["fare"]),
            ),
            LogisticRegression(),
        ),
    ),
    "thresholds between numbers of float64": (
        numbers(),
        HistGradientBoostingClassifier(max_iter=12),
    ),
    "a search": (numbers(), GridSearchCV(LogisticRegression(), {"C": [1, 2]}, cv=2)),
    "a vote": (
        numbers(),
        VotingClassifier(
            [("one", LogisticRegression()), ("two", RandomForestClassifier(5))], voting="soft"
        ),
    ),
    "true and false": (
        numbers().assign(survived=lambda one: one["survived"] == "yes"),
        LogisticRegression(),
    ),
    "classes 0.0 and 1.0": (
        numbers().assign(survived=lambda one: 1.0 * (one["survived"] == "yes")),
        LogisticRegression(),
    ),
    "a number": (amounts(), LinearRegression()),
    "trees after a cast": (
        amounts(),
        make_pipeline(
            StandardScaler(), CastTransformer(dtype=np.float32), HistGradientBoostingRegressor()
        ),
    ),
    "LightGBM in a pipeline": (people(), pipeline(lightgbm.LGBMClassifier(**FEW, verbose=-1))),
    "LightGBM of numbers": (amounts(), lightgbm.LGBMRegressor(**FEW, verbose=-1)),
    "CatBoost of three texts": (
        numbers().assign(
            survived=lambda one: pd.cut(one["age"], 3, labels=list("xyz")).astype(str)
        ),
        catboost.CatBoostClassifier(**FEW, **QUIET),
    ),
    "CatBoost of classes 3, 7, 9": (
        numbers().assign(survived=lambda one: [3, 7, 9] * (len(one) // 3) + [3] * (len(one) % 3)),
        catboost.CatBoostClassifier(**FEW, **QUIET),
    ),
    "XGBoost in a pipeline": (
        people().assign(survived=lambda one: 1 * (one["survived"] == "yes")),
        pipeline(xgboost.XGBClassifier(**FEW)),
    ),
    "XGBoost of a number": (amounts(), xgboost.XGBRegressor(**FEW)),
}


@pytest.mark.parametrize("what", MODELS)
def test_model_has_an_onnx_form_that_answers_as_it_does(what: str, tmp_path: Path) -> None:
    table, model = MODELS[what]
    held, features, target = split(table, "survived")
    fitted = model.fit(features, target)
    found = converted(getattr(fitted, "best_estimator_", fitted), held, "survived", tmp_path)
    assert found.parity.rows == len(held)
    assert found.parity.max_difference <= 1e-5


def test_classes_are_the_models_own_though_the_rows_lack_one(tmp_path: Path) -> None:
    """A file of two of three classes is scored by the model of three."""
    table = numbers().assign(survived=lambda one: pd.cut(one["age"], 3, labels=list("xyz")))
    model = LogisticRegression().fit(table[["age", "fare", "share"]], table["survived"])
    table[table["survived"] != "x"].to_csv(tmp_path / "rows.csv", index=False)
    rows = Rows("m", tmp_path / "rows.csv", "survived")
    _, _, data = read_rows(rows, open_here(model))
    assert data.classes == ["x", "y", "z"]
    assert data.task == "multiclass"
    assert set(data.target.tolist()) == {1, 2}


def test_target_is_the_only_column_that_is_no_feature(tmp_path: Path) -> None:
    table = numbers()
    model = LogisticRegression().fit(table[["age", "fare", "share"]], table["survived"])
    table.to_csv(tmp_path / "rows.csv", index=False)
    settings, _, _ = read_rows(Rows("m", tmp_path / "rows.csv"), open_here(model))
    assert settings.target.column == "survived"
    table.assign(other=1).to_csv(tmp_path / "rows.csv", index=False)
    with pytest.raises(InvalidInputError, match="write --target and one of survived, other"):
        read_rows(Rows("m", tmp_path / "rows.csv"), open_here(model))


def test_types_are_those_of_the_signature(tmp_path: Path) -> None:
    """Whole numbers in the CSV are no reason to refuse 2.5 of a column that had fractions."""
    table = numbers().assign(age=range(220, 220 + len(numbers())))
    model = LogisticRegression().fit(table[["age", "fare", "share"]], table["survived"])
    table.to_csv(tmp_path / "rows.csv", index=False)
    rows = Rows("m", tmp_path / "rows.csv")
    _, _, inferred = read_rows(rows, open_here(model))
    _, _, signed = read_rows(rows, open_here(model, {"age": "number"}))
    assert [one.type for one in inferred.features] == ["integer", "number", "number"]
    assert [one.type for one in signed.features] == ["number", "number", "number"]


def reopened(folder: Path, *, code: bool = False) -> Notebook:
    logged = read_logged(folder, "m", "1", "m/1", "")
    return open_notebook(logged, load_estimator(logged, Consent(code=code)))


@pytest.mark.parametrize("library", ["xgboost", "lightgbm", "catboost"])
def test_flavour_of_a_boosting_library_is_opened_without_running_code(
    library: str, tmp_path: Path
) -> None:
    table = numbers().assign(survived=lambda one: 1 * (one["survived"] == "yes"))
    features = table.drop(columns=["survived"])
    kinds: dict[str, Any] = {
        "xgboost": xgboost.XGBClassifier(**FEW),
        "lightgbm": lightgbm.LGBMClassifier(**FEW, verbose=-1),
        "catboost": catboost.CatBoostClassifier(**FEW, **QUIET),
    }
    model = kinds[library].fit(features, table["survived"])
    module: Any = getattr(mlflow, library)
    module.save_model(model, str(tmp_path / "m"), pip_requirements=[library])
    notebook = reopened(tmp_path / "m")
    assert list(notebook.columns) == ["age", "fare", "share"]
    assert notebook.classes == [0, 1]
    rows = features.to_numpy(np.float64)
    assert notebook.estimator.predict_proba(rows) == pytest.approx(model.predict_proba(features))


def onnx_model(folder: Path, graph: Any, example: pd.DataFrame) -> Notebook:
    signature = mlflow.models.infer_signature(example)
    mlflow.onnx.save_model(graph, str(folder / "m"), signature=signature, pip_requirements=["onnx"])
    return open_graph(read_logged(folder / "m", "m", "1", "m/1", ""))


@pytest.mark.parametrize("zipmap", [True, False])
def test_graph_of_numbers_is_packaged_with_its_own_answers(tmp_path: Path, *, zipmap: bool) -> None:
    """With ZipMap, as skl2onnx writes it, or without; the package has plain probabilities."""
    held, features, target = split(numbers(), "survived")
    model = LogisticRegression().fit(features, target)
    given = [("X", FloatTensorType([None, 3]))]
    graph = to_onnx(model, initial_types=given, options={id(model): {"zipmap": zipmap}})
    notebook = onnx_model(tmp_path, graph, features[:5])
    held.to_csv(tmp_path / "rows.csv", index=False)
    settings, _, data = read_rows(Rows("m", tmp_path / "rows.csv"), notebook)
    found = repackage(settings, notebook, data, 1 << 28, Report("m"))
    scores = run_onnx(found.onnx, data.features, data.rows, data.classes)
    assert isinstance(scores, ClassScores)
    truth = model.predict_proba(held[["age", "fare", "share"]])
    assert scores.probabilities == pytest.approx(truth, abs=1e-5)


def test_graph_with_texts_is_packaged_column_by_column(tmp_path: Path) -> None:
    table = people()[["fare", "port", "survived"]].dropna()
    held, features, target = split(table, "survived")
    columns = make_column_transformer((OneHotEncoder(), ["port"]), remainder="passthrough")
    model = make_pipeline(columns, LogisticRegression()).fit(features, target)
    given = [("fare", FloatTensorType([None, 1])), ("port", StringTensorType([None, 1]))]
    notebook = onnx_model(tmp_path, to_onnx(model, initial_types=given), features[:5])
    held.to_csv(tmp_path / "rows.csv", index=False)
    settings, _, data = read_rows(Rows("m", tmp_path / "rows.csv"), notebook)
    found = repackage(settings, notebook, data, 1 << 28, Report("m"))
    scores = run_onnx(found.onnx, data.features, data.rows, data.classes)
    assert isinstance(scores, ClassScores)
    truth = model.predict_proba(held[["fare", "port"]])
    assert scores.probabilities == pytest.approx(truth, abs=1e-5)


def test_graph_of_a_number_is_packaged(tmp_path: Path) -> None:
    held, features, target = split(amounts(), "survived")
    model = LinearRegression().fit(features, target)
    graph = to_onnx(model, initial_types=[("X", FloatTensorType([None, 3]))])
    notebook = onnx_model(tmp_path, graph, features[:5])
    held.to_csv(tmp_path / "rows.csv", index=False)
    settings, _, data = read_rows(Rows("m", tmp_path / "rows.csv"), notebook)
    assert repackage(settings, notebook, data, 1 << 28, Report("m")).parity.max_difference == 0
