"""The metrics of each slice of the test split, and which columns can make slices."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient
from sklearn import metrics as sk

from support.columns import column, dataset, problem
from support.command import run
from support.flow import train
from support.models import frame, write_model
from test_parity import trained
from training.errors import InvalidInputError
from training.scoring import ClassScores
from training.slice_metrics import SliceMetrics, as_logged, as_table
from training.split import split_dataset

CSV = column("north", "south")
LOGISTIC = {"class": "sklearn.linear_model.LogisticRegression"}


def people(rows: int = 600) -> pd.DataFrame:
    """Two numbers that tell less of one sex than of the other; few live in the west."""
    table = frame(rows)
    random = np.random.default_rng(5)
    table["sex"] = random.choice(["female", "male"], rows)
    table["region"] = random.choice(["north", "south", "west"], rows, p=[0.55, 0.4, 0.05])
    noise = (table["sex"] == "male") & (random.random(rows) < 0.3)
    table["y"] = np.where(noise, 1 - table["y"], table["y"])
    return table


def order(content: str, name: str, /, **changes: Any) -> list[str | None]:
    return dataset(content, **changes).slices[name].order


def test_each_value_is_a_slice_and_missing_ones_are_one() -> None:
    found = dataset(column("a", "b", "", quote=False), slices=["c"]).slices["c"]
    assert found.order == ["a", "b", None]
    assert found.rows("b").tolist()[:3] == [1, 4, 7]
    assert len(found.rows(None)) == 20


def test_true_and_false_are_slices() -> None:
    assert order(column("True", "False", quote=False), "c", slices=["c"]) == ["false", "true", None]


def test_bins_part_a_column_of_numbers() -> None:
    content = column("1", "2", "3.5", "", "9")
    found = dataset(content, slices=[{"column": "c", "bins": [2, 3.5]}]).slices["c"]
    assert found.order == ["below 2", "2 to below 3.5", "3.5 and more", None]
    assert found.codes.tolist()[:5] == [0, 1, 2, 3, 2]


def test_categories_keep_their_stated_order() -> None:
    stated = [{"name": "c", "type": "category", "categories": ["south", "north", "west"]}]
    assert order(CSV, "c", slices=["c"], features=stated) == ["south", "north", None]


@pytest.mark.parametrize(
    "changes",
    [
        {"data": {"drop": ["s"]}},
        {"data": {"drop": ["s"], "types": {"s": "category"}}},
        {"features": [{"name": "c"}]},
        {"split": {"key": "s"}},
    ],
)
def test_column_that_is_no_feature_makes_slices(changes: dict[str, Any]) -> None:
    rows = [f"{i % 7},{'ab'[i % 2]},{i % 3 % 2}" for i in range(60)]
    found = dataset("\n".join(["c,s,y", *rows]), slices=["s"], **changes)
    assert [f.name for f in found.features] == ["c"]
    assert found.slices["s"].order == ["a", "b", None]
    assert found.slices["s"].codes.tolist()[:3] == [0, 1, 0]


def test_dropped_column_of_packaged_data_makes_slices() -> None:
    changes = {"data": {"source": "sklearn:iris", "drop": ["petal width (cm)"]}}
    named = {"column": "petal width (cm)", "bins": [1]}
    found = dataset("", target="target", slices=[named], **changes)
    assert "petal width (cm)" not in found.rows
    assert found.slices["petal width (cm)"].codes.sum() > 50


def test_codes_of_a_dropped_column_stay_text_where_it_is_a_category() -> None:
    rows = [f"{i % 7},{['01', '02'][i % 2]},{i % 3 % 2}" for i in range(60)]
    data = {"drop": ["s"], "types": {"s": "category"}}
    assert order("\n".join(["c,s,y", *rows]), "s", slices=["s"], data=data) == ["01", "02", None]


def test_slices_move_no_row_to_the_other_side() -> None:
    """A dropped column that is read for its slices is no part of a row's hash."""
    from training.settings import Settings

    random = np.random.default_rng(0)
    rows = [f"{n:.3f},{'ab'[i % 2]},{i % 3 % 2}" for i, n in enumerate(random.random(300))]
    content = "\n".join(["c,s,y", *rows])
    sides = []
    for slices in ([], ["s"]):
        data = {"source": "csv:x.csv", "drop": ["s"]}
        whole = dataset(content, data=data, slices=slices)
        yaml = {"name": "m", "task": "classification", "data": data, "target": "y"}
        raw = whole.rows.assign(y=whole.target)
        sides.append(split_dataset(whole, raw, Settings.model_validate(yaml))[1].rows.index)
    assert sides[0].equals(sides[1])


@pytest.mark.parametrize(
    ("slices", "expected"),
    [
        (["region"], "slices.0: the data has no column 'region'; it has c, n, y"),
        (
            ["c", "n"],
            "(it is a column of type integer); state bounds, such as '{column: n, bins: [20, 40]}'",
        ),
        (
            [{"column": "c", "bins": [1]}],
            "slices.0: 'c' holds no numbers (it is a category); leave 'bins' out",
        ),
    ],
)
def test_column_that_makes_no_slices_is_named_with_the_remedy(
    slices: list[Any], expected: str
) -> None:
    rows = [f"{'ab'[i % 2]},{i},{i % 3 % 2}" for i in range(60)]
    assert expected in problem("\n".join(["c,n,y", *rows]), slices=slices)


def test_zeros_and_ones_are_parted_by_the_bound_that_is_advised() -> None:
    content = column("0", "1", quote=False)
    assert "bins: [1]" in problem(content, slices=["c"])
    assert order(content, "c", slices=[{"column": "c", "bins": [1]}])[:2] == [
        "below 1",
        "1 and more",
    ]


def test_column_of_many_values_is_refused() -> None:
    content = column(*[f"town {i}" for i in range(40)])
    said = problem(content, slices=["c"], data={"max_categories": 60})
    assert (
        "slices.0: 'c' has 40 different values, of which 30 at most can be slices; name a" in said
    )


def test_dropped_column_that_is_not_understood_is_named() -> None:
    rows = [f"{i % 7},2024-01-{i % 28 + 1:02},{i % 3 % 2}" for i in range(60)]
    said = problem("\n".join(["c,s,y", *rows]), slices=["s"], data={"drop": ["s"]})
    assert "slices.0: 's' holds dates" in said


def test_dropped_column_of_a_stated_type_holds_nothing_else() -> None:
    """It would be counted as missing."""
    rows = [f"{i % 7},{'x' if i == 3 else i},{i % 3 % 2}" for i in range(60)]
    data = {"drop": ["s"], "types": {"s": "number"}}
    said = problem("\n".join(["c,s,y", *rows]), slices=[{"column": "s", "bins": [9]}], data=data)
    assert "slices.0: 's' holds 'x', which is no number; name it in 'data.missing' or use" in said


def test_column_of_numbers_without_any_is_refused_as_others_are() -> None:
    table = pd.DataFrame({"a": range(40), "n": np.nan, "y": [0, 1] * 20})
    stated = {"task": "classification", "features": [{"name": "a"}], "slices": ["n"]}
    with pytest.raises(InvalidInputError, match=r"slices.0: 'n' holds numbers .* bins: \[0\]"):
        trained(table, **stated)


def test_training_with_a_wrong_slice_ends_with_2_and_trains_nothing(tmp_path: Path) -> None:
    done = run("check", write_model(tmp_path, slices=["a"]))
    assert done.code == 2
    assert "slices.0: 'a' holds numbers" in done.err


def test_slices_have_the_metrics_of_their_rows() -> None:
    found = trained(people(), LOGISTIC, task="classification", slices=["sex", "region"])
    scores, test = found.scores, found.test
    assert isinstance(scores, ClassScores)
    by_name = {one.name: one for one in found.slices}
    assert list(by_name) == [
        "sex=female",
        "sex=male",
        "region=north",
        "region=south",
        "region=west",
    ]
    rows = test.slices["sex"].rows("female")
    female = by_name["sex=female"]
    assert female.rows == len(rows)
    expected = sk.accuracy_score(test.target[rows], scores.labels[rows])
    assert female.metrics["accuracy"] == pytest.approx(expected)
    area = sk.roc_auc_score(test.target[rows], scores.probabilities[rows, 1])
    assert female.metrics["auc_roc"] == pytest.approx(area)
    low, high = female.intervals["accuracy"]
    assert low < expected < high
    assert female.metrics["accuracy"] > by_name["sex=male"].metrics["accuracy"]


def test_slice_of_few_rows_is_counted_and_not_judged() -> None:
    found = trained(people(), LOGISTIC, task="classification", slices=["region"])
    west = found.slices[-1]
    assert 0 < west.rows < 30
    assert west.line() == f"region=west ({west.rows} test rows): too few to judge, 30 are needed"
    assert west.metrics == {}


def test_metrics_without_a_meaning_in_a_slice_are_left_out_and_said() -> None:
    table = people()
    table["side"] = np.where(table["y"] == 1, "one", np.where(np.arange(600) % 2, "both", "none"))
    table.loc[table.index % 3 == 0, "side"] = "both"
    found = trained(table, LOGISTIC, task="classification", slices=["side"], features=[
        {"name": "a"}, {"name": "b"}])  # fmt: skip
    one = next(s for s in found.slices if s.value == "one")
    assert set(one.metrics) == {"accuracy"}
    said = "no precision, recall, f1_score, auc_roc, as no row has class 0"
    assert one.note == said
    assert one.line().endswith(said)


def test_r2_of_a_slice_with_one_number_is_left_out() -> None:
    table = people().assign(y=lambda t: np.where(t["sex"] == "male", 3.0, t["a"]))
    found = trained(table, task="regression", slices=["sex"])
    male = next(one for one in found.slices if one.value == "male")
    assert male.note == "no r2, as all rows have one number"
    assert "rmse" in male.metrics
    assert "r2" not in male.metrics


def test_slices_survive_the_package() -> None:
    one = SliceMetrics("sex", None, 40, {"r2": 0.5}, {"r2": (0.4, 0.6)}, "said")
    assert SliceMetrics.from_dict(one.as_dict()) == one
    assert one.name == "sex missing"


def test_yaml_without_slices_leaves_no_word_of_them() -> None:
    found = trained(people(), LOGISTIC, task="classification")
    assert "slices" not in found.package.metadata["training"]
    assert found.slices == []


def test_slices_have_names_that_mlflow_takes_and_that_differ() -> None:
    found = [
        SliceMetrics("größe [cm]", value, 40, {"r2": 0.5}, {"r2": (0.4, 0.6)})
        for value in ("a/b", "a.b", "..", None, "x" * 300)
    ]
    names = list(as_logged(found))
    assert names[:4] == [
        f"slice/gr__e _cm_/a_b/{end}" for end in ("rows", "r2", "r2_low", "r2_high")
    ]
    assert len(set(names)) == 20
    assert "slice/gr__e _cm_/a_b_2/r2" in names
    assert "slice/gr__e _cm_/_missing/r2" in names
    assert max(map(len, names)) < 250


def test_table_has_a_row_for_each_metric_of_each_slice() -> None:
    found = [
        SliceMetrics("sex", "a,b", 40, {"r2": 0.5}, {"r2": (0.4, 0.6)}),
        SliceMetrics("sex", None, 3, note="too few"),
    ]
    text = io.StringIO()
    as_table(found).to_csv(text, index=False)
    assert text.getvalue().splitlines() == [
        "column,value,rows,metric,measured,low,high,note",
        'sex,"a,b",40,r2,0.5,0.4,0.6,',
        "sex,,3,,,,,too few",
    ]


def test_slices_are_in_mlflow_in_the_terminal_and_in_the_result(
    client: MlflowClient, mlflow_url: str, tmp_path: Path
) -> None:
    people().to_csv(tmp_path / "data.csv", index=False)
    data = {"source": "csv:data.csv", "drop": ["sex"]}
    path = write_model(tmp_path, "part-model", data=data, slices=["sex"])
    code, result = train(mlflow_url, path)
    assert code == 0
    female, male = result["slices"]
    assert (female["value"], male["value"]) == ("female", "male")
    version = client.get_model_version("part-model", "1")
    logged = client.get_run(version.run_id).data.metrics
    assert logged["slice/sex/male/accuracy"] == male["metrics"]["accuracy"]
    assert logged["slice/sex/male/accuracy_low"] == male["intervals"]["accuracy"][0]
    file = client.download_artifacts(version.run_id, "slices.csv", str(tmp_path))
    assert len(pd.read_csv(file)) == 4
    shown = run("build", path, "--out", tmp_path / "out").out
    assert (
        f"sex=male ({male['rows']} test rows): accuracy {male['metrics']['accuracy']:.4f}" in shown
    )
