"""A run killed with SIGKILL at any write to MLflow leaves nothing that blocks the next."""

import re
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from mlflow import MlflowClient

from support.command import run
from support.models import write_model
from support.proxy import Proxy


def _kind(request: str) -> str:
    """Tell requests apart without their ids."""
    return re.sub(r"/(m-)?[0-9a-f]{32}|/\d+(?=/)", "/*", request)


def test_killed_at_any_write_the_next_run_ends_well(
    client: MlflowClient, mlflow_url: str, proxy: Proxy, tmp_path: Path
) -> None:
    """One version, promoted, and no run left open, wherever the first process died."""
    yaml = write_model(tmp_path, "calm-model")
    assert run("train", yaml, env={"MLFLOW_TRACKING_URI": proxy.url}).code == 0
    kinds = [_kind(request) for request in proxy.writes]
    first_of_kind = sorted(kinds.index(kind) + 1 for kind in set(kinds))
    assert len(first_of_kind) >= 8, kinds
    last_tag = max(n for n, kind in enumerate(kinds, 1) if "set-tag" in kind)
    for point in [*first_of_kind, last_tag]:
        name = f"kill-{point}-model"
        yaml = write_model(tmp_path, name)
        _kill_at(point, proxy, yaml)
        done = run("train", yaml, env={"MLFLOW_TRACKING_URI": mlflow_url})
        assert done.code == 0, f"after {kinds[point - 1]}: {done.err}"
        (version,) = client.search_model_versions(f"name='{name}'")
        assert version.tags["slipway.verdict"] == "promoted"
        champion = client.get_model_version_by_alias(name, "champion")
        assert champion.version == version.version
        experiment = client.get_experiment_by_name(name)
        open_runs = client.search_runs([experiment.experiment_id], "status = 'RUNNING'")
        assert not open_runs, f"after {kinds[point - 1]}"


def _kill_at(point: int, proxy: Proxy, yaml: Path) -> None:
    """Kill the process as soon as its `point`-th write has reached MLflow."""
    victims: list[ForkServerProcess] = []

    def fault(number: int, _request: str) -> int | None:
        if number < point:
            return None
        victims[0].kill()
        return 0

    proxy.writes.clear()
    proxy.fault = fault
    done = run(*("train", yaml), env={"MLFLOW_TRACKING_URI": proxy.url}, meanwhile=victims.append)
    proxy.fault = None
    assert done.code == -9
    assert len(proxy.writes) >= point
