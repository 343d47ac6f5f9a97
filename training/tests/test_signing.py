"""Versions are signed by the training's key, against a real MLflow server."""

import re
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient
from mlflow.artifacts import download_artifacts
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
from sklearn.linear_model import LogisticRegression

from support.command import run
from support.flow import aliases, train
from support.models import write_model
from support.notebooks import adopt, log, people, pipeline, split
from training.package import read_package
from training.signing import FILE, Signer, read_signer, signed_by

STUMP = {"class": "sklearn.tree.DecisionTreeClassifier", "parameters": {"max_depth": 1}}


def key(folder: Path, name: str = "key") -> tuple[Path, Signer]:
    """A key file, and what signs with it."""
    path = folder / name
    path.write_text(f"{name}{'0123456789abcdef' * 2}\n")
    signer = read_signer({"SLIPWAY_SIGNING_KEY_FILE": str(path)})
    assert signer is not None
    return path, signer


def files(name: str, version: str, folder: Path) -> dict[str, bytes]:
    """MLmodel and, where there is one, its signature, as they lie in MLflow."""
    got = Path(download_artifacts(f"models:/{name}/{version}", dst_path=str(folder)))
    found = {file: got / file for file in ("MLmodel", FILE)}
    return {file: path.read_bytes() for file, path in found.items() if path.exists()}


def signature_of(name: str, version: str, folder: Path) -> str | None:
    """The public key by which a version in MLflow is signed."""
    found = files(name, version, folder)
    return signed_by(found[FILE].decode(), name, found["MLmodel"])


def put(client: MlflowClient, name: str, file: Path, version: str = "1") -> None:
    """Change a file of a version, as whoever may write to the store can."""
    place = client.get_model_version_download_uri(name, version)
    get_artifact_repository(place).log_artifact(str(file))


def notes(name: str, *arguments: Any, **env: str) -> tuple[int | None, str]:
    """Exit code, and what a training says about the version that stands."""
    done = run("train", *arguments, env=env)
    lines = [line.strip() for line in done.out.splitlines() if f" of {name} " in line]
    return done.code, "\n".join(lines)


def test_version_is_signed_as_mlflow_has_it_and_only_for_its_model(
    client: MlflowClient, mlflow_url: str, tmp_path: Path
) -> None:
    path, signer = key(tmp_path)
    yaml = write_model(tmp_path, "signed-model")
    assert train(mlflow_url, yaml, SLIPWAY_SIGNING_KEY_FILE=str(path))[0] == 0
    assert aliases(client, "signed-model") == {"champion": "1"}
    found = files("signed-model", "1", tmp_path / "got")
    text, content = found[FILE].decode(), found["MLmodel"]
    assert signed_by(text, "signed-model", content) == signer.public
    assert signed_by(text, "other-model", content) is None
    assert signed_by(text, "signed-model", content.replace(b"class", b"klass", 1)) is None
    assert signed_by(text.replace("signed-", "other-"), "other-model", content) is None
    forged = text.replace(signer.public, key(tmp_path, "other")[1].public)
    assert signed_by(forged, "signed-model", content) is None
    assert signed_by(text[:-1], "signed-model", content) is None


@pytest.mark.usefixtures("client")
def test_without_a_key_nothing_is_signed(mlflow_url: str, tmp_path: Path) -> None:
    assert train(mlflow_url, write_model(tmp_path, "plain-model"))[0] == 0
    assert FILE not in files("plain-model", "1", tmp_path / "got")


@pytest.mark.usefixtures("client")
def test_folder_and_adopted_version_are_signed_too(mlflow_url: str, tmp_path: Path) -> None:
    path, signer = key(tmp_path)
    env = {"SLIPWAY_SIGNING_KEY_FILE": str(path)}
    out = tmp_path / "package"
    done = run("build", write_model(tmp_path, "folder-model"), "--out", out, env=env)
    assert done.code == 0, done.err
    text = (out / FILE).read_text()
    assert signed_by(text, "folder-model", (out / "MLmodel").read_bytes()) == signer.public
    held, features, target = split(people(), "survived")
    model = pipeline(LogisticRegression()).fit(features, target)
    log(mlflow_url, "signed-people", model, skops_trusted_types=["numpy.dtype"])
    held.to_csv(tmp_path / "held.csv", index=False)
    options = ("--data", tmp_path / "held.csv", "--target", "survived", "--unseen")
    done = adopt(mlflow_url, "signed-people", *options, **env)
    assert done.code == 0, done.err
    assert signature_of("signed-people", "2", tmp_path / "got") == signer.public


@pytest.mark.parametrize(
    ("text", "more", "problem"),
    [
        (None, {}, r"SLIPWAY_SIGNING_KEY_FILE \(.*key\): No such file.*openssl rand -hex 32 > "),
        ("short", {}, r"SLIPWAY_SIGNING_KEY_FILE \(.*key\): has only 5 characters; write 32"),
        (b"\xff" * 40, {}, r"SLIPWAY_SIGNING_KEY_FILE \(.*key\): is no text"),
        ("k" * 40, {"MODEL_PUBLIC_KEYS": "abc"}, r"MODEL_PUBLIC_KEYS \(abc\): is no public key"),
        ("k" * 40, {"MODEL_PUBLIC_KEYS": "A" * 43 + "="}, "would refuse .* add its public key, "),
        ("k" * 40, {"SLIPWAY_SIGN_UNSIGNED": "yes"}, r"SLIPWAY_SIGN_UNSIGNED \(yes\): write 1"),
    ],
)
def test_key_that_cannot_sign_ends_before_anything_is_registered(
    client: MlflowClient,
    mlflow_url: str,
    tmp_path: Path,
    text: str | bytes | None,
    more: dict[str, str],
    problem: str,
) -> None:
    path = tmp_path / "key"
    if text is not None:
        path.write_bytes(text.encode() if isinstance(text, str) else text)
    env = {"SLIPWAY_SIGNING_KEY_FILE": str(path)} | more
    code, result = train(mlflow_url, write_model(tmp_path, "keyless-model"), **env)
    assert code == 2
    assert re.search(problem, result["error"]), result["error"]
    assert client.search_model_versions("name='keyless-model'") == []


def test_unsigned_are_signed_by_a_key_alone(mlflow_url: str, tmp_path: Path) -> None:
    yaml = write_model(tmp_path, "flag-model")
    code, result = train(mlflow_url, yaml, SLIPWAY_SIGN_UNSIGNED="1")
    assert code == 2
    assert "needs a key to sign with; name SLIPWAY_SIGNING_KEY_FILE" in result["error"]


def test_champion_of_before_is_signed_only_where_that_is_said(
    client: MlflowClient, mlflow_url: str, tmp_path: Path
) -> None:
    """Also where the gate rejects the new version, or nothing is trained."""
    name = "older-model"
    good = write_model(tmp_path, name)
    assert train(mlflow_url, good)[0] == 0
    path, signer = key(tmp_path)
    env = {"MLFLOW_TRACKING_URI": mlflow_url, "SLIPWAY_SIGNING_KEY_FILE": str(path)}
    code, said = notes(name, good, **env)
    assert (code, FILE in files(name, "1", tmp_path / "a")) == (0, False)
    assert "version 1 of older-model carries no signature; " in said
    assert "slipway:signing.unsigned: sign" in said
    worse = write_model(tmp_path, name, estimator=STUMP)
    code, said = notes(name, worse, **env, SLIPWAY_SIGN_UNSIGNED="1")
    assert (code, said) == (3, "note: version 1 of older-model is signed")
    assert aliases(client, name) == {"champion": "1", "rejected": "2"}
    assert signature_of(name, "1", tmp_path / "b") == signer.public
    assert notes(name, worse, **env) == (3, "")


def test_version_of_a_killed_training_without_a_key_is_trained_again(
    client: MlflowClient, mlflow_url: str, tmp_path: Path
) -> None:
    """It was not judged yet, and would be promoted unsigned."""
    yaml = write_model(tmp_path, "keyless-model", gate={"floors": {"accuracy": 0.999}})
    assert train(mlflow_url, yaml)[0] == 3
    client.delete_model_version_tag("keyless-model", "1", "slipway.verdict")
    path, signer = key(tmp_path)
    env = {"MLFLOW_TRACKING_URI": mlflow_url, "SLIPWAY_SIGNING_KEY_FILE": str(path)}
    code, said = notes("keyless-model", yaml, **env)
    assert code == 3
    assert "is broken (it carries no signature); deleted" in said
    assert aliases(client, "keyless-model") == {"rejected": "2"}
    assert signature_of("keyless-model", "2", tmp_path / "got") == signer.public


@pytest.mark.usefixtures("client")
def test_signature_of_another_trusted_key_is_renewed(mlflow_url: str, tmp_path: Path) -> None:
    name = "turned-model"
    old, of_old = key(tmp_path, "old")
    new, of_new = key(tmp_path, "new")
    yaml = write_model(tmp_path, name)
    env = {"MLFLOW_TRACKING_URI": mlflow_url}
    assert run("train", yaml, env=env | {"SLIPWAY_SIGNING_KEY_FILE": str(old)}).code == 0
    env["SLIPWAY_SIGNING_KEY_FILE"] = str(new)
    code, said = notes(name, yaml, **env)
    assert (code, f"is signed by {of_old.public}, which MODEL_PUBLIC_KEYS does not" in said) == (
        0,
        True,
    )
    assert signature_of(name, "1", tmp_path / "a") == of_old.public
    both = f"{of_old.public} {of_new.public}"
    code, said = notes(name, yaml, **env, MODEL_PUBLIC_KEYS=both)
    assert (code, "is signed anew" in said) == (0, True)
    assert signature_of(name, "1", tmp_path / "b") == of_new.public


def test_changed_package_is_never_signed(
    client: MlflowClient, mlflow_url: str, tmp_path: Path
) -> None:
    """Neither one whose signature no longer holds, nor an unsigned one with another graph."""
    path, _ = key(tmp_path)
    env = {"SLIPWAY_SIGNING_KEY_FILE": str(path), "SLIPWAY_SIGN_UNSIGNED": "1"}
    for name, own in (("changed-model", env), ("swapped-model", {})):
        yaml = write_model(tmp_path, name)
        assert train(mlflow_url, yaml, **own)[0] == 0
        file = tmp_path / ("MLmodel" if own else "model.onnx")
        before = files(name, "1", tmp_path / f"{name}-before")
        content = before["MLmodel"].replace(b"title: ", b"title: Not ", 1) if own else b"graph"
        file.write_bytes(content)
        put(client, name, file)
        done = run("train", yaml, env={"MLFLOW_TRACKING_URI": mlflow_url} | env)
        reason = "a signature that does not hold" if own else "broken (model.onnx has sha256"
        assert f"version 1 of {name}" in done.out
        assert reason in done.out
        assert files(name, "1", tmp_path / f"{name}-after").get(FILE) == before.get(FILE)


def test_package_that_another_changes_while_it_is_logged_is_not_signed(
    client: MlflowClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import mlflow.onnx

    from training import signatures
    from training.errors import TrainingEnvironmentError

    out = tmp_path / "package"
    assert run("build", write_model(tmp_path, "raced-model"), "--out", out).code == 0
    metadata, _ = read_package(out)
    with mlflow.start_run():
        graph = mlflow.onnx.load_model(str(out))
        other = {"slipway": metadata | {"positive": 0}}
        logged = mlflow.onnx.log_model(
            graph, name="raced-model", metadata=other, save_as_external_data=False
        )
    written: list[str] = []
    monkeypatch.setattr(signatures, "_put", lambda _, text: written.append(text))
    signer = key(tmp_path)[1]
    with pytest.raises(TrainingEnvironmentError, match="not hold the package of raced-model"):
        signatures.sign_logged(client, signer, "raced-model", logged, metadata)
    assert written == []
