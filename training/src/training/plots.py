"""Pictures of a model's test results, small enough to look at in MLflow's page."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from training.dataset import Dataset
from training.scoring import ClassScores, NumberScores, Scores

INK, ACCENT, FAINT = "#24292f", "#0b6bcb", "#d0d7de"


def write_plots(folder: Path, settings_title: str, test: Dataset, scores: Scores) -> None:
    """Write confusion matrix, ROC and precision-recall curves, or residuals of a regression."""
    if isinstance(scores, NumberScores):
        _save(_residuals(test, scores), folder / "residuals.png", settings_title)
        return
    _save(_confusion(test, scores), folder / "confusion-matrix.png", settings_title)
    _save(_curves(test, scores, "roc"), folder / "roc.png", settings_title)
    _save(_curves(test, scores, "pr"), folder / "precision-recall.png", settings_title)


def write_reliability(
    folder: Path, title: str, test: Dataset, named: dict[str, ClassScores]
) -> None:
    """Write how often the class comes beside how probable it was called, before and after.

    Ten bins of equally many rows; of several classes, the one that was answered.
    """
    from sklearn.calibration import calibration_curve

    figure, axes = _axes("probability", "share of rows")
    for (name, scores), color in zip(named.items(), (FAINT, ACCENT), strict=True):
        if test.positive is not None:
            truth, chance = test.target == test.positive, scores.probabilities[:, test.positive]
        else:
            best = scores.probabilities.argmax(axis=1)
            truth, chance = test.target == best, scores.probabilities.max(axis=1)
        share, mean = calibration_curve(
            truth, np.clip(chance, 0, 1), n_bins=10, strategy="quantile"
        )
        axes.plot(mean, share, color=color, label=name, linewidth=1.8, marker="o")
    axes.plot([0, 1], [0, 1], color=FAINT, linewidth=1, linestyle="--")
    axes.set(xlim=(0, 1), ylim=(0, 1.02))
    axes.legend(frameon=False)
    _save(figure, folder / "reliability.png", title)


def write_comparison(path: Path, title: str, test: Dataset, both: list[tuple[str, Scores]]) -> None:
    """Write the curves of two models over each other; of a regression, the residuals of each."""
    figure = Figure(figsize=(10, 4.2), dpi=110, layout="constrained")
    classes = [(name, scores) for name, scores in both if isinstance(scores, ClassScores)]
    for axes, kind, (name, scores) in zip(figure.subplots(1, 2), ("roc", "pr"), both, strict=True):
        if isinstance(scores, NumberScores):
            _draw_residuals(axes, test, scores)
            axes.set_title(name, color=INK, fontsize=10)
        else:
            _draw_curves(axes, test, classes, kind)
    _save(figure, path, title)


def _axes(x: str, y: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(5, 4.2), dpi=110, layout="constrained")
    axes = figure.subplots()
    axes.set(xlabel=x, ylabel=y)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=INK)
    return figure, axes


def _save(figure: Figure, path: Path, title: str) -> None:
    figure.suptitle(title, color=INK, fontsize=11)
    figure.savefig(path)


def _confusion(test: Dataset, scores: ClassScores) -> Figure:
    from sklearn.metrics import confusion_matrix

    count = len(test.classes)
    matrix = confusion_matrix(test.target, scores.labels, labels=range(count))
    figure, axes = _axes("predicted", "actual")
    axes.imshow(matrix, cmap="Blues")
    if count <= 20:
        names = [str(value) for value in test.classes]
        axes.set_xticks(range(count), names, rotation=45 if count > 5 else 0)
        axes.set_yticks(range(count), names)
        for (row, column), value in np.ndenumerate(matrix):
            shade = "white" if value > matrix.max() / 2 else INK
            axes.text(column, row, str(value), ha="center", va="center", color=shade)
    return figure


def _curves(test: Dataset, scores: ClassScores, kind: str) -> Figure:
    """Draw one curve for the positive class, or one per class against the rest."""
    figure, axes = _axes("", "")
    _draw_curves(axes, test, [("", scores)], kind)
    return figure


def _draw_curves(
    axes: Axes, test: Dataset, scores: list[tuple[str, ClassScores]], kind: str
) -> None:
    """Draw `roc` or `pr` of each model, of the positive class or of ten classes at most."""
    from sklearn.metrics import precision_recall_curve, roc_curve

    shown = (
        [test.positive] if test.positive is not None else list(range(min(len(test.classes), 10)))
    )
    roc = kind == "roc"
    for (model, answered), line in zip(scores, ("-", ":"), strict=False):
        for order, index in enumerate(shown):
            truth, chance = test.target == index, answered.probabilities[:, index]
            if roc:
                x, y, _ = roc_curve(truth, chance)
            else:
                y, x, _ = precision_recall_curve(truth, chance)
            color = ACCENT if len(shown) == 1 else f"C{order}"
            label = f"{model} {test.classes[index]}".strip()
            axes.plot(x, y, line, color=color, label=label, linewidth=1.8)
    if roc:
        axes.plot([0, 1], [0, 1], color=FAINT, linewidth=1, linestyle="--")
    x_label, y_label = ("false positives", "true positives") if roc else ("recall", "precision")
    axes.set(xlim=(0, 1), ylim=(0, 1.02), xlabel=x_label, ylabel=y_label)
    axes.legend(frameon=False)


def _residuals(test: Dataset, scores: NumberScores) -> Figure:
    figure, axes = _axes("", "")
    _draw_residuals(axes, test, scores)
    return figure


def _draw_residuals(axes: Axes, test: Dataset, scores: NumberScores) -> None:
    axes.scatter(scores.numbers, test.target - scores.numbers, s=12, alpha=0.6, color=ACCENT)
    axes.axhline(0, color=FAINT, linewidth=1)
    axes.set(xlabel="predicted", ylabel="actual - predicted")
