"""What is looked at before a training: each is told, and stops where the YAML's `checks` says so.

Columns and drift are against the champion, by its package: so they hold of any source.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from training.champion_checks import Champion, Found, against
from training.columns import as_values
from training.dataset import Dataset
from training.errors import InvalidInputError
from training.feature import Feature
from training.leakage import TELLS
from training.report import Report
from training.row_hash import row_hashes
from training.settings import Settings
from training.sources import Table


def check_data(
    settings: Settings,
    table: Table,
    parts: tuple[Dataset, Dataset],
    report: Report,
    champion: Champion | None = None,
) -> None:
    """Tell what each check finds in the training and the test rows, also against a champion.

    Raises InvalidInputError with all that the YAML does not let pass; nothing is trained then.
    """
    with report.step("check") as step:
        found = list(_all(settings, table, parts, champion))
        problems = [one.stops for one in found if one.stops]
        step.detail = f"{len(problems)} stop it" if problems else "passed"
    report.lines([one.told for one in found if one.told])
    if problems:
        raise InvalidInputError(settings.name, problems)


def _all(
    settings: Settings,
    table: Table,
    parts: tuple[Dataset, Dataset],
    champion: Champion | None,
) -> Iterator[Found]:
    train, test = parts
    rows = len(train.rows) + len(test.rows)
    yield _rows(settings, rows)
    yield from _missing(settings, train, rows)
    yield _duplicates(settings, table.frame)
    yield _overlap(settings, train, test)
    yield from _ranges(settings, table)
    yield _class_rows(settings, train, test)
    yield _leakage(settings, train)
    if champion is not None:
        yield from against(settings, train, champion)


def _rows(settings: Settings, rows: int) -> Found:
    least = settings.checks.rows
    if least is None or rows >= least:
        return Found("")
    return Found("", f"checks.rows: {rows} rows are fewer than {least}; is the source whole?")


def _missing(settings: Settings, train: Dataset, rows: int) -> Iterator[Found]:
    stated = settings.checks.missing
    shares = {one.name: one.missing / rows for one in train.understanding.readings}
    limits = stated if isinstance(stated, dict) else dict.fromkeys(shares, stated)
    for name, limit in limits.items():
        share = shares.get(name)
        if share is None:
            known = ", ".join(shares)
            problem = f"checks.missing.{name}: there is no such feature; those are {known}"
            yield Found("", problem)
        elif limit is not None and share > limit:
            why = _more(share, f"of '{name}' is missing", limit)
            remedy = f"mend the source, or name '{name}' in 'data.drop'"
            yield Found("", f"checks.missing: {why}; {remedy}")


def _duplicates(settings: Settings, frame: pd.DataFrame) -> Found:
    repeats = repeats_in(frame)
    share, limit = repeats / len(frame), settings.checks.duplicates
    told = f"{repeats} of {len(frame)} rows repeat an earlier one" if repeats else ""
    if limit is None or share <= limit:
        return Found(told)
    why = _more(share, "of the rows repeat an earlier one", limit)
    return Found(told, f"checks.duplicates: {why}; remove them from the source")


def _overlap(settings: Settings, train: Dataset, test: Dataset) -> Found:
    if not len(test.rows):
        return Found("")
    known = np.isin(row_hashes(test.rows), row_hashes(train.rows))
    count, limit = int(known.sum()), settings.checks.overlap
    of = f"{count} of {len(known)} test rows have the features of a training row"
    told = f"{of}, so the metrics flatter" if count else ""
    if limit is None or count / len(known) <= limit:
        return Found(told)
    other = (
        "state 'split: {method: hash}'" if settings.split_method == "random" else "raise the limit"
    )
    return Found(
        told, f"checks.overlap: {of}, more than {limit:.4g}; remove what repeats, or {other}"
    )


def _ranges(settings: Settings, table: Table) -> Iterator[Found]:
    for name, bounds in (settings.checks.ranges or {}).items():
        if name not in table.frame.columns:
            known = ", ".join(map(str, table.frame.columns))
            yield Found("", f"checks.ranges.{name}: the data has no such column; it has {known}")
            continue
        column = table.frame[name]
        values = as_values(Feature(name=name, type="number"), column, settings.data)
        low = -np.inf if bounds.min is None else bounds.min
        high = np.inf if bounds.max is None else bounds.max
        outside = np.flatnonzero(values.notna() & ~values.between(low, high))
        unread = np.flatnonzero(values.isna() & column.notna())
        if len(unread):
            yield Found(
                "",
                f"checks.ranges.{name}: {len(unread)} value(s) are no numbers, such as "
                f"{column.iloc[unread[0]]!r} in row {unread[0] + 1}; correct them, or name them "
                "in 'data.missing'",
            )
        if len(outside):
            first = f"{_number(values.iloc[outside[0]])} in row {outside[0] + 1}"
            yield Found(
                "",
                f"checks.ranges.{name}: {len(outside)} value(s) are not from {_number(low)} to "
                f"{_number(high)}, such as {first}; correct them, or change the bounds",
            )


def _class_rows(settings: Settings, train: Dataset, test: Dataset) -> Found:
    if not train.classes:
        least = settings.checks.class_rows
        none = "checks.class_rows: a regression has no classes; remove it"
        return Found("", none if least is not None else "")
    counts = np.bincount(np.concatenate([train.target, test.target]), minlength=len(train.classes))
    least = settings.checks.class_rows
    few = [i for i, count in enumerate(counts) if least is not None and count < least]
    if not few:
        return Found("")
    listed = ", ".join(f"'{train.classes[i]}' {counts[i]}" for i in few)
    return Found("", f"checks.class_rows: rows of {listed}, fewer than {least}; gather more")


def _leakage(settings: Settings, train: Dataset) -> Found:
    telling = [one.name for one in train.understanding.readings if TELLS in one.notes]
    if not telling or settings.checks.leakage is None:
        return Found("")  # what the columns were understood as says it
    listed = ", ".join(f"'{name}'" for name in telling)
    problem = f"{listed} alone tells the target in every row; if it is known only afterwards"
    return Found("", f"checks.leakage: {problem}, name it in 'data.drop', else remove this check")


def repeats_in(frame: pd.DataFrame) -> int:
    """Count the rows that an earlier one has too.

    Numbers are hashed at once, texts one by one: only of rows whose numbers another has as well.
    """
    numbers = frame.select_dtypes(["number", "bool"])
    if 0 < len(numbers.columns) < len(frame.columns):
        frame = frame[pd.Series(row_hashes(numbers)).duplicated(keep=False).to_numpy()]
    return len(frame) - len(np.unique(row_hashes(frame)))


def _more(share: float, what: str, limit: float) -> str:
    """Say that a share is more than a limit, in so many digits that they differ."""
    shown = ((f"{share:.{digits}%}", f"{limit:.{digits}%}") for digits in range(1, 9))
    mine, most = next((both for both in shown if both[0] != both[1]), (repr(share), repr(limit)))
    return f"{mine} {what}, more than {most}"


def _number(value: float) -> str:
    """Write 49 for 49.0, and every digit of what has more than six."""
    short = f"{value:g}"
    return short if float(short) == value else repr(float(value))
