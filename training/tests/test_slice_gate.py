"""The gate holds each slice against its floors and against the champion."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient

from support.command import run
from support.flow import aliases, train
from support.models import write_model
from test_slice_metrics import people
from training.dataset import Dataset
from training.gate import Verdict, judge
from training.gate_choice import Gate
from training.scoring import NumberScores
from training.settings import Settings
from training.slice_gate import SlicePair, guard, recorded_pairs, slice_pairs
from training.slice_metrics import SliceMetrics
from training.slices import Labels

TREE = {"class": "sklearn.tree.DecisionTreeClassifier"}


def settings(**rules: Any) -> Settings:
    least = {"name": "m", "data": {"source": "csv:x"}, "target": "y", "task": "regression"}
    more = {"slices": ["sex"], "metrics": ["mae", "r2"], "gate": {"slices": rules}}
    return Settings.model_validate(least | more)


def measured(value: str, rows: int = 40, note: str = "", **metrics: float) -> SliceMetrics:
    return SliceMetrics("sex", value, rows, metrics, note=note)


def judged(*slices: SliceMetrics, pairs: list[SlicePair] | None = None, **rules: Any) -> Verdict:
    verdict = judge({"mae": 1.0, "r2": 0.9}, Gate(), None, version="3")
    return guard(verdict, settings(**rules), list(slices), pairs or [])


def test_slice_below_its_floor_is_named_with_its_numbers() -> None:
    verdict = judged(measured("f", r2=0.9), measured("m", r2=0.55), floors={"r2": 0.6})
    assert not verdict.passed
    (failed,) = verdict.comparisons
    assert (failed.slice, failed.metric, failed.value, failed.limit) == ("sex=m", "r2", 0.55, 0.6)
    assert verdict.table().splitlines()[0].split() == [
        *("FAILED", "r2", "of", "sex=m", "0.5500", "at", "least", "0.6000", "(floor)"),
    ]


def test_floor_of_an_error_is_its_highest_value_in_any_slice() -> None:
    assert not judged(measured("f", mae=2.1), floors={"mae": 2.0}).passed
    assert judged(measured("f", mae=1.9), floors={"mae": 2.0}).passed


def test_of_slices_that_pass_the_one_nearest_its_limit_is_shown() -> None:
    verdict = judged(measured("f", mae=1.0), measured("m", mae=1.9), floors={"mae": 2.0})
    assert verdict.passed
    assert [one.slice for one in verdict.comparisons] == ["sex=m"]
    assert "the one nearest its limit is shown" in verdict.note


def test_twenty_failed_slices_are_told_and_the_others_counted() -> None:
    many = [measured(f"s{number}", r2=0.1) for number in range(25)]
    verdict = judged(*many, floors={"r2": 0.6})
    assert len(verdict.comparisons) == 20
    assert "5 more comparisons of slices failed" in verdict.note


def test_slice_that_cannot_be_held_to_a_floor_is_named_and_fails_nothing() -> None:
    few = measured("x", 12, "too few to judge, 30 are needed")
    verdict = judged(measured("f", r2=0.9), few, floors={"r2": 0.6})
    assert verdict.passed
    assert "slices not held to each floor: sex=x (too few to judge, 30 are needed)" in verdict.note


@pytest.mark.parametrize(
    ("candidate", "chance", "passed"),
    [(0.75, 0.0, True), (0.74, 0.0, False), (0.70, 0.1, True)],
)
def test_slice_may_lose_to_the_champion_what_the_gate_tolerates(
    candidate: float, chance: float, *, passed: bool
) -> None:
    pair = SlicePair("sex=m", {"r2": 0.8}, {"r2": candidate}, {"r2": chance})
    verdict = judged(pairs=[pair], max_regression=0.05)
    assert verdict.passed is passed
    assert [(one.rule, one.slice) for one in verdict.comparisons] == [("champion", "sex=m")]


def test_slice_does_not_make_good_what_all_rows_fail() -> None:
    failed = judge({"r2": 0.1}, Gate(floors={"r2": 0.5}), None)
    rules = settings(floors={"r2": 0.6})
    assert not guard(failed, rules, [measured("f", r2=0.9)], []).passed


def test_verdict_with_slices_survives_json_and_one_without_has_no_word_of_them() -> None:
    verdict = judged(measured("m", r2=0.55), floors={"r2": 0.6})
    assert Verdict.from_dict(verdict.as_dict()) == verdict
    plain = judge({"r2": 0.9}, Gate(floors={"r2": 0.5}), None)
    assert "slice" not in plain.as_dict()["figures"][0]
    assert guard(plain, Settings.model_validate(settings(floors={"r2": 1}).model_dump() | {
        "gate": {}}), [measured("m", r2=0.1)], []) == plain  # fmt: skip


def halves(rows: int = 100, few: int = 10) -> tuple[Dataset, NumberScores, NumberScores]:
    """Two models, of which the second is worse for the men alone; of some the sex is missing."""
    random = np.random.default_rng(0)
    target = random.normal(size=rows)
    codes = np.array([2] * few + [i % 2 for i in range(rows - few)])
    data = Dataset("regression", [], pd.DataFrame({"a": target}), target, [], None, "",
                   slices={"sex": Labels(["f", "m", None], codes)})  # fmt: skip
    better = NumberScores(target + 0.1)
    return data, better, NumberScores(target + np.where(codes == 1, 0.5, 0.1))


def test_both_models_are_scored_on_the_rows_of_the_slice() -> None:
    data, theirs, ours = halves()
    women, men, lost = slice_pairs(settings(max_regression=0), data, theirs, ours, other_data=False)
    assert (women.champion["mae"], women.candidate["mae"]) == pytest.approx((0.1, 0.1))
    assert (men.champion["mae"], men.candidate["mae"]) == pytest.approx((0.1, 0.5))
    assert lost.candidate == {}
    assert lost.note == "10 rows that neither was trained on, 30 are needed"
    assert men.chance == {}
    other = slice_pairs(settings(max_regression=0), data, theirs, ours, other_data=True)
    assert other[1].chance["r2"] > 0


def test_slices_are_not_compared_unless_the_gate_says_by_how_much() -> None:
    data, theirs, ours = halves()
    assert slice_pairs(settings(floors={"r2": 0}), data, theirs, ours, other_data=True) == []


def test_champions_recorded_slices_stand_in_where_no_rows_are_left() -> None:
    data, _, ours = halves()
    recorded = [measured("f", mae=0.2), measured("m", mae=0.2)]
    women, men, lost = recorded_pairs(
        settings(max_regression=0), data, ours, recorded, other_data=False
    )
    assert (women.champion["mae"], women.candidate["mae"]) == pytest.approx((0.2, 0.1))
    assert men.candidate == pytest.approx({"mae": 0.5})
    assert lost.note == "the champion has no metrics of it"
    other = recorded_pairs(settings(max_regression=0), data, ours, recorded, other_data=True)
    assert other[1].chance["mae"] >= 0


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"slices": ["a"], "gate": {"slices": {}}}, "state 'floors' or 'max_regression'"),
        ({"gate": {"slices": {"max_regression": 0}}}, "'slices' names no column; write 'slices:"),
        (
            {"slices": ["a"], "gate": {"slices": {"floors": {"recall": 0.5}}}},
            "gate.slices.floors: 'recall' is not among the model's metrics, accuracy, auc_roc",
        ),
    ],
)
def test_rule_that_guards_nothing_is_named(
    tmp_path: Path, changes: dict[str, Any], expected: str
) -> None:
    done = run("validate", write_model(tmp_path, **changes))
    assert done.code == 2
    assert expected in done.err


def test_model_that_fails_one_slice_is_rejected_by_its_name(
    client: MlflowClient, mlflow_url: str, tmp_path: Path
) -> None:
    """The whole test split passes; the noise among men does not."""
    people().to_csv(tmp_path / "data.csv", index=False)
    gate = {"floors": {"accuracy": 0.6}, "slices": {"floors": {"accuracy": 0.8}}}
    data = {"source": "csv:data.csv", "drop": ["sex", "region"]}
    path = write_model(tmp_path, "fair-model", data=data, slices=["sex"], gate=gate)
    for _ in range(2):
        code, result = train(mlflow_url, path)
        assert (code, result["outcome"]) == (3, "rejected")
        (failed,) = [one for one in result["gate"] if not one["passed"]]
        assert (failed["metric"], failed["slice"]) == ("accuracy", "sex=male")
        assert "FAILED accuracy of sex=male" in result["table"]
    assert aliases(client, "fair-model") == {"rejected": "1"}


def test_candidate_that_loses_one_slice_to_the_champion_is_rejected(
    mlflow_url: str, tmp_path: Path
) -> None:
    """Seeing only `a`, it is no worse than is tolerated on all rows."""
    people(2000).to_csv(tmp_path / "data.csv", index=False)
    more: dict[str, Any] = {
        "data": {"source": "csv:data.csv", "drop": ["sex", "region"]},
        "slices": ["sex"],
        "gate": {"max_regression": 1.0, "slices": {"max_regression": 0.02}},
    }
    good = TREE | {"parameters": {"max_depth": 4}}
    assert train(mlflow_url, write_model(tmp_path, "lose-model", estimator=good, **more))[0] == 0
    poor = TREE | {"parameters": {"max_depth": 1}}
    code, result = train(mlflow_url, write_model(tmp_path, "lose-model", estimator=poor, **more))
    assert code == 3
    failed = {(one["rule"], one.get("slice")) for one in result["gate"] if not one["passed"]}
    assert failed <= {("champion", "sex=female"), ("champion", "sex=male")}
    assert ("champion", "sex=female") in failed
    assert any("slice" not in one and one["passed"] for one in result["gate"])
