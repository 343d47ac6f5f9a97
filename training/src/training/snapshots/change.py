"""Compares the columns of a snapshot with those of the champion's, before anything is trained."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from training.errors import InvalidInputError
from training.settings import Settings
from training.sources import Table

if TYPE_CHECKING:
    from training.registry import Registry


def refuse_changes(settings: Settings, table: Table, registry: "Registry") -> None:
    """Refuse columns that the model is made of and that are new, gone or of another type.

    A champion that was trained from no snapshot has no say. Raises InvalidInputError.
    """
    champion = registry.champion(settings.name)
    before = None if champion is None else registry.snapshot(champion)
    if champion is None or before is None or table.snapshot is None:
        return
    if before["written"] != table.snapshot.written:
        return  # from CSV to Parquet or back: no type was known on one side
    now = _named(settings, table.snapshot.columns)
    old = _named(settings, before["columns"])
    used = _used(settings, {*now, *old})
    problems = [
        problem
        for name in sorted(used - set(settings.data.accept))
        if (problem := _problem(name, old.get(name), now.get(name)))
    ]
    if problems:
        where = f"since version {champion.version}, the champion, was trained"
        raise InvalidInputError(settings.name, [f"{problem} {where}" for problem in problems])


def _named(settings: Settings, columns: Mapping[str, str]) -> dict[str, str]:
    """Return the columns that are not dropped by their names in the model."""
    data = settings.data
    return {data.rename.get(c, c): kind for c, kind in columns.items() if c not in data.drop}


def _used(settings: Settings, names: set[str]) -> set[str]:
    """Return those columns that the model is made of: all, unless the YAML lists its features."""
    if settings.features is None:
        return names
    stated = {feature.name for feature in settings.features}
    others = {settings.target.column, settings.split.key, settings.sample_weight}
    return names & (stated | others)


def _problem(name: str, old: str | None, now: str | None) -> str:
    if old == now:
        return ""
    accept = f"if it is meant, write 'data.accept: [{name}]'; it changed"
    if now is None:
        return f"data.source: the column '{name}' ({old}) is gone; bring it back, or {accept}"
    if old is None:
        return (
            f"data.source: the column '{name}' ({now}) is new, and would be a feature; name it in "
            f"'data.drop', or {accept}"
        )
    return (
        f"data.source: the column '{name}' was {old} and is {now}; convert it in the source, or "
        f"{accept}"
    )
