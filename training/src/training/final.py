"""What is inside a fitted model: its last step, and a boosting library's own object in that."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from training.boosting.booster import Booster


def learner_of(estimator: Any) -> Any:
    """Return the model without what brings its answers back into the target's unit."""
    from training.target_transform import TransformedTarget

    return estimator.regressor if isinstance(estimator, TransformedTarget) else estimator


def final_of(estimator: Any) -> Any:
    """Return the estimator without what prepares its features."""
    learner = learner_of(estimator)
    return learner[-1] if hasattr(learner, "steps") else learner


def booster_in(estimator: Any) -> "Booster | None":
    """Return the step that holds a boosting library's model, where there is one."""
    from training.boosting.booster import Booster

    final = final_of(estimator)
    return final if isinstance(final, Booster) else None


def model_in(estimator: Any) -> Any:
    """Return the object of the class that the YAML names."""
    booster = booster_in(estimator)
    return final_of(estimator) if booster is None else booster.model
