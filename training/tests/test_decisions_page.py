"""The worked examples of docs/decisions.md do what the page says."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from support.command import run

PAGE = Path(__file__).parents[1] / "docs" / "decisions.md"
EXAMPLES = re.findall(r"```yaml\n(name: .*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def customers() -> pd.DataFrame:
    """Who left, how often each had ordered, and what each had spent."""
    random = np.random.default_rng(4)
    table = pd.DataFrame({"visits": random.integers(0, 30, 900), "age": random.normal(45, 9, 900)})
    table["orders"] = 1 + table["visits"] // 4
    leaves = random.random(900) < 1 / (1 + np.exp(0.15 * (table["visits"] - 8)))
    table["churned"] = np.where(leaves, "yes", "no")
    table["spent"] = 40 + 9 * table["visits"] + random.normal(0, 20, 900)
    return table.round({"age": 1, "spent": 2})


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_worked_example_trains_and_its_package_has_what_the_page_says(
    number: int, tmp_path: Path
) -> None:
    customers().to_csv(tmp_path / "customers.csv", index=False)
    (tmp_path / "model.yaml").write_text(EXAMPLES[number], encoding="utf-8")
    done = run("build", tmp_path / "model.yaml", "--out", tmp_path / "out")
    assert done.code == 0, done.err
    stated = yaml.safe_load(EXAMPLES[number])
    text = (tmp_path / "out" / "MLmodel").read_text(encoding="utf-8")
    package: dict[str, Any] = yaml.safe_load(text)["metadata"]["slipway"]
    assert ("threshold" in package) == ("threshold" in stated)
    assert ("interval" in package) == ("prediction_interval" in stated)
    assert ("calibration" in package["training"]) == ("calibration" in stated)
    target = stated["target"]
    wording = target.get("sentences", {}) if isinstance(target, dict) else {}
    assert {
        one["value"]: one["sentence"] for one in package["classes"] if "sentence" in one
    } == wording
    tones = [band.get("tone") for band in stated.get("risk_bands", [])]
    assert [band.get("tone") for band in package["risk_bands"]] == tones
    named = [feature["name"] for feature in package["features"]]
    assert ("orders" in named) == ("sample_weight" not in stated)


def test_page_has_an_example_of_each_key() -> None:
    keys = {key for example in EXAMPLES for key in yaml.safe_load(example)}
    assert {
        "threshold",
        "prediction_interval",
        "sample_weight",
        "calibration",
        "risk_bands",
    } <= keys
