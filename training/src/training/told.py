"""Tells Prometheus' Pushgateway what a Job found; a Job is gone before one could ask it."""

import sys
import time
import urllib.request
from collections.abc import Mapping

OUTCOMES = ("promoted", "unchanged", "rejected", "failed", "not due")


def tell(url: str | None, model: str, outcome: str) -> None:
    """Push which of `OUTCOMES` a training had and when."""
    name, when = "slipway_training_outcome", "slipway_training_last_run_timestamp_seconds"
    lines = [
        f"# TYPE {name} gauge",
        *(sample(name, {"outcome": one}, int(one == outcome)) for one in OUTCOMES),
        f"# TYPE {when} gauge",
        sample(when, {}, time.time()),
    ]
    push(url, "training", model, lines)


def sample(name: str, labels: Mapping[str, str], value: float) -> str:
    """Return a line of Prometheus' text format."""
    said = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
    return f"{name}{{{said}}} {value}" if said else f"{name} {value}"


def push(url: str | None, job: str, model: str, lines: list[str], method: str = "PUT") -> None:
    """Push lines as one group a job and model: the last one counts, with POST name by name.

    A gateway that does not answer within ten seconds, or is not there as monitoring is off, fails
    nothing; it is said. Nothing is pushed without an address.
    """
    if not url:
        return
    try:
        request = urllib.request.Request(  # noqa: S310 - the stack's own gateway
            f"{url}/metrics/job/{job}/model/{model}",
            "\n".join([*lines, ""]).encode(),
            method=method,
        )
        urllib.request.urlopen(request, timeout=10).close()  # noqa: S310
    except (OSError, ValueError) as error:
        print(f"{model}: Prometheus is not told: {error}", file=sys.stderr, flush=True)


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
