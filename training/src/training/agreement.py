"""Rules that hold between the parts of a model YAML."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from training.output_choice import RESERVED

if TYPE_CHECKING:
    from training.settings import Settings


def disagreement(settings: "Settings") -> str:
    """Return the first rule that two parts break, with the remedy; nothing where they agree."""
    return next(_broken(settings), "")


def _broken(settings: "Settings") -> Iterator[str]:
    target, split = settings.target.column, settings.split
    features = [feature.name for feature in settings.features or []]
    if settings.task is None and settings.estimator is None:
        yield "state 'task' (classification or regression) or 'estimator'"
    for feature in settings.features or []:
        said = settings.data.types.get(feature.name)
        if said and feature.type and said != feature.type:
            yield (
                f"'{feature.name}' is '{said}' in 'data.types' and '{feature.type}' in "
                "'features'; state one"
            )
    if target in features:
        yield f"the target '{target}' is among 'features'"
    if split.key == target:
        yield "'split.key' is the target; name another column"
    if split.method == "column" and split.key in features:
        yield (
            f"'{split.key}' names the split and is among 'features', where the model would learn "
            "from it; take it out of one of them"
        )
    if target in [one.column for one in settings.slices]:
        yield f"'slices' names the target '{target}'; name another column"
    if settings.gate.slices is not None and not settings.slices:
        yield (
            "'gate.slices' guards slices, but 'slices' names no column; write 'slices: [sex]', "
            "say, or remove it"
        )
    yield from _of_answers(settings)


def _of_answers(settings: "Settings") -> Iterator[str]:
    target, split, weight = settings.target.column, settings.split, settings.sample_weight
    reserved = RESERVED | ({"interval"} if settings.prediction_interval else set())
    if (settings.output.name or target) in reserved:
        yield (
            f"'output.name' may not be '{settings.output.name or target}', which is a key of "
            "every answer; state another"
        )
    if split.calibration is not None and not settings.calibrates:
        yield (
            f"'split.calibration' ({split.calibration:g}) keeps rows for a rule of 'threshold', "
            "'calibration' or 'prediction_interval'; there is none, leave it out"
        )
    if settings.retrain and (problem := settings.retrain.problem(settings.data)):
        yield problem
    if weight in {target, *(feature.name for feature in settings.features or [])}:
        yield (
            f"'sample_weight' ({weight}) is the target or among 'features'; name another column, "
            "or take it out of 'features'"
        )
