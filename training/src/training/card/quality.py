"""How good a version is: metrics, slices, importance, the gate's verdict."""

from collections.abc import Iterable
from typing import Any

from training.card.parts import Block, Section, Table
from training.gate import Verdict
from training.metrics import metric_of
from training.slice_metrics import SliceMetrics

FILES = [
    "understanding.txt: what each column was taken for, and why",
    "model.yaml: what the model was trained from",
    "confusion-matrix.png, roc.png and precision-recall.png, or residuals.png: of the test rows",
    "slices.csv, where the YAML names slices",
]


def quality_sections(metadata: dict[str, Any], verdict: Verdict) -> list[Section]:
    """Return the sections; those that the version has nothing for are left out."""
    training = metadata["training"]
    return [
        Section("Metrics", _metrics(training)),
        *_if_any("Slices", _slices(training)),
        *_if_any("Feature importance", _importance(training)),
        *_if_any("Search of parameters", _search(training)),
        Section("Verdict of the gate", _verdict(verdict)),
        Section("More in the run", [FILES]),
    ]


def _if_any(title: str, blocks: list[Block]) -> list[Section]:
    return [Section(title, blocks)] if blocks else []


def _between(bounds: Iterable[float] | None) -> str:
    return " to ".join(f"{bound:.4f}" for bound in bounds) if bounds else ""


def _metrics(training: dict[str, Any]) -> list[Block]:
    if not training["metrics"]:
        return ["Nothing was measured: the model may have been trained on the rows given with it."]
    validated = training.get("cross_validation")
    over = f"Mean ± standard deviation over {validated['folds']} folds" if validated else ""
    rows = []
    for name, value in training["metrics"].items():
        better = "lower" if metric_of(name).lower_is_better else "higher"
        row = [name, f"{value:.4f}", _between(training["intervals"].get(name)), better]
        if validated:
            found = validated["metrics"][name]
            row.append(f"{found['mean']:.4f} ± {found['std']:.4f}")
        rows.append(row)
    head = ["Metric", "Test rows", "95 % interval", "Better is", *([over] if over else [])]
    trust = ", on its owner's word" if "adopted" in training else ""
    folds = f" The folds are of the training rows ({validated['splitter']})." if validated else ""
    about = (
        f"Measured on test rows that the training did not see{trust}, by the ONNX file that is "
        f"served; intervals by a bootstrap of the test rows.{folds}"
    )
    return [Table(head, rows), about]


def _slices(training: dict[str, Any]) -> list[Block]:
    found = [SliceMetrics.from_dict(one) for one in training.get("slices", [])]
    rows = []
    for one in found:
        measured = [
            f"{name} {value:.4f} ({_between(one.intervals.get(name)) or 'no interval'})"
            for name, value in one.metrics.items()
        ]
        rows.append([one.name, str(one.rows), ", ".join(measured), one.note])
    return [Table(["Slice", "Test rows", "Metrics", "Note"], rows)] if rows else []


def _importance(training: dict[str, Any]) -> list[Block]:
    found = training.get("importance")
    if found is None:
        return []
    ranked = sorted(found["features"].items(), key=lambda pair: -pair[1]["mean"])
    rows = [[name, f"{one['mean']:.4f}", f"{one['std']:.4f}"] for name, one in ranked]
    about = (
        f"By how much {found['metric']} gets worse where a feature's values are shuffled among "
        f"{found['rows']} test rows ({found['repeats']} times). Of features that tell the same, "
        "each looks less important than it is. It says what the model uses, not what causes what."
    )
    return [Table(["Feature", "Mean", "Standard deviation"], rows), about]


def _search(training: dict[str, Any]) -> list[Block]:
    found = training.get("search")
    if found is None:
        return []
    method = (
        f"{found['method']}, {found['trials']} trials beside the YAML's own parameters, "
        f"{found['failed']} failed; chosen by {found['metric']}."
    )
    best = ", ".join(f"{name}: {value}" for name, value in found["parameters"].items())
    score, own = found["score"], found["default"]
    return [
        method,
        [
            f"best: {best or 'the own parameters'}, {score['mean']:.4f} ± {score['std']:.4f}",
            f"the YAML's own parameters: {own['mean']:.4f} ± {own['std']:.4f}",
        ],
    ]


def _verdict(verdict: Verdict) -> list[Block]:
    against = f" against version {verdict.champion}" if verdict.champion else ""
    blocks: list[Block] = [f"{'Passed' if verdict.passed else 'Rejected'}{against}."]
    rows = [
        [
            one.what,
            f"{one.value:.4f}",
            f"{'at most' if metric_of(one.metric).lower_is_better else 'at least'} {one.limit:.4f}",
            one.rule,
            "yes" if one.passed else "NO",
        ]
        for one in verdict.comparisons
    ]
    if rows:
        blocks.append(Table(["Metric", "Measured", "Limit", "Rule", "Passed"], rows))
    return [*blocks, *([verdict.note] if verdict.note else [])]
