"""Decides whether a candidate may become champion, from metrics alone."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from training.gate_choice import Gate
from training.metrics import Metrics, metric_of

ROUNDING = 1e-9  # sums in another order differ by less; no real difference is this small


@dataclass(frozen=True)
class Comparison:
    """One metric against one limit: the YAML's floor, or the champion with its allowance.

    `slice` names the slice that it was measured on, if not on all rows.
    """

    metric: str
    rule: Literal["floor", "champion"]
    value: float
    limit: float
    passed: bool
    slice: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {name: value for name, value in vars(self).items() if name != "slice" or value}

    @property
    def what(self) -> str:
        """The metric, and of which slice."""
        return f"{self.metric} of {self.slice}" if self.slice else self.metric


@dataclass(frozen=True)
class Verdict:
    """All comparisons, whether every one passed, and which champion (version) they were with.

    `note` says what numbers cannot: on which rows a champion was compared, or why it was not.
    """

    passed: bool
    comparisons: tuple[Comparison, ...]
    champion: str | None = None
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; `figures` is the key that versions have in their tags already."""
        fields = asdict(self)
        del fields["comparisons"]
        return fields | {"figures": [one.as_dict() for one in self.comparisons]}

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> "Verdict":
        """Undo `as_dict`."""
        known = {name: value for name, value in fields.items() if name != "figures"}
        return cls(comparisons=tuple(Comparison(**one) for one in fields["figures"]), **known)

    def table(self) -> str:
        """One aligned line per comparison, failed ones marked."""
        lines = [
            f"  {'ok' if f.passed else 'FAILED':<7}{f.what:<10}{f.value:>10.4f}  "
            f"{'at most' if metric_of(f.metric).lower_is_better else 'at least'} {f.limit:.4f}"
            f" ({'floor' if f.rule == 'floor' else f'champion, version {self.champion}'})"
            for f in self.comparisons
        ]
        return "\n".join(lines + ([f"  note: {self.note}"] if self.note else []))


def judge(
    candidate: Metrics,
    gate: Gate,
    champion: Metrics | None,
    *,
    version: str | None = None,
    on_same_rows: Metrics | None = None,
    chance: Metrics | None = None,
    note: str = "",
    obstacle: str = "",
) -> Verdict:
    """Hold every metric against its floor and against the champion's.

    `on_same_rows` are the candidate's metrics on the rows that the champion's were measured on,
    when those are not the whole test split, on which the floors stand; `note` says which rows.
    `champion` is None without one, or when `obstacle` says why it cannot be compared: then the
    floors alone decide, and without any floor the candidate fails, since nothing speaks for it.
    A metric that the champion lacks is not compared. `chance` widens a metric's limit.
    """
    comparisons = [compared(m, "floor", candidate[m], limit) for m, limit in gate.floors.items()]
    if champion is not None:
        comparisons += [
            compared(
                metric,
                "champion",
                value,
                allowed(
                    metric, champion[metric], gate.max_regression, (chance or {}).get(metric, 0.0)
                ),
            )
            for metric, value in (on_same_rows or candidate).items()
            if metric in champion
        ]
    if obstacle:
        note = f"champion, version {version}, cannot be compared: {obstacle}; " + (
            "the floors alone decide"
            if gate.floors
            else "state 'gate.floors' or give the model another name"
        )
    passed = all(one.passed for one in comparisons) and not (obstacle and not gate.floors)
    return Verdict(passed, tuple(comparisons), version, note)


def allowed(metric: str, champion: float, max_regression: float, chance: float) -> float:
    """Worst accepted value: absolute for scores, a share of the champion's for errors."""
    if metric_of(metric).lower_is_better:
        return champion + max_regression * abs(champion) + chance
    return champion - max_regression - chance


def compared(
    metric: str, rule: Literal["floor", "champion"], value: float, limit: float
) -> Comparison:
    """Compare in the metric's own direction; NaN never passes."""
    lower = metric_of(metric).lower_is_better
    passed = value <= limit + ROUNDING if lower else value >= limit - ROUNDING
    return Comparison(metric, rule, value, limit, bool(passed))
