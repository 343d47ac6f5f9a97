"""Tells Prometheus' Pushgateway how a training ended; a Job is gone before one could ask it."""

import sys
import time
import urllib.request

OUTCOMES = ("promoted", "unchanged", "rejected", "failed")


def tell(url: str | None, model: str, outcome: str) -> None:
    """Push which of `OUTCOMES` it was and when, as one group a model: the last one counts.

    A gateway that does not answer within ten seconds, or is not there as monitoring is off, fails
    no training; it is said. Nothing is pushed without an address.
    """
    if not url:
        return
    lines = [
        "# TYPE slipway_training_outcome gauge",
        *(f'slipway_training_outcome{{outcome="{one}"}} {int(one == outcome)}' for one in OUTCOMES),
        "# TYPE slipway_training_last_run_timestamp_seconds gauge",
        f"slipway_training_last_run_timestamp_seconds {time.time()}",
        "",
    ]
    try:
        request = urllib.request.Request(  # noqa: S310 - the stack's own gateway
            f"{url}/metrics/job/training/model/{model}", "\n".join(lines).encode(), method="PUT"
        )
        urllib.request.urlopen(request, timeout=10).close()  # noqa: S310
    except (OSError, ValueError) as error:
        print(f"{model}: Prometheus is not told: {error}", file=sys.stderr, flush=True)
