"""`predict` takes the version from MLflow, as far as the prediction API would trust it."""

import re
from pathlib import Path

import pytest
import yaml
from mlflow import MlflowClient
from mlflow.artifacts import download_artifacts
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

from support.batch import table
from support.command import Ended, run
from support.flow import train
from support.models import write_model
from test_signing import key
from training.errors import InvalidInputError
from training.signature_check import check_signature, read_public_keys
from training.signing import FILE, Signer

NAME = "batch-model"


@pytest.fixture(scope="module")
def signed(mlflow_url: str, tmp_path_factory: pytest.TempPathFactory) -> Signer:
    """Three versions of one model, all signed, of which the first is champion."""
    folder = tmp_path_factory.mktemp("signed")
    path, signer = key(folder)
    for depth in (3, 1, 2):
        estimator = {
            "class": "sklearn.tree.DecisionTreeClassifier",
            "parameters": {"max_depth": depth},
        }
        yaml_file = write_model(folder, NAME, estimator=estimator)
        train(mlflow_url, yaml_file, SLIPWAY_SIGNING_KEY_FILE=str(path))
    return signer


def predict(url: str, folder: Path, *words: str, **env: str) -> Ended:
    (folder / "in.csv").write_text("a,b\n2,2\n-2,-2\n")
    known = ("--model", NAME, "--in", folder / "in.csv", "--out", folder / "out.csv")
    return run("predict", *known, *words, env={"MLFLOW_TRACKING_URI": url} | env)


def test_champion_alias_and_version_are_taken_from_the_registry(
    mlflow_url: str, signed: Signer, tmp_path: Path
) -> None:
    for words, version in (
        (("--champion",), "1"),
        (("--alias", "rejected", "--overwrite"), "3"),
        (("--version", "2", "--overwrite"), "2"),
    ):
        done = predict(mlflow_url, tmp_path, *words, MODEL_PUBLIC_KEYS=signed.public)
        assert done.code == 0, done.err
        rows = table(tmp_path / "out.csv")
        assert rows[0] == ["a", "b", "y", "probability", "model_version"]
        assert [(row[2], row[-1]) for row in rows[1:]] == [("true", version), ("false", version)]


@pytest.mark.usefixtures("signed")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "the version (not given): give one of --champion, --alias A and --version N"),
        (("--champion", "--version", "1"), "the version (--champion and --version): give one"),
        (("--alias", "best"), "--alias best: no version of batch-model has it; aliases are champ"),
        (("--version", "9"), "--version 9: batch-model has no such version; it has 1, 2, 3"),
        (("--champion", "--model", "other"), "--model other: is not registered; registered are"),
        (("--champion", "--name", "a/b"), "--name a/b: give letters, digits"),
        (("--champion", "--out-credentials", "x"), "--out is a file; leave it out"),
        (("--package", "x", "--alias", "a"), "--package: goes with --version, its number"),
    ],
)
def test_what_names_no_version_is_refused(
    words: tuple[str, ...], said: str, mlflow_url: str, tmp_path: Path
) -> None:
    done = predict(mlflow_url, tmp_path, *words)
    assert (done.code, said in done.err) == (2, True), done.err
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


@pytest.mark.usefixtures("signed")
def test_a_graph_that_is_too_large_is_not_fetched(mlflow_url: str, tmp_path: Path) -> None:
    done = predict(mlflow_url, tmp_path, "--champion", MAX_MODEL_BYTES="99")
    assert done.code == 2
    assert re.search(
        r"version 1 is not loaded: its model.onnx has \d+ bytes, more than MAX_M\w+ 99", done.err
    )


def test_a_key_that_has_not_signed_is_named(
    mlflow_url: str, signed: Signer, tmp_path: Path
) -> None:
    _, other = key(tmp_path, "other")
    done = predict(mlflow_url, tmp_path, "--champion", MODEL_PUBLIC_KEYS=other.public)
    assert done.code == 2
    assert f"version 1 is signed by {signed.public}, which MODEL_PUBLIC_KEYS lacks" in done.err
    both = f"{other.public}, {signed.public}"
    assert predict(mlflow_url, tmp_path, "--champion", MODEL_PUBLIC_KEYS=both).code == 0


def _tampered(part: str, content: str) -> str:
    """Change one thing that the file states, and nothing else."""
    described = yaml.safe_load(content)
    package = described["metadata"]["slipway"]
    if part == "class order":
        package["classes"].reverse()
    elif part == "metadata":
        package["features"][0]["range"] = {"min": 5}
    else:
        package["onnx"]["sha256"] = "0" * 64
    return yaml.safe_dump(described)


@pytest.mark.parametrize("part", ["class order", "metadata", "checksum", "graph", "signature"])
def test_a_version_with_one_part_changed_answers_nothing(
    part: str, client: MlflowClient, mlflow_url: str, signed: Signer, tmp_path: Path
) -> None:
    """Version 3 is changed, as whoever may write to the store can, and put right again."""
    files = ("MLmodel", "model.onnx", FILE)
    folder = Path(download_artifacts(f"models:/{NAME}/3", dst_path=str(tmp_path / "got")))
    before = {file: (folder / file).read_bytes() for file in files}
    changed = {"graph": "model.onnx", "signature": FILE}.get(part, "MLmodel")
    if part == "graph":
        (folder / changed).write_bytes(before[changed] + b"\n")
    elif part == "signature":
        (folder / changed).write_bytes(before[changed].replace(b"signature: ", b"signature: A", 1))
    else:
        (folder / changed).write_text(_tampered(part, before[changed].decode()))
    store = get_artifact_repository(client.get_model_version_download_uri(NAME, "3"))
    store.log_artifact(str(folder / changed))
    done = predict(mlflow_url, tmp_path, "--version", "3", MODEL_PUBLIC_KEYS=signed.public)
    (folder / changed).write_bytes(before[changed])
    store.log_artifact(str(folder / changed))
    assert done.code == 2
    said = {
        "graph": "model.onnx has sha256",
        "signature": "has a MLmodel.sig that is none of ours",
    }.get(part, "has another MLmodel than the one that was signed, or a forged signature")
    assert said in done.err
    assert not (tmp_path / "out.csv").exists()
    good = predict(mlflow_url, tmp_path, "--version", "3", MODEL_PUBLIC_KEYS=signed.public)
    assert good.code == 0, good.err


def test_signatures_count_only_for_their_model_and_only_where_they_are(tmp_path: Path) -> None:
    _, signer = key(tmp_path)
    text = signer.sign("one", b"content")
    check_signature("one", "1", b"content", text, {signer.public})
    with pytest.raises(InvalidInputError, match=r"carries a signature for 'one'; choose a version"):
        check_signature("two", "1", b"content", text, {signer.public})
    with pytest.raises(
        InvalidInputError, match=r"carries no signature \(MLmodel.sig\); train it|a"
    ):
        check_signature("one", "1", b"content", None, {signer.public})


def test_public_keys_are_read_as_the_prediction_api_reads_them(tmp_path: Path) -> None:
    one, two = (key(tmp_path, name)[1].public for name in ("one", "two"))
    assert read_public_keys("") == frozenset()
    assert read_public_keys(f" {one},\n{two} ") == {one, two}
    with pytest.raises(InvalidInputError, match=r"MODEL_PUBLIC_KEYS \(nonsense\): is no public"):
        read_public_keys(f"{one} nonsense")
    with pytest.raises(InvalidInputError, match=r"MODEL_PUBLIC_KEYS \( , \): is no public key"):
        read_public_keys(" , ")
