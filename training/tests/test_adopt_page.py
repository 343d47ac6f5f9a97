"""What docs/adopt.md shows works as it stands there."""

import re
from contextlib import chdir
from pathlib import Path

import mlflow
from mlflow import MlflowClient

from support.flow import aliases
from support.notebooks import adopt, package, people
from test_serving import REAL

PAGE = (Path(__file__).parents[1] / "docs" / "adopt.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


def test_worked_example_ends_with_a_champion(
    client: MlflowClient, mlflow_url: str, tmp_path: Path
) -> None:
    """The notebook, the command, and then the YAML in place of the command's options."""
    table = people()[["age", "fare", "port", "survived"]]
    table.to_csv(tmp_path / "passengers.csv", index=False)
    mlflow.set_tracking_uri(mlflow_url)
    mlflow.set_experiment("notebooks")
    with chdir(tmp_path):
        exec(compile(block("python"), "adopt.md", "exec"), {})  # noqa: S102 - our own page
    (command,) = re.findall("npm run adopt -- (.*)", block("sh"))
    words = [str(tmp_path / word) if word == "test.csv" else word for word in command.split()]
    assert words[:4] == ["--model", "passengers", "--version", "1"]
    done = adopt(mlflow_url, "passengers", *words[4:], SLIPWAY_SERVING_CHECK=REAL)
    assert done.code == 0, done.err
    steps = re.findall(r"^  (\w+) +[\d.]+ s", block("text"), re.MULTILINE)
    assert re.findall(r"^  (\w+) +[\d.]+ s", done.out, re.MULTILINE) == steps
    assert aliases(client, "passengers") == {"champion": "2"}
    (tmp_path / "passengers.yaml").write_text(block("yaml"))
    done = adopt(mlflow_url, "passengers", "--yaml", tmp_path / "passengers.yaml", "--unseen")
    assert done.code == 0, done.err
    found = package("passengers", "3", tmp_path / "package")
    assert [one["label"] for one in found["classes"]] == ["lost", "survived"]
    assert [one["unit"] for one in found["features"]] == ["years", "GBP", None]
