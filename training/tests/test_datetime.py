"""Times are read by one rule, their parts are in the graph, and what is unsure is asked."""

import json
import math
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pandas as pd
import pytest
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import DoubleTensorType
from sklearn.pipeline import make_pipeline

from support.boosting import SERVED
from test_parity import FOREST, HISTOGRAM, LINEAR, trained
from training.date_form import register
from training.date_parts import PARTS, DateParts
from training.errors import InvalidInputError
from training.export import OPSETS
from training.moments import DAY, FIRST, LAST, seconds, written

VECTORS = json.loads((Path(__file__).parent / "support" / "moments.json").read_text())
WHEN: dict[str, Any] = {"name": "when", "type": "datetime"}
FEATURES = [WHEN, {"name": "x"}]


@pytest.mark.parametrize("kind", VECTORS)
def test_text_is_the_same_time_here_as_in_serving(kind: str) -> None:
    """serving/test/model/moment.test.ts reads the same file."""
    for text, expected in VECTORS[kind].items():
        found = seconds(text, offset=kind == "offset")
        assert found == expected or (expected is None and math.isnan(found)), text


@pytest.mark.parametrize("number", [FIRST, -1, 0, DAY, 951_825_600, LAST])
@pytest.mark.parametrize("offset", [True, False])
def test_time_reads_back_as_it_was_written(number: int, *, offset: bool) -> None:
    assert seconds(written(number, offset=offset), offset=offset) == number


def calendar() -> np.ndarray[Any, Any]:
    """Both ends of each day for 215 years, drawn times of all years, the very ends, and none."""
    days = np.arange(seconds("1890-01-01"), seconds("2105-01-01"), DAY)
    drawn = np.random.default_rng(0).integers(FIRST, LAST, 20_000)
    return np.concatenate([days, days - 1, drawn, [FIRST, LAST, 0, -1], [np.nan]])


def test_every_part_of_every_day_is_the_same_in_the_graph() -> None:
    """Leap years, ends of years, before 1970 and the year 9999; pandas' calendar is the judge."""
    times = np.column_stack([calendar(), calendar()[::-1]])
    fitted = make_pipeline(DateParts(PARTS)).fit(times)
    register()
    inputs = [("x", DoubleTensorType([None, 2]))]
    onnx = convert_sklearn(fitted, initial_types=inputs, target_opset=OPSETS)
    (found,) = onnxruntime.InferenceSession(onnx.SerializeToString()).run(None, {"x": times})
    np.testing.assert_allclose(found, fitted.transform(times), rtol=0, atol=1e-14)


def test_parts_are_what_they_are_called() -> None:
    names = ("year", "quarter", "month", "day", "weekday", "day_of_year", "hour", "minute", "days")
    found = DateParts(names).transform([[seconds("2024-12-31T23:59")], [seconds("1969-12-28")]])
    assert found.tolist() == [
        [2024, 4, 12, 31, 2, 366, 23, 59, 20088],
        [1969, 4, 12, 28, 7, 362, 0, 0, -4],
    ]
    cycles = DateParts(("month_cycle", "hour_cycle")).transform([[seconds("2024-04-01T18:00")]])
    assert cycles.round(9).tolist() == [[1, 0, -1, 0]]


def visits(rows: int = 240, *, clock: bool = True, gaps: bool = True) -> pd.DataFrame:
    """Times whose weekday, month and hour decide a number, and one more number."""
    random = np.random.default_rng(1)
    days = [
        datetime(2023, 1, 1, tzinfo=UTC).replace(tzinfo=None) + timedelta(days=int(one))
        for one in random.integers(0, 900, rows)
    ]
    hours = random.integers(0, 24, rows) * clock
    times = [day + timedelta(hours=int(hour)) for day, hour in zip(days, hours, strict=True)]
    y = [3 * (one.weekday() > 4) + one.month / 3 + (one.hour > 17) for one in times]
    form = "minutes" if clock else "auto"
    texts = [one.isoformat(timespec=form) if clock else one.date().isoformat() for one in times]
    table = pd.DataFrame({"when": texts, "x": random.normal(size=rows).round(3)})
    table["y"] = (np.array(y) + table["x"]).round(4)
    if gaps:
        table.loc[::20, "when"] = None
    return table


ESTIMATORS = {
    "linear": LINEAR,
    "forest": FOREST,
    "histogram": {"class": f"{HISTOGRAM}Regressor", "parameters": {"max_iter": 20}},
    "neighbours": "sklearn.neighbors.KNeighborsRegressor",
    "xgboost": {"class": "xgboost.XGBRegressor", "parameters": {"n_estimators": 15}},
    "lightgbm": {"class": "lightgbm.LGBMRegressor", "parameters": {"n_estimators": 15}},
    "catboost": {"class": "catboost.CatBoostRegressor", "parameters": {"n_estimators": 15}},
}


@pytest.mark.parametrize("estimator", ESTIMATORS.values(), ids=ESTIMATORS)
def test_parts_decide_in_every_kind_of_model(estimator: Any) -> None:
    """Rows of any time from year 1 to 9999 are among those of the proof, and missing ones."""
    parts = ["weekday", "month", "hour", "weekday_cycle"]
    more = {"preprocess": {"datetime": {"when": parts}}}
    found = trained(visits(), estimator, features=FEATURES, **more)
    assert found.metrics["r2"] > (0.4 if estimator == LINEAR else 0.6)
    inputs = found.package.metadata["onnx"]["inputs"]
    assert inputs[0] == {"name": "when", "dtype": "float64"}


@pytest.mark.parametrize("clock", [True, False])
def test_package_says_what_serving_needs_and_serving_answers_alike(*, clock: bool) -> None:
    table = visits(clock=clock, gaps=clock)
    found = trained(table, FOREST, features=FEATURES, serving=SERVED)
    (when, _) = found.package.metadata["features"]
    times = when["datetime"]
    assert (times["offset"], times["time"], when["required"]) == (False, clock, not clock)
    assert (when["observed"], when["range"], when["categories"]) == (None, None, None)
    texts = {one.replace("T00:00", "") for one in table["when"].dropna()}
    assert times["min"].removesuffix(":00") in texts
    assert found.package.example["when"].removesuffix(":00") in texts
    assert found.package.metadata["training"]["importance"]["features"]["when"]["mean"] > 0.1


def test_offset_counts_and_serving_asks_for_one() -> None:
    table = visits()
    table["when"] = table["when"] + ":00+02:00"
    found = trained(table, FOREST, features=FEATURES, serving=SERVED)
    times = found.package.metadata["features"][0]["datetime"]
    assert times["offset"]
    earliest = datetime.fromisoformat(table["when"].dropna().min())
    assert datetime.fromisoformat(times["min"]) == earliest
    assert times["min"].endswith("Z")


@pytest.mark.parametrize(
    ("stated", "reason"),
    [
        (date(2024, 2, 29), ""),
        ("2024-02-30", "example.when: '2024-02-30' is no datetime; write such"),
    ],
)
def test_example_is_a_date_as_yaml_has_it(stated: Any, reason: str) -> None:
    example = {"when": stated, "x": 0.5}
    if reason:
        with pytest.raises(InvalidInputError, match=reason):
            trained(visits(), LINEAR, features=FEATURES, example=example)
        return
    found = trained(visits(), LINEAR, features=FEATURES, example=example)
    assert found.package.example == {"when": "2024-02-29", "x": 0.5}


def test_default_parts_have_the_hour_only_where_there_are_times() -> None:
    from training.date_parts import usual_parts

    column = np.array([seconds("2024-01-01"), np.nan])
    assert usual_parts(column) == ("days", "year", "month", "day", "weekday")
    assert usual_parts(column + 60) == ("days", "year", "month", "day", "weekday", "hour")


def test_monotone_constraints_pass_over_the_parts_of_a_time() -> None:
    how = {"class": "xgboost.XGBRegressor", "parameters": {"monotone_constraints": {"x": 1}}}
    found = trained(visits(), how, features=FEATURES)
    assert found.metrics["r2"] > 0.6
    how["parameters"] = {"monotone_constraints": {"when": 1}}
    with pytest.raises(
        InvalidInputError, match="'when' is no feature that is a number; those are x"
    ):
        trained(visits(), how, features=FEATURES)
