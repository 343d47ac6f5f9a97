"""A run killed with SIGKILL in the middle of any step leaves nothing that blocks the next."""

from multiprocessing.context import ForkServerProcess
from pathlib import Path

from mlflow import MlflowClient

from support.command import run
from support.models import write_model
from support.proxy import Proxy

# One request of each step that writes; the last is the second tag, the verdict itself.
POINTS = ["runs/create", "artifacts/", "logged-models", "model-versions/create", "alias", "set-tag"]


def test_killed_in_any_step_the_next_run_ends_well(
    client: MlflowClient, mlflow_url: str, proxy: Proxy, tmp_path: Path
) -> None:
    """One version, promoted, and no run left open, wherever the first process died."""
    yaml = write_model(tmp_path, "calm-model")
    assert run("train", yaml, env={"MLFLOW_TRACKING_URI": proxy.url}).code == 0
    calm = list(proxy.writes)
    first = [next(n for n, r in enumerate(calm, 1) if part in r) for part in POINTS[:-1]]
    last = max(n for n, r in enumerate(calm, 1) if POINTS[-1] in r)
    for point in [*first, last]:
        name = f"kill-{point}-model"
        yaml = write_model(tmp_path, name)
        _kill_at(point, proxy, yaml)
        done = run("train", yaml, env={"MLFLOW_TRACKING_URI": mlflow_url})
        assert done.code == 0, f"after {calm[point - 1]}: {done.err}"
        (version,) = client.search_model_versions(f"name='{name}'")
        assert version.tags["slipway.verdict"] == "promoted"
        champion = client.get_model_version_by_alias(name, "champion")
        assert champion.version == version.version
        experiment = client.get_experiment_by_name(name)
        open_runs = client.search_runs([experiment.experiment_id], "status = 'RUNNING'")
        assert not open_runs, f"after {calm[point - 1]}"


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
