"""What is looked at against the champion before a training, by its package: columns and drift."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from training.dataset import Dataset
from training.feature import Feature
from training.monitoring.alarms import BY_CHANCE
from training.monitoring.drift import feature_drift
from training.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

    from training.registry import Registry

SHOWN = 5


class Found(NamedTuple):
    """What one check found; `stops` is why, and what to do, where it goes against the YAML."""

    told: str
    stops: str = ""


class Champion(NamedTuple):
    """The champion's number and metadata, or why they cannot be read."""

    version: str
    metadata: dict[str, Any] | None
    obstacle: str = ""


def champion_of(name: str, registry: "Registry") -> Champion | None:
    """Return the champion; None where there is none."""
    from training.registry import BrokenVersionError

    version = registry.champion(name)
    if version is None:
        return None
    try:
        return Champion(str(version.version), registry.open(version).metadata)
    except BrokenVersionError as error:
        return Champion(str(version.version), None, str(error))


def against(settings: Settings, train: Dataset, champion: Champion) -> Iterator[Found]:
    """Compare the training rows with those of the champion.

    Of few rows a PSI is large by chance alone: as in monitoring, the chi-squared test has a say.
    """
    of = f"version {champion.version}, the champion"
    if champion.metadata is None:
        yield Found(f"not compared with {of}: it is broken ({champion.obstacle})")
        return
    known = {feature["name"]: feature for feature in champion.metadata["features"]}
    yield _columns(settings, train, champion.metadata, of)
    drifts = {
        feature.name: feature_drift(known[feature.name], _as_logged(feature, train))
        for feature in train.features
        if feature.name in known
        and known[feature.name]["type"] == feature.type
        and known[feature.name].get("histogram")
    }
    if not drifts:
        return
    furthest = sorted(drifts, key=lambda name: -drifts[name].psi)[:SHOWN]
    shown = ", ".join(f"{name} {drifts[name].psi:.2f}" for name in furthest)
    told, limit = f"PSI against {of}: {shown}", settings.checks.drift
    level = BY_CHANCE / len(drifts)
    far = [
        name
        for name, one in drifts.items()
        if limit is not None and one.psi >= limit and one.p_value < level
    ]
    if limit is None or not far:
        yield Found(told)
        return
    listed = ", ".join(f"'{name}' ({drifts[name].psi:.2f})" for name in far)
    yield Found(
        told,
        f"checks.drift: the PSI of {listed} against the training rows of {of} is at least "
        f"{limit:g}; look at the source, and raise or remove the limit if the change is meant",
    )


def _as_logged(feature: Feature, train: Dataset) -> "pd.Series[Any]":
    """Return values as monitoring has them: a missing text is none."""
    values = train.rows[feature.name]
    return values.where(values != "") if feature.is_text else values


def _columns(settings: Settings, train: Dataset, metadata: dict[str, Any], of: str) -> Found:
    old = {feature["name"]: feature["type"] for feature in metadata["features"]}
    now = {feature.name: str(feature.type) for feature in train.features}
    changes = [
        f"'{name}' is gone"
        if name not in now
        else f"'{name}' is new"
        if name not in old
        else f"'{name}' was {old[name]} and is {now[name]}"
        for name in {**old, **now}
        if old.get(name) != now.get(name)
    ]
    classes = [one["value"] for one in metadata.get("classes") or []]
    if classes != list(train.classes):
        changes.append(f"the classes were {_listed(classes)} and are {_listed(train.classes)}")
    if not changes:
        return Found("")
    told = f"since {of}: {'; '.join(changes)}"
    if settings.checks.columns is None:
        return Found(told)
    return Found(told, f"checks.columns: {told}; mend the source, or remove this check for once")


def _listed(values: list[Any]) -> str:
    return ", ".join(map(str, values)) or "none, but numbers"
