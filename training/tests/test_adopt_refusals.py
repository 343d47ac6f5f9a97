"""What cannot be adopted is told with its reason and what to do; nothing is opened unasked."""

import pickle
from pathlib import Path
from typing import Any, ClassVar

import mlflow.onnx
import mlflow.pyfunc
import mlflow.sklearn
import mlflow.xgboost
import numpy as np
import pandas as pd
import pytest
import xgboost
import yaml
from mlflow import MlflowClient
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, Int64TensorType
from sklearn.cluster import KMeans
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.svm import LinearSVC

from support.models import frame
from support.notebooks import adopt, converted, log, open_here, people
from training.adoption.graph import open_graph, repackage
from training.adoption.load import Consent, load_estimator
from training.adoption.logged import Logged, read_logged
from training.adoption.notebook import Notebook
from training.adoption.rows import Rows, read_rows
from training.errors import InvalidInputError
from training.report import Report

TWO = frame()[["a", "b"]]
FITTED = LogisticRegression().fit(TWO, frame()["y"])


class Trap:
    """Tells that it was unpickled."""

    opened: ClassVar[list[int]] = []

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return sprung, (1,)


def sprung(number: int) -> Any:
    Trap.opened.append(number)
    return FITTED


def saved(folder: Path, model: Any, **more: Any) -> Logged:
    mlflow.sklearn.save_model(model, str(folder), pip_requirements=["scikit-learn"], **more)
    return read_logged(folder, "m", "1", "m/1", "")


def test_pickle_is_not_opened_unless_somebody_agrees(tmp_path: Path) -> None:
    """Its code has not run when the question is put."""
    logged = saved(tmp_path / "m", FITTED, serialization_format="pickle")
    (tmp_path / "m" / "model.pkl").write_bytes(pickle.dumps(Trap()))
    with pytest.raises(InvalidInputError, match=r"runs code on this machine.*add --yes"):
        load_estimator(logged, Consent())
    assert Trap.opened == []
    load_estimator(logged, Consent(code=True))
    assert Trap.opened == [1]


def test_type_that_skops_does_not_know_and_code_beside_the_model_are_asked_for(
    tmp_path: Path,
) -> None:
    """The list of trusted types in the MLmodel is written by whoever logged it: it is not taken."""
    odd = make_pipeline(FunctionTransformer(shifted), FITTED)
    name = f"{shifted.__module__}.shifted"
    logged = saved(tmp_path / "m", odd, skops_trusted_types=[name])
    with pytest.raises(InvalidInputError, match=f"it holds {name}, which skops does not know"):
        load_estimator(logged, Consent())
    (tmp_path / "own.py").write_text("VALUE = 1")
    logged = saved(tmp_path / "n", FITTED, code_paths=[str(tmp_path / "own.py")])
    with pytest.raises(InvalidInputError, match="Python code of its own"):
        load_estimator(logged, Consent())


def shifted(values: Any) -> Any:
    return values + 1


def test_other_libraries_are_told_before_anything_is_opened(tmp_path: Path) -> None:
    """A patch release is none; the person may know better."""
    logged = saved(tmp_path / "m", FITTED)
    requirements = tmp_path / "m" / "requirements.txt"
    requirements.write_text("mlflow==3.1\nscikit-learn==1.5.2\n")
    with pytest.raises(InvalidInputError, match=r"scikit-learn 1\.5\.2, and here is 1\.9"):
        load_estimator(logged, Consent(code=True))
    load_estimator(logged, Consent(other_libraries=True))
    requirements.write_text("scikit-learn==1.9.0\n")
    load_estimator(logged, Consent())


def test_flavour_without_a_conversion_names_those_that_have_one(tmp_path: Path) -> None:
    class Own(mlflow.pyfunc.PythonModel):  # type: ignore[misc]
        def predict(self, model_input: pd.DataFrame) -> pd.DataFrame:
            return model_input

    mlflow.pyfunc.save_model(str(tmp_path / "m"), python_model=Own(), pip_requirements=["pandas"])
    with pytest.raises(InvalidInputError, match=r"it has python_function\).*mlflow.sklearn"):
        read_logged(tmp_path / "m", "m", "1", "m/1", "")


def test_booster_without_a_class_is_refused_with_the_way_to_one(tmp_path: Path) -> None:
    rows = xgboost.DMatrix(TWO, frame()["y"])
    booster = xgboost.train({"objective": "binary:logistic"}, rows, 3)
    mlflow.xgboost.save_model(booster, str(tmp_path / "m"), pip_requirements=["xgboost"])
    logged = read_logged(tmp_path / "m", "m", "1", "m/1", "")
    with pytest.raises(InvalidInputError, match=r"Booster.*XGBClassifier\(\).load_model"):
        load_estimator(logged, Consent(code=True))


def test_class_that_an_mlmodel_names_is_not_called_unless_it_is_the_librarys(
    tmp_path: Path,
) -> None:
    model = xgboost.XGBClassifier(n_estimators=2).fit(TWO, frame()["y"])
    mlflow.xgboost.save_model(model, str(tmp_path / "m"), pip_requirements=["xgboost"])
    path = tmp_path / "m" / "MLmodel"
    content = yaml.safe_load(path.read_text())
    content["flavors"]["xgboost"]["model_class"] = "os.XGBClassifier"
    path.write_text(yaml.safe_dump(content))
    logged = read_logged(tmp_path / "m", "m", "1", "m/1", "")
    with pytest.raises(InvalidInputError, match=r"os\.XGBClassifier"):
        load_estimator(logged, Consent(code=True))


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (KMeans(2, n_init=1).fit(TWO), "KMeans, neither a classifier nor a regressor"),
        (LinearSVC().fit(TWO, frame()["y"]), "no probabilities; log CalibratedClassifierCV"),
        (LinearRegression().fit(TWO.to_numpy(), TWO["a"]), "fit it on a DataFrame"),
    ],
    ids=["no prediction", "no probabilities", "no names"],
)
def test_model_that_cannot_serve_says_what_to_log(model: Any, reason: str) -> None:
    with pytest.raises(InvalidInputError, match=reason):
        open_here(model)


def test_names_come_from_the_signature_where_the_fit_had_none(tmp_path: Path) -> None:
    model = LogisticRegression().fit(TWO.to_numpy(), frame()["y"])
    notebook = open_here(model, {"a": "number", "b": "number"})
    assert list(notebook.columns) == ["a", "b"]
    frame().to_csv(tmp_path / "rows.csv", index=False)
    _, _, data = read_rows(Rows("m", tmp_path / "rows.csv"), notebook)
    assert notebook.estimator.predict(data.rows).tolist() == model.predict(TWO.to_numpy()).tolist()


def test_step_without_an_onnx_form_is_named(tmp_path: Path) -> None:
    model = make_pipeline(FunctionTransformer(np.sin), LogisticRegression())
    with pytest.raises(InvalidInputError, match=r"has no ONNX form that works here.*Function"):
        converted(model.fit(TWO, frame()["y"]), frame(), "y", tmp_path)


def test_threshold_between_equal_float32_numbers_is_told_with_its_remedy(tmp_path: Path) -> None:
    """Scaled in float64, numbers of the rows fall on thresholds; after a cast they do not."""
    random = np.random.default_rng(0)
    table = pd.DataFrame({"a": random.gamma(2, 15, 400).round(1)}).assign(y=lambda one: one["a"])
    model = make_pipeline(StandardScaler(), HistGradientBoostingRegressor(min_samples_leaf=1))
    model.fit(table[["a"]][::2], table["y"][::2])
    with pytest.raises(InvalidInputError, match=r"put skl2onnx.sklapi's CastTransformer"):
        converted(model, table, "y", tmp_path)


def test_category_that_stops_the_model_is_told_with_its_remedy(tmp_path: Path) -> None:
    table = people()[["fare", "alone", "survived"]].assign(fare=lambda one: one["fare"] // 30)
    columns = make_column_transformer((OneHotEncoder(), ["fare"]), remainder="passthrough")
    model = make_pipeline(columns, LogisticRegression())
    model.fit(table[["fare", "alone"]], table["survived"])
    with pytest.raises(InvalidInputError, match=r"OneHotEncoder.handle_unknown='ignore'"):
        converted(model, table, "survived", tmp_path)


def test_target_of_other_words_than_the_classes_is_refused(tmp_path: Path) -> None:
    frame().assign(y=lambda one: one["y"] + 1).to_csv(tmp_path / "rows.csv", index=False)
    with pytest.raises(InvalidInputError, match=r"holds 2, which the model does not know.*0, 1"):
        read_rows(Rows("m", tmp_path / "rows.csv"), open_here(FITTED))


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ("split: { test: 0.3 }", "split: is for training"),
        ("threshold: 0.3", "threshold: is for training"),
        ("prediction_interval: 0.9", "prediction_interval: is for training"),
        ("cross_validation: 5", "cross_validation: is for training"),
        ("checks: { rows: 5 }", "checks: is for training"),
        ("pipeline: mine:build", "pipeline: is for training"),
        ("target: { column: y, transform: log1p }", "target.transform: is for training"),
        ("features: [{ name: a }]", "must be those of the model, a, b"),
        ("featurs: []", "featurs: is no known key"),
        ("metrics: [rmse]", "'rmse' is not for classification"),
    ],
)
def test_yaml_that_does_not_fit_the_model_is_refused(
    keys: str, reason: str, tmp_path: Path
) -> None:
    frame().to_csv(tmp_path / "rows.csv", index=False)
    path = tmp_path / "m.yaml"
    path.write_text(f"data: {{ source: 'csv:rows.csv' }}\n{keys}\n")
    with pytest.raises(InvalidInputError, match=reason):
        read_rows(Rows("m", yaml=path), open_here(FITTED))


def graph(folder: Path, given: list[tuple[str, Any]], *, signed: bool = True) -> Notebook:
    example = TWO[:3] if signed else TWO[:3].to_numpy()
    mlflow.onnx.save_model(
        to_onnx(FITTED, initial_types=given),
        str(folder / "m"),
        signature=mlflow.models.infer_signature(example),
        pip_requirements=["onnx"],
    )
    return open_graph(read_logged(folder / "m", "m", "1", "m/1", ""))


def test_graph_of_another_form_says_which_serving_takes(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"neither texts nor all float32.*serving takes"):
        graph(tmp_path / "whole", [("X", Int64TensorType([None, 2]))])
    with pytest.raises(InvalidInputError, match="input_example"):
        graph(tmp_path / "unsigned", [("X", FloatTensorType([None, 2]))], signed=False)


def test_graph_of_other_width_than_its_signature_is_refused(tmp_path: Path) -> None:
    notebook = graph(tmp_path, [("X", FloatTensorType([None, 2]))])
    notebook.columns["c"] = None
    frame().assign(c=1.5).to_csv(tmp_path / "rows.csv", index=False)
    settings, _, data = read_rows(Rows("m", tmp_path / "rows.csv", "y"), notebook)
    with pytest.raises(InvalidInputError, match=r"has the shape \[None, 2\], not \[rows, 3\]"):
        repackage(settings, notebook, data, 1 << 28, Report("m"))


def test_command_refuses_what_is_not_there_or_is_a_package_already(
    mlflow_url: str, client: MlflowClient, tmp_path: Path
) -> None:
    log(mlflow_url, "there-model", FITTED)
    frame().to_csv(tmp_path / "rows.csv", index=False)
    data = ("--data", tmp_path / "rows.csv")
    absent = adopt(mlflow_url, "there-model", *data, version="7")
    assert (absent.code, "has no such version; it has 1" in absent.err) == (2, True)
    assert "it has none" in adopt(mlflow_url, "absent-model", *data).err
    odd = adopt(mlflow_url, "there-model", *data, "--as", "There_Model")
    assert (odd.code, "name: String should match" in odd.err) == (2, True)
    assert adopt(mlflow_url, "there-model", *data).code == 0
    again = adopt(mlflow_url, "there-model", *data, version="2")
    assert (again.code, "is a model package already" in again.err) == (2, True)
    assert len(client.search_model_versions("name='there-model'")) == 2
