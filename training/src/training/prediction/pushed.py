"""Tells the Pushgateway how a batch ended: one group for each model and batch."""

from training.told import outcome_lines, push, sample

ANSWERED, ALREADY, REFUSED, FAILED = "answered", "already", "refused", "failed"
OUTCOMES = (ANSWERED, ALREADY, REFUSED, FAILED)


def push_batch(
    url: str | None, model: str, name: str, outcome: str, rows: tuple[int, int] | None = None
) -> None:
    """Push which of `OUTCOMES` it was, when, and how many rows were answered and refused.

    Without `rows` those of the last run that counted stay. Nothing is pushed without an address.
    """
    ended, when = "slipway_batch_outcome", "slipway_batch_last_run_timestamp_seconds"
    lines = outcome_lines(ended, OUTCOMES, outcome, when)
    if rows is not None:
        counted = zip((ANSWERED, REFUSED), rows, strict=True)
        lines += [
            "# TYPE slipway_batch_rows gauge",
            *(sample("slipway_batch_rows", {"result": one}, count) for one, count in counted),
        ]
    method = "POST" if rows is None else "PUT"
    push(url, "batch", f"{model}/batch/{name}", lines, method)
