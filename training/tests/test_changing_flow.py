"""A source that changes, the whole way: trained from its snapshot, which MLflow knows."""

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from mlflow import MlflowClient

from support.changing import parquet, stored
from support.command import Ended, run
from support.flow import aliases, train
from support.models import frame, write_model

RNG = np.random.default_rng(3)


def sales(folder: Path, part: int = 0, rows: int = 300, **changed: Any) -> None:
    """Add a file to the folder `sales`."""
    table = frame(rows + part)
    columns = {name: table[name].to_numpy() for name in table.columns} | changed
    parquet(folder / "sales" / f"part-{part}.parquet", columns)


def model(folder: Path, name: str, **more: Any) -> Path:
    return write_model(folder, name, data={"source": "file:sales/"} | more)


def store(folder: Path) -> dict[str, str]:
    return {"DATA_STORE": str(folder / "store")}


def test_new_rows_are_a_new_training_and_the_same_are_not(
    client: MlflowClient, mlflow_url: str, tmp_path: Path
) -> None:
    sales(tmp_path)
    yaml = model(tmp_path, "living-model")
    code, first = train(mlflow_url, yaml, **store(tmp_path))
    assert (code, first["outcome"], first["version"]) == (0, "promoted", "1")
    whole = tmp_path / "sales/part-0.parquet"
    whole.rename(tmp_path / "sales/renamed.parquet")
    assert train(mlflow_url, yaml, **store(tmp_path))[1]["outcome"] == "unchanged"
    assert len(stored(tmp_path)) == 1
    sales(tmp_path, 1)
    code, second = train(mlflow_url, yaml, **store(tmp_path))
    assert second["version"] == "2"
    assert len(stored(tmp_path)) == 2

    version = client.get_model_version("living-model", "1")
    tagged = version.tags["slipway.snapshot"]
    assert f"sha256={tagged}.parquet" in stored(tmp_path)
    logged = client.get_run(version.run_id)
    (given,) = logged.inputs.dataset_inputs
    assert given.dataset.digest == tagged[:36]
    assert json.loads(given.dataset.profile)["num_rows"] == 300
    assert json.loads(given.dataset.source)["source"] == "file:sales/"
    assert [tag.value for tag in given.tags] == ["training"]
    assert logged.data.tags["slipway.data_sha256"] == tagged


def onnx_of(folder: Path, yaml: Path, out: str) -> bytes:
    done = run("build", yaml, "--out", folder / out, env=store(folder))
    assert done.code == 0, done.err
    return (folder / out / "model.onnx").read_bytes()


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_rerun_from_a_snapshot_gives_the_same_model(kind: str, tmp_path: Path) -> None:
    """Also where the source has other rows by then, or is gone."""
    if kind == "parquet":
        sales(tmp_path)
        yaml = model(tmp_path, "first-of-changing-model")
    else:
        (tmp_path / "sales").mkdir()
        frame().to_csv(tmp_path / "sales/a.csv", index=False, sep=";", decimal=",")
        yaml = model(tmp_path, "first-of-changing-model", separator=";", decimal=",")
    first = onnx_of(tmp_path, yaml, "one")
    (name,) = stored(tmp_path)
    sha256 = name.removeprefix("sha256=").removesuffix(".parquet")
    (tmp_path / "sales").rename(tmp_path / "gone")
    how = {} if kind == "parquet" else {"separator": ";", "decimal": ","}
    again = model(tmp_path, "first-of-changing-model", source=f"snapshot:{sha256}", **how)
    assert onnx_of(tmp_path, again, "two") == first


def test_versions_are_compared_on_a_snapshot_and_the_source_is_not_read(tmp_path: Path) -> None:
    sales(tmp_path)
    yaml = model(tmp_path, "compared-model")
    onnx_of(tmp_path, yaml, "one")
    sales(tmp_path, 1)
    onnx_of(tmp_path, yaml, "two")
    (tmp_path / "sales").rename(tmp_path / "gone")
    found = {}
    for name in stored(tmp_path):
        which = ["--snapshot", name.removeprefix("sha256=").removesuffix(".parquet")]
        packages = ["--package", tmp_path / "one", tmp_path / "two", "--plot", tmp_path / "p.png"]
        done = run("compare", yaml, *packages, *which, env=store(tmp_path))
        assert done.code == 0, done.err
        found[name] = json.loads(done.out)["test_rows"]
    assert len(set(found.values())) == 2


def test_changed_columns_are_refused_by_the_champions_snapshot(
    client: MlflowClient, mlflow_url: str, tmp_path: Path
) -> None:
    sales(tmp_path)
    yaml = model(tmp_path, "schema-model")
    assert train(mlflow_url, yaml, **store(tmp_path))[0] == 0
    texts = [f"{value:.0f}" for value in frame(301)["a"]]
    changed = {"b": None, "a": texts, "c": RNG.normal(size=301)}
    for name in ("part-0", "part-1"):
        (tmp_path / "sales" / f"{name}.parquet").unlink(missing_ok=True)
    kept = {name: values for name, values in changed.items() if values is not None}
    parquet(tmp_path / "sales/part-1.parquet", {**kept, "y": frame(301)["y"].to_numpy()})
    code, failed = train(mlflow_url, yaml, **store(tmp_path))
    assert code == 2
    for part in (
        "the column 'a' was double and is text",
        "the column 'b' (double) is gone",
        "the column 'c' (double) is new, and would be a feature",
        "since version 1, the champion",
        "'data.accept: [a]'",
    ):
        assert part in failed["error"]
    assert aliases(client, "schema-model") == {"champion": "1"}
    accepted = model(tmp_path, "schema-model", accept=["a", "b", "c"])
    code, done = train(mlflow_url, accepted, **store(tmp_path))
    assert done["version"] == "2", done


def test_check_reads_and_keeps_nothing(tmp_path: Path) -> None:
    sales(tmp_path)
    done = run("check", model(tmp_path, "check-model"), env=store(tmp_path))
    assert done.code == 0, done.err
    assert "number (double in the source): a, b" in done.out
    assert not (tmp_path / "store").exists()


def test_without_a_store_nothing_is_read(tmp_path: Path) -> None:
    done = run(
        "build", model(tmp_path, "no-model"), "--out", tmp_path / "p", env={"DATA_STORE": ""}
    )
    assert done.code == 2
    assert "DATA_STORE (not set): name the folder" in done.err


def test_killed_while_it_writes_a_snapshot_the_next_training_ends_well(
    mlflow_url: str, tmp_path: Path
) -> None:
    """Killed at any moment from the first file in the store on, nothing half is taken for whole."""
    sales(tmp_path, rows=200_000)
    yaml = model(tmp_path, "stopped-reading-model")

    def kill(process: Any) -> None:
        while process.is_alive() and not stored(tmp_path):
            pass
        process.kill()

    done: Ended = run("build", yaml, "--out", tmp_path / "p", env=store(tmp_path), meanwhile=kill)
    assert done.code == -9
    code, result = train(mlflow_url, yaml, **store(tmp_path))
    assert code == 0, result
    whole = [name for name in stored(tmp_path) if name.endswith(".parquet")]
    assert len(whole) == 1


def test_types_of_the_source_are_those_of_the_model(tmp_path: Path) -> None:
    """A target of booleans, a date, a decimal and a whole number with gaps."""
    table = frame()
    count = pa.array([None if at % 7 == 0 else at % 5 for at in range(300)], pa.int32())
    days = pa.array(range(20_000, 20_300), pa.int32()).cast(pa.date32())
    columns = {
        "a": table["a"].to_numpy(),
        "b": table["b"].to_numpy(),
        "count": count,
        "day": days,
        "price": pa.array([Decimal(at) / 4 for at in range(300)], pa.decimal128(12, 2)),
        "y": pa.array(table["y"].to_numpy() == 1),
    }
    parquet(tmp_path / "sales/a.parquet", columns)
    onnx_of(tmp_path, model(tmp_path, "typed-model"), "one")
    about = (tmp_path / "one" / "MLmodel").read_text()
    import yaml

    package = yaml.safe_load(about)["metadata"]["slipway"]
    kinds = {feature["name"]: feature["type"] for feature in package["features"]}
    assert kinds == {
        "a": "number",
        "b": "number",
        "count": "integer",
        "day": "datetime",
        "price": "number",
    }
    assert package["output"]["type"] == "boolean"
    assert [one["required"] for one in package["features"]] == [True, True, False, True, True]


def test_image_without_these_libraries_trains_from_pinned_data_and_says_what_it_lacks(
    tmp_path: Path,
) -> None:
    blocked = "import sys; sys.modules |= dict.fromkeys(['pyarrow', 'obstore', 'psycopg'])\n"
    program = f"{blocked}from training.__main__ import main; sys.exit(main(sys.argv[1:]))"
    (tmp_path / "sales").mkdir()
    pinned = write_model(tmp_path, "pinned-model")
    changing = model(tmp_path, "changing-model")
    codes = {}
    for yaml in (pinned, changing):
        done = subprocess.run(
            [sys.executable, "-c", program, "check", yaml],
            env={**os.environ, **store(tmp_path), "PYTHONPATH": "src"},
            cwd=Path(__file__).parents[1],
            capture_output=True,
            text=True,
            check=False,
        )
        codes[yaml.stem] = done.returncode
    assert codes == {"pinned-model": 0, "changing-model": 4}
    assert "needs the Python package" in done.stderr
