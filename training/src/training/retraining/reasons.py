"""Whether there is a reason to train again: one condition of the YAML's `retrain.when` each."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from training.metrics import metric_of, rows_needed
from training.settings import Settings

OLDEST = timedelta(days=8)
"""Of a monitoring that counts: of an older one nobody knows whether it still holds.

A stack looks at least once a week where drift is a reason (components/config/rules/loop.ts), and
has a day to do so.
"""
AHEAD = timedelta(hours=1)  # by so much may another's clock be before ours


@dataclass(frozen=True)
class Condition:
    """A condition of the YAML: whether it is a reason, and the line that says so for people."""

    name: str
    due: bool
    line: str

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return dict(vars(self))


def usable(found: dict[str, Any] | None, champion: str, now: datetime) -> str:
    """Say why a monitoring says nothing of today's champion; nothing where it does."""
    if found is None:
        return "the champion was not monitored yet (`monitor --champion`)"
    if found["version"] != champion:
        return (
            f"the newest monitoring is of version {found['version']}, and version {champion} is "
            "the champion"
        )
    time = datetime.fromisoformat(found["time"])
    time = time if time.tzinfo else time.replace(tzinfo=UTC)
    if now - time > OLDEST:
        return f"the newest monitoring is of {found['time']}, more than {OLDEST.days} days ago"
    if time - now > AHEAD:
        return f"the newest monitoring is of {found['time']}, which is still to come: a wrong clock"
    return ""


def unknown(name: str, why: str) -> Condition:
    """Return a condition of which nothing is known."""
    return Condition(name, due=False, line=f"{name}: not known: {why}")


def of_rows(limit: int, new: int) -> Condition:
    """Compare the count of new rows with the YAML's."""
    return Condition("rows", due=new >= limit, line=f"rows: {new} of {limit} new")


def of_drift(limit: float, found: dict[str, Any]) -> Condition:
    """Compare the greatest PSI of a feature, or that of the predictions, with the YAML's."""
    each = {name: one["psi"] for name, one in found["features"].items()}
    if found.get("prediction") is not None:
        each["the predictions"] = found["prediction"]["psi"]
    if not each:
        return unknown("drift", found.get("note") or "the log has none of the features")
    name = max(each, key=lambda one: each[one])
    line = f"drift: {name} {each[name]:.2f} of {limit:g}"
    return Condition("drift", due=each[name] >= limit, line=line)


def of_performance(settings: Settings, share: float, found: dict[str, Any]) -> Condition:
    """Compare the live metrics of the gate with those of the training, by the nearer bound.

    They are those with a floor, or without any all that were measured, but for `recall_at_50` and
    its like: of more rows than the test split has the same model has less of it. Worse by `share`
    is, where more is better, below value - share * |value|. Noise alone hardly makes the better
    bound of a 95 % interval as bad as that.
    """
    live, trained = (found.get("quality") or {}).get("metrics", {}), found["training"]
    names = [n for n in settings.gate.floors or trained if n in live and n in trained]
    if names and not (names := [n for n in names if not rows_needed(n)]):
        return unknown("performance", "recall at a number of rows is of as many rows alone")
    known = [n for n in names if None not in live[n].values()]
    if not known:
        note = (found.get("quality") or {}).get("note") or "no metric of the gate has an interval"
        return unknown("performance", note)
    each = {name: _fallen(name, live[name], trained[name]) for name in known}
    worst = max(each, key=lambda name: each[name])
    one, limit = live[worst], _limit(worst, trained[worst], share)
    line = (
        f"performance: {worst} {one['value']:.4f} ({one['low']:.4f} to {one['high']:.4f}), "
        f"{trained[worst]:.4f} in training; {limit:.4f} is {100 * share:g} % worse"
    )
    due = any(
        one["low"] >= _limit(n, trained[n], share)
        if metric_of(n).lower_is_better
        else one["high"] <= _limit(n, trained[n], share)
        for n, one in ((n, live[n]) for n in known)
    )
    return Condition("performance", due=due, line=line)


def _limit(name: str, trained: float, share: float) -> float:
    sign = 1 if metric_of(name).lower_is_better else -1
    return trained + sign * share * abs(trained)


def _fallen(name: str, live: dict[str, float], trained: float) -> float:
    """By what share of the training's the nearer bound is worse; below 0 where it is not."""
    worse = live["low"] - trained if metric_of(name).lower_is_better else trained - live["high"]
    return worse / max(abs(trained), 1e-12)
