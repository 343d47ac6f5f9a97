"""Never two retrainings of one model at once, whoever dies in between."""

import os
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from mlflow import MlflowClient

from training import lease as module
from training import promotion_lock
from training.lease import PREFIX, lease

NO_PROCESS = 2**22 + 1  # beyond the largest number that Linux gives


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads share one number of a process; nobody waits for minutes."""
    monkeypatch.setattr(promotion_lock, "_another_lives", lambda number: number != NO_PROCESS)
    monkeypatch.setattr(module, "BEAT_SECONDS", 0.3)
    monkeypatch.setattr(module, "LOST_AFTER_SECONDS", 8.0)


def test_of_several_at_once_one_trains_and_the_others_say_who(
    client: MlflowClient, mlflow_url: str
) -> None:
    inside, most = 0, 0
    count = threading.Lock()

    def one(_: int) -> str:
        nonlocal inside, most
        with lease(MlflowClient(mlflow_url), "leased-model") as owner:
            if owner:
                return owner
            with count:
                inside, most = inside + 1, max(most, inside + 1)
            time.sleep(4)
            with count:
                inside -= 1
        return ""

    with ThreadPoolExecutor(3) as pool:
        said = list(pool.map(one, range(3)))
    assert most == 1
    assert said.count("") == 1
    assert set(said) - {""} == {f"{socket.gethostname()}, process {os.getpid()}"}
    assert not client.get_registered_model("leased-model").tags


@pytest.mark.parametrize("first", ["0", "f"])
@pytest.mark.parametrize("turn", ["7", "?7"], ids=["held", "waited"])
def test_what_was_killed_elsewhere_is_lost_after_a_while(
    client: MlflowClient, monkeypatch: pytest.MonkeyPatch, first: str, turn: str
) -> None:
    monkeypatch.setattr(module, "LOST_AFTER_SECONDS", 1.0)
    name = f"killed-{first}-{len(turn)}"
    client.create_registered_model(name)
    client.set_registered_model_tag(name, f"{PREFIX}{first * 32}", f"another-host 1 {turn}")
    begun = time.monotonic()
    with lease(client, name) as owner:
        assert owner == ""
        assert time.monotonic() - begun > 1
        (mine,) = client.get_registered_model(name).tags
        assert mine != f"{PREFIX}{first * 32}"
    assert not client.get_registered_model(name).tags


def test_what_was_killed_here_is_lost_at_once(client: MlflowClient) -> None:
    client.create_registered_model("killed-here")
    owner = f"{socket.gethostname()} {NO_PROCESS} 7"
    client.set_registered_model_tag("killed-here", f"{PREFIX}{'0' * 32}", owner)
    with lease(client, "killed-here") as other:
        assert other == ""


def test_a_holder_that_lives_keeps_it_for_longer_than_a_lost_one(
    client: MlflowClient, mlflow_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOST_AFTER_SECONDS", 3.0)
    with lease(client, "long-model") as first:
        assert first == ""
        time.sleep(4)
        with lease(MlflowClient(mlflow_url), "long-model") as second:
            assert second == f"{socket.gethostname()}, process {os.getpid()}"
