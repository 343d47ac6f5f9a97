"""Tells Prometheus' Pushgateway what a Job found; a Job is gone before one could ask it."""

import sys
import time
import urllib.request
from collections.abc import Collection, Mapping

NOT_DUE = "not due"
OUTCOMES = ("promoted", "unchanged", "rejected", "failed", NOT_DUE)
JUDGED = OUTCOMES[:3]
ENDED = "slipway_training_outcome"


def tell(url: str | None, model: str, outcome: str, *, asked: bool = False) -> None:
    """Push which of `OUTCOMES` a training had and when.

    One that was `asked` for a reason has a group of its own: an hourly `not due` must not hide that
    the last training was rejected, or make it look new. What the gate judged is told of both.
    """
    if asked:
        when = "slipway_retraining_last_asked_timestamp_seconds"
        push(url, "retraining", model, outcome_lines(ENDED, OUTCOMES, outcome, when))
    if not asked or outcome in JUDGED:
        when = "slipway_training_last_run_timestamp_seconds"
        push(url, "training", model, outcome_lines(ENDED, OUTCOMES, outcome, when))


def outcome_lines(name: str, outcomes: Collection[str], outcome: str, when: str) -> list[str]:
    """Return a gauge of each possible outcome, of which one is 1, and `when`: that it is now."""
    return [
        f"# TYPE {name} gauge",
        *(sample(name, {"outcome": one}, int(one == outcome)) for one in outcomes),
        f"# TYPE {when} gauge",
        sample(when, {}, time.time()),
    ]


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
