"""Two versions on the same test rows: `python -m training compare`."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from support.command import Ended, run
from support.models import frame, write_model
from training.seen import FILE

STUMP = {"class": "sklearn.tree.DecisionTreeClassifier", "parameters": {"max_depth": 1}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With two packages of one model, made of the same data by trees of another depth."""
    build(tmp_path, "one")
    build(tmp_path, "other", estimator=STUMP)
    return tmp_path


def build(folder: Path, name: str, **changes: Any) -> Path:
    path = write_model(folder, **changes)
    done = run("build", path, "--out", folder / name)
    assert done.code == 0, done.err
    return path


def compare(folder: Path, *packages: str) -> Ended:
    named = [folder / name for name in packages or ("one", "other")]
    plot = folder / "curves.png"
    return run("compare", folder / "small-model.yaml", "--package", *named, "--plot", plot)


def answers(folder: Path, name: str, rows: pd.DataFrame) -> list[str]:
    """What the stored ONNX answers, asked without our code."""
    import onnxruntime

    session = onnxruntime.InferenceSession(folder / name / "model.onnx")
    labels = session.run(["label"], {"features": rows[["a", "b"]].to_numpy(np.float32)})[0]
    return [str(label) for label in labels]


def test_rows_that_two_versions_answer_otherwise_are_counted_and_the_first_are_shown(
    folder: Path,
) -> None:
    done = compare(folder)
    assert done.code == 0, done.err
    found = json.loads(done.out)
    table = pd.read_csv(folder / "data.csv")
    one, other = answers(folder, "one", table), answers(folder, "other", table)
    assert 0 < found["changed_rows"] < found["compared_rows"] == found["test_rows"]
    assert len(found["first"]) == min(5, found["changed_rows"])
    for shown in found["first"]:
        at = shown["row"] - 1
        assert [answer["answer"] for answer in shown["answers"]] == [one[at], other[at]]
        assert one[at] != other[at]
        assert shown["actual"] == str(table["y"][at])
        assert shown["features"] == {"a": table["a"][at], "b": table["b"][at]}
        assert all(0.5 <= answer["probability"] <= 1 for answer in shown["answers"])
    assert found["curves"] == str(folder / "curves.png")
    assert (folder / "curves.png").read_bytes().startswith(b"\x89PNG")
    assert "no record" in found["note"]


def test_a_version_answers_no_row_otherwise_than_itself(folder: Path) -> None:
    assert json.loads(compare(folder, "one", "one").out)["changed_rows"] == 0


def test_rows_that_a_version_was_trained_on_do_not_count(folder: Path) -> None:
    """Its record says which: here, of a training on the rows that are now the test."""
    from training.seen import SeenRows

    everything = json.loads(compare(folder).out)
    table = pd.read_csv(folder / "data.csv")
    row = everything["first"][0]["row"] - 1
    for name in ("one", "other"):
        text = (folder / name / "MLmodel").read_text()
        seen = SeenRows.of(["a", "b"], "y", table.iloc[[row]])
        (folder / name / FILE).write_bytes(seen.to_bytes())
        recorded = _sha256(text)
        (folder / name / "MLmodel").write_text(text.replace(recorded, seen.describe()["sha256"]))
    found = json.loads(compare(folder).out)
    assert found["compared_rows"] == everything["compared_rows"] - 1
    assert found["changed_rows"] == everything["changed_rows"] - 1
    assert row + 1 not in [one["row"] for one in found["first"]]
    assert found["note"] == "neither was trained on them"


def _sha256(text: str) -> str:
    import yaml

    seen: dict[str, str] = yaml.safe_load(text)["metadata"]["slipway"]["training"]["seen"]
    return seen["sha256"]


def test_numbers_differ_by_more_than_rounding(tmp_path: Path) -> None:
    data = frame().assign(y=lambda rows: rows["a"] * 3)
    data.to_csv(tmp_path / "data.csv", index=False)
    tree = "sklearn.tree.DecisionTreeRegressor"
    more = {"metrics": ["rmse"], "gate": {}}
    for name, depth in (("one", 2), ("other", 3)):
        build(tmp_path, name, estimator={"class": tree, "parameters": {"max_depth": depth}}, **more)
    found = json.loads(compare(tmp_path).out)
    assert found["changed_rows"] > 0
    assert found["first"][0]["answers"][0]["probability"] is None
    assert (tmp_path / "curves.png").exists()


def test_version_that_cannot_answer_these_rows_is_named(folder: Path) -> None:
    data = frame().rename(columns={"b": "c"})
    data.to_csv(folder / "data.csv", index=False)
    done = compare(folder)
    assert done.code == 2
    assert f"--package ({folder / 'one'}): the data no longer has its feature b" in done.err


def test_folder_that_is_no_package_is_named(folder: Path) -> None:
    (folder / "other" / "model.onnx").write_bytes(b"damaged")
    done = compare(folder)
    assert done.code == 2
    assert f"--package ({folder / 'other'}): is no whole model package" in done.err
    assert "No such file" in compare(folder, "one", "none").err
