"""Says what is wrong with model YAML files, or what their data is taken for, and trains nothing."""

import sys
from collections.abc import Callable
from pathlib import Path

from training.cross_validation import check_folds
from training.data_checks import check_data
from training.decision import hold_calibration
from training.environment_errors import translated_errors
from training.errors import PROMOTED, TrainingError
from training.load import load_settings
from training.pipeline import load_table, prepare
from training.report import Report
from training.snapshots.access import Access


def complain(error: TrainingError) -> int:
    """Print an error that was expected; returns its exit code."""
    print(error, file=sys.stderr)
    return error.exit_code


def for_each(paths: list[Path], work: Callable[[Path], None]) -> int:
    """Do `work` with each file, whatever is wrong with the others; returns the worst exit code."""
    codes = [PROMOTED]
    for path in paths:
        try:
            work(path)
        except TrainingError as error:
            codes.append(complain(error))
    return max(codes)


def validate(path: Path) -> None:
    """Check a YAML file alone, touching nothing."""
    settings, _ = load_settings(path)
    print(f"{path}: {settings.name} is valid")


def check(path: Path, access: Access) -> None:
    """Read the data too, as training would: its rows, types, target, split and folds."""
    settings, task = load_settings(path)
    report = Report(settings.name)
    report.begin()
    with translated_errors("check"):
        table = load_table(settings, task, path.parent, report, access)
        train, test = prepare(settings, task, table, report)
        check_data(settings, table, (train, test), report)
        fitting, _ = hold_calibration(settings, train, table.frame)
        check_folds(settings, fitting, table.frame, report)
