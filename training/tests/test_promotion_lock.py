"""Promotions of one model go one after the other, whoever dies in between."""

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from mlflow import MlflowClient

from support.flow import promotions, train
from support.models import write_model
from training import promotion_lock as module
from training.promotion_lock import PREFIX, promotion_lock

NO_PROCESS = 2**22 + 1  # beyond the largest number that Linux gives


def test_one_at_a_time(
    client: MlflowClient, mlflow_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Six of one machine that ask at once are never two inside, and leave no tag."""
    client.create_registered_model("busy-model")
    monkeypatch.setattr(module, "_another_lives", lambda _: True)  # threads share one number
    inside, most, entered = 0, 0, 0
    count = threading.Lock()

    def promote(_: int) -> None:
        nonlocal inside, most, entered
        with promotion_lock(MlflowClient(mlflow_url), "busy-model"):
            with count:
                inside, entered = inside + 1, entered + 1
                most = max(most, inside)
            time.sleep(0.05)
            with count:
                inside -= 1

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(promote, range(6)))
    assert (most, entered) == (1, 6)
    assert not client.get_registered_model("busy-model").tags


@pytest.mark.parametrize(
    "owner",
    [f"{socket.gethostname()} {NO_PROCESS} 1", "another-host 1 7"],
    ids=["here", "elsewhere"],
)
@pytest.mark.parametrize("first", ["0", "f"])
def test_what_a_killed_process_left_is_removed(
    client: MlflowClient, monkeypatch: pytest.MonkeyPatch, owner: str, first: str
) -> None:
    """At once where the process is known to have ended, else after a time of silence."""
    elsewhere = owner.startswith("another")
    name = f"left-{first}-{elsewhere}"
    client.create_registered_model(name)
    client.set_registered_model_tag(name, f"{PREFIX}{first * 32}", owner)
    monkeypatch.setattr(module, "LOST_AFTER_SECONDS", 1 if elsewhere else 1000)
    with promotion_lock(client, name):
        (mine,) = client.get_registered_model(name).tags
        assert mine != f"{PREFIX}{first * 32}"
    assert not client.get_registered_model(name).tags


def test_who_waits_is_not_taken_for_lost(
    client: MlflowClient, mlflow_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Waiting for longer than a silent owner may is a sign of life itself."""
    client.create_registered_model("patient-model")
    monkeypatch.setattr(module, "_another_lives", lambda _: True)
    monkeypatch.setattr(module, "LOST_AFTER_SECONDS", 1.5)
    order = []

    def promote(number: int) -> None:
        time.sleep(number * 0.1)
        with promotion_lock(MlflowClient(mlflow_url), "patient-model"):
            order.append(f"in {number}")
            time.sleep(1)
            order.append(f"out {number}")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(promote, range(4)))
    entered = [entry.split()[1] for entry in order[::2]]
    assert order == [f"{way} {number}" for number in entered for way in ("in", "out")]


def test_trainings_of_other_data_at_once_are_judged_against_each_other(
    client: MlflowClient, mlflow_url: str, tmp_path: Path
) -> None:
    """Every promotion but the first replaced another version: none was decided on old news."""
    yamls = []
    for depth in (2, 3, 4):
        (folder := tmp_path / str(depth)).mkdir()
        estimator = {
            "class": "sklearn.tree.DecisionTreeClassifier",
            "parameters": {"max_depth": depth},
        }
        yamls.append(write_model(folder, "crowd-model", estimator=estimator))
    with ThreadPoolExecutor(3) as pool:
        ended = list(pool.map(lambda path: train(mlflow_url, path), yamls))
    promoted = [result["version"] for code, result in ended if code == 0]
    assert promoted
    replaced = [promotions(client, "crowd-model", version) for version in promoted]
    before = [entry.get("replaced") for (entry,) in replaced]
    assert len(set(before)) == len(before)
